"""Averages and spreads."""

import numpy as np
import pytest
from cases import numbers, positive
from cases.checks import check_function, check_values
from cases.reductions import MASK_3D

import graphnn as gn

FLOAT = numbers(2, 3, 4)
COMPLEX = FLOAT + 1j * numbers(2, 3, 4, seed=1)
WITH_NAN = np.where(np.arange(24).reshape(2, 3, 4) % 5 == 1, np.nan, FLOAT)
WEIGHTS = positive(2, 3, 4, seed=2)
ARRAYS = [
    FLOAT,
    FLOAT.astype(np.float32),
    FLOAT.astype(np.float16),
    COMPLEX,
    COMPLEX.astype(np.complex64),
    (FLOAT * 10).astype(np.int8),
    FLOAT > 0,
]
SPREADS = [np.var, np.std, np.nanvar, np.nanstd]
SETTINGS = [
    {},
    {"axis": 0},
    {"axis": (0, -1), "keepdims": True},
    {"axis": np.int64(1), "ddof": 1},
    {"axis": -1, "correction": 0.5},
    {"axis": None, "dtype": None, "out": None, "ddof": 0},
]


# -- spreads ---------------------------------------------------------------------------
@pytest.mark.parametrize("function", SPREADS)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_spreads(function, settings):
    for array in ARRAYS:
        check_values(lambda x: function(x, **settings), array)
    if "nan" in function.__name__:
        check_values(lambda x: function(x, **settings), WITH_NAN)


@pytest.mark.parametrize("function", SPREADS)
def test_spreads_with_more(function):
    mean = np.mean(FLOAT, axis=1, keepdims=True)
    for array in (FLOAT, COMPLEX):
        check_values(lambda x: function(x, 1, where=MASK_3D), array)
        check_values(lambda x: function(x, 1, mean=mean, ddof=1), array)
        check_values(lambda x: function(x, 1, None, None, 1, True), array)
    check_values(lambda x: function(x, dtype=np.float64), ARRAYS[1])
    check_values(lambda x: function(x, 0, "f4"), FLOAT)
    check_values(lambda x: function(x, where=x > 0, mean=np.mean(x)), FLOAT)


def test_spread_methods_of_nodes():
    check_values(lambda x: x.var(), FLOAT)
    check_values(lambda x: x.std(axis=(0, 1), ddof=1, keepdims=True), FLOAT)
    check_values(lambda x: x.std(1, None, None, 1), FLOAT)


@pytest.mark.parametrize("function", SPREADS)
@pytest.mark.parametrize(
    "settings",
    [{}, {"axis": (0, 2), "ddof": 1}, {"axis": 1, "where": MASK_3D, "keepdims": True}],
    ids=str,
)
def test_complex_spreads(function, settings):
    check_function(lambda x: function(x, **settings), COMPLEX)


@pytest.mark.parametrize("function", SPREADS)
def test_a_spread_around_its_own_mean(function):
    def around(x):
        return function(x, axis=1, mean=np.mean(x, axis=1, keepdims=True))

    check_function(around, FLOAT)
    np.testing.assert_allclose(
        grad_of(around, FLOAT), grad_of(function, FLOAT, axis=1), rtol=1e-12
    )


@pytest.mark.parametrize("function", SPREADS)
def test_spreads_with_dtype(function):
    x = gn.Input("x", value=FLOAT.astype(np.float32))
    y = function(x, 1, np.float64)
    y.graph.backward(y, np.ones((2, 4)), wrt=x)
    assert y.dtype == np.float64
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad, grad_of(function, FLOAT, axis=1), rtol=1e-5)


def grad_of(function, array, **settings):
    x = gn.Input("x", value=array)
    y = function(x, **settings)
    y.graph.backward(y, np.ones(y.shape, y.dtype), wrt=x)
    return x.grad


