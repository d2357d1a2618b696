"""Taking nodes apart: split, unstack, iteration; functions applied along axes."""

import copy
import itertools
import pickle

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn
from graphnn.ops.splitting import Unstack

A = numbers(4, 6)
DEEP = numbers(2, 4, 6)
FUNCTIONS = {
    "split": lambda x: np.split(x, 2),
    "split_axis": lambda x: np.split(x, 3, axis=-1),
    "split_places": lambda x: np.split(x, [1, 3]),
    "split_array_of_places": lambda x: np.split(x, np.array([1, 4]), 1),
    "split_negative": lambda x: np.split(x, [-3, -1], axis=1),
    "split_beyond": lambda x: np.split(x, (2, 9, 11), axis=1),
    "split_overlapping": lambda x: np.split(x, [4, 1], axis=1),
    "split_one": lambda x: np.split(x, 1),
    "split_nowhere": lambda x: np.split(x, []),
    "array_split": lambda x: np.array_split(x, 3),
    "array_split_axis": lambda x: np.array_split(x, 4, axis=1),
    "array_split_more": lambda x: np.array_split(x, 7, 0),
    "array_split_places": lambda x: np.array_split(x, [2, 2, 5], 1),
    "hsplit": lambda x: np.hsplit(x, 3),
    "hsplit_vector": lambda x: np.hsplit(x[0], [2]),
    "vsplit": lambda x: np.vsplit(x, 2),
    "dsplit": lambda x: np.dsplit(x[:, None, :], [1, 5]),
    "unpacked": lambda x: [row * 2.0 for row in np.split(x, 4)],
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.int64])
def test_values(name, dtype):
    check_values(FUNCTIONS[name], A.astype(dtype))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("array", [A, A + 1j * numbers(4, 6, seed=2)])
def test_gradients(name, array):
    check_function(FUNCTIONS[name], array)
    check_function(lambda x: FUNCTIONS[name](x * x), array)


unstack = getattr(np, "unstack", lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)))


@pytest.mark.skipif(not hasattr(np, "unstack"), reason="np.unstack came with NumPy 2.1")
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_unstack(axis):
    check_values(lambda x: unstack(x, axis=axis), DEEP)
    check_values(lambda x: unstack(x), np.zeros((0, 3)))
    nothing = Unstack(0, 0)
    nothing.forward(np.zeros((0, 3)))
    assert nothing.backward(()).shape == (0, 3)
    check_function(lambda x: unstack(x * x, axis=axis), DEEP)
    check_function(lambda x: unstack(x * x, axis=axis)[1], DEEP + 1j)


def test_iteration():
    check_values(lambda x: [2.0 * row for row in x], A)
    check_values(list, A)
    check_values(lambda x: [b * a for a, b in itertools.pairwise(x)], A)
    check_function(lambda x: [row * row for row in x], A)
    check_function(lambda x: sum(row * row for row in x), A[:, 0])


def test_unpacking_and_len():
    def swapped(x):
        a, b, *others = x
        return np.stack([b, a * a, *others])

    check_values(swapped, A)
    check_function(swapped, A)
    x = gn.Input("x", value=A)
    assert len(x) == 4
    first, second = x[:2]
    assert len(first) == len(second) == 6
    with pytest.raises(ValueError, match="unpack"):
        first, second = x


def test_iterating_again_makes_no_new_nodes():
    x = gn.Input("x", value=A)
    once, again = list(x), list(x)
    assert [a is b for a, b in zip(once, again, strict=True)] == [True] * 4
    assert len(x.graph) == 1 + 1 + 4
    np.concatenate(x)  # NumPy looks at the rows, and so does the operation
    assert len(x.graph) == 1 + 1 + 4 + 1
    twin = copy.deepcopy(x)
    assert [row.graph is twin.graph for row in twin] == [True] * 4
    assert len(twin.graph) == len(x.graph)


class SquareByRows(gn.Operation):
    """Goes over the rows in both of its hooks."""

    def _output(self):
        return np.stack([row * row for row in self.input_])

    def _input_grad(self, output_grad):
        return output_grad * np.stack([2.0 * row for row in self.input_])


