"""Steps of optimizers: what is changed, and that nothing is when something fails."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn

OPTIMIZERS = [
    gn.SGD,
    gn.SGDMomentum,
    gn.Nesterov,
    gn.AdaGrad,
    gn.RMSProp,
    gn.Adam,
    gn.AdamW,
    gn.Adamax,
    gn.NAdam,
    gn.Lion,
]
EACH = pytest.mark.parametrize("cls", OPTIMIZERS)


def data(rows=8):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((rows, 3))
    return X, X @ rng.standard_normal((3, 2))


def network(seed=0):
    return gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.Dense(2)], gn.MeanSquaredError(), seed=seed
    )


def trained(optimizer):
    net = gn.NeuralNetwork([gn.Dense(2)], gn.MeanSquaredError(), seed=0)
    net.train_batch(np.ones((4, 3)), np.zeros((4, 2)))
    optimizer.net = net
    return net


def pair():
    """Two parameters with gradients."""
    w, b = gn.Parameter([[1.0, 2.0], [3.0, 4.0]], "w"), gn.Parameter([0.5, -0.5], "b")
    np.sum((w @ np.array([1.0, -1.0]) + b) ** 2).backward()
    return w, b


# -- on a network ----------------------------------------------------------------------
def test_sgd_is_its_formula():
    net = trained(optimizer := gn.SGD(0.25))
    before, gradients = copy.deepcopy(net.params()), net.param_grads()
    optimizer.step()
    for new, old, gradient in zip(net.params(), before, gradients, strict=True):
        np.testing.assert_array_equal(new, old - 0.25 * gradient)


@EACH
def test_parameters_are_written_in_their_own_arrays(cls):
    net = trained(optimizer := cls(0.25, clip_norm=0.1, weight_decay=0.1))
    arrays, gradients = net.params(), copy.deepcopy(net.param_grads())
    before = copy.deepcopy(arrays)
    optimizer.step()
    assert all(a is b for a, b in zip(arrays, net.params(), strict=True))
    assert not any(np.allclose(a, b) for a, b in zip(arrays, before, strict=True))
    np.testing.assert_equal(gradients, net.param_grads())


@EACH
def test_every_optimizer_lowers_the_loss(cls):
    net = network()
    trainer = gn.Trainer(net, cls(0.02))
    losses = [trainer.step(*data()) for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]
    assert trainer.optimizer.step_count == 60


@EACH
def test_maximizing_is_minimizing_the_negative(cls):
    up, down = pair()[0], pair()[0]
    down.grad = -down.grad
    cls(0.1, parameters=[up], maximize=True).step()
    cls(0.1, parameters=[down]).step()
    np.testing.assert_array_equal(up.value, down.value)


def test_what_has_no_gradient_or_is_frozen_stays():
    net = trained(optimizer := gn.SGDMomentum(0.25, weight_decay=0.1))
    weight, bias = net.parameters
    weight.grad = None
    bias.trainable = False
    before = copy.deepcopy(net.params())
    optimizer.step()
    np.testing.assert_equal(before, net.params())


def test_a_frozen_layer_stays():
    net = network()
    net.layers[0].trainable = False
    trainer = gn.Trainer(net, gn.AdamW(0.1))
    trainer.step(*data())
    before = copy.deepcopy(net.params())
    trainer.step(*data())
    frozen = [np.array_equal(a, b) for a, b in zip(before, net.params(), strict=True)]
    assert frozen == [True, True, False, False]


def test_settings_may_change():
    w = gn.Parameter([1.0])
    w.grad = np.ones(1)
    optimizer = gn.SGD(0.5, parameters=[w])
    optimizer.lr = 0.25
    optimizer.step()
    np.testing.assert_array_equal(w.value, [0.75])
    optimizer.momentum = 0.5  # velocity starts with the next step
    optimizer.step()
    optimizer.step()
    np.testing.assert_array_equal(w.value, [0.75 - 0.25 - 0.25 * 1.5])
    with pytest.raises(gn.ArgumentError, match="momentum"):
        optimizer.momentum = 1.0
    assert optimizer.momentum == 0.5


def test_a_second_network_has_states_of_its_own():
    optimizer = gn.Adam(0.1)
    one, other, fresh = network(), network(), network()
    gn.Trainer(one, optimizer).step(*data())
    gn.Trainer(other, optimizer).step(*data())
    gn.Trainer(fresh, gn.Adam(0.1)).step(*data())
    np.testing.assert_equal(other.params(), fresh.params())
    assert optimizer.step_count == 2


# -- without a network -----------------------------------------------------------------
def test_parameters_without_a_network():
    w, b = pair()
    gradient, start = w.grad.copy(), w.value.copy()
    gn.SGD(0.1, parameters=[w]).step()
    np.testing.assert_array_equal(w.value, start - 0.1 * gradient)
    np.testing.assert_array_equal(b.value, [0.5, -0.5])
    gn.Adam(1e-3, parameters=(p for p in (w, b))).step()


def test_a_layers_and_a_networks_parameters():
    net = network()
    net.train_batch(*data())
    optimizer = gn.SGD(0.1, parameters=net.layers[1])
    assert [p.name for p in optimizer.parameters] == ["dense_2/weight", "dense_2/bias"]
    before = copy.deepcopy(net.params())
    gn.Trainer(net, optimizer).step(*data())
    same = [np.array_equal(a, b) for a, b in zip(before, net.params(), strict=True)]
    assert same == [True, True, False, False]
    assert len(gn.SGD(0.1, parameters=net).parameters) == 4
    assert len(gn.SGD(0.1, parameters=net.parameters).parameters) == 4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([], "empty"),
        (np.ones(3), "list of gn.Parameter"),
        ("w", "list of gn.Parameter"),
        (3, "list of gn.Parameter"),
        ([np.ones(3)], r"parameters\[0\].*\n.*gn.Parameter\(array"),
        ([gn.Parameter(1.0), None], r"parameters\[1\] is no gn.Parameter: None"),
        ([{"params": [gn.Parameter(1.0)]}], "groups="),
        (gn.Dense(3), "first batch"),
    ],
    ids=["empty", "array", "text", "number", "of arrays", "None", "PyTorch's", "layer"],
)
def test_parameters_that_are_none(parameters, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.SGD(0.1, parameters=parameters)


def test_a_parameter_twice():
    w, b = pair()
    with pytest.raises(gn.ArgumentError, match=r"parameters\[0\].*\[2\].*'w'"):
        gn.SGD(0.1, parameters=[w, b, w])


def test_one_parameter_need_not_be_in_a_list():
    w, _ = pair()
    assert gn.SGD(0.1, parameters=w).parameters[0] is w


def test_an_optimizer_without_a_network():
    with pytest.raises(gn.NotRunError, match=r"network[\s\S]*parameters=") as caught:
        gn.SGD(0.1).step()
    assert isinstance(caught.value, RuntimeError)


# -- one's own -------------------------------------------------------------------------
def test_an_optimizer_of_ones_own():
    class Sign(gn.Optimizer):
        def update(self, parameter, gradient):
            return parameter - self.lr * np.sign(gradient)

    net = trained(optimizer := Sign(0.5))
    before = copy.deepcopy(net.params())
    optimizer.step()
    for new, old, gradient in zip(net.params(), before, net.param_grads(), strict=True):
        np.testing.assert_array_equal(new, old - 0.5 * np.sign(gradient))


class Heavy(gn.Optimizer):
    """Momentum, with states and settings of its own, which forgets to call super()."""

    state_names = ("velocity",)
    mu = 0.5

    def __init__(self, lr, groups=None):
        self.lr = lr
        if groups:
            super().__init__(lr, groups=groups)

    def update(self, parameter, gradient, velocity):
        velocity = self.mu * velocity + gradient
        return parameter - self.lr * velocity, velocity


def test_an_optimizer_of_ones_own_with_states():
    mine, ours = network(), network()
    trainers = gn.Trainer(mine, Heavy(0.1)), gn.Trainer(ours, gn.SGD(0.1, 0.5))
    for trainer in trainers:
        for _ in range(4):
            trainer.step(*data())
    np.testing.assert_equal(mine.params(), ours.params())


def test_groups_of_an_optimizer_of_ones_own():
    mine, ours = network(), network()
    rules = (
        Heavy(0.1, {"*/bias": {"mu": 0.0}}),
        gn.SGD(0.1, 0.5, groups={"*/bias": {"momentum": 0.0}}),
    )
    for net, rule in zip((mine, ours), rules, strict=True):
        trainer = gn.Trainer(net, rule)
        for _ in range(4):
            trainer.step(*data())
    np.testing.assert_equal(mine.params(), ours.params())
    rules[0].mu = 0.9  # goes for all but the group
    rules[0].step()
    assert (rules[0].groups["*/bias"].mu, rules[0].mu) == (0.0, 0.9)


class BookMomentum(gn.Optimizer):
    """As S. Weidman's book has it: over the arrays, in place, with lists of its own."""

    def __init__(self, lr, momentum):
        self.lr = lr
        self.momentum = momentum
        self.first = True

    def step(self):
        if self.first:
            self.velocities = [np.zeros_like(param) for param in self.net.params()]
            self.first = False
        for param, param_grad, velocity in zip(
            self.net.params(), self.net.param_grads(), self.velocities, strict=True
        ):
            velocity *= self.momentum
            velocity += self.lr * param_grad
            param -= velocity


