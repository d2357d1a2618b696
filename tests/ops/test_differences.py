"""Differences between neighbours, and integrals."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from cases.differences import COORDINATES

import graphnn as gn

FLOAT = numbers(3, 4, 5)
COMPLEX = FLOAT + 1j * numbers(3, 4, 5, seed=1)
ARRAYS = [
    FLOAT,
    FLOAT.astype(np.float32),
    COMPLEX,
    (FLOAT * 10).astype(np.int8),
    (FLOAT * 10).astype(np.uint8),
]


# -- diff ------------------------------------------------------------------------------
DIFFS = {
    "plain": np.diff,
    "twice": lambda x: np.diff(x, 2, 0),
    "often": lambda x: np.diff(x, n=4, axis=-1),
    "too_often": lambda x: np.diff(x, n=6, axis=1),
    "none_left": lambda x: np.diff(x, n=4, axis=1),
    "prepend": lambda x: np.diff(x, prepend=0),
    "append": lambda x: np.diff(x, axis=0, append=FLOAT[:2]),
    "both": lambda x: np.diff(x, axis=-2, n=2, prepend=FLOAT[:, :1], append=1.5),
    "of_itself": lambda x: np.diff(x, axis=1, prepend=x[:, :1], append=x[:, -1:]),
    "positional": lambda x: np.diff(x, 1, 1, 2.0, 3.0),
}


@pytest.mark.parametrize("name", DIFFS)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_diff_values(name, array):
    check_values(DIFFS[name], array)


@pytest.mark.parametrize("name", DIFFS)
def test_diff_gradients(name):
    check_function(DIFFS[name], FLOAT, atol=1e-7)
    check_function(DIFFS[name], COMPLEX, atol=1e-7)


def test_diff_of_truths():
    check_values(np.diff, FLOAT > 0)


def test_diff_of_arrays_next_to_nodes():
    check_values(lambda x: np.diff(FLOAT[0, 0], prepend=x), np.array(2.0))
    check_function(lambda x: np.diff(FLOAT[0, 0], prepend=x, n=2), np.array([2.0, 3]))


def test_diff_zero_times_is_the_node_itself():
    x = gn.Input("x", value=FLOAT)
    assert np.diff(x, 0) is x


@pytest.mark.parametrize(
    "function",
    [
        np.ediff1d,
        lambda x: np.ediff1d(x, 9),
        lambda x: np.ediff1d(x, to_begin=[1, 2]),
        lambda x: np.ediff1d(x, to_begin=x[0], to_end=x[:1, :1]),
    ],
)
def test_ediff1d(function):
    for array in ARRAYS[:4]:
        check_values(function, array)
    check_function(function, FLOAT)


# -- gradient --------------------------------------------------------------------------
GRADIENTS = {
    "all": np.gradient,
    "spacing": lambda x: np.gradient(x, 2),
    "each": lambda x: np.gradient(x, 0.5, COORDINATES[:4], 3),
    "one_axis": lambda x: np.gradient(x, axis=1),
    "two_axes": lambda x: np.gradient(x, 0.1, axis=(-1, 0)),
    "coordinates": lambda x: np.gradient(x, COORDINATES, axis=2, edge_order=2),
    "even": lambda x: np.gradient(x, np.arange(3) * 0.5, axis=0),
    "edges": lambda x: np.gradient(x, edge_order=2),
    "no_axis": lambda x: np.gradient(x[0, 0], edge_order=2),
}


@pytest.mark.parametrize("name", GRADIENTS)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_gradient_values(name, array):
    check_values(GRADIENTS[name], array)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_gradients(name):
    check_function(GRADIENTS[name], FLOAT)
    check_function(GRADIENTS[name], COMPLEX)


@pytest.mark.parametrize("length", [2, 3, 4, 7])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("even", [True, False])
def test_the_stencil_is_the_whole_jacobian(length, order, even):
    if length <= order:
        pytest.skip("too short")
    spacing = 0.7 if even else np.cumsum(numbers(length, signs=False))
    jacobian = np.gradient(np.eye(length), spacing, axis=0, edge_order=order)
    x = gn.Input("x", value=numbers(length))
    y = np.gradient(x, spacing, edge_order=order)
    for row in range(length):
        y.graph.backward(y, np.eye(length)[row], wrt=x)
        np.testing.assert_allclose(x.grad, jacobian[row], rtol=1e-14, atol=1e-15)


# -- trapezoid -------------------------------------------------------------------------
TRAPEZOIDS = {
    "plain": np.trapezoid,
    "axis": lambda y: np.trapezoid(y, axis=0),
    "dx": lambda y: np.trapezoid(y, dx=0.3, axis=-2),
    "x": lambda y: np.trapezoid(y, COORDINATES),
    "x_axis": lambda y: np.trapezoid(y, x=COORDINATES[:4], axis=1),
    "x_of_each": lambda y: np.trapezoid(y, np.cumsum(np.abs(FLOAT), axis=0), axis=0),
    "by_itself": lambda y: np.trapezoid(y, x=y * y),
}


@pytest.mark.parametrize("name", TRAPEZOIDS)
def test_trapezoid(name):
    for array in ARRAYS[:4]:
        check_values(TRAPEZOIDS[name], array)
    check_function(TRAPEZOIDS[name], FLOAT)
    check_function(TRAPEZOIDS[name], COMPLEX)


def test_trapezoid_by_its_coordinates():
    check_values(lambda x: np.trapezoid(FLOAT, x), COORDINATES)
    check_values(lambda x: np.trapezoid([1, 2, 4], x), COORDINATES[:3])
    check_function(lambda x: np.trapezoid(FLOAT, x), COORDINATES)
    check_function(lambda y, x: np.trapezoid(y, x, axis=1), FLOAT, COORDINATES[:4])
    check_function(lambda y, dx: np.trapezoid(y, dx=dx), FLOAT, np.array(0.5))


# -- bad use ---------------------------------------------------------------------------
def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    spacing, short = x[0, 0, 0], x[:1]
    count = len(x.graph)
    for attempt in (
        lambda: np.diff(x, axis=3),
        lambda: np.diff(x, axis=3, prepend=0),
        lambda: np.gradient(x, axis=3),
    ):
        with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
            attempt()
    with pytest.raises(gn.ArgumentError, match="not -1 times"):
        np.diff(x, -1)
    with pytest.raises(gn.ShapeError, match=r"too small.*shape: \(1, 4, 5\)"):
        np.gradient(short, axis=0)
    with pytest.raises(gn.ArgumentError, match="takes 3 spacings"):
        np.gradient(x, 1.0, 2.0)
    with pytest.raises(gn.UnsupportedError, match="spacing is a node"):
        np.gradient(x, spacing)
    for attempt in (
        np.gradient,
        np.trapezoid,
        lambda y: np.trapezoid(FLOAT, y),
        np.ediff1d,
    ):
        with pytest.raises(gn.UnsupportedError, match="no value yet"):
            attempt(gn.Input("y"))
    with pytest.raises(gn.UnsupportedError, match="to_end= of complex128"):
        np.ediff1d(x, to_end=1j)
    assert len(x.graph) == count
    check_values(np.diff, FLOAT)