def test_hooks_may_iterate():
    check_function(lambda x: SquareByRows()(x), A)
    x = gn.Input("x", value=A)
    total = np.sum(SquareByRows()(x))
    (gradient,) = total.graph.gradient(total, [x])
    np.testing.assert_array_equal(gradient.output, 2 * A)
    rows = list(x)
    assert [row.forward_node for row in rows] == [None] * 4
    assert rows[0] is next(iter(x))


def test_a_parameter_is_iterated_in_the_graph_at_hand():
    rows = gn.Parameter(A)
    first, second = gn.Graph(), gn.Graph()
    for graph in (first, second):
        with graph:
            total = sum(np.sum(row * row) for row in rows)
        assert total.graph is graph
        total.backward()
        np.testing.assert_array_equal(rows.grad, 2 * A)
    assert len(first) == len(second)


def test_the_gradient_of_a_loop_is_one_stack():
    x = gn.Input("x", value=A)
    total = sum(np.sum(row * row) for row in x)
    total.graph.backward(total, wrt=x)
    np.testing.assert_array_equal(x.grad, 2 * A)
    unstacked = [n for n in total.graph.nodes if isinstance(n, Unstack)]
    assert len(unstacked) == 1
    (gradient,) = total.graph.gradient(total, [x])
    np.testing.assert_array_equal(gradient.output, 2 * A)


def test_a_loop_refuses_a_batch_of_another_length():
    x = gn.Input("x", value=A)
    total = sum(np.sum(row * row) for row in x)
    assert total.graph.forward(x=2 * A, target=total) == 4 * np.sum(A * A)
    for rows in (3, 5):
        message = rf"unstack.*built for 4 parts along axis 0, not for {rows}"
        with pytest.raises(gn.ShapeError, match=message):
            total.graph.forward(x=numbers(rows, 6), target=total)
    np.testing.assert_array_equal(x.value, 2 * A)