class PlainMomentum:
    """The same, of no base class."""

    net = None
    __init__ = BookMomentum.__init__
    step = BookMomentum.step


@pytest.mark.parametrize("cls", [BookMomentum, PlainMomentum])
def test_momentum_written_as_in_the_book(cls):
    mine, ours = network(), network()
    trainers = gn.Trainer(mine, cls(0.1, 0.9)), gn.Trainer(ours, gn.SGDMomentum(0.1))
    losses = [[trainer.step(*data()) for _ in range(6)] for trainer in trainers]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-12)
    for a, b in zip(mine.params(), ours.params(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_a_book_optimizer_has_schedules_too():
    class Book(gn.Optimizer):
        def step(self):
            for param, grad in zip(
                self.net.params(), self.net.param_grads(), strict=True
            ):
                param -= self.lr * grad

    mine, ours = network(), network()
    for net, cls in ((mine, Book), (ours, gn.SGD)):
        trainer = gn.Trainer(net, cls(lambda step: 0.1 / (1 + step)))
        for _ in range(5):
            trainer.step(*data())
    np.testing.assert_equal(mine.params(), ours.params())


def test_an_optimizer_without_a_formula():
    optimizer = gn.Optimizer(0.1)
    trained(optimizer)
    with pytest.raises(NotImplementedError, match="Optimizer"):
        optimizer.step()


# -- all or nothing --------------------------------------------------------------------
def snapshot(optimizer, *parameters):
    return copy.deepcopy(([p.value for p in parameters], optimizer.state()))


def test_an_update_that_fails_changes_nothing():
    class Fragile(gn.SGDMomentum):
        broken = False

        def update(self, parameter, gradient, *rest):
            if self.broken and parameter.ndim == 1:
                raise OverflowError("it does not work")
            return super().update(parameter, gradient, *rest)

    w, b = pair()
    optimizer = Fragile(0.1, parameters=[w, b])
    optimizer.step()
    before = snapshot(optimizer, w, b)
    optimizer.broken = True
    with pytest.raises(OverflowError) as caught:
        optimizer.step()
    assert caught.value.__notes__ == ["in the update of 'b', Fragile"]
    np.testing.assert_equal(snapshot(optimizer, w, b), before)
    optimizer.broken = False
    optimizer.step()


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda p: None, gn.ArgumentError, "of 'b' returned None.*\nIs a return"),
        (lambda p: (p, p), gn.ArgumentError, "returned 2 values"),
        (lambda p: p.sum(), gn.ShapeError, r"shape \(\), not \(2,\)"),
        (lambda p: p[None], gn.ShapeError, r"shape \(1, 2\), not \(2,\)"),
        (lambda p: p + 1j, gn.ArgumentError, "complex128, not float64"),
    ],
    ids=["None", "two", "number", "axes", "complex"],
)
def test_a_rule_that_returns_something_else(wrong, error, message):
    class Wrong(gn.Optimizer):
        def update(self, parameter, gradient):
            return parameter - gradient if parameter.ndim == 2 else wrong(parameter)

    w, b = pair()
    optimizer = Wrong(0.1, parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(error, match=message):
        optimizer.step()
    np.testing.assert_equal(snapshot(optimizer, w, b), before)


def test_a_rule_that_forgets_its_state():
    class Wrong(Heavy):
        def update(self, parameter, gradient, velocity):
            return parameter - gradient

    w, _ = pair()
    optimizer = Wrong(0.1)
    optimizer.net = type("Net", (), {"parameters": [w]})
    with pytest.raises(gn.ArgumentError, match="states velocity"):
        optimizer.step()


def test_a_gradient_of_another_shape():
    w, b = pair()
    b.grad = np.ones((2, 1))
    optimizer = gn.Adam(parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(gn.GradientShapeError, match=r"'b' has shape \(2, 1\)"):
        optimizer.step()
    np.testing.assert_equal(snapshot(optimizer, w, b), before)


def test_an_array_that_cannot_be_written():
    w, b = pair()
    b.value.flags.writeable = False
    optimizer = gn.Adam(parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(gn.ArgumentError, match="'b' is read-only"):
        optimizer.step()
    np.testing.assert_equal(snapshot(optimizer, w, b), before)
    b.trainable = False
    optimizer.step()


def test_states_in_the_parameters_precision():
    class Loose(Heavy):
        def update(self, parameter, gradient, velocity):
            return parameter - gradient, np.float64(0.9) * velocity + gradient

    w = gn.Parameter(np.ones(3, np.float32))
    w.grad = np.ones(3, np.float32)
    optimizer = Loose(0.1)
    optimizer.net = type("Net", (), {"parameters": [w]})
    optimizer.step()
    assert optimizer.state()["0/velocity"].dtype == np.float32
    assert w.value.dtype == np.float32


def test_a_state_is_nobody_elses_array():
    class Last(gn.Optimizer):
        state_names = ("last",)

        def update(self, parameter, gradient, last):
            return parameter - self.lr * last, gradient

    w, _ = pair()
    optimizer = Last(1.0, parameters=[w])
    optimizer.step()
    first, start = w.grad.copy(), w.value.copy()
    w.grad[...] = 7.0
    optimizer.step()
    np.testing.assert_array_equal(w.value, start - first)


# -- clipping --------------------------------------------------------------------------
def test_the_norm_is_that_of_all_parameters():
    w, b = gn.Parameter(np.zeros((1, 2))), gn.Parameter(np.zeros(1))
    w.grad, b.grad = np.array([[3.0, 0.0]]), np.array([4.0])
    optimizer = gn.SGD(1.0, clip_norm=1.0, parameters=[w, b])
    optimizer.step()
    assert optimizer.gradient_norm == 5.0
    np.testing.assert_allclose(w.value, [[-0.6, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(b.value, [-0.8], rtol=1e-6)
    np.testing.assert_array_equal(b.grad, [4.0])


def test_short_gradients_are_left_alone():
    plain, clipped = pair()[0], pair()[0]
    gn.SGD(0.1, parameters=[plain]).step()
    gn.SGD(0.1, parameters=[clipped], clip_norm=1e3, clip_value=1e3).step()
    np.testing.assert_array_equal(plain.value, clipped.value)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_norms_of_far_numbers(size):
    w = gn.Parameter(np.zeros(2))
    w.grad = np.array([3.0, 4.0]) * size
    optimizer = gn.SGD(1.0, clip_norm=1.0, parameters=[w])
    optimizer.step()
    if size > 1:
        assert optimizer.gradient_norm == pytest.approx(5 * size)
        np.testing.assert_allclose(w.value, [-0.6, -0.8])
    else:
        np.testing.assert_array_equal(w.value, -w.grad)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_norm_that_is_no_number_spoils_nothing(bad):
    w, b = pair()
    b.grad[1] = bad
    optimizer = gn.SGD(0.1, clip_norm=1.0, parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(gn.NotFiniteError, match=f"{bad}, because of b") as caught:
        optimizer.step()
    assert isinstance(caught.value, FloatingPointError)
    np.testing.assert_equal(snapshot(optimizer, w, b), before)


def test_clipping_by_value():
    w = gn.Parameter(np.zeros(3))
    w.grad = np.array([-5.0, 0.1, 5.0])
    gn.SGD(1.0, clip_value=0.5, parameters=[w]).step()
    np.testing.assert_array_equal(w.value, [0.5, -0.1, -0.5])


# -- copies, and what is remembered ----------------------------------------------------
@EACH
@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))],
    ids=["deepcopy", "pickle"],
)
def test_copies_go_on_alike(cls, copied):
    groups = {"*/bias": {"weight_decay": 0.0, "lr": 0.02}}
    trainer = gn.Trainer(network(), cls(0.05, weight_decay=0.1, groups=groups))
    for _ in range(3):
        trainer.step(*data())
    twin = copied(trainer)
    assert twin.optimizer.net is twin.network
    for one in (trainer, twin):
        for _ in range(3):
            one.step(*data())
    np.testing.assert_equal(twin.network.params(), trainer.network.params())


@EACH
def test_the_state_is_plain_arrays_that_restore(cls):
    settings = {"weight_decay": 0.1, "clip_norm": 1.0}
    whole = gn.Trainer(network(), cls(0.05, **settings))
    for _ in range(3):
        whole.step(*data())
    state = whole.optimizer.state()
    assert all(type(value) is np.ndarray for value in state.values())
    kept, params = copy.deepcopy(state), copy.deepcopy(whole.network.params())
    for _ in range(3):
        whole.step(*data())
    np.testing.assert_equal(state, kept)  # a copy

    again = gn.Trainer(network(seed=9), cls(0.05, **settings))
    again.network.forward(data()[0])
    for array, value in zip(again.network.params(), params, strict=True):
        array[...] = value
    again.optimizer.restore(state)
    np.testing.assert_equal(again.optimizer.state(), kept)
    for _ in range(3):
        again.step(*data())
    np.testing.assert_equal(again.network.params(), whole.network.params())
    np.testing.assert_equal(state, kept)


def test_the_state_before_a_step():
    w, b = pair()
    optimizer = gn.Adam(parameters=[w, b])
    state = optimizer.state()
    np.testing.assert_equal(state, {"step_count": 0, "counts": [0, 0]})
    optimizer.step()
    optimizer.restore(state)
    np.testing.assert_equal(optimizer.state(), state)


def broken(state, **changes):
    state = dict(state) | changes
    return {name: value for name, value in state.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"0/mean": None}, gn.ArgumentError, r"no '0/mean'\n.*'0/square'|mean"),
        ({"0/mean": np.ones(3)}, gn.ShapeError, r"0/mean has shape \(3,\)"),
        ({"1/mean": np.array(["a", "b"])}, gn.ArgumentError, "dtype"),
        ({"1/velocity": np.ones(2)}, gn.ArgumentError, "'1/velocity'.*Adam"),
        ({"counts": np.array([1])}, gn.ShapeError, "1 parameters.* has 2"),
        ({"counts": np.array([1, -1])}, gn.ArgumentError, "counts"),
        ({"counts": np.array([1.0, 1.0])}, gn.ArgumentError, "counts"),
        ({"step_count": None}, gn.ArgumentError, "step_count"),
        ({"step_count": np.array(-1)}, gn.ArgumentError, "step_count"),
        ({"step_count": np.array([1, 2])}, gn.ShapeError, "step_count"),
    ],
    ids=str,
)
def test_states_of_another_optimizer(changes, error, message):
    w, b = pair()
    optimizer = gn.Adam(parameters=[w, b])
    optimizer.step()
    before = snapshot(optimizer, w, b)
    with pytest.raises(error, match=message):
        optimizer.restore(broken(optimizer.state(), **changes))
    np.testing.assert_equal(snapshot(optimizer, w, b), before)
    with pytest.raises(gn.ArgumentError, match="dict of arrays"):
        optimizer.restore([1])


