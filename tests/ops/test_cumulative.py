"""Running sums, products and extremes."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from cases.reductions import zeros
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn
from graphnn.ops.cumulative import recurrence

FLOAT = numbers(2, 3, 4)
COMPLEX = FLOAT + 1j * numbers(2, 3, 4, seed=1)
WITH_NAN = np.where(np.arange(24).reshape(2, 3, 4) % 5 == 1, np.nan, FLOAT)
ARRAYS = [
    FLOAT,
    FLOAT.astype(np.float32),
    COMPLEX,
    (FLOAT * 10).astype(np.int8),
    FLOAT > 0,
    np.zeros((2, 0, 3)),
]
RUNNING = [np.cumsum, np.cumprod, np.nancumsum, np.nancumprod]
ACCUMULATE = [
    np.add.accumulate,
    np.multiply.accumulate,
    np.maximum.accumulate,
    np.minimum.accumulate,
]


@pytest.mark.parametrize("function", RUNNING)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_values(function, array):
    check_values(function, array)
    check_values(lambda x: function(x, None, None, None), array)
    for axis in (0, 1, -1, np.int64(-2)):
        check_values(lambda x, axis=axis: function(x, axis=axis), array)
    check_values(lambda x: function(x, 1, np.complex64), array)
    check_values(lambda x: function(x, dtype=float, axis=0), array.real)
    check_values(lambda x: function(x.T, 0), array)
    check_values(function, np.array(3.0))


@pytest.mark.parametrize("function", RUNNING[2:])
def test_values_with_nan(function):
    check_values(function, WITH_NAN)
    check_values(lambda x: function(x, 1), WITH_NAN)


@pytest.mark.parametrize("function", ACCUMULATE)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_values_of_ufunc_methods(function, array):
    check_values(lambda x: function(x), array)
    check_values(lambda x: function(x, axis=-1), array)
    check_values(lambda x: function(x, 1, None, None), array)


def test_values_of_ufunc_methods_with_dtype():
    for function in ACCUMULATE[:2]:
        check_values(lambda x, f=function: f(x, dtype=np.float64), ARRAYS[1])


@pytest.mark.skipif(not hasattr(np, "cumulative_sum"), reason="new in NumPy 2.1")
@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_cumulative(name):
    function = getattr(np, name)
    for array in ARRAYS[:5]:
        check_values(lambda x: function(x, axis=1), array)
        check_values(lambda x: function(x, axis=-1, include_initial=True), array)
        check_values(lambda x: function(x[0, 0], dtype=np.complex128), array)
    check_values(function, np.array(2.5))
    check_function(lambda x: function(x, include_initial=True), np.array(2.5))
    check_function(lambda x: function(x, axis=1, include_initial=True), FLOAT)
    with pytest.raises(ValueError, match=r"`axis.* argument is required"):
        function(gn.Input("x", value=FLOAT))


def test_methods_of_nodes():
    check_values(lambda x: x.cumsum(), FLOAT)
    check_values(lambda x: x.cumsum(1, np.float32), FLOAT)
    check_values(lambda x: x.cumprod(axis=-1), FLOAT)


@pytest.mark.parametrize("function", [*RUNNING, *ACCUMULATE])
@pytest.mark.parametrize("axis", [0, -1])
def test_complex_gradients(function, axis):
    check_function(lambda x: function(x, axis), COMPLEX)


@pytest.mark.parametrize("function", RUNNING)
def test_gradients_with_dtype(function):
    check_function(lambda x: function(x, 1, dtype=complex), FLOAT)
    x = gn.Input("x", value=ARRAYS[1])
    y = function(x, 0, np.float64)
    y.graph.backward(y, np.ones(y.shape), wrt=x)
    assert x.grad.dtype == np.float32


def grad_of(function, array, output_grad):
    x = gn.Input("x", value=array)
    y = function(x)
    y.graph.backward(y, output_grad, wrt=x)
    return x.grad


# -- zeros -----------------------------------------------------------------------------
def test_products_with_a_zero():
    x, g = np.array([2.0, 0.0, 3.0, 5.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    expected = [1.0, 2 * (10 + 3 * (100 + 5 * 1000)), 0.0, 0.0]
    np.testing.assert_array_equal(grad_of(np.cumprod, x, g), expected)


@pytest.mark.parametrize("places", [[(0, 0, 1)], [(0, 0, 1), (0, 0, 2), (0, 1, 1)]])
def test_complex_products_with_zeros(places):
    turned = zeros(*places) * np.exp(1j * numbers(2, 3, 4, seed=9))
    check_function(lambda x: np.cumprod(x, axis=-1), turned)


def test_the_third_derivative_of_products_of_zeros():
    x = gn.Input("x", value=np.zeros(4))
    y = np.cumprod(x)
    y = np.sum(y * np.array([1.0, 1.0, 7.0, 1.0]))
    for direction in np.eye(4)[:3]:
        (slope,) = y.graph.gradient(y, [x])
        y = np.sum(slope * direction)
    assert y.output == 7.0


def test_what_overflows_later_does_no_harm():
    x = np.full(600, 10.0)
    g = np.zeros(600)
    g[2] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        grad = grad_of(np.cumprod, x, g)[:3]
    np.testing.assert_allclose(grad, [100.0, 100.0, 100.0])


def test_nan_gets_zero():
    x = np.array([2.0, np.nan, 3.0])
    np.testing.assert_array_equal(grad_of(np.nancumsum, x, np.ones(3)), [3, 0, 1])
    np.testing.assert_array_equal(grad_of(np.nancumprod, x, np.ones(3)), [5, 0, 2])


# -- extremes so far -------------------------------------------------------------------
def test_of_equal_ones_the_first_gets_the_gradient():
    x, g = np.array([1.0, 3.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    expected = [1.0, 14.0, 0.0, 0.0, 16.0]
    np.testing.assert_array_equal(grad_of(np.maximum.accumulate, x, g), expected)
    np.testing.assert_array_equal(grad_of(np.minimum.accumulate, -x, g), expected)


# -- logarithms of running sums --------------------------------------------------------
def test_log_cum_sum_exp():
    for array in (FLOAT, ARRAYS[1], ARRAYS[5]):
        check_values(lambda x: np.logaddexp.accumulate(x), array)
        check_values(lambda x: np.logaddexp.accumulate(x, -1), array)
    check_values(lambda x: np.logaddexp.accumulate(x, dtype=np.float64), ARRAYS[1])


def test_log_cum_sum_exp_is_stable():
    x = np.array([-np.inf, 1000.0, -np.inf, 1000.0, 1.0, -1e5])
    with np.errstate(all="raise", under="ignore"):
        grad = grad_of(np.logaddexp.accumulate, x, np.ones(6))
    np.testing.assert_allclose(grad, [0.0, 3.5, 0.0, 1.5, 0.0, 0.0], rtol=1e-12)
    x = gn.Input("x", value=x)
    y = np.logaddexp.accumulate(x)
    (slope,) = y.graph.gradient(np.sum(y[1:]), [x])
    with np.errstate(all="raise", under="ignore"):
        (curvature,) = slope.graph.gradient(np.sum(slope[3]), [x])
    np.testing.assert_allclose(curvature.output, [0, -0.75, 0, 0.75, 0, 0], rtol=1e-12)


# -- the recurrence --------------------------------------------------------------------
@given(st.integers(0, 9), st.integers(0, 2), st.integers(0, 9))
def test_recurrence(length, axis, seed):
    rng = np.random.default_rng(seed)
    shape = [2, 1, 3]
    shape[axis] = length
    values, factors = rng.normal(size=(2, *shape))
    rows = np.moveaxis(recurrence(values, factors, axis), axis, 0)
    following = np.zeros(rows.shape[1:])
    for i in reversed(range(length)):
        following = np.take(values, i, axis) + np.take(factors, i, axis) * following
        np.testing.assert_allclose(rows[i], following, rtol=1e-12, atol=1e-12)


def test_recurrence_leaves_its_arguments_alone():
    values, factors = numbers(2, 5), numbers(2, 5, seed=1)
    kept = values.copy(), factors.copy()
    recurrence(values, factors, 1)
    np.testing.assert_array_equal(values, kept[0])
    np.testing.assert_array_equal(factors, kept[1])


# -- bad use ---------------------------------------------------------------------------
def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.cumsum(x, axis=3)
    with pytest.raises(np.exceptions.AxisError):
        np.maximum.accumulate(x, axis=3)
    with pytest.raises(TypeError, match="integer"):
        np.cumprod(x, axis=(0, 1))
    with pytest.raises(TypeError, match="integer"):
        np.add.accumulate(x, axis=None)
    with pytest.raises(TypeError, match="scalar"):
        np.multiply.accumulate(gn.Input("s", value=2.0))
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.cumsum(x, out=np.zeros(24))
    with pytest.raises(gn.UnsupportedError, match=r"np\.hypot\.accumulate"):
        np.hypot.accumulate(x)
    assert len(x.graph) == 1
    check_values(np.cumsum, FLOAT)
