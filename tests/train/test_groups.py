"""Parameters with settings of their own."""

import copy

import numpy as np
import pytest

import graphnn as gn


def data():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((8, 3))
    return X, X @ rng.standard_normal((3, 2))


def network():
    return gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.LayerNorm(), gn.Dense(2)],
        gn.MeanSquaredError(),
        seed=0,
    )


def moved(optimizer, net=None, steps=1):
    """Train, and tell which parameters have moved, by how much."""
    net = net or network()
    net.train_batch(*data())
    before = copy.deepcopy(net.params())
    trainer = gn.Trainer(net, optimizer)
    for _ in range(steps):
        trainer.step(*data())
    return {
        parameter.name: new - old
        for parameter, new, old in zip(
            net.parameters, net.params(), before, strict=True
        )
    }


PLAIN = moved(gn.SGD(0.1))
NAMES = [
    "dense_1/weight",
    "dense_1/bias",
    "layer_norm_1/scale",
    "layer_norm_1/shift",
    "dense_2/weight",
    "dense_2/bias",
]


def test_the_names():
    assert list(PLAIN) == NAMES


def test_no_weight_decay_on_biases_and_norms():
    decayed = gn.SGD(
        0.1, weight_decay=0.5, groups={("*/bias", "*norm*"): {"weight_decay": 0.0}}
    )
    for name, change in moved(decayed).items():
        same = np.array_equal(change, PLAIN[name])
        assert same is (not name.endswith("weight")), name


@pytest.mark.parametrize(
    ("key", "inside"),
    [
        ("dense_1/*", NAMES[:2]),
        ("*bias", [NAMES[1], NAMES[5]]),
        ("dense_[12]/weight", [NAMES[0], NAMES[4]]),
        ("dense_?/bias", [NAMES[1], NAMES[5]]),
        ("dense_2/weight", NAMES[4:5]),
        ("*", NAMES),
        (("dense_1/weight", "dense_1/*"), NAMES[:2]),
    ],
    ids=str,
)
def test_patterns(key, inside):
    optimizer = gn.SGD(0.1, groups={key: {"lr": 0.2}})
    for name, change in moved(optimizer).items():
        factor = 2.0 if name in inside else 1.0
        np.testing.assert_allclose(change, factor * PLAIN[name], rtol=1e-12)
    assert [p.name for p in optimizer.groups[key].parameters] == inside


def test_layers_and_parameters_as_keys():
    net = network()
    net.train_batch(*data())
    first, bias = net.layers[0], net.parameters[5]
    optimizer = gn.SGD(0.1, groups={first: {"lr": 0.2}, (bias, "*/shift"): {"lr": 0.3}})
    factors = dict.fromkeys(NAMES, 1.0) | {
        NAMES[0]: 2.0,
        NAMES[1]: 2.0,
        NAMES[3]: 3.0,
        NAMES[5]: 3.0,
    }
    for name, change in moved(optimizer, net).items():
        np.testing.assert_allclose(change, factors[name] * PLAIN[name], rtol=1e-12)


def test_a_layer_that_is_not_set_up_yet():
    net = network()
    optimizer = gn.SGD(0.1, groups={net.layers[2]: {"lr": 0.4}})
    gn.Trainer(net, optimizer).step(*data())
    assert [p.name for p in optimizer.groups[net.layers[2]].parameters] == NAMES[4:]


@pytest.mark.parametrize(
    ("settings", "alone"),
    [
        ({"momentum": 0.0}, gn.SGDMomentum(0.1, momentum=0.0)),
        ({"momentum": 0.5, "dampening": 0.1}, gn.SGD(0.1, 0.5, dampening=0.1)),
        ({"nesterov": True}, gn.Nesterov(0.1)),
        (
            {"weight_decay": 0.3, "maximize": True},
            gn.SGDMomentum(0.1, weight_decay=0.3, maximize=True),
        ),
        ({"clip_value": 0.01}, gn.SGDMomentum(0.1, clip_value=0.01)),
    ],
    ids=str,
)
def test_any_setting(settings, alone):
    """Of a net that only scales, parameters do not depend on each other's updates."""

    def trained(optimizer):
        w, v = gn.Parameter(np.ones(3), "w"), gn.Parameter(np.ones(3), "v")
        rng = np.random.default_rng(0)
        optimizer.parameters = [w, v]
        for _ in range(5):
            w.grad, v.grad = rng.standard_normal((2, 3))
            optimizer.step()
        return w.value, v.value

    grouped = trained(gn.SGDMomentum(0.1, groups={"w": settings}))
    np.testing.assert_array_equal(grouped[0], trained(alone)[0])
    np.testing.assert_array_equal(grouped[1], trained(gn.SGDMomentum(0.1))[1])