# -- settings --------------------------------------------------------------------------
@EACH
@pytest.mark.parametrize(
    "lr", [0, -0.1, np.nan, np.inf, True, "0.1", None, [0.1], 1j, gn.SGD], ids=str
)
def test_learning_rates_that_are_none(cls, lr):
    with pytest.raises(gn.ArgumentError, match="lr is"):
        cls(lr)
    optimizer = cls(0.1)
    with pytest.raises(gn.ArgumentError, match="lr is"):
        optimizer.lr = lr
    assert optimizer.lr == 0.1


@pytest.mark.parametrize(
    "lr", [1, np.float32(0.5), np.array(0.5), np.int64(2)], ids=str
)
def test_learning_rates_become_numbers(lr):
    optimizer = gn.SGD(lr)
    assert type(optimizer.lr) is float
    assert optimizer.lr == float(lr)


def test_parameters_do_not_come_first():
    w, b = pair()
    with pytest.raises(gn.ArgumentError, match=r"parameters=\[w, b\]"):
        gn.Adam([w, b])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gn.SGD(momentum=1.0), "momentum is at least 0 and below 1, not 1.0"),
        (lambda: gn.SGD(momentum=-0.1), "momentum"),
        (lambda: gn.SGD(0.1, True), "momentum is a number, not True"),
        (lambda: gn.SGD(momentum=0.9, dampening=2), "dampening"),
        (lambda: gn.SGD(nesterov=True), "nesterov needs momentum"),
        (lambda: gn.SGD(0.1, 0.9, nesterov=True, dampening=0.1), "nesterov"),
        (lambda: gn.SGD(0.1, 0.9, nesterov=1), "nesterov is True or False, not 1"),
        (lambda: gn.Adam(betas=(0.9, 1.0)), r"betas\[1\] is at least 0"),
        (lambda: gn.Adam(betas=(np.nan, 0.9)), r"betas\[0\] is a finite number"),
        (lambda: gn.Adam(betas=0.9), "betas is a pair"),
        (lambda: gn.Adam(betas=(0.9,)), "betas is a pair"),
        (lambda: gn.Adam(eps=-1e-8), "eps is 0 or more"),
        (lambda: gn.Adam(eps="small"), "eps is a number"),
        (lambda: gn.Adam(weight_decay=-1), "weight_decay is 0 or more"),
        (lambda: gn.Adam(clip_norm=0), "clip_norm is positive"),
        (lambda: gn.Adam(clip_value=-1), "clip_value is positive"),
        (lambda: gn.Adam(maximize=None), "maximize is True or False"),
        (lambda: gn.RMSProp(alpha=1), "alpha"),
        (lambda: gn.AdaGrad(lr_decay=-1), "lr_decay"),
        (lambda: gn.AdaGrad(initial_accumulator_value=-1), "initial_accumulator"),
        (lambda: gn.NAdam(momentum_decay=-1), "momentum_decay"),
        (lambda: gn.Lion(betas=(-1, 0)), r"betas\[0\]"),
    ],
)
def test_settings_that_cannot_be(make, message):
    with pytest.raises(gn.ArgumentError, match=message):
        make()


def test_settings_that_are_not_there():
    with pytest.raises(TypeError, match=r"Adam has no setting 'beta'\n.*'betas'") as e:
        gn.Adam(beta=(0.9, 0.99))
    assert isinstance(e.value, gn.GraphnnError)
    with pytest.raises(TypeError, match="'weight_decay'"):
        gn.SGD(0.1, wieght_decay=0.1)
    with pytest.raises(TypeError, match="momentum"):
        gn.AdaGrad(0.1, momentum=0.9)


def test_how_optimizers_look():
    assert repr(gn.SGD(0.1)) == "SGD(lr=0.1)"
    assert repr(gn.SGD(0.1, momentum=0.9)) == "SGD(lr=0.1, momentum=0.9)"
    assert repr(gn.AdamW()) == "AdamW(lr=0.001)"
    assert repr(gn.Adam(betas=(0.5, 0.9), clip_norm=1)) == (
        "Adam(lr=0.001, clip_norm=1.0, betas=(0.5, 0.9))"
    )
