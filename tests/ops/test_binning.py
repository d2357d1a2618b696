"""Sums by bin and by segment, and distinct elements."""

import numpy as np
import pytest
from cases import numbers
from cases.binning import BINS
from cases.checks import check_function, check_values

import graphnn as gn

FLOAT = numbers(3, 4, 5)
COMPLEX = FLOAT + 1j * numbers(3, 4, 5, seed=1)
ARRAYS = [FLOAT, FLOAT.astype(np.float32), COMPLEX, (FLOAT * 10).astype(np.int8)]


# -- bincount --------------------------------------------------------------------------
def test_bincount():
    weights = numbers(6)
    check_values(np.bincount, BINS)
    check_values(lambda x: np.bincount(x, None, 7), BINS)
    check_values(lambda x: np.bincount(x, weights), BINS)
    check_values(lambda x: np.bincount(x, weights=weights, minlength=7), BINS)
    check_values(np.bincount, BINS, weights)
    check_values(np.bincount, BINS, weights.astype(np.float32))
    check_values(np.bincount, BINS, np.arange(6))
    check_values(lambda w: np.bincount([1, 0, 1], w), weights[:3])
    check_function(lambda w: np.bincount(BINS, w * w, minlength=6), weights)


def test_bincount_by_bins_that_change():
    x = gn.Input("x", value=BINS)
    w = gn.Input("w", value=numbers(6))
    y = np.sum(np.bincount(x, w) ** 2)
    graph = y.graph
    for bins in (BINS, np.array([0, 0, 1, 1, 1, 1])):
        graph.forward(x=bins, target=y)
        graph.backward(y, wrt=w)
        np.testing.assert_allclose(w.grad, 2 * np.bincount(bins, w.value)[bins])


# -- sums of segments ------------------------------------------------------------------
@pytest.mark.parametrize("indices", [[0], [0, 2], [1, 3, 2, 2], [3, 0, 3], []])
def test_reduceat(indices):
    for array in ARRAYS:
        for axis in (0, 1, -1):
            if axis == 0 and 3 in indices:
                continue
            check_values(lambda x, axis=axis: np.add.reduceat(x, indices, axis), array)
    check_values(lambda x: np.add.reduceat(x, indices, 1, np.float64), ARRAYS[1])
    if indices:
        check_function(lambda x: np.add.reduceat(x, indices, axis=1), FLOAT)
        check_function(lambda x: np.add.reduceat(x, indices, axis=-1), COMPLEX)


def test_reduceat_matches_its_matrix():
    indices = [2, 4, 1, 1, 3, 0]
    matrix = np.add.reduceat(np.eye(6), indices, axis=0)
    x = gn.Input("x", value=numbers(6))
    y = np.add.reduceat(x, indices)
    for row in range(6):
        y.graph.backward(y, np.eye(6)[row], wrt=x)
        np.testing.assert_array_equal(x.grad, matrix[row])


# -- distinct elements -----------------------------------------------------------------
UNIQUE = {
    "plain": np.unique,
    "counts": lambda x: np.unique(x, return_counts=True),
    "all": lambda x: np.unique(x, True, True, True),
    "nan": lambda x: np.unique(x, return_inverse=True, equal_nan=False),
    "rows": lambda x: np.unique(np.concatenate([x, x[:1]]), axis=0),
    "columns": lambda x: np.unique(x, True, True, True, -2),
}


@pytest.mark.parametrize("name", UNIQUE)
def test_unique(name):
    for array in [*ARRAYS, np.round(FLOAT), FLOAT > 0]:
        check_values(UNIQUE[name], array)
    check_values(UNIQUE[name], np.where(FLOAT > 1, np.nan, np.round(FLOAT)))


@pytest.mark.parametrize("name", UNIQUE)
@pytest.mark.parametrize("array", [FLOAT, COMPLEX], ids=["real", "complex"])
def test_gradients_of_unique(name, array):
    def elements(x):
        found = UNIQUE[name](x)
        return found[0] if isinstance(found, tuple) else found

    check_function(elements, array)


@pytest.mark.parametrize("settings", [{}, {"return_counts": True}])
def test_equal_elements_share_a_gradient(settings):
    x = gn.Input("x", value=np.array([[3.0, 1.0, 3.0], [2.0, 3.0, 1.0]]))
    found = np.unique(x, **settings)
    y = found[0] if settings else found
    y.graph.backward(y, np.array([2.0, 5.0, 9.0]), wrt=x)
    np.testing.assert_array_equal(x.grad, [[3, 1, 3], [5, 3, 1]])


def test_equal_rows_share_a_gradient():
    x = gn.Input("x", value=np.array([[3.0, 1.0], [0.0, 2.0], [3.0, 1.0]]))
    y = np.unique(x, axis=0)
    y.graph.backward(y, np.array([[1.0, 2.0], [4.0, 6.0]]), wrt=x)
    np.testing.assert_array_equal(x.grad, [[2, 3], [1, 2], [2, 3]])


@pytest.mark.parametrize(("equal_nan", "expected"), [(True, [1, 3, 1]), (False, None)])
def test_nan_is_distinct_or_not(equal_nan, expected):
    x = gn.Input("x", value=np.array([np.nan, 1.0, np.nan]))
    y = np.unique(x, equal_nan=equal_nan)
    y.graph.backward(y, np.array([3.0, 2.0, 5.0])[: y.size], wrt=x)
    expected = [1.0, 3.0, 1.0] if equal_nan else [2.0, 3.0, 5.0]
    np.testing.assert_array_equal(x.grad, expected)


# -- bad use ---------------------------------------------------------------------------
def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    row, bins = x[0, 0], gn.Constant(BINS)
    count = len(x.graph)
    with pytest.raises(gn.ShapeError, match=r"shapes \(6,\) and \(5,\)"):
        np.bincount(bins, row)
    with pytest.raises(TypeError, match="safe"):
        np.bincount(BINS, COMPLEX[0, 0, :1] * x[0, 0, :1])
    with pytest.raises(gn.UnsupportedError, match="minlength is a node"):
        np.bincount(bins, minlength=bins)
    with pytest.raises(IndexError, match="out-of-bounds"):
        np.add.reduceat(x, [0, 3])
    with pytest.raises(gn.UnsupportedError, match="indices are a node"):
        np.add.reduceat(x, bins)
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.unique(x, axis=3)
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        np.unique(gn.Input("y"), return_counts=True)
    assert len(x.graph) == count + 3  # the weights of the complex attempt
    check_values(np.unique, FLOAT)
