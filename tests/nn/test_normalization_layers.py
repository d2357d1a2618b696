"""The layers that normalize: alone, in networks, trained, frozen, misused."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn

LAYERS = {
    "batch": gn.BatchNorm,
    "group": lambda **settings: gn.GroupNorm(2, **settings),
    "instance": gn.InstanceNorm,
    "layer": gn.LayerNorm,
    "rms": gn.RMSNorm,
}
BY_CHANNEL = ["batch", "group", "instance"]
NODES = {
    "batch": "batch_norm_1/batch_normalize",
    "group": "group_norm_1/group_normalize",
    "instance": "instance_norm_1/group_normalize",
    "layer": "layer_norm_1/layer_normalize",
    "rms": "rms_norm_1/rms_normalize",
}


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(1.5, 2.0, shape)


def settle(layer, seed=5):
    """Move parameters and running statistics away from where they start."""
    rng = np.random.default_rng(seed)
    for array in layer.params:
        array += rng.normal(0, 0.3, array.shape)
    for state in layer.states:
        state.value = state.value + rng.uniform(0.1, 0.9, state.value.shape)
    return layer


# -- what a layer is made of -----------------------------------------------------------
@pytest.mark.parametrize("name", LAYERS)
def test_parameters_names_and_one_node(name):
    layer = LAYERS[name]()
    layer.forward(draw(3, 5, 4))
    scope = NODES[name].partition("/")[0]
    wanted = [f"{scope}/scale"] + [f"{scope}/shift"] * (name != "rms")
    assert [p.name for p in layer.parameters] == wanted
    assert layer.parameters[0] is layer.scale
    np.testing.assert_array_equal(layer.scale.value, np.ones(4))
    if name != "rms":
        np.testing.assert_array_equal(layer.shift.value, np.zeros(4))
    operations = [n.name for n in layer.graph.nodes if n.kind == "operation"]
    assert operations == [NODES[name]]
    states = [state.name for state in layer.states]
    running = [f"{scope}/running_mean", f"{scope}/running_var"]
    assert states == (running if name == "batch" else [])


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("shift", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_without_scale_or_shift(name, scale, shift):
    if name == "rms":
        layer, shift = gn.RMSNorm(scale=scale), False
    else:
        layer = LAYERS[name](scale=scale, shift=shift)
    x = draw(3, 5, 4)
    layer.forward(x)
    assert [p is None for p in (layer.scale, layer.shift)] == [not scale, not shift]
    assert len(layer.params) == scale + shift
    assert gn.check_gradients(layer, x, training=True).ok


SHAPES = [(5, 4), (3, 5, 4), (2, 3, 2, 4)]
USES = [(n, s) for n in LAYERS for s in SHAPES if n != "instance" or len(s) > 2]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("name", "shape"), USES)
def test_gradients(name, shape, training):
    layer = LAYERS[name]()
    layer.forward(draw(*shape))
    settle(layer)
    states = [state.value for state in layer.states]
    assert gn.check_gradients(layer, training=training).ok
    assert gn.check_gradients(layer, draw(*shape, seed=1), training=training).ok
    assert all(s.value is v for s, v in zip(layer.states, states, strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_dtypes_stay(name, dtype):
    layer = LAYERS[name]()
    x = draw(3, 5, 4).astype(dtype)
    outputs = [layer.forward(x, training=training) for training in (True, False)]
    grad = layer.backward(np.ones((3, 5, 4), dtype))
    arrays = [*outputs, grad, *layer.params, *layer.param_grads]
    arrays += [state.value for state in layer.states]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", LAYERS)
def test_whole_numbers(name):
    x = (draw(3, 5, 4) * 10).astype(np.int8)
    layer, same = LAYERS[name](), LAYERS[name]()
    np.testing.assert_array_equal(
        layer.forward(x, training=True), same.forward(x.astype(float), training=True)
    )
    assert {array.dtype for array in layer.params} == {np.dtype(float)}
    assert layer.backward(np.ones(x.shape)) is None
    assert layer.param_grads[0] is not None


# -- other batches ---------------------------------------------------------------------
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_batches_of_other_sizes(name, training):
    layer = LAYERS[name]()
    layer.forward(draw(3, 5, 4))
    settle(layer)
    for rows, time in ((5, 5), (1, 7), (2, 2), (3, 5)):
        x = draw(rows, time, 4, seed=rows)
        fresh = copy.deepcopy(layer)
        value = layer.forward(x, training=training)
        grads = [layer.backward(np.cos(x)), *layer.param_grads]
        with gn.Graph() as graph:
            graph.training = training
            leaf = gn.Input(value=x)
            expected = fresh(leaf)
        graph.backward(expected, np.cos(x), wrt=[leaf])
        np.testing.assert_array_equal(value, expected.output)
        theirs = [leaf.grad, *[p.grad for p in fresh.parameters]]
        for ours, other in zip(grads, theirs, strict=True):
            np.testing.assert_array_equal(ours, other)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("last", "first"), [("NHWC", "NCHW"), ("NWC", "NCW")])
@pytest.mark.parametrize("name", BY_CHANNEL)
def test_channels_last_and_first_give_the_same(name, last, first, training):
    x = draw(3, 2, 3, 4) if last == "NHWC" else draw(3, 5, 4)
    one = LAYERS[name](data_format=last)
    other = LAYERS[name](data_format=first)
    assert LAYERS[name]().data_format == "NHWC"
    turned = np.moveaxis(x, -1, 1)
    one.forward(x), other.forward(turned)
    settle(one), settle(other)
    a, b = one.forward(x, training=training), other.forward(turned, training=training)
    np.testing.assert_allclose(np.moveaxis(a, -1, 1), b, rtol=1e-11, atol=1e-13)
    a, b = one.backward(np.cos(x)), other.backward(np.cos(turned))
    np.testing.assert_allclose(np.moveaxis(a, -1, 1), b, rtol=1e-9, atol=1e-12)
    pairs = [*zip(one.param_grads, other.param_grads, strict=True)]
    pairs += [(s.value, t.value) for s, t in zip(one.states, other.states, strict=True)]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_axes_of_layer_norm():
    layer = gn.LayerNorm(axis=(-2, -1))
    layer.forward(draw(3, 2, 5, 4))
    assert [p.shape for p in layer.params] == [(5, 4), (5, 4)]
    np.testing.assert_allclose(
        layer.output.mean(axis=(2, 3)), np.zeros((3, 2)), 0, 1e-9
    )
    layer = gn.RMSNorm(axis=1)
    layer.forward(draw(3, 2, 5, 4))
    assert layer.scale.shape == (2,)
    np.testing.assert_allclose((layer.output**2).mean(axis=1), 1, 1e-2)


# -- running statistics ----------------------------------------------------------------
def network(*layers, seed=0):
    return gn.NeuralNetwork(
        [gn.Dense(4), *layers, gn.Dense(2)], gn.MeanSquaredError(), seed=seed
    )


def test_a_network_moves_the_statistics_in_training_only():
    layer = gn.BatchNorm()
    net = network(layer)
    X, y = draw(6, 3), draw(6, 2)
    untrained = net.predict(X)
    np.testing.assert_array_equal(layer.running_mean.value, np.zeros(4))
    np.testing.assert_array_equal(layer.running_var.value, np.ones(4))
    assert list(net.states) == [layer.running_mean, layer.running_var]
    net.train_batch(X, y)
    hidden = net.graph["dense_1/bias_add"].output
    mean, variance = layer.running_mean.value, layer.running_var.value
    np.testing.assert_allclose(mean, 0.1 * hidden.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(variance, 0.9 + 0.1 * hidden.var(axis=0, ddof=1), 1e-12)
    net.predict(X[:1]), net.evaluate(X, y), net.forward(X), gn.check_gradients(net)
    gn.check_gradients(net, X, y, training=True)
    assert layer.running_mean.value is mean
    assert layer.running_var.value is variance
    assert not np.allclose(net.predict(X), untrained)
    net.train_batch(X, y)
    np.testing.assert_allclose(layer.running_mean.value, 1.9 * mean, rtol=1e-12)


def test_the_first_batch_of_a_layer_alone_counts_once():
    layer, x = gn.BatchNorm(momentum=0.5), draw(4, 3)
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.running_mean.value, 0.5 * x.mean(axis=0), 1e-13)
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.running_mean.value, 0.75 * x.mean(axis=0), 1e-13)
    layer.forward(x)
    np.testing.assert_allclose(layer.running_mean.value, 0.75 * x.mean(axis=0), 1e-13)


class Twice(gn.Layer):
    """One normalization of two inputs."""

    def __init__(self):
        self.norm = gn.BatchNorm(momentum=0.5)

    def _connect(self, one, other):
        return self.norm(one) + self.norm(other)


def test_a_shared_layer_goes_on_from_its_first_use():
    layer, one, other = Twice(), draw(4, 3), draw(4, 3, seed=1)
    layer.forward(one, other)
    assert len(layer.parameters) == 2
    assert len(layer.states) == 2
    layer.forward(one, other, training=True)
    expected = 0.25 * one.mean(axis=0) + 0.5 * other.mean(axis=0)
    np.testing.assert_allclose(layer.norm.running_mean.value, expected, rtol=1e-13)
    assert gn.check_gradients(layer, one, other, training=True).ok


class Failing(gn.Operation):
    fails = False

    def _output(self):
        if Failing.fails:
            raise RuntimeError("on purpose")
        return self.input_

    def _input_grad(self, output_grad):
        return output_grad


def test_a_pass_that_fails_moves_nothing():
    layer = gn.BatchNorm()
    net = network(layer, Failing())
    X, y = draw(6, 3), draw(6, 2)
    net.train_batch(X, y)
    mean = layer.running_mean.value
    Failing.fails = True
    try:
        with pytest.raises(RuntimeError, match="on purpose"):
            net.train_batch(2 * X, y)
    finally:
        Failing.fails = False
    assert layer.running_mean.value is mean
    net.train_batch(X, y)
    assert layer.running_mean.value is not mean


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))]
)
def test_copies_keep_the_statistics_and_go_their_own_way(copied):
    net = network(gn.BatchNorm())
    X, y = draw(6, 3), draw(6, 2)
    net.train_batch(X, y)
    twin = copied(net)
    np.testing.assert_array_equal(twin.predict(X), net.predict(X))
    before = [state.value for state in net.states]
    twin.train_batch(X, y)
    assert all(s.value is b for s, b in zip(net.states, before, strict=True))
    assert not np.array_equal(twin.states[0].value, before[0])


def test_a_frozen_layer_still_follows_the_batches_it_is_trained_on():
    layer = gn.BatchNorm()
    net = network(layer)
    layer.trainable = False
    net.train_batch(draw(6, 3), draw(6, 2))
    assert layer.param_grads == [None, None]
    assert np.all(layer.running_mean.value != 0)


@pytest.mark.parametrize("name", LAYERS)
def test_a_network_learns(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(64, 3)) * 30 + 100  # of a scale that is hard without
    y = (X[:, :1] - 100) / 30
    first = [gn.BatchNorm()] if name == "batch" else []
    middle = [LAYERS[name]()]
    if name == "instance":  # it needs places
        middle = [gn.Reshape((8, 1)), gn.InstanceNorm(), gn.Flatten()]
    net = gn.NeuralNetwork(
        [*first, gn.Dense(8), *middle, "tanh", gn.Dense(1)],
        gn.MeanSquaredError(),
        seed=1,
    )
    trainer = gn.Trainer(net, gn.SGD(0.05))
    before = net.evaluate(X, y)
    for _ in range(80):
        trainer.step(X, y)
    assert net.evaluate(X, y) < 0.5 * min(before, 1.0)


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize("epsilon", [0, -1, np.nan, "1e-5"])
@pytest.mark.parametrize("name", LAYERS)
def test_epsilon(name, epsilon):
    with pytest.raises(gn.ArgumentError, match=r"epsilon of \w+Norm is a number above"):
        LAYERS[name](epsilon=epsilon)


@pytest.mark.parametrize("momentum", [-0.1, 1.5, None])
def test_momentum(momentum):
    with pytest.raises(gn.ArgumentError, match=r"momentum of BatchNorm is .* 0 to 1"):
        gn.BatchNorm(momentum)


@pytest.mark.parametrize("name", BY_CHANNEL)
def test_data_formats(name):
    with pytest.raises(gn.ArgumentError, match=r"format 'NHCW'\nDid you mean 'N..."):
        LAYERS[name](data_format="NHCW")
    with pytest.raises(gn.ArgumentError, match=r"data_format of .* format 1"):
        LAYERS[name](data_format=1)


@pytest.mark.parametrize("groups", [0, -1, 1.5, True, None])
def test_groups(groups):
    with pytest.raises(gn.ArgumentError, match="groups of GroupNorm"):
        gn.GroupNorm(groups)


def test_groups_that_do_not_divide_the_channels():
    layer = gn.GroupNorm(3)
    message = r"group_norm_1/group_normalize .*: 4 channels do not make 3 groups"
    with pytest.raises(gn.ShapeError, match=message):
        layer.forward(draw(2, 5, 4))
    assert layer.forward(draw(2, 5, 6)).shape == (2, 5, 6)  # it starts afresh


@pytest.mark.parametrize("axis", [0, (0, 1), "last", (1, 1)])
def test_axes(axis):
    for layer in (gn.LayerNorm, gn.RMSNorm):
        with pytest.raises(gn.ArgumentError, match=rf"{layer.__name__}"):
            layer(axis=axis)


@pytest.mark.parametrize("name", LAYERS)
def test_an_input_of_too_few_axes(name):
    layer = LAYERS[name]()
    named = rf"{NODES[name].partition('/')[0]} \({type(layer).__name__}\): .*\(4,\)"
    with pytest.raises(gn.ShapeError, match=named):
        layer.forward(draw(4))
    with pytest.raises(gn.ShapeError, match=r"does not fit|\(rows"):
        gn.LayerNorm(axis=3).forward(draw(3, 4))
    layer.forward(draw(3, 5, 4))


@pytest.mark.parametrize("name", LAYERS)
def test_other_channels_than_at_first(name):
    layer = LAYERS[name]()
    layer.forward(draw(3, 5, 4))
    node = NODES[name].replace("/", r"\/")
    with pytest.raises(gn.ShapeError, match=rf"{node} .* \(4,\).*\n.*first batch"):
        layer.forward(draw(3, 5, 6))
    assert layer.output.shape == (3, 5, 4)
    assert layer.forward(draw(2, 5, 4)).shape == (2, 5, 4)


def test_instances_of_one_place():
    with pytest.raises(gn.ShapeError, match="one value in each"):
        gn.InstanceNorm().forward(draw(5, 4))
    with pytest.raises(gn.ShapeError, match="one value in each"):
        gn.InstanceNorm().forward(draw(5, 1, 4))


def test_training_on_one_row():
    layer = gn.BatchNorm()
    with pytest.raises(gn.ShapeError, match=r"\(1, 4\) has 1 value in each channel"):
        layer.forward(draw(1, 4), training=True)
    assert layer.forward(draw(1, 4)).shape == (1, 4)
    net = network(gn.BatchNorm())
    net.train_batch(draw(6, 3), draw(6, 2))
    with pytest.raises(gn.ShapeError, match="1 value in each channel"):
        net.train_batch(draw(1, 3), draw(1, 2))
    assert net.predict(draw(1, 3)).shape == (1, 2)
    places = gn.BatchNorm()
    assert places.forward(draw(1, 5, 4), training=True).shape == (1, 5, 4)


@pytest.mark.parametrize("name", LAYERS)
def test_before_there_is_a_value(name):
    with pytest.raises(gn.ShapeError, match="has no value yet"):
        LAYERS[name]()(gn.Input("x"))