def test_split_follows_the_batch():
    x = gn.Input("x", value=A)
    first, second = np.split(x, 2)
    y = first * second
    for rows in (6, 2):
        value = numbers(rows, 6, seed=rows)
        y.graph.forward(x=value, target=y)
        np.testing.assert_array_equal(y.output, value[: rows // 2] * value[rows // 2 :])
        y.graph.backward(y, np.ones(y.shape), wrt=x)
        halves = [value[rows // 2 :], value[: rows // 2]]
        np.testing.assert_array_equal(x.grad, np.concatenate(halves))
    with pytest.raises(gn.ShapeError, match=r"equal division.*\(5, 6\)"):
        y.graph.forward(x=numbers(5, 6), target=y)


def test_a_part_that_nobody_uses():
    x = gn.Input("x", value=A)
    first, _ = np.split(x, [1])
    y = np.sum(first * first)
    assert y.graph.forward(x=2 * A) == np.sum(4 * A[0] * A[0])  # y is the only sink
    y.backward()
    y.graph.backward(wrt=x)
    np.testing.assert_array_equal(x.grad[0], 4 * A[0])
    np.testing.assert_array_equal(x.grad[1:], 0.0)


def test_a_part_that_nobody_uses_before_there_are_values():
    x = gn.Input("x")
    first, _ = np.split(x, [1])
    y = first * 2.0
    np.testing.assert_array_equal(y.graph.forward(x=A), 2 * A[:1])


def test_before_there_are_values():
    x = gn.Input("x")
    left, middle, right = np.array_split(x, 3, axis=1)
    y = left * right
    assert len(np.split(x, [1, 2, 3])) == 4
    value = numbers(2, 6)
    y.graph.forward(x=value, target=[y, middle])
    np.testing.assert_array_equal(middle.output, value[:, 2:4])
    y.graph.backward(y, np.ones((2, 2)), wrt=x)
    np.testing.assert_array_equal(x.grad[:, 2:4], 0.0)
    for attempt in (iter, list, unstack, lambda n: np.hsplit(n, 2)):
        with pytest.raises(gn.UnsupportedError, match="no value yet"):
            attempt(gn.Input("z"))


def test_parts_are_copied_and_pickled():
    x = gn.Input("x", value=A)
    total = sum(np.sum(part * part) for part in np.array_split(x, 3))
    for twin in (copy.deepcopy(total), pickle.loads(pickle.dumps(total))):
        twin.graph.backward(twin, wrt="x")
        np.testing.assert_array_equal(twin.graph["x"].grad, 2 * A)


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda x: np.split(x, 3), gn.ShapeError, r"equal division.*\(4, 6\)"),
        (lambda x: np.split(x, 0), ZeroDivisionError, "zero"),
        (lambda x: np.array_split(x, 0), gn.ShapeError, "larger than 0"),
        (lambda x: np.split(x, 2, axis=2), IndexError, "split"),
        (lambda x: np.hsplit(x[0, 0], 1), gn.ShapeError, r"\(\) has fewer than 1"),
        (lambda x: np.vsplit(x[0], 1), gn.ShapeError, r"\(6,\) has fewer than 2"),
        (lambda x: np.dsplit(x, 1), gn.ShapeError, r"\(4, 6\) has fewer than 3"),
        (lambda x: np.split(x, x[0, 0]), gn.UnsupportedError, "output"),
        (lambda x: np.split(x, [1, x[0, 0]]), gn.UnsupportedError, "output"),
        (lambda x: list(x[0, 0]), TypeError, "iteration over .*0-d"),
        (lambda x: np.apply_along_axis(np.sum, 2, x), np.exceptions.AxisError, "2"),
    ],
)
def test_bad_use(attempt, error, text):
    x = gn.Input("x", value=A)
    with pytest.raises(error, match=text):
        attempt(x)
    assert len(np.split(x, 2)) == 2


@pytest.mark.skipif(not hasattr(np, "unstack"), reason="np.unstack came with NumPy 2.1")
def test_bad_use_of_unstack():
    x = gn.Input("x", value=A)
    with pytest.raises(np.exceptions.AxisError, match="2"):
        unstack(x, axis=2)
    with pytest.raises(gn.ShapeError, match="0-d"):
        unstack(x[0, 0])


# -- functions of Python applied along axes --------------------------------------------
APPLIED = {
    "to_number": lambda x: np.apply_along_axis(lambda v: np.sum(v * v), -1, x),
    "to_vector": lambda x: np.apply_along_axis(lambda v: v[:2] * v[1:3], 1, x),
    "to_matrix": lambda x: np.apply_along_axis(
        lambda v: np.reshape(v * v, (3, 2)), 2, x
    ),
    "first_axis": lambda x: np.apply_along_axis(lambda v: v[::-1], 0, x),
    "arguments": lambda x: np.apply_along_axis(
        lambda v, a, b=1.0: v * a + b, 1, x, 2.0, b=3.0
    ),
    "over_axes": lambda x: np.apply_over_axes(np.sum, x * x, [0, -1]),
    "over_axis": lambda x: np.apply_over_axes(np.mean, x, 1),
    "over_axes_shape_kept": lambda x: np.apply_over_axes(np.flip, x, (0, 1)),
}


@pytest.mark.parametrize("name", APPLIED)
def test_applied_functions(name):
    check_values(APPLIED[name], DEEP)
    check_function(APPLIED[name], DEEP)


def test_an_applied_function_that_leaves_the_graph_gives_an_array():
    x = gn.Input("x", value=A)
    found = np.apply_along_axis(lambda v: v.output.max(), 1, x)
    np.testing.assert_array_equal(found, A.max(axis=1))


def test_bad_use_of_applied_functions():
    x = gn.Input("x", value=A)
    with pytest.raises(gn.ShapeError, match="changed the number of axes"):
        np.apply_over_axes(lambda a, axis: a[None, None], x, 0)
    with pytest.raises(gn.ShapeError, match="no lines"):
        np.apply_along_axis(np.sum, 0, x[:0])
    lengths = iter(range(1, 5))
    with pytest.raises(gn.ShapeError, match="same shape"):
        np.apply_along_axis(lambda v: v[: next(lengths)], 1, x)
    with pytest.raises(gn.UnsupportedError, match="output"):
        np.vectorize(np.sin)(x)