@pytest.mark.parametrize("function", [np.std, np.nanstd])
def test_the_gradient_of_a_spread_of_zero_is_zero(function):
    array = np.array([[2.0, 2.0, 2.0], [1.0, 2.0, 3.0]])
    with np.errstate(all="raise"):
        grad = grad_of(function, array, axis=1)
    np.testing.assert_array_equal(grad[0], 0.0)
    np.testing.assert_allclose(grad[1], np.array([-1, 0, 1]) / np.sqrt(6))
    x = gn.Input("x", value=array)
    y = np.sum(function(x, axis=1))
    (slope,) = y.graph.gradient(y, [x])
    with np.errstate(all="raise"):
        (curvature,) = y.graph.gradient(np.sum(slope * numbers(2, 3)), [x])
    np.testing.assert_array_equal(curvature.output[0], 0.0)
    assert np.isfinite(curvature.output).all()


@pytest.mark.parametrize("function", [np.std, np.var])
def test_the_spread_of_one_element(function):
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(grad_of(function, np.array([3.0])), [0.0])
        np.testing.assert_array_equal(grad_of(function, np.array(3.0)), 0.0)


@pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_nothing_flows_where_no_element_takes_part():
    mask = np.array([[False, False, False], [True, True, False]])
    grad = grad_of(np.var, numbers(2, 3), axis=1, where=mask)
    np.testing.assert_array_equal(grad[~mask], 0.0)
    assert (grad[1, :2] != 0).all()
    array = np.array([[np.nan, np.nan], [1.0, 3.0]])
    np.testing.assert_array_equal(grad_of(np.nanvar, array, axis=1)[1], [-1.0, 1.0])


# -- averages --------------------------------------------------------------------------
AVERAGES = {
    "no_weights": lambda x: np.average(x, axis=1, keepdims=True),
    "all": np.average,
    "full": lambda x: np.average(x, weights=WEIGHTS),
    "axis": lambda x: np.average(x, 1, WEIGHTS),
    "keepdims": lambda x: np.average(x, (0, 2), weights=WEIGHTS, keepdims=True),
    "row": lambda x: np.average(x, axis=-1, weights=WEIGHTS[0, 0]),
    "list": lambda x: np.average(x, axis=1, weights=[1, 2, 3]),
    "block": lambda x: np.average(x, axis=(2, 0), weights=WEIGHTS[:, 0].T),
    "returned": lambda x: np.average(x, axis=1, weights=WEIGHTS, returned=True),
    "returned_row": lambda x: np.average(x, 1, WEIGHTS[0, :, 0], True),
    "returned_count": lambda x: np.average(x, axis=1, returned=True),
}


@pytest.mark.parametrize("name", AVERAGES)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_averages(name, array):
    check_values(AVERAGES[name], array)


@pytest.mark.parametrize("name", [n for n in AVERAGES if n != "returned_count"])
def test_gradients_of_averages(name):
    check_function(AVERAGES[name], FLOAT)
    check_function(AVERAGES[name], COMPLEX)


def test_averages_by_their_weights():
    check_values(lambda w: np.average(FLOAT, 1, w), WEIGHTS)
    check_values(lambda w: np.average(FLOAT, 1, w, returned=True), WEIGHTS[0, :, 0])
    check_values(lambda w: np.average([1, 2, 4], weights=w), np.array([1, 2, 3]))
    check_function(lambda w: np.average(COMPLEX, (0, 2), w), WEIGHTS[:, 0])
    check_function(
        lambda x, w: np.average(x, 1, w, returned=True), FLOAT, WEIGHTS[0, :, 0]
    )
    check_function(lambda x: np.average(x, weights=x * x), FLOAT)


# -- bad use ---------------------------------------------------------------------------
def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.var(x, axis=3)
    with pytest.raises(gn.ShapeError, match="ddof and correction"):
        np.std(x, ddof=1, correction=1)
    with pytest.raises(gn.ShapeError, match="cannot reduce shape"):
        np.var(x, axis=0, mean=np.ones(7))
    with pytest.raises(TypeError, match="Axis must be specified"):
        np.average(x, weights=[1.0, 2.0])
    with pytest.raises(gn.ShapeError, match="weights"):
        np.average(x, axis=0, weights=[1.0, 2.0, 3.0])
    with pytest.raises(ZeroDivisionError, match="zero"):
        np.average(x, weights=0 * FLOAT)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.std(x, out=np.zeros(()))
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        np.average(gn.Input("y"), weights=WEIGHTS, returned=True)
    assert len(x.graph) == 1
    check_values(np.std, FLOAT)
