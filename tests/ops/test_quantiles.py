"""Medians, quantiles and percentiles."""

import numpy as np
import pytest
from cases import numbers, positive
from cases.checks import check_function, check_values
from cases.quantiles import METHODS

import graphnn as gn

FLOAT = numbers(2, 5, 3)
WITH_NAN = np.where(np.arange(30).reshape(2, 5, 3) % 7 == 1, np.nan, FLOAT)
ARRAYS = [
    FLOAT,
    FLOAT.astype(np.float32),
    FLOAT.astype(np.float16),
    (FLOAT * 10).astype(np.int8),
    np.round(FLOAT),
]
MEDIANS = [np.median, np.nanmedian]
QUANTILES = [np.quantile, np.nanquantile]
PERCENTILES = [np.percentile, np.nanpercentile]


@pytest.mark.parametrize("function", MEDIANS)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_medians(function, array):
    check_values(function, array)
    check_values(lambda x: function(x, 1), array)
    check_values(lambda x: function(x, axis=(0, -1), keepdims=True), array)


@pytest.mark.parametrize("q", [0.3, 0, 1, np.float32(0.5), [0.1, 0.9], [[0.2], [0.6]]])
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_quantiles(q, array):
    for function in QUANTILES:
        check_values(lambda x, f=function: f(x, q), array)
        check_values(lambda x, f=function: f(x, q, 1, keepdims=True), array)
        check_values(lambda x, f=function: f(x, q, axis=(2, 0)), array)
    for function in PERCENTILES:
        check_values(lambda x, f=function: f(x, np.multiply(q, 100), -1), array)


@pytest.mark.parametrize("function", [*MEDIANS, *QUANTILES, *PERCENTILES])
def test_values_with_nan(function):
    q = () if function in MEDIANS else (0.3,)
    check_values(lambda x: function(x, *q, axis=1), WITH_NAN)
    check_values(lambda x: function(x, *q), WITH_NAN)


@pytest.mark.parametrize("function", QUANTILES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("array", [FLOAT, WITH_NAN, FLOAT.astype(np.float32)])
def test_methods(function, method, array):
    check_values(lambda x: function(x, [0.25, 0.6], 1, method=method), array)


@pytest.mark.parametrize("function", QUANTILES)
def test_weights(function):
    settings = {"method": "inverted_cdf", "weights": positive(2, 5, 3, seed=3)}
    # NumPy before 2.4 mixes up the weights of several axes
    several = (0, 2) if np.lib.NumpyVersion(np.__version__) >= "2.4.0" else 2
    for q, axis in (([0.1, 0.5], 1), (0.7, several), (0.3, None)):

        def weighted(x, q=q, axis=axis):
            return function(x, q, axis=axis, **settings)

        check_values(weighted, FLOAT)
        check_function(weighted, FLOAT)
    check_function(
        lambda x: np.quantile(
            x, 0.4, axis=1, method="inverted_cdf", weights=positive(5, seed=3)
        ),
        FLOAT,
    )


@pytest.mark.parametrize("q", [0.0, 0.5, 1.0, 0.123, [0.0, 0.1, 0.9, 1.0]])
@pytest.mark.parametrize("length", [1, 2, 5, 8])
def test_gradients_at_the_ends_and_between(q, length):
    check_function(lambda x: np.quantile(x, q), numbers(length))
    check_function(lambda x: np.quantile(x, q, axis=1), numbers(2, length))


@pytest.mark.parametrize("function", [*QUANTILES, *PERCENTILES])
@pytest.mark.parametrize("method", METHODS)
def test_levels_that_are_nodes(function, method):
    scale = 100 if function in PERCENTILES else 1

    def quantiles(x, q):
        return function(x, q * scale, axis=1, method=method)

    levels = np.array([[0.02, 0.33], [0.61, 0.97]])
    check_values(quantiles, WITH_NAN, levels)
    check_function(quantiles, FLOAT, levels)
    check_function(lambda q: quantiles(FLOAT, q), np.array(0.33))


def test_a_level_at_an_element_rests():
    x, q = gn.Constant(FLOAT[0, :, 0]), gn.Input("q", value=[0.0, 0.25, 0.5, 1.0])
    y = np.quantile(x, q)
    y.graph.backward(y, np.ones(4), wrt=q)
    np.testing.assert_array_equal(q.grad, np.zeros(4))


def test_levels_among_nan_and_infinities():
    x = gn.Constant(np.array([np.nan, 1.0, np.inf, 3.0, -np.inf]))
    q = gn.Input("q", value=0.4)
    y = np.nanquantile(x, q)
    y.graph.backward(y, wrt=q)
    assert q.grad == 3 * (3.0 - 1.0)


def grad_of(function, array, *arguments, **settings):
    x = gn.Input("x", value=array)
    y = function(x, *arguments, **settings)
    y.graph.backward(y, np.ones(y.shape, y.dtype), wrt=x)
    return x.grad


def test_medians_of_complex_numbers():
    array = FLOAT + 1j * numbers(2, 5, 3, seed=1)
    check_values(lambda x: np.median(x, axis=1), array)
    check_function(lambda x: np.median(x, axis=1), array)
    check_function(lambda x: np.median(x, axis=(0, 1)), array)


def test_ties_keep_their_order():
    grad = grad_of(np.median, np.array([2.0, 1.0, 2.0, 2.0, 9.0, 0.0]))
    np.testing.assert_array_equal(grad, [0.5, 0, 0.5, 0, 0, 0])


def test_nan_gets_no_gradient():
    array = np.array([[np.nan, 1.0, 3.0, 2.0], [4.0, np.nan, np.nan, 5.0]])
    expected = [[0, 0, 0, 1], [0.5, 0, 0, 0.5]]
    np.testing.assert_array_equal(grad_of(np.nanmedian, array, axis=1), expected)


def test_float16_with_more_elements_than_it_can_count():
    array = (np.arange(5000) % 4001).astype(np.float16)
    grad = grad_of(np.median, array)
    assert grad.dtype == np.float16
    middle = np.argsort(array, stable=True)[2499:2501]
    np.testing.assert_array_equal(np.flatnonzero(grad), np.sort(middle))
    np.testing.assert_array_equal(grad[middle], 0.5)


def test_infinities():
    array = np.array([-np.inf, 1.0, np.inf, 2.0])
    with np.errstate(all="raise"):
        grad = grad_of(np.quantile, array, 0.5)
    np.testing.assert_array_equal(grad, [0, 0.5, 0, 0.5])


# -- bad use ---------------------------------------------------------------------------
def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    node = x[0, 0, 0]
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.median(x, axis=3)
    with pytest.raises(ValueError, match="range"):
        np.quantile(x, 1.5)
    with pytest.raises(ValueError, match="method"):
        np.quantile(x, 0.5, method="best")
    with pytest.raises(gn.UnsupportedError, match=r"np\.percentile: the weights are"):
        np.percentile(x, 50, method="inverted_cdf", weights=node)
    with pytest.raises(gn.UnsupportedError, match="overwrite_input"):
        np.median(x, overwrite_input=True)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.nanmedian(x, out=np.zeros(()))
    assert len(x.graph) == 2
    check_values(np.median, FLOAT)
