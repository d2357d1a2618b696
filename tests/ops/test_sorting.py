"""Sorting and partitioning."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

FLOAT = numbers(3, 4, 5)
COMPLEX = FLOAT + 1j * numbers(3, 4, 5, seed=1)
WITH_NAN = np.where(np.arange(60).reshape(3, 4, 5) % 7 == 1, np.nan, FLOAT)
ARRAYS = [
    FLOAT,
    FLOAT.astype(np.float32),
    COMPLEX,
    (FLOAT * 10).astype(np.int8),
    FLOAT > 0,
    np.round(FLOAT),
    np.round(FLOAT) + 1j * np.round(COMPLEX.imag),
    WITH_NAN,
]
SORTS = {
    "plain": np.sort,
    "axis": lambda x: np.sort(x, 0),
    "flat": lambda x: np.sort(x, axis=None),
    "stable": lambda x: np.sort(x, axis=1, stable=True),
    "heap": lambda x: np.sort(x, -2, "heapsort"),
    "descending": lambda x: np.sort(x)[..., ::-1],
    "largest": lambda x: np.sort(x, axis=None)[-3:],
    "partition": lambda x: np.partition(x, 2),
    "partition_axis": lambda x: np.partition(x, -1, axis=0),
    "partition_flat": lambda x: np.partition(x, [4, 20], axis=None),
}


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_values(name, array):
    check_values(SORTS[name], array)


@pytest.mark.parametrize("name", SORTS)
def test_gradients(name):
    check_function(SORTS[name], FLOAT)
    check_function(SORTS[name], COMPLEX)


def test_one_element():
    check_values(lambda x: np.sort(x, axis=None), np.array(3.0))
    check_function(lambda x: np.sort(x, axis=None), np.array(3.0))
    check_function(np.sort, np.array([3.0]))


@pytest.mark.parametrize("length", [5, 300])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_element_gets_its_own_gradient(length, dtype):
    """Whatever order a partition leaves, on any machine."""
    array = np.random.default_rng(3).permutation(length).astype(dtype)
    x = gn.Input("x", value=array)
    for y in (np.sort(x), np.partition(x, length // 2)):
        y.graph.backward(y, y.output, wrt=x)
        np.testing.assert_array_equal(x.grad, array)


def test_equal_elements_get_each_one_gradient():
    x = gn.Input("x", value=np.array([2.0, 1.0, 2.0, -0.0, 0.0]))
    y = np.sort(x)
    y.graph.backward(y, np.array([1.0, 2.0, 3.0, 4.0, 5.0]), wrt=x)
    np.testing.assert_array_equal(x.grad, [4.0, 3.0, 5.0, 1.0, 2.0])
    y = np.partition(x, 1)
    y.graph.backward(y, y.output * 10, wrt=x)
    np.testing.assert_array_equal(x.grad, x.value * 10)


def test_nan_goes_last_and_gets_its_gradient():
    x = gn.Input("x", value=np.array([np.nan, 1.0, np.nan, 0.0]))
    y = np.sort(x)
    y.graph.backward(y, np.array([1.0, 2.0, 3.0, 4.0]), wrt=x)
    np.testing.assert_array_equal(x.grad, [3.0, 2.0, 4.0, 1.0])


# -- bad use ---------------------------------------------------------------------------
def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    kth = np.argmax(x)
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.sort(x, axis=3)
    with pytest.raises(ValueError, match=r"kth.*out of bounds"):
        np.partition(x, 9)
    with pytest.raises(gn.UnsupportedError, match="kth is a node"):
        np.partition(x, kth)
    with pytest.raises(gn.UnsupportedError, match="order"):
        np.sort(x, order="f0")
    for change in (lambda: x.sort(), lambda: x.partition(2)):
        with pytest.raises(
            (gn.UnsupportedError, AttributeError), match=r"sort|partition"
        ):
            change()
    assert len(x.graph) == 2
    check_values(np.sort, FLOAT)
