"""Exponentials and logarithms of large, small and infinite numbers."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn


def gradients(y, *leaves):
    y.graph.backward(y, np.ones(y.shape), wrt=leaves)
    return [leaf.grad for leaf in leaves]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        (np.tanh, [-1000.0, 0.0, 1000.0], [0, 1, 0]),
        (np.expm1, [-1000.0, 0.0, -30.0], [0, 1, np.exp(-30.0)]),
        (np.log1p, [0.0, 1e-30, 1e30], [1, 1, 1e-30]),
        (np.arcsinh, [0.0, -1e30, 1e30], [1, 1e-30, 1e-30]),
        (np.exp2, [0.0, -2.0, 2.0], [np.log(2), np.log(2) / 4, np.log(2) * 4]),
        (np.log2, [1.0, 0.5, 4.0], [1 / np.log(2), 2 / np.log(2), 0.25 / np.log(2)]),
    ],
)
def test_stable(f, at, expected, dtype):
    x = gn.Input("x", value=np.array(at, dtype))
    with np.errstate(all="raise", under="ignore"):
        (grad,) = gradients(f(x), x)
    assert grad.dtype == dtype
    np.testing.assert_allclose(grad, expected, rtol=1e-6)


@pytest.mark.parametrize("f", [np.logaddexp, np.logaddexp2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_logarithm_of_a_sum_shares_out_the_gradient(f, dtype):
    low, high, inf = -1000.0, 1000.0, np.inf
    a = np.array([low, high, high, 0.0, 3.0, -inf, inf, -inf, 1e-30], dtype)
    b = np.array([high, low, high, 0.0, -inf, 3.0, 3.0, -inf, 2e-30], dtype)
    share = np.array([0, 1, 0.5, 0.5, 1, 0, 1, 0.5, 0.5])
    x, y = gn.Input("x", value=a), gn.Input("y", value=b)
    with np.errstate(all="raise", under="ignore"):
        left, right = gradients(f(x, y), x, y)
    assert left.dtype == right.dtype == dtype
    np.testing.assert_allclose(left, share, rtol=1e-6)
    np.testing.assert_allclose(right, 1 - share, rtol=1e-6)
    with np.errstate(all="raise"):
        (both,) = gradients(f(x, x), x)
    np.testing.assert_allclose(both, 1, rtol=1e-6)


@pytest.mark.parametrize("f", [np.logaddexp, np.logaddexp2])
def test_second_derivatives_of_far_apart_numbers(f):
    check_function(f, np.array([-30.0, 0.0, 700.0]), np.array([30.0, 0.0, -700.0]))


@pytest.mark.parametrize(
    "settings", [{}, {"axis": 1}, {"axis": (0, -1), "keepdims": True}, {"axis": None}]
)
def test_logaddexp2_reduce(settings):
    array = numbers(2, 3, 4)
    check_values(lambda x: np.logaddexp2.reduce(x, **settings), array)
    check_function(lambda x: np.logaddexp2.reduce(x, **settings), array)


def test_logaddexp2_reduce_of_infinities():
    inf = np.inf
    x = gn.Input("x", value=np.array([[-inf, -inf, 1.0], [-inf, 3.0, inf]]))
    with np.errstate(all="raise"):
        (grad,) = gradients(np.logaddexp2.reduce(x, axis=0), x)
        np.testing.assert_array_equal(grad, [[0, 0, 0], [0, 1, 1]])


def test_logaddexp2_reduce_positional_and_refused():
    array = numbers(2, 3)
    check_values(lambda x: np.logaddexp2.reduce(x, 1, None, None, True), array)
    x = gn.Input("x", value=array)
    with pytest.raises(gn.UnsupportedError, match="initial"):
        np.logaddexp2.reduce(x, initial=0.0)
    with pytest.raises(gn.UnsupportedError, match="where"):
        np.logaddexp2.reduce(x, where=array > 0)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.logaddexp2.reduce(x, out=np.zeros(3))
    assert len(x.graph) == 1


def test_complex_logarithms():
    z = numbers(2, 3) + 1j * numbers(2, 3, seed=1)
    check_function(lambda z: np.log(z) + np.log1p(z) + np.log2(z) * np.log10(z), z)
    check_function(lambda x: np.log(x + 0j), -np.abs(numbers(3)))
