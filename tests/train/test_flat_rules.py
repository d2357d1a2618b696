"""Rules of one's own over flat arrays, and those that have to be stepped."""

import copy
import warnings

import numpy as np
import pytest

import graphnn as gn
from graphnn.train.flat import FlatUpdate, SteppedUpdate
from graphnn.train.settings import Setting, as_fraction

SHAPES = [(3, 5), (5,), (2, 3, 4), (4, 1)]


def parameters(dtype, shapes):
    rng = np.random.default_rng(1)
    return [
        gn.Parameter(rng.standard_normal(shape).astype(dtype), f"p{number}")
        for number, shape in enumerate(shapes)
    ]


def trained_twice(cls, kind, *, steps=5, dtype=np.float32, shapes=SHAPES, **settings):
    """Train with stepped and with flat updates: to the same bits."""
    params = parameters(dtype, shapes)
    twins = copy.deepcopy(params)
    own = cls(0.1, parameters=params, **settings)
    flat = cls(0.1, parameters=twins, **settings)
    update = flat.flat_update(twins, [p.value for p in twins])
    assert type(update) is kind
    rng = np.random.default_rng(2)
    for number in range(steps):
        for one, other in zip(params, twins, strict=True):
            one.grad = rng.standard_normal(one.value.shape).astype(dtype)
            update.gradients[other][...] = one.grad
        own.step()
        if number % 2:
            update.run()
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                update.run()
        for one, other in zip(params, twins, strict=True):
            assert one.value.tobytes() == other.value.tobytes()
            assert update.gradients[other].tobytes() == one.grad.tobytes()
        mine, theirs = own.state(), flat.state()
        assert mine.keys() == theirs.keys()
        for name in mine:
            assert mine[name].tobytes() == theirs[name].tobytes(), name
    return flat, update


class Rule(gn.Optimizer):
    """Forgets to call super()."""

    def __init__(self, lr, **settings):
        super().__init__(lr, **settings)


# -- rules that may run flat -----------------------------------------------------------
class ReadsTheRate(Rule):
    def update(self, parameter, gradient):
        return parameter - self.lr * np.sign(gradient)


class Heavy(Rule):
    state_names = ("velocity",)
    mu = 0.5

    def scalars(self, count):
        return (self.lr / count,)

    def update(self, parameter, gradient, velocity, rate):
        velocity = self.mu * velocity + gradient
        return parameter - rate * velocity, velocity


class Reversed(Rule):
    def update(self, parameter, gradient):
        return -(self.lr * gradient - parameter)


class Masked(Rule):
    def scalars(self, count):
        return self.lr, 0.01 * count

    def update(self, parameter, gradient, rate, least):
        kept = np.where(np.abs(gradient) > least, gradient, 0.0)
        return parameter - np.clip(rate * kept, -0.05, least)


class Squares(Rule):
    state_names = ("total",)

    def update(self, parameter, gradient, total):
        total = total + gradient**2
        return parameter - self.lr * gradient / (np.sqrt(total) + 1e-8), total


class Swaps(Rule):
    state_names = ("a", "b", "c", "d")

    def update(self, parameter, gradient, a, b, c, d):
        return parameter - self.lr * gradient * (a + 1.0), b, a, gradient, d


class Remembers(Rule):
    """Keeps the last two parameters; one of them is the same as the new one."""

    state_names = ("now", "before")

    def update(self, parameter, gradient, now, before):
        new = parameter - self.lr * (gradient + 0.1 * before)
        return new, new, parameter


class Follows(Rule):
    """The new value goes into a state, after which the old one is read once more."""

    state_names = ("slow",)

    def initial_state(self, name, parameter):
        return parameter.copy()

    def update(self, parameter, gradient, slow):
        new = parameter - self.lr * gradient
        return new, slow + 0.5 * (new - slow) + 0.0 * parameter


class LooksAhead(Rule):
    state_names = ("slow",)

    def update(self, parameter, gradient, slow):
        new = parameter - self.lr * gradient
        return new, slow + 0.5 * (new - slow)


class Differs(Rule):
    """Reads the old state when the new one is there."""

    state_names = ("total",)

    def update(self, parameter, gradient, total):
        new = total + gradient
        return parameter - self.lr * (new - total), new


class Mixed(Rule):
    """Has float32 and float64 side by side."""

    state_names = ("total",)

    def update(self, parameter, gradient, total):
        total = total + gradient * gradient
        wide = np.float64(0.1) * gradient
        wider = np.float64(0.3) * (gradient * 0.5)
        return parameter - (wide + wider), total


class Keeps(Rule):
    """Changes its state only."""

    state_names = ("total",)

    def update(self, parameter, gradient, total):
        return parameter, total + gradient


class Copies(Rule):
    def update(self, parameter, gradient):
        return gradient


class Wider(Rule):
    """Computes in float64 what is kept in float32."""

    state_names = ("velocity",)

    def update(self, parameter, gradient, velocity):
        velocity = np.float64(0.9) * velocity + gradient
        return parameter - np.float64(0.1) * velocity, velocity


