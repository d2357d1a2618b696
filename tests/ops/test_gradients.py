"""Every operation's gradients, to second order, against central differences."""

import numpy as np
import pytest
from cases import ABSTRACT, CASES, all_subclasses, joined, numbers

import graphnn as gn
from graphnn.ops import (
    binning,
    casting,
    choices,
    covariance,
    elementwise,
    interpolation,
    least_squares,
    rounding,
    sequences,
)

DTYPES = [joined(case.make()(*case.inputs)).dtype.kind for case in CASES]
SMOOTH = [case for case, kind in zip(CASES, DTYPES, strict=True) if kind == "f"]
FLAT = [case for case, kind in zip(CASES, DTYPES, strict=True) if kind != "f"]
PAIRS = [
    case
    for case in SMOOTH
    if case.free
    and len(case.inputs) == 2
    and np.shape(case.inputs[0]) == np.shape(case.inputs[1])
    and all(np.asarray(a).dtype.kind == "f" for a in case.inputs)
    and case.operation not in (choices.Maximum, choices.Minimum)
]

WIDENING = (
    binning.Bincount,
    covariance.Cov,
    casting.AsType,
    elementwise.Power,
    elementwise.NumpyPower,
    elementwise.FloatPower,
    rounding.Frexp,
    interpolation.Interp,
    sequences.Vander,
    least_squares.Lstsq,  # the rank is a count
)


def cotangent(shape, dtype=float):
    return np.random.default_rng(99).normal(size=shape).astype(dtype)


def leaves_of(arrays):
    return [gn.Input(f"x{i}", value=a) for i, a in enumerate(arrays)]


def fresh(case, dtype=None):
    """Copy a case's inputs."""
    return [
        a.astype(dtype) if dtype and a.dtype.kind == "f" else np.array(a)
        for a in map(np.asarray, case.inputs)
    ]


def test_every_operation_has_a_case():
    concrete = {c for c in all_subclasses(gn.Operation) if c not in ABSTRACT}
    assert concrete - {case.operation for case in CASES} == set()


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_gradients(case):
    report = gn.check_gradients(case.make(), *case.inputs)
    assert not report.remarks  # each hook can be traced
    assert {1, 2} == {row.order for row in report.rows}
    alone = case.operation.stops_gradient  # by itself it has no derivative to compare
    assert ({True} if alone else {True, False}) == {row.whole for row in report.rows}
    unknown = sum(np.sum(np.isnan(a)) for a in fresh(case) if a.dtype.kind == "f")
    nodes = [row for row in report.rows if row.order == 1 and not row.whole]
    assert sum(row.kinks for row in nodes) == 0  # samples stand at no kink
    assert sum(row.not_finite for row in nodes) == unknown  # NaN cannot be moved


@pytest.mark.parametrize("case", FLAT, ids=str)
def test_boolean_outputs_have_no_gradient(case):
    node = joined(case.make()(*leaves_of(fresh(case))))
    with pytest.raises(gn.GradientError, match=r"no gradient for (bool|u?int)"):
        node.graph.backward(node, np.ones(node.shape))


@pytest.mark.parametrize("case", PAIRS, ids=str)
def test_repeated_argument(case):
    if np.ndim(case.inputs[0]) == 2 and case.operation.__name__ == "Matmul":
        pytest.skip("needs a square matrix")
    gn.check_gradients(lambda x: case.make()(x, x), np.abs(case.inputs[0]))


def test_repeated_argument_of_matmul():
    gn.check_gradients(lambda x: x @ x, numbers(3, 3))
    gn.check_gradients(lambda x: x @ x, numbers(3))


@pytest.mark.parametrize("operation", [choices.Maximum, choices.Minimum])
def test_repeated_argument_at_a_tie_is_the_identity(operation):
    x = gn.Input("x", value=numbers(2, 3))
    y = operation()(x, x)
    seed = cotangent((2, 3))
    y.graph.backward(y, seed, wrt=x)
    np.testing.assert_array_equal(x.grad, seed)


@pytest.mark.parametrize("case", [c for c in SMOOTH if c.free], ids=str)
def test_one_recipe_used_twice(case):
    recipe = case.make()
    ours, theirs = leaves_of(fresh(case)), leaves_of(fresh(case))
    for leaf in theirs:
        if leaf.dtype.kind == "f":
            leaf.value *= 0.75
    one, two = recipe(*ours), recipe(*theirs)
    assert one is not two
    assert recipe.output is None
    total = np.sum(joined(one)) + 3.0 * np.sum(joined(two))
    gn.check_gradients(total, order=1)


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_float32_in_float32_out(case):
    node = case.make()(*leaves_of(fresh(case, np.float32)))
    inputs = [n for n in node.inputs if n.kind == "input" and n.dtype.kind == "f"]
    target = joined(node)
    sure = case.operation not in WIDENING
    if sure and not isinstance(node, gn.ParamOperation) and not node.states:
        assert target.dtype == np.float32
    node.graph.backward(target, cotangent(target.shape, target.dtype), wrt=inputs)
    for leaf in inputs:
        assert leaf.grad is None or leaf.grad.dtype == np.float32


def test_two_parameters_of_one_sum_are_clipped_apart():
    a, b = gn.Parameter(np.zeros((2, 3))), gn.Parameter(np.zeros((2, 3)))
    added = a + b
    np.sum(added).backward()
    a.grad *= 0
    np.testing.assert_array_equal(b.grad, np.ones((2, 3)))
    np.testing.assert_array_equal(added.output_grad, np.ones((2, 3)))


def test_scatter_sums_what_an_index_takes_twice():
    x = gn.Input("x", value=numbers(3))
    y = np.sum(x[[0, 0, 2]] * np.array([1.0, 10.0, 100.0]))
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, [11.0, 0.0, 100.0])
