"""Joining, inserting and deleting: on nodes as on arrays, and the gradients."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

A = numbers(2, 3)
B = numbers(2, 3, seed=3)
COLUMN = numbers(2, 1, seed=4)
FUNCTIONS = {
    "concatenate": lambda x: np.concatenate([x, B, x]),
    "concatenate_axis": lambda x: np.concatenate((COLUMN, x), axis=-1),
    "concatenate_flat": lambda x: np.concatenate([x, 2.0, [1.0], B], axis=None),
    "concatenate_dtype": lambda x: np.concatenate([x, B], dtype=np.complex64),
    "concatenate_casting": lambda x: np.concatenate(
        [x, x[:1]], axis=0, out=None, dtype=np.float32, casting="unsafe"
    ),
    "concat": lambda x: np.concat([x, x], axis=1),
    "concatenate_rows": lambda x: np.concatenate(x),
    "stack": lambda x: np.stack([x, B]),
    "stack_axis": lambda x: np.stack((B, x, x), axis=-1),
    "stack_numbers": lambda x: np.stack([x[0, 0], 2.0, np.float32(1)]),
    "stack_dtype": lambda x: np.stack([x, B], dtype=np.complex128, casting="same_kind"),
    "stack_rows": lambda x: np.stack(x, axis=1),
    "vstack": lambda x: np.vstack([x, B, x[0]]),
    "vstack_numbers": lambda x: np.vstack([x[0, 0], [1.0]]),
    "vstack_dtype": lambda x: np.vstack((x, B), dtype=np.complex64),
    "vstack_rows": lambda x: np.vstack(x),
    "hstack": lambda x: np.hstack([x, COLUMN]),
    "hstack_vectors": lambda x: np.hstack([x[0], B[0], x[0, 0]]),
    "hstack_dtype": lambda x: np.hstack((B, x), dtype=np.complex64),
    "dstack": lambda x: np.dstack([x, B]),
    "dstack_vectors": lambda x: np.dstack([B[0], x[0]]),
    "column_stack": lambda x: np.column_stack([x, B[:, 0], x[:, 1], COLUMN]),
    "column_stack_numbers": lambda x: np.column_stack([x[0, 0], 1.0]),
    "block": lambda x: np.block([[x, B], [np.ones((1, 3)), x[:1]]]),
    "block_row": lambda x: np.block([x[0], 1.0, x[0, 0]]),
    "block_mixed": lambda x: np.block([[x[0]], [B], [x[0, :2], 3.0]]),
    "block_deep": lambda x: np.block([[[x, x]], [[B, B]]]),
    "block_axes": lambda x: np.block([x[:, :, None], np.ones((2, 3, 2))]),
    "block_node": lambda x: np.block(x),
    "append": lambda x: np.append(x, B),
    "append_axis": lambda x: np.append(B, x, axis=0),
    "append_number": lambda x: np.append(x[0], 2.0),
    "append_list": lambda x: np.append(x, [[1.0, 2.0, 3.0]], 0),
    "insert": lambda x: np.insert(x, 1, 5.0),
    "insert_axis": lambda x: np.insert(x, -1, x[:, 0], axis=1),
    "insert_many": lambda x: np.insert(x, [0, 3, 3], x[:, :1], 1),
    "insert_rows": lambda x: np.insert(x, [2, 0], B, axis=0),
    "insert_slice": lambda x: np.insert(B, slice(None), x, axis=1),
    "insert_mask": lambda x: np.insert(x, np.array([True, False]), 9.0, axis=0),
    "insert_list": lambda x: np.insert(x[0], 1, [1.0, 2.0]),
    "insert_into_array": lambda x: np.insert(B, 2, x[0, 0]),
    "delete": lambda x: np.delete(x, 1),
    "delete_axis": lambda x: np.delete(x, -1, axis=-1),
    "delete_many": lambda x: np.delete(x, [0, 2, 0], 1),
    "delete_slice": lambda x: np.delete(x, slice(None, None, 2), axis=1),
    "delete_mask": lambda x: np.delete(x, np.array([True, False]), 0),
    "delete_none": lambda x: np.delete(x, []),
    "delete_all": lambda x: np.delete(x, [0, 1], 0),
}


def complexed(array):
    return array + 1j * numbers(*array.shape, seed=7)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.int32])
@pytest.mark.filterwarnings(
    "ignore::numpy.exceptions.ComplexWarning",
    "ignore:in the future insert:FutureWarning",  # before NumPy 2.2
)
def test_values(name, dtype):
    check_values(FUNCTIONS[name], A.astype(dtype))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings(
    "ignore::numpy.exceptions.ComplexWarning",
    "ignore:in the future insert:FutureWarning",  # before NumPy 2.2
)
def test_gradients(name):
    loose = {"rtol": 1e-2, "atol": 1e-3, "eps": 2e-3} if "dtype" in name else {}
    if name == "concatenate_casting":
        loose = {"rtol": 1e-2, "atol": 1e-3, "eps": 2e-3}
    check_function(FUNCTIONS[name], A, **loose)
    check_function(lambda x: FUNCTIONS[name](x * x), A, **loose)


@pytest.mark.parametrize(
    "name",
    [
        "concatenate_axis",
        "stack_axis",
        "vstack",
        "block_mixed",
        "append_axis",
        "insert_many",
        "delete_many",
    ],
)
def test_complex_gradients(name):
    check_function(lambda x: FUNCTIONS[name](x * x), complexed(A))


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: np.concatenate([a, b], axis=1),
        lambda a, b: np.vstack([a[0], b]),
        lambda a, b: np.insert(a, [0, 2], b[:, :2], axis=1),
        lambda a, b: np.append(a, b),
        lambda a, b: np.block([[a, b], [b * b, a]]),
    ],
)
def test_real_and_complex_together(function):
    check_function(function, complexed(A), B)
    if "insert" not in function.__code__.co_names:
        check_function(function, A, complexed(B))


def test_many_are_joined_without_a_detour():
    x = gn.Input("x", value=A)
    np.vstack([x, B])
    np.hstack([x, B])
    np.column_stack([x, B])
    kinds = [type(n).__name__ for n in x.graph.nodes if n.kind == "operation"]
    assert kinds == ["Concatenate"] * 3


def test_other_batches_run_through():
    x = gn.Input("x", value=A)
    y = np.delete(np.hstack([np.insert(x, 1, 0.5, axis=0), np.vstack([x, x[:1]])]), 0)
    total = np.sum(y * y)
    for rows in (4, 1):
        value = numbers(rows, 3, seed=rows)
        total.graph.forward(x=value, target=total)
        longer = [np.insert(value, 1, 0.5, axis=0), np.vstack([value, value[:1]])]
        expected = np.delete(np.hstack(longer), 0)
        np.testing.assert_array_equal(y.output, expected)
        total.graph.backward(total, wrt=x)
        assert x.grad.shape == (rows, 3)


def test_gradients_that_nobody_wants_are_not_computed():
    x, t = gn.Input("x", value=A), gn.Input("t", value=B)
    y = np.concatenate([x, t])
    y.graph.backward(y, np.ones((4, 3)), wrt=x)
    assert y.input_grads[1] is None
    z = np.stack([t, x])
    z.graph.backward(z, np.ones((2, 2, 3)), wrt=x)
    assert z.input_grads[0] is None


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (
            lambda x: np.concatenate([x, np.ones((2, 4))]),
            gn.ShapeError,
            r"dimension.*\(2, 3\), \(2, 4\)",
        ),
        (lambda x: np.concatenate([x, np.ones(3)]), gn.ShapeError, r"\(2, 3\), \(3,\)"),
        (lambda x: np.concatenate([x], axis=2), np.exceptions.AxisError, "2"),
        (lambda x: np.stack([x, x[0]]), gn.ShapeError, r"same shape.*\(2, 3\), \(3,\)"),
        (lambda x: np.vstack([x, np.ones(2)]), gn.ShapeError, r"\(1, 2\)"),
        (lambda x: np.hstack([x, np.ones(2)]), gn.ShapeError, r"\(2,\)"),
        (lambda x: np.block([[x], x]), gn.ShapeError, r"different depths \[0, 1\]"),
        (lambda x: np.block([[x], []]), gn.ShapeError, "empty list"),
        (lambda x: np.block([[x, x[0]], [x]]), gn.ShapeError, r"\(2, 3\), \(1, 3\)"),
        (lambda x: np.append(x, x[0], axis=0), gn.ShapeError, r"\(2, 3\), \(3,\)"),
        (lambda x: np.insert(x, 9, 1.0), IndexError, "9"),
        (
            lambda x: np.insert(x, [0], np.ones(5), 0),
            gn.ShapeError,
            r"\(2, 3\), \(5,\)",
        ),
        (lambda x: np.insert(x, x[0, 0], 1.0), gn.UnsupportedError, "output"),
        (lambda x: np.insert(A, [0, x[0, 0]], 1.0), TypeError, "node"),
        (lambda x: np.delete(x, 6), IndexError, "6"),
        (lambda x: np.delete(A, x[0, 0]), gn.UnsupportedError, "np.delete"),
        (
            lambda x: np.concatenate([x, x], out=np.empty((4, 3))),
            gn.UnsupportedError,
            "in place",
        ),
        (
            lambda x: np.concatenate([x, x], dtype=np.float32, casting="no"),
            TypeError,
            "no",
        ),
        (lambda x: np.concatenate(x[0]), gn.ShapeError, r"zero-dim.*\(\), \(\)"),
    ],
)
def test_bad_use(attempt, error, text):
    x = gn.Input("x", value=A)
    with pytest.raises(error, match=text):
        attempt(x)
    assert np.concatenate([x, x]).shape == (4, 3)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda x: np.hstack([x, x]),
        lambda x: np.column_stack([x, x]),
        lambda x: np.block([[x]]),
    ],
)
def test_what_needs_a_value_says_so(attempt):
    x = gn.Input("x")
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        attempt(x)
    y = np.vstack([x, x])
    assert len(x.graph) == 4
    np.testing.assert_array_equal(y.graph.forward(x=A[0]), [A[0], A[0]])
