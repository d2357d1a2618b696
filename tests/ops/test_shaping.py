"""Shapes and axes: on nodes as on arrays, and the gradients of what is composed."""

import copy

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn
from graphnn.ops import shaping

A = numbers(2, 3, 4)
DTYPES = [np.float64, np.float32, np.complex128, np.int64, np.bool_]
FUNCTIONS = {
    "reshape": lambda x: np.reshape(x, (4, -1)),
    "reshape_int": lambda x: np.reshape(x, 24),
    "reshape_order_c": lambda x: np.reshape(x, (4, 6), order="C"),
    "reshape_order_f": lambda x: np.reshape(x, (4, 6), "F"),
    "reshape_order_a": lambda x: np.reshape(x.T, (6, 4), order="A"),
    "reshape_order_a_rows": lambda x: np.reshape(x, (6, 4), order="A"),
    "reshape_method": lambda x: x.reshape(4, 6),
    "reshape_method_order": lambda x: x.reshape((4, -1), order="F"),
    "reshape_method_several_order": lambda x: x.reshape(4, -1, order="F"),
    "ravel": np.ravel,
    "ravel_f": lambda x: np.ravel(x, "F"),
    "ravel_a": lambda x: np.ravel(x.T, order="A"),
    "ravel_method": lambda x: x.ravel("F"),
    "flatten": lambda x: x.flatten(),
    "flatten_f": lambda x: x.flatten("F"),
    "copy": np.copy,
    "copy_method": lambda x: x.copy(),
    "copy_order": lambda x: np.copy(x, order="F"),
    "transpose": np.transpose,
    "transpose_axes": lambda x: np.transpose(x, [2, 0, 1]),
    "permute_dims": lambda x: np.permute_dims(x, axes=(1, -1, 0)),
    "matrix_transpose": np.matrix_transpose,
    "mT": lambda x: x.mT,
    "swapaxes": lambda x: np.swapaxes(x, 0, -1),
    "swapaxes_method": lambda x: x.swapaxes(1, 2),
    "moveaxis": lambda x: np.moveaxis(x, 0, -1),
    "moveaxis_several": lambda x: np.moveaxis(x, (0, 1), (-1, -2)),
    "moveaxis_list": lambda x: np.moveaxis(x, source=[2], destination=[0]),
    "rollaxis": lambda x: np.rollaxis(x, 2),
    "rollaxis_start": lambda x: np.rollaxis(x, -3, start=2),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "expand_dims_several": lambda x: np.expand_dims(x, axis=(0, -1)),
    "squeeze": lambda x: np.squeeze(x[:, None, :1]),
    "squeeze_axis": lambda x: np.squeeze(x[:, None, :1], axis=2),
    "squeeze_axes": lambda x: x[:, None, :1].squeeze((1, 2)),
    "atleast_1d": lambda x: np.atleast_1d(x[0, 0, 0]),
    "atleast_2d": lambda x: np.atleast_2d(x[0, 0]),
    "atleast_3d": lambda x: np.atleast_3d(x[0, 0]),
    "atleast_3d_matrix": lambda x: np.atleast_3d(x[0]),
    "atleast_several": lambda x: np.atleast_2d(x, A[0, 0], x[0, 0], 3.0),
    "broadcast_to": lambda x: np.broadcast_to(x[:, :1], shape=(5, 2, 3, 4)),
    "broadcast_to_int": lambda x: np.broadcast_to(x[0, 0, 0], 3),
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, x[0, 0], A[:, :1], 2.0),
    "broadcast_one": lambda x: np.broadcast_arrays(x),
}
SINCE_2_1 = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
if SINCE_2_1:
    FUNCTIONS["reshape_shape"] = lambda x: np.reshape(x, shape=(6, 4))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_values(name, dtype):
    check_values(FUNCTIONS[name], A.astype(dtype))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_gradients(name, dtype):
    array = A.astype(dtype)
    if dtype is np.complex128:
        array = array + 1j * numbers(2, 3, 4, seed=1)
    check_function(lambda x: FUNCTIONS[name](x * x), array, order=1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_order(name):
    check_function(lambda x: FUNCTIONS[name](x * x), A)


@pytest.mark.parametrize(
    "f", [np.ravel, np.squeeze, np.transpose, np.atleast_1d, np.copy, np.atleast_3d]
)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1, 1)])
def test_numbers_and_empty_arrays(f, shape):
    check_values(f, np.ones(shape))
    check_function(lambda x: f(x * x), np.ones(shape))


def test_copy_of_an_array_in_columns_keeps_its_layout():
    x = gn.Input("x", value=A)
    assert np.copy(x.T).output.flags.f_contiguous
    assert np.copy(x.T, order="C").output.flags.c_contiguous
    assert x.copy() is not x


