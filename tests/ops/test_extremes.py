"""Largest and smallest elements, and log(sum(exp(x)))."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from cases.reductions import MASK_3D

import graphnn as gn

FLOAT = numbers(2, 3, 4)
COMPLEX = FLOAT + 1j * numbers(2, 3, 4, seed=1)
WITH_NAN = np.where(np.arange(24).reshape(2, 3, 4) % 5 == 1, np.nan, FLOAT)
ARRAYS = [
    FLOAT,
    FLOAT.astype(np.float32),
    COMPLEX,
    (FLOAT * 10).astype(np.int8),
    FLOAT > 0,
]
EXTREMES = [np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin]


@pytest.mark.parametrize("function", EXTREMES)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: a.dtype.name)
def test_values(function, array):
    check_values(function, array)
    check_values(lambda x: function(x, 0, None), array)
    check_values(lambda x: function(x, axis=(0, -1), keepdims=True), array)
    check_values(lambda x: function(x, axis=np.int64(1)), array)
    check_values(lambda x: function(x, axis=()), array)


@pytest.mark.parametrize("function", EXTREMES)
def test_values_with_initial_and_where(function):
    for array in ARRAYS[:2]:
        check_values(lambda x: function(x, axis=1, initial=0.5), array)
        check_values(lambda x: function(x, initial=0.5, where=MASK_3D), array)
        check_values(lambda x: function(x, 1, initial=-9, where=x > 0), array)
    check_values(lambda x: function(x, initial=3), ARRAYS[3])


@pytest.mark.parametrize("function", EXTREMES)
def test_values_with_nan(function):
    check_values(lambda x: function(x, axis=1), WITH_NAN)
    check_values(function, WITH_NAN)


@pytest.mark.parametrize(
    ("reduce", "plain"),
    [
        (np.maximum.reduce, np.max),
        (np.minimum.reduce, np.min),
        (np.logaddexp.reduce, np.logaddexp.reduce),
    ],
)
def test_ufunc_methods(reduce, plain):
    for array in ARRAYS[:2]:
        check_values(lambda x: reduce(x), array)
        check_values(lambda x: reduce(x, axis=None), array)
        check_values(lambda x: reduce(x, (0, 2), keepdims=True), array)
        check_values(lambda x: reduce(x, 1, initial=0.5, where=MASK_3D), array)
    x = gn.Input("x", value=FLOAT)
    assert reduce(x).shape == (3, 4)
    assert type(reduce(x)) is type(plain(x))
    check_function(lambda x: reduce(x), FLOAT)


def test_logaddexp_reduce_with_dtype():
    array = FLOAT.astype(np.float32)
    check_values(lambda x: np.logaddexp.reduce(x, dtype=np.float64), array)
    check_function(lambda x: np.logaddexp.reduce(x, dtype=np.float64), FLOAT)


def test_ptp():
    for array in ARRAYS[:4]:
        check_values(np.ptp, array)
        check_values(lambda x: np.ptp(x, 0), array)
        check_values(lambda x: np.ptp(x, axis=(0, -1), keepdims=True), array)
    check_function(lambda x: np.ptp(x, axis=-1), FLOAT)


@pytest.mark.parametrize("function", EXTREMES)
def test_complex_gradients(function):
    check_function(lambda x: function(x, axis=(0, 2)), COMPLEX)


# -- ties ------------------------------------------------------------------------------
def grad_of(function, array, **settings):
    x = gn.Input("x", value=array)
    y = function(x, **settings)
    y.graph.backward(y, np.ones(y.shape, y.dtype), wrt=x)
    return x.grad


TIED = np.array([[1.0, 3.0, 3.0, 0.0], [2.0, 2.0, 2.0, 2.0]])


@pytest.mark.parametrize(("function", "sign"), [(np.max, 1), (np.min, -1)])
def test_ties_split_evenly(function, sign):
    expected = [[0, 0.5, 0.5, 0], [0.25, 0.25, 0.25, 0.25]]
    np.testing.assert_array_equal(grad_of(function, sign * TIED, axis=1), expected)
    mask = np.array([True, True, False, True])
    grad = grad_of(function, sign * TIED, axis=1, where=mask, initial=-9 * sign)
    third = 1 / 3
    np.testing.assert_allclose(grad, [[0, 1, 0, 0], [third, third, 0, third]])


@pytest.mark.parametrize(("function", "sign"), [(np.max, 1), (np.min, -1)])
def test_initial_is_one_more_element(function, sign):
    grad = grad_of(function, sign * TIED, axis=1, initial=3.0 * sign)
    np.testing.assert_allclose(grad, [[0, 1 / 3, 1 / 3, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize("function", [np.max, np.min, np.nanmax, np.nanmin])
def test_ties_to_second_order(function):
    """A product of two tied maxima: each half of the gradient is exact."""
    x = gn.Input("x", value=np.array([2.0, 2.0, 2.0]))
    y = function(x) ** 3
    (slope,) = y.graph.gradient(y, [x])
    np.testing.assert_allclose(slope.output, np.full(3, 12 / 3))
    (curvature,) = y.graph.gradient(np.sum(slope * np.array([1.0, 10.0, 100.0])), [x])
    np.testing.assert_allclose(curvature.output, np.full(3, 12 * 111 / 9))


def test_ties_of_ptp():
    grad = grad_of(np.ptp, np.array([1.0, 1.0, 3.0, 2.0]))
    np.testing.assert_array_equal(grad, [-0.5, -0.5, 1.0, 0.0])


# -- NaN and infinity ------------------------------------------------------------------
def test_nan():
    array = np.array([[1.0, np.nan, 2.0], [np.nan, 4.0, 3.0]])
    np.testing.assert_array_equal(
        grad_of(np.nanmax, array, axis=1), [[0, 0, 1], [0, 1, 0]]
    )
    np.testing.assert_array_equal(
        grad_of(np.max, array, axis=1), [[0, 1, 0], [1, 0, 0]]
    )


@pytest.mark.filterwarnings("ignore:All-NaN:RuntimeWarning")
def test_a_slice_of_nan_gets_no_gradient():
    grad = grad_of(np.nanmin, np.array([[np.nan, np.nan], [2.0, 1.0]]), axis=1)
    np.testing.assert_array_equal(grad, [[0, 0], [0, 1]])


def test_log_sum_exp_is_stable():
    array = np.array([[-np.inf, 1000.0, 1000.0], [-np.inf, -np.inf, -np.inf]])
    with np.errstate(all="raise"):
        grad = grad_of(np.logaddexp.reduce, array, axis=1)
    np.testing.assert_allclose(grad, [[0, 0.5, 0.5], [0, 0, 0]], rtol=1e-12)
    mask = np.array([True, True, False])
    with np.errstate(all="raise", under="ignore"):
        grad = grad_of(
            np.logaddexp.reduce, np.array([0.0, 1.0, 1e6]), axis=0, where=mask
        )
    np.testing.assert_allclose(grad, [*np.exp([0, 1]) / np.exp([0, 1]).sum(), 0])


# -- bad use ---------------------------------------------------------------------------
def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    first = x[0, 0, 0]
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.max(x, axis=3)
    with pytest.raises(gn.ShapeError, match=r"max.*no identity"):
        np.max(gn.Input("e", value=np.zeros((2, 0))))
    with pytest.raises(gn.ShapeError, match="does not have an identity"):
        np.min(x, where=MASK_3D)
    with pytest.raises(gn.UnsupportedError, match="initial= of Max is a node"):
        np.max(x, initial=first)
    with pytest.raises(gn.UnsupportedError, match="dtype"):
        np.maximum.reduce(x, dtype=np.float32)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.ptp(x, out=np.zeros(()))
    assert len(x.graph) == 2
    check_values(np.max, FLOAT)