class Full(Rule):
    def full_scalars(self, count, scale=1.0):
        return (0.1 / count, scale)

    def full_update(self, parameter, gradient, rate, scale):
        return parameter - rate * (scale * gradient)


class AlwaysZero(Rule):
    """A scalar that is 1, and one that is equal to another."""

    def scalars(self, count):
        return 1.0, self.lr, self.lr

    def update(self, parameter, gradient, one, rate, other):
        return parameter - one * (rate * gradient - other * parameter)


class Whole(Rule):
    def scalars(self, count):
        return (count,)

    def update(self, parameter, gradient, count):
        return parameter - gradient / (count + gradient * gradient)


FLAT = [ReadsTheRate, Heavy, Reversed, Masked, Squares, Swaps, Remembers, Follows]
FLAT += [LooksAhead, Differs, Mixed, Keeps, Copies, Wider, Full, AlwaysZero, Whole]


@pytest.mark.parametrize("piece", [1 << 17, 40])
@pytest.mark.parametrize("cls", FLAT)
def test_flat_rules(cls, piece, monkeypatch):
    monkeypatch.setattr("graphnn.train.layout.PIECE", piece)
    trained_twice(cls, FlatUpdate)
    trained_twice(cls, FlatUpdate, dtype=np.float64, weight_decay=0.1, clip_norm=1.0)


# -- rules that cannot -----------------------------------------------------------------
class HalvesTheRate(Rule):
    def scalars(self, count):
        return (self.lr,)

    def update(self, parameter, gradient, rate):
        return parameter - 0.5 * rate * gradient


class Complements(Rule):
    def update(self, parameter, gradient):
        return (1.0 - self.lr) * parameter - self.lr * gradient


class ByTheNorm(Rule):
    def update(self, parameter, gradient):
        norm = np.linalg.norm(parameter)
        return parameter - self.lr * norm * gradient


class ByTheMean(Rule):
    def update(self, parameter, gradient):
        return parameter - self.lr * (gradient - gradient.mean())


class ByTheShape(Rule):
    def update(self, parameter, gradient):
        if parameter.ndim > 1:
            gradient = gradient + 0.1 * parameter
        return parameter - self.lr * gradient


class ByTheSize(Rule):
    def update(self, parameter, gradient):
        return parameter - self.lr * gradient / np.size(gradient)


class Zeros(Rule):
    def update(self, parameter, gradient):
        return parameter - self.lr * np.maximum(gradient, np.zeros_like(gradient))


class Noisy(Rule):
    def update(self, parameter, gradient):
        rng = np.random.default_rng(self.step_count)
        return parameter - self.lr * (gradient + rng.normal())


class ByTheStep(Rule):
    def update(self, parameter, gradient):
        return parameter - self.lr / (1 + self.step_count) * gradient


class Warms(Rule):
    def update(self, parameter, gradient):
        return parameter - (0.001 if self.step_count < 3 else 0.1) * gradient


class BranchesOnTheRate(Rule):
    def update(self, parameter, gradient):
        return parameter - gradient * (0.1 if self.lr > 0.05 else 0.01)


class CountsInUpdate(Rule):
    calls = 0

    def update(self, parameter, gradient):
        self.calls += 1
        return parameter - self.lr * gradient


class CountsInScalars(Rule):
    calls = 0

    def scalars(self, count):
        self.calls += 1
        return (0.1 / self.calls,)

    def update(self, parameter, gradient, rate):
        return parameter - rate * gradient


class Listed(Rule):
    def __init__(self, lr, **settings):
        self.rates = [0.1, 0.2]
        super().__init__(lr, **settings)

    def update(self, parameter, gradient):
        return parameter - self.rates[0] * gradient


class InPlace(Rule):
    state_names = ("velocity",)

    def update(self, parameter, gradient, velocity):
        velocity *= 0.9
        velocity += gradient
        return parameter - self.lr * velocity, velocity


class OutPlace(Rule):
    def update(self, parameter, gradient):
        return parameter - np.multiply(self.lr, gradient, out=np.empty_like(gradient))


class Exponential(Rule):
    def update(self, parameter, gradient):
        return parameter * np.exp(-self.lr * gradient)


class Cubes(Rule):
    def update(self, parameter, gradient):
        return parameter - self.lr * gradient**3


class NumPyScalars(Rule):
    def scalars(self, count):
        return (np.float64(self.lr),)

    def update(self, parameter, gradient, rate):
        return parameter - rate * gradient


class Rows(Rule):
    state_names = ("rows",)

    def initial_state(self, name, parameter):
        return np.zeros(parameter.shape[:1], parameter.dtype)

    def update(self, parameter, gradient, rows):
        axes = tuple(range(1, gradient.ndim))
        return parameter - self.lr * gradient, rows + gradient.sum(axes)


class Array(Rule):
    def update(self, parameter, gradient):
        return parameter - np.array([0.1], np.float32) * gradient


FACTOR = np.array([0.1], np.float32)


