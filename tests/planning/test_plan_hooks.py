"""Hooks of users in a plan: of all kinds, also those that no trace can write down."""

import homemade
import numpy as np
import pytest
from agreement import check_agreement, planned_wholes, same_bits

import graphnn as gn

TRACED = ["Lists", "Masked", "Ones", "OnesOfAnotherLayout", "Rows", "Same", "Scalars"]
TRACED += ["Turned", "Wide", "Counted", "Backwards", "Both"]
WHOLE = ["Array", "Branching", "BranchingBack", "InPlace", "InPlaceOfCopy", "Number"]


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def built(kind, dtype):
    x = gn.Input("x", value=numbers(4, 4).astype(dtype))
    made = kind()(np.tanh(x))
    parts = list(made) if type(made.output) is tuple else [made]
    return x, sum(np.sum(np.sin(part) * 0.5) for part in parts)


@pytest.mark.parametrize("name", TRACED + WHOLE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_hooks(name, dtype):
    x, loss = built(getattr(homemade, name), dtype)
    plan = loss.graph.plan(loss, gradients_of=x)
    assert planned_wholes(plan) == ({name} if name in WHOLE else set())
    for seed in range(6):
        given = numbers(4, 4, seed=seed).astype(dtype)
        check_agreement(plan, {x: given}, is_planned=None)


def test_a_hook_that_asks_what_it_is_given_is_stepped(caplog):
    x, loss = built(homemade.Asking, np.float64)
    plan = loss.graph.plan(loss, gradients_of=x)
    for sign in (-1.0, 1.0, 1.0, -1.0):
        given = sign * np.abs(numbers(4, 4))
        check_agreement(plan, {x: given}, is_planned=None)
    assert "gave other numbers than the stepped pass" in caplog.text


class Counting(gn.Operation):
    """Its own setting changes with each pass."""

    def __init__(self):
        self.passes = 0.0

    def _output(self):
        self.passes += 1.0
        return self.input_ * self.passes

    def _input_grad(self, output_grad):
        return output_grad * self.passes


class Drawing(gn.Operation):
    """Random numbers in a hook."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def _output(self):
        self.mask = self.rng.random(self.input_.shape) > 0.5
        return self.input_ * self.mask

    def _input_grad(self, output_grad):
        return output_grad * self.mask


def test_a_hook_that_draws_draws_in_each_pass():
    x = gn.Input("x", value=numbers(6, 6))
    loss = np.sum(Drawing(3)(x))
    plan = loss.graph.plan(loss, gradients_of=x)
    assert planned_wholes(plan) == {"Drawing"}
    drawn = set()
    for _ in range(5):
        found = plan.run()
        assert same_bits(np.sum(x.output * x.grad), found)
        drawn.add(x.grad.tobytes())
    assert len(drawn) == 5


def test_a_hook_that_counts_counts_in_each_pass():
    x = gn.Input("x", value=1.0)
    node = Counting()(x)
    plan = np.sum(node * 1.5).graph.plan(gradients_of=x)
    values = [float(plan.run()) for _ in range(4)]
    steps = np.diff(values)
    np.testing.assert_array_equal(steps, [1.5, 1.5, 1.5])
    assert float(x.grad) == values[-1]


class Refusing(gn.Operation):
    """It raises for numbers that are not positive, in one hook or the other."""

    def __init__(self, backward):
        self.in_backward = backward

    def _output(self):
        if not self.in_backward and (self.input_ <= 0).any():
            raise RuntimeError("not positive")
        return np.sqrt(np.abs(self.input_))

    def _input_grad(self, output_grad):
        if self.in_backward and (self.input_ <= 0).any():
            raise RuntimeError("not positive")
        return output_grad / (2 * np.sqrt(np.abs(self.input_)))


@pytest.mark.parametrize("backward", [False, True])
def test_a_hook_that_raises(backward):
    x = gn.Input("x", value=[1.0, 4.0])
    w = gn.Parameter([2.0, 3.0], name="w")
    loss = np.sum(Refusing(backward)(x * w))
    plan = loss.graph.plan(loss, gradients_of=w)
    assert check_agreement(plan)
    with pytest.raises(RuntimeError, match="not positive") as caught:
        plan.run(x=[1.0, -1.0])
    notes = "\n".join(caught.value.__notes__)
    assert "Refusing" in notes
    assert "test_plan_hooks.py" in notes
    np.testing.assert_array_equal(x.output, [1.0, 4.0])
    np.testing.assert_array_equal(w.value, [2.0, 3.0])
    for seed in range(3):
        assert check_agreement(plan, {x: np.abs(numbers(2, seed=seed))})


def test_equal_products_and_their_transposes():
    # BLAS takes another routine for a matrix times its own transpose
    x = gn.Input("x", value=numbers(96, 130).astype(np.float32))
    one, other = np.tanh(x), np.tanh(x)
    loss = np.sum(one @ other.T) + np.sum(np.sin(one @ one.T) * 0.5)
    plan = loss.graph.plan([loss, one @ other.T], gradients_of=x)
    for seed in range(3):
        assert check_agreement(plan, {x: numbers(96, 130, seed=seed).astype("f4")})


def test_inputs_that_are_fed_the_same_array():
    shared = numbers(96, 130).astype(np.float32)
    a, b = gn.Input("a", value=shared), gn.Input("b", value=shared)
    loss = np.sum(np.sin(a @ b.T))
    plan = loss.graph.plan(loss, gradients_of=[a, b])
    for seed in range(5):
        same = numbers(96, 130, seed=seed).astype(np.float32)
        check_agreement(plan, {a: same, b: same}, is_planned=None)
        check_agreement(plan, {a: same, b: same.copy()}, is_planned=None)


def test_both_zeros_stay_what_they_are():
    x = gn.Input("x", value=numbers(4, 4))
    signs = [np.copysign(1.0, np.where(x > 0, x, zero)) for zero in (0.0, -0.0)]
    loss = np.sum(signs[0]) - 2.0 * np.sum(signs[1])
    plan = loss.graph.plan(loss)
    for seed in range(3):
        assert check_agreement(plan, {x: numbers(4, 4, seed=seed)})
