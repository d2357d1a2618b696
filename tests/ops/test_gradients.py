"""Every operation's gradient against central differences in float64."""

import itertools

import numpy as np
import pytest
from cases import ABSTRACT, CASES, all_subclasses, joined, numbers, positive
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import graphnn as gn
from graphnn.ops import (
    binning,
    casting,
    choices,
    covariance,
    elementwise,
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
    if len(case.inputs) == 2
    and np.shape(case.inputs[0]) == np.shape(case.inputs[1])
    and case.inputs[1].dtype.kind == "f"
    and case.operation not in (choices.Maximum, choices.Minimum)
]

WIDENING = (
    binning.BinCount,
    covariance.Cov,
    casting.AsType,
    elementwise.Power,
    elementwise.NumpyPower,
    elementwise.FloatPower,
    rounding.Frexp,
    sequences.Vander,
    least_squares.Lstsq,  # the rank is a count
)


def cotangent(shape, dtype=float):
    return np.random.default_rng(99).normal(size=shape).astype(dtype)


def differences(f, array, seed, eps):
    """Differentiate sum(f() * seed) by the elements of an array, which f reads."""
    grad = np.empty(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + eps
        above = np.sum(f().astype(float) * seed)
        array[index] = kept - eps
        below = np.sum(f().astype(float) * seed)
        array[index] = kept
        grad[index] = (above - below) / (2 * eps)
    return grad


def gradient(node):
    """Read a gradient; where none came it is zero."""
    return np.zeros(node.shape) if node.grad is None else node.grad


def leaves_of(arrays):
    return [gn.Input(f"x{i}", value=a) for i, a in enumerate(arrays)]


def check(target, leaves, eps=1e-6, rtol=2e-6, atol=2e-8):
    """Compare the graph's gradients of all float leaves with finite differences."""
    graph = target.graph
    floats = [leaf for leaf in leaves if leaf.dtype.kind == "f"]
    seed = cotangent(target.shape, target.dtype)
    graph.backward(target, seed, wrt=floats)
    found = [gradient(leaf).copy() for leaf in floats]
    for leaf, grad in zip(floats, found, strict=True):
        array = leaf.value
        expected = differences(lambda: graph.forward(target=target), array, seed, eps)
        np.testing.assert_allclose(grad, expected, rtol, atol, err_msg=leaf.name)
        assert grad.dtype == leaf.dtype


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
def test_gradient(case):
    inputs = leaves_of(fresh(case))
    node = case.make()(*inputs)
    check(joined(node), list(node.inputs), case.eps)


@pytest.mark.parametrize("case", FLAT, ids=str)
def test_boolean_outputs_have_no_gradient(case):
    node = joined(case.make()(*leaves_of(fresh(case))))
    with pytest.raises(gn.GradientError, match=r"no gradient for (bool|u?int)"):
        node.graph.backward(node, np.ones(node.shape))


@pytest.mark.parametrize("case", PAIRS, ids=str)
def test_repeated_argument(case):
    if np.ndim(case.inputs[0]) == 2 and case.operation.__name__ == "Matmul":
        pytest.skip("needs a square matrix")
    x = gn.Input("x", value=np.abs(case.inputs[0]))
    check(joined(case.make()(x, x)), [x])


def test_repeated_argument_of_matmul():
    x = gn.Input("x", value=numbers(3, 3))
    check(x @ x, [x])
    v = gn.Input("v", value=numbers(3))
    check(v @ v, [v])


@pytest.mark.parametrize("operation", [choices.Maximum, choices.Minimum])
def test_repeated_argument_at_a_tie_is_the_identity(operation):
    x = gn.Input("x", value=numbers(2, 3))
    y = operation()(x, x)
    seed = cotangent((2, 3))
    y.graph.backward(y, seed, wrt=x)
    np.testing.assert_array_equal(x.grad, seed)


@pytest.mark.parametrize("case", [c for c in SMOOTH if c.eps == 1e-6], ids=str)
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
    params = [n for n in one.inputs if n.kind == "parameter"]
    check(total, [*ours, *theirs, *params], case.eps, atol=1e-7)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_hooks_leave_arrays_unchanged(case):
    arrays = fresh(case)
    for array in arrays:
        array.flags.writeable = False  # an in-place change raises
    node = case.make()(*leaves_of(arrays))
    target = joined(node)
    if target.dtype.kind != "f":
        return
    outputs = node.output if isinstance(node.output, tuple) else (node.output,)
    for output in outputs:
        output.flags.writeable = False
    kept_outputs = [output.copy() for output in outputs]
    seed = cotangent(target.shape, target.dtype)
    kept = seed.copy()
    seed.flags.writeable = False
    floats = [n for n in node.inputs if n.dtype.kind == "f"]
    node.graph.backward(target, seed, wrt=floats)
    np.testing.assert_array_equal(seed, kept)
    for output, expected in zip(outputs, kept_outputs, strict=True):
        np.testing.assert_array_equal(output, expected)
    for array, expected in zip(arrays, fresh(case), strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_float32_in_float32_out(case):
    node = case.make()(*leaves_of(fresh(case, np.float32)))
    inputs = [n for n in node.inputs if n.kind == "input" and n.dtype.kind == "f"]
    target = joined(node)
    sure = case.operation not in WIDENING
    if sure and not isinstance(node, gn.ParamOperation):
        assert target.dtype == np.float32
    node.graph.backward(target, cotangent(target.shape, target.dtype), wrt=inputs)
    for leaf in inputs:
        assert leaf.grad is None or leaf.grad.dtype == np.float32


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_gradients_share_no_memory(case):
    node = case.make()(*leaves_of(fresh(case)))
    target = joined(node)
    floats = [n for n in node.inputs if n.dtype.kind == "f"]
    seed = cotangent(target.shape, target.dtype)
    node.graph.backward(target, seed, wrt=floats)
    arrays = [n.grad for n in floats if n.grad is not None]
    for a, b in itertools.combinations([*arrays, seed], 2):
        assert not np.shares_memory(a, b)
    for a in arrays:
        assert a.flags.writeable
        assert not any(
            np.shares_memory(a, v) for v in [*node.input_values, target.output]
        )


def test_two_parameters_of_one_sum_are_clipped_apart():
    a, b = gn.Parameter(np.zeros((2, 3))), gn.Parameter(np.zeros((2, 3)))
    added = a + b
    np.sum(added).backward()
    a.grad *= 0
    np.testing.assert_array_equal(b.grad, np.ones((2, 3)))
    np.testing.assert_array_equal(added.output_grad, np.ones((2, 3)))


@pytest.mark.parametrize(
    "operation", [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum]
)
@given(shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_broadcasting(operation, shapes):
    left, right = shapes.input_shapes
    a = gn.Input("a", value=positive(*left, seed=1))
    b = gn.Input("b", value=positive(*right, seed=2))
    node = operation(a, b)
    assert node.shape == shapes.result_shape
    check(node, [a, b])
    assert a.grad.shape == left
    assert b.grad.shape == right


@given(
    shape=st.tuples(*[st.integers(1, 3)] * 3),
    axes=st.sets(st.integers(-3, 2), max_size=3),
    keepdims=st.booleans(),
    reduce=st.sampled_from([np.sum, np.mean, np.max, np.min]),
)
def test_reductions(shape, axes, keepdims, reduce):
    axes = tuple({axis % 3: axis for axis in axes}.values())
    x = gn.Input("x", value=numbers(*shape))
    node = reduce(x, axis=axes, keepdims=keepdims)
    np.testing.assert_array_equal(
        node.output, reduce(x.value, axis=axes, keepdims=keepdims)
    )
    check(node, [x])


def test_scatter_sums_what_an_index_takes_twice():
    x = gn.Input("x", value=numbers(3))
    y = np.sum(x[[0, 0, 2]] * np.array([1.0, 10.0, 100.0]))
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, [11.0, 0.0, 100.0])