class SharedArray(Rule):
    def update(self, parameter, gradient):
        return parameter - FACTOR * gradient


class OwnStep(Rule):
    def step(self):
        for parameter in self.parameters:
            parameter.value -= np.asarray(self.lr * parameter.grad, np.float32)


STEPPED = [HalvesTheRate, Complements, ByTheNorm, ByTheMean, ByTheShape, ByTheSize]
STEPPED += [Zeros, Noisy, ByTheStep, Warms, BranchesOnTheRate, CountsInUpdate]
STEPPED += [CountsInScalars, Listed, InPlace, OutPlace, Exponential, Cubes]
STEPPED += [NumPyScalars, Rows, Array, SharedArray, OwnStep]


@pytest.mark.parametrize("cls", STEPPED)
def test_stepped_rules(cls):
    _, update = trained_twice(cls, SteppedUpdate)
    assert update.is_current()
    assert update.counts == (cls is not OwnStep)


def test_a_power_of_a_parameter_without_axes():
    trained_twice(Squares, SteppedUpdate, shapes=[(), (3,)])
    trained_twice(Heavy, FlatUpdate, shapes=[(), (3,)])


def test_a_step_of_one_instance():
    optimizer = gn.SGD(0.1, parameters=[gn.Parameter([1.0])])
    optimizer.step = lambda: None
    update = optimizer.flat_update(optimizer.parameters, [np.ones(1)])
    assert type(update) is SteppedUpdate


# -- what changes ----------------------------------------------------------------------
def test_attributes_that_change_make_it_stale():
    optimizer, update = trained_twice(Heavy, FlatUpdate)
    optimizer.mu = 0.25
    assert not update.is_current()
    del optimizer.mu
    assert not update.is_current()


def test_settings_of_a_class_of_ones_own():
    class Mine(Heavy):
        mu = Setting(as_fraction, 0.5)

    optimizer, update = trained_twice(Mine, FlatUpdate)
    optimizer.lr = 0.3
    assert update.is_current()
    optimizer.mu = 0.25
    assert not update.is_current()


def test_scalars_that_become_odd():
    class Odd(Heavy):
        def scalars(self, count):
            return (np.float64(0.1) if count == 3 else 0.1,)

    _, update = trained_twice(Odd, FlatUpdate, steps=2)
    assert update.is_current()
    _, update = trained_twice(Odd, FlatUpdate, steps=4)
    assert not update.is_current()


def test_groups_with_attributes_of_a_class_of_ones_own():
    trained_twice(Heavy, FlatUpdate, groups={"*1": {"mu": 0.9}})


def test_groups_know_the_step():
    class Slows(Heavy):
        def scalars(self, count):
            return (self.lr / (1 + self.step_count),)

    trained_twice(Slows, FlatUpdate, groups={"*1": {"mu": 0.9}})


# -- rules that fail -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (
            type("NoResult", (Rule,), {"update": lambda self, p, g: None}),
            "returned None",
        ),
        (type("Missing", (Rule,), {}), "defines no update"),
        (type("Ints", (Rule,), {"update": lambda self, p, g: p + 1j}), "complex128"),
    ],
)
def test_messages_are_those_of_a_step(cls, message):
    (parameter,) = params = [gn.Parameter([1.0, 2.0], "w")]
    update = cls(0.1, parameters=params).flat_update(params, [np.ones(2)])
    with pytest.raises(gn.GraphnnError, match=message):
        update.run()
    assert (parameter.value == [1.0, 2.0]).all()


def test_an_error_in_the_middle():
    class Late(Heavy):
        def scalars(self, count):
            if count == 3:
                raise ValueError("enough")
            return super().scalars(count)

    with pytest.raises(ValueError, match="enough"):
        trained_twice(Late, FlatUpdate)
    params = parameters(np.float32, SHAPES)
    optimizer = Late(0.1, parameters=params)
    update = optimizer.flat_update(params, [p.value for p in params])
    for gradient in update.gradients.values():
        gradient[...] = 1.0
    update.run()
    update.run()
    before = copy.deepcopy(([p.value for p in params], optimizer.state()))
    with pytest.raises(ValueError, match="enough"):
        update.run()
    after = [p.value for p in params], optimizer.state()
    np.testing.assert_equal(after, before)


def test_a_gradient_of_another_loss_is_not_forgotten():
    """A parameter that is not in the pass, but has a gradient: step() updates it."""
    params = parameters(np.float32, SHAPES)
    optimizer = gn.SGDMomentum(0.1, parameters=params)
    update = optimizer.flat_update(params[:2], [p.value for p in params[:2]])
    assert type(update) is FlatUpdate
    for gradient in update.gradients.values():
        gradient[...] = 1.0
    before = params[3].value.copy()
    params[3].grad = np.ones((4, 1), np.float32)
    update.run()
    assert (params[3].value == before - np.float32(0.1)).all()
    params[3].grad = None
    update.run()
    assert optimizer.state()["counts"].tolist() == [2, 2, 0, 1]
