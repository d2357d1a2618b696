"""Turning, rolling, repeating; diagonals and triangles."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn

A = numbers(2, 3, 4)
DTYPES = [np.float64, np.float32, np.complex128, np.int32, np.bool_]
FUNCTIONS = {
    "flip": np.flip,
    "flip_axis": lambda x: np.flip(x, axis=-1),
    "flip_axes": lambda x: np.flip(x, (0, 2)),
    "fliplr": np.fliplr,
    "flipud": np.flipud,
    "rot90": np.rot90,
    "rot90_twice": lambda x: np.rot90(x, 2, (1, 2)),
    "rot90_back": lambda x: np.rot90(x, k=-1, axes=[-1, 0]),
    "rot90_more": lambda x: np.rot90(x, 7),
    "roll": lambda x: np.roll(x, 5),
    "roll_axis": lambda x: np.roll(x, -1, axis=1),
    "roll_axes": lambda x: np.roll(x, (1, -2), axis=(0, -1)),
    "roll_both": lambda x: np.roll(x, 1, (1, 2)),
    "roll_list": lambda x: np.roll(x, [1, 2], 2),
    "roll_array": lambda x: np.roll(x, np.array([3, 1]), np.array([1, 2])),
    "repeat": lambda x: np.repeat(x, 2),
    "repeat_axis": lambda x: np.repeat(x, 3, axis=1),
    "repeat_method": lambda x: x.repeat(2, axis=-1),
    "repeat_each": lambda x: np.repeat(x, [0, 2, 1], 1),
    "repeat_each_flat": lambda x: np.repeat(x, np.arange(24) % 3),
    "repeat_one_count": lambda x: np.repeat(x, [2], axis=0),
    "repeat_never": lambda x: np.repeat(x, 0, axis=0),
    "tile": lambda x: np.tile(x, 2),
    "tile_axes": lambda x: np.tile(x, (2, 1, 3)),
    "tile_more_axes": lambda x: np.tile(x[0], reps=(2, 2, 1, 1)),
    "tile_fewer_axes": lambda x: np.tile(x, [2]),
    "tile_never": lambda x: np.tile(x, (0, 1)),
    "tile_number": lambda x: np.tile(x[0, 0, 0], (2, 2)),
    "tile_not_at_all": lambda x: np.tile(x, ()),
    "resize_larger": lambda x: np.resize(x, (5, 7)),
    "resize_smaller": lambda x: np.resize(x, 5),
    "resize_same": lambda x: np.resize(x, new_shape=(4, 6)),
    "resize_nothing": lambda x: np.resize(x, (0, 2)),
    "diagonal": np.diagonal,
    "diagonal_offset": lambda x: np.diagonal(x, 1),
    "diagonal_axes": lambda x: np.diagonal(x, offset=-1, axis1=2, axis2=1),
    "diagonal_method": lambda x: x.diagonal(0, -1, 0),
    "diagonal_beyond": lambda x: np.diagonal(x, 7),
    "diagonal_matrix": lambda x: np.diagonal(x[0], axis1=1, axis2=0),
    "linalg_diagonal": lambda x: np.linalg.diagonal(x, offset=1),
    "trace": np.trace,
    "trace_axes": lambda x: np.trace(x, 1, 2, 0),
    "trace_method": lambda x: x.trace(offset=-1, axis1=1, axis2=2),
    "trace_dtype": lambda x: np.trace(x, dtype=np.complex128),
    "trace_beyond": lambda x: np.trace(x, 9),
    "linalg_trace": lambda x: np.linalg.trace(x, offset=-1),
    "diag": lambda x: np.diag(x[0]),
    "diag_offset": lambda x: np.diag(x[1], k=-1),
    "diag_vector": lambda x: np.diag(x[0, 0]),
    "diag_vector_offset": lambda x: np.diag(x[0, 0], 2),
    "diagflat": np.diagflat,
    "diagflat_offset": lambda x: np.diagflat(x[0], k=-2),
    "triu": np.triu,
    "triu_offset": lambda x: np.triu(x, k=-1),
    "tril": lambda x: np.tril(x[0]),
    "tril_offset": lambda x: np.tril(x, 1),
    "tril_vector": lambda x: np.tril(x[0, 0]),
    "triu_vector": lambda x: np.triu(x[0, 0], 1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_values(name, dtype):
    check_values(FUNCTIONS[name], A.astype(dtype))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients(name):
    check_function(lambda x: FUNCTIONS[name](x * x), A)
    check_function(lambda x: FUNCTIONS[name](x * x), A + 1j, order=1)


@pytest.mark.parametrize("f", [np.flip, lambda x: np.repeat(x, 2), np.diagflat])
@pytest.mark.parametrize("shape", [(), (0,), (1, 1)])
def test_numbers_and_empty_arrays(f, shape):
    check_values(f, np.full(shape, 2.0))
    check_function(lambda x: f(x * x), np.full(shape, 2.0))


@given(
    shape=st.tuples(*[st.integers(0, 3)] * 3),
    times=st.lists(st.integers(0, 3), max_size=4),
)
def test_tile(shape, times):
    array = numbers(*shape)
    check_values(lambda x: np.tile(x, times), array)
    check_function(lambda x: np.tile(x, times), array, order=1)


@given(data=st.data(), axis=st.integers(-3, 2))
def test_repeat(data, axis):
    size = A.shape[axis]
    counts = data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    check_values(lambda x: np.repeat(x, counts, axis), A)
    check_function(lambda x: np.repeat(x, counts, axis), A, order=1)


@given(k=st.integers(-5, 5), axes=st.permutations([0, 1, 2]))
def test_diagonals_are_put_back_where_they_were(k, axes):
    def there(x):
        return np.diagonal(x, k, axes[0], axes[1] - 3)

    check_values(there, A)
    x = gn.Input("x", value=A)
    y = there(x)
    b = np.random.default_rng(2).normal(size=y.shape)
    y.graph.backward(y, b, wrt=x)
    np.testing.assert_allclose(np.sum(x.grad * A), np.sum(y.output * b), atol=1e-12)
    np.testing.assert_array_equal(there(x.grad), b)
    traced = np.trace(x, k, axes[0], axes[1])
    np.testing.assert_array_equal(traced.output, np.trace(A, k, axes[0], axes[1]))


def test_other_batches_run_through():
    x = gn.Input("x", value=numbers(2, 3))
    y = np.sum(np.tile(np.roll(np.repeat(x, 2, 0), 1, 0), (2, 1)) * np.resize(x, 3))
    for rows in (4, 1):
        value = numbers(rows, 3, seed=rows)
        rolled = np.roll(np.repeat(value, 2, 0), 1, 0)
        expected = np.sum(np.tile(rolled, (2, 1)) * value[0])
        found = y.graph.forward(x=value, target=y)
        np.testing.assert_allclose(found, expected)
        y.graph.backward(y, wrt=x)
        assert x.grad.shape == (rows, 3)


def test_before_there_are_values():
    x = gn.Input("x")
    y = np.triu(np.diag(np.repeat(np.flip(np.tile(x, 2)), 2)))
    found = y.graph.forward(x=[1.0, 2.0])
    np.testing.assert_array_equal(found, np.diag([2.0, 2, 1, 1, 2, 2, 1, 1]))


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda x: np.flip(x, 3), np.exceptions.AxisError, "3"),
        (lambda x: np.fliplr(x[0, 0]), np.exceptions.AxisError, "1"),
        (lambda x: np.rot90(x[0, 0]), gn.ShapeError, r"Axes.*\(4,\)"),
        (lambda x: np.rot90(x, 1, (0, 0)), gn.ShapeError, r"\(2, 3, 4\)"),
        (lambda x: np.roll(x, 1, 3), np.exceptions.AxisError, "3"),
        (lambda x: np.roll(x, (1, 2, 3), (0, 1)), gn.ShapeError, "broadcast"),
        (lambda x: np.roll(x, x[0, 0, 0]), TypeError, r"(?s)np\.roll.*output"),
        (lambda x: np.repeat(x, [1, 2], 1), gn.ShapeError, r"\(2, 3, 4\)"),
        (lambda x: np.repeat(x, -1), gn.ShapeError, "negative"),
        (lambda x: np.repeat(x, 2, 3), np.exceptions.AxisError, "3"),
        (lambda x: np.repeat(x, x[0, 0, 0]), gn.UnsupportedError, r"np\.repeat"),
        (lambda x: np.tile(A, x[0, 0, 0]), gn.UnsupportedError, r"np\.tile"),
        (lambda x: np.tile(x, -1), gn.ShapeError, "negative"),
        (lambda x: np.resize(x, -4), gn.ShapeError, "non-negative"),
        (lambda x: np.diagonal(x[0, 0]), gn.ShapeError, r"at least two.*\(4,\)"),
        (lambda x: np.diagonal(x, 0, 1, 1), gn.ShapeError, "same"),
        (lambda x: np.trace(x[0, 0]), gn.ShapeError, r"\(4,\)"),
        (lambda x: np.trace(x, out=np.zeros(4)), gn.UnsupportedError, "in place"),
        (lambda x: np.diag(x), gn.ShapeError, r"1- or 2-d.*\(2, 3, 4\)"),
        (lambda x: np.diag(x[0, 0, 0]), gn.ShapeError, r"1- or 2-d"),
    ],
)
def test_bad_use(attempt, error, text):
    x = gn.Input("x", value=A)
    with pytest.raises(error, match=text):
        attempt(x)
    np.testing.assert_array_equal(np.flip(x).output, np.flip(A))