def test_the_order_of_memory_is_that_of_each_pass():
    x = gn.Input("x", value=numbers(2, 3))
    y = np.reshape(x.T, 6, order="A")
    np.testing.assert_array_equal(y.output, x.output.ravel())
    z = np.reshape(np.ascontiguousarray(x.output.T), 6, order="A")
    assert not np.array_equal(y.output, z)


@pytest.mark.skipif(not SINCE_2_1, reason="copy= came with NumPy 2.1")
def test_copy_false_refuses_to_copy():
    x = gn.Input("x", value=A)
    assert np.reshape(x, (6, 4), copy=True).shape == (6, 4)
    assert np.reshape(x, (6, 4), copy=False).shape == (6, 4)
    assert x.reshape(6, -1, copy=False).shape == (6, 4)
    with pytest.raises(gn.ShapeError, match=r"copy.*\(4, 3, 2\)"):
        np.reshape(x.T, 24, copy=False)


def test_shapes_are_found_anew_in_each_pass():
    x = gn.Input("x", value=numbers(2, 1, 3))
    y = np.sum(np.squeeze(np.swapaxes(x, 0, 1), 0)[..., None] * np.ones((1, 3, 1)))
    for rows in (2, 5):
        value = numbers(rows, 1, 3, seed=rows)
        y.graph.forward(x=value, target=y)
        np.testing.assert_allclose(y.output, value.sum())
        y.graph.backward(y, wrt=x)
        np.testing.assert_array_equal(x.grad, np.ones((rows, 1, 3)))


def test_before_there_are_values():
    x = gn.Input("x")
    y = np.ravel(np.moveaxis(np.expand_dims(np.swapaxes(x, 0, 1), 0), 0, -1))
    first, second = np.broadcast_arrays(y, np.ones((2, 1)))
    z = first * second
    assert z.shape is None
    assert z.graph.forward({x: np.ones((2, 3))}, target=z).shape == (2, 6)


def test_an_output_of_several_is_not_made_twice():
    x = gn.Input("x", value=A)
    first, _ = np.broadcast_arrays(x, np.ones((5, 2, 3, 4)))
    assert first.inputs[0].item(0) is first
    assert [type(node).__name__ for node in x.graph.nodes].count("Item") == 2


def test_recipes_and_graphs_are_copied():
    x = gn.Input("x", value=A)
    y = np.sum(np.rollaxis(x, 2, 1) * 2.0)
    twin = copy.deepcopy(y)
    twin.graph.backward(twin, wrt=twin.graph["x"])
    np.testing.assert_array_equal(twin.graph["x"].grad, np.full((2, 3, 4), 2.0))


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda x: np.reshape(x, (5, -1)), gn.ShapeError, r"reshape.*\(2, 3, 4\)"),
        (lambda x: x.reshape(3), gn.ShapeError, r"reshape.*\(2, 3, 4\)"),
        (lambda x: np.reshape(x, 24, "Z"), ValueError, "order"),
        (lambda x: np.ravel(x, "K"), gn.UnsupportedError, r"(?s)'K'.*'C'"),
        (lambda x: x.flatten("K"), gn.UnsupportedError, "'K'"),
        (lambda x: np.transpose(x, (0, 1)), gn.ShapeError, r"axes.*\(2, 3, 4\)"),
        (lambda x: np.transpose(x, (0, 1, 3)), np.exceptions.AxisError, "axis 3"),
        (lambda x: np.swapaxes(x, 0, 3), np.exceptions.AxisError, "3"),
        (lambda x: np.moveaxis(x, 4, 0), np.exceptions.AxisError, "4"),
        (lambda x: np.moveaxis(x, (0, 1), 0), gn.ShapeError, "same number"),
        (lambda x: np.expand_dims(x, 5), np.exceptions.AxisError, "5"),
        (lambda x: np.squeeze(x, 0), gn.ShapeError, r"size not equal.*\(2, 3, 4\)"),
        (lambda x: np.broadcast_to(x, (2, 3)), gn.ShapeError, r"\(2, 3, 4\)"),
        (
            lambda x: np.broadcast_arrays(x, np.ones(3)),
            gn.ShapeError,
            r"broadcast.*\(2, 3, 4\), \(3,\)",
        ),
        (lambda x: np.copy(x, subok=True), gn.UnsupportedError, "subok"),
        (lambda x: x[0, 0].mT, ValueError, "2"),
    ],
)
def test_bad_use(attempt, error, text):
    x = gn.Input("x", value=A)
    with pytest.raises(error, match=text):
        attempt(x)
    check_values(lambda y: np.ravel(y), A)
    assert np.ravel(x).shape == (24,)


def test_shaping_operations_name_their_line():
    x = gn.Input("x", value=A)
    with pytest.raises(gn.ShapeError, match=r"Reshape, test_shaping\.py:\d+"):
        np.reshape(x, 7)


def test_lies_in_columns():
    assert shaping.lies_in_columns(A.T)
    assert not shaping.lies_in_columns(gn.Input("x", value=A))
    assert shaping.lies_in_columns(gn.Input("x", value=A).T)