def test_what_a_group_does_not_set_follows_the_optimizer():
    optimizer = gn.Adam(0.1, groups={"*/bias": {"weight_decay": 0.5}})
    group = optimizer.groups["*/bias"]
    optimizer.lr, optimizer.eps, optimizer.weight_decay = 0.2, 0.1, 0.3
    assert (group.lr, group.eps, group.weight_decay) == (0.2, 0.1, 0.5)
    group.lr = 0.7
    assert (group.lr, optimizer.lr) == (0.7, 0.2)
    with pytest.raises(gn.ArgumentError, match="lr is positive"):
        group.lr = -1


def test_schedules_of_groups_count_the_optimizers_steps():
    w, v = gn.Parameter([0.0], "w"), gn.Parameter([0.0], "v")
    w.grad = v.grad = np.ones(1)
    optimizer = gn.SGD(
        lambda step: 1.0 / (1 + step),
        parameters=[w, v],
        groups={"v": {"lr": lambda step: 10.0 + step}},
    )
    rates = []
    for _ in range(3):
        rates.append((optimizer.lr, optimizer.groups["v"].lr))
        optimizer.step()
    assert rates == [(1.0, 10.0), (0.5, 11.0), (1 / 3, 12.0)]
    np.testing.assert_allclose(v.value, [-33.0])


def test_clipping_goes_over_all_groups():
    w, v = gn.Parameter([0.0], "w"), gn.Parameter([0.0], "v")
    w.grad, v.grad = np.array([3.0]), np.array([4.0])
    gn.SGD(1.0, clip_norm=1.0, parameters=[w, v], groups={"v": {"lr": 10.0}}).step()
    np.testing.assert_allclose([w.value, v.value], [[-0.6], [-8.0]], rtol=1e-6)


def test_another_network_is_grouped_anew():
    optimizer = gn.SGD(0.1, groups={"dense_1/*": {"lr": 0.2}})
    first = moved(optimizer)
    again = moved(optimizer)
    np.testing.assert_equal(first, again)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"*/bias": {"momentun": 0.5}}, r"SGD has no setting 'momentun'\n.*'momentum'"),
        ({"*/bias": {"lr": -1}}, r"groups\['\*/bias'\]: lr is positive"),
        ({"*/bias": {"clip_norm": 1.0}}, "clip_norm.* all parameters together"),
        ({"*/bias": {"parameters": []}}, "all parameters together"),
        ({"*/bias": 0.1}, "is a dict of settings, not 0.1"),
        ({3: {"lr": 0.1}}, "pattern of names, a layer or a parameter, not 3"),
        ({("*/bias", None): {"lr": 0.1}}, "not None"),
        ({(): {"lr": 0.1}}, "empty tuple"),
        ([{"params": [], "lr": 0.1}], r"no list\n.*\*/bias"),
        ({"*/bias": {"step": 1}}, "no setting 'step'"),
        ({"*/bias": {1: 1}}, "no setting 1"),
    ],
    ids=str,
)
def test_groups_that_cannot_be(groups, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.SGD(0.1, groups=groups)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"dense_1/wieght": {"lr": 1}}, r"'dense_1/wieght'\n.*'dense_1/weight'"),
        ({("*/bias", "*batch_norm*"): {"lr": 1}}, r"batch_norm"),
        ({gn.Dense(3): {"lr": 1}}, "no parameters that the optimizer trains"),
        ({gn.Parameter(1.0, "u"): {"lr": 1}}, "'u' is none of the optimizer's"),
        (
            {"dense_1/*": {"lr": 1}, "*/bias": {"lr": 2}},
            r"'dense_1/bias' is in two groups: 'dense_1/\*' and '\*/bias'",
        ),
    ],
    ids=["misspelt", "one of two", "layer", "parameter", "twice"],
)
def test_groups_that_do_not_fit(groups, message):
    net, optimizer = network(), gn.SGD(0.1, groups=groups)
    trainer = gn.Trainer(net, optimizer)
    net.train_batch(*data())
    before = copy.deepcopy(net.params())
    with pytest.raises(gn.ArgumentError, match=message):
        trainer.step(*data())
    np.testing.assert_equal(net.params(), before)
    # of parameters that are known, it is said at once
    with pytest.raises(gn.ArgumentError, match=message):
        gn.SGD(0.1, groups=groups, parameters=net)


def test_a_group_is_no_optimizer():
    group = gn.SGD(0.1, groups={"*": {"lr": 1}}).groups["*"]
    with pytest.raises(gn.ArgumentError, match="no optimizer by itself"):
        group.step()


def test_groups_may_be_assigned():
    net = network()
    net.train_batch(*data())
    optimizer = gn.SGD(0.1, parameters=net)
    with pytest.raises(gn.ArgumentError, match="no parameter has a name like"):
        optimizer.groups = {"dense_7/*": {"lr": 0.2}}
    assert optimizer.groups == {}
    optimizer.groups = {"dense_1/*": {"lr": 0.2}}
    given = gn.SGD(0.1, parameters=net, groups={"dense_1/*": {"lr": 0.2}})
    np.testing.assert_equal(moved(optimizer), moved(given))
    with pytest.raises(gn.ArgumentError, match="dense_1"):
        optimizer.parameters = net.layers[2]
    assert len(optimizer.parameters) == 6
