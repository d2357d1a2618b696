"""Trigonometric functions at 0, far out, and on all sides of their branch cuts."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn
from graphnn.ops.trigonometric import sinc_derivative

QUARTERS = np.array(
    [1.5 + 0.7j, -1.5 + 0.7j, -1.5 - 0.7j, 1.5 - 0.7j, 0.1 + 0.3j, 0.2 - 2j]
)


@pytest.mark.parametrize(
    "f",
    [
        np.arcsin,
        np.arccos,
        np.arctan,
        np.arcsinh,
        np.arccosh,
        np.arctanh,
        np.tan,
        np.tanh,
        np.sqrt,
        np.log,
        np.log1p,
        np.sinc,
    ],
)
def test_derivatives_in_all_quarters(f):
    check_values(f, QUARTERS)
    check_function(f, QUARTERS, rtol=1e-5)
    check_function(f, 0.2 * QUARTERS, rtol=1e-5)


@pytest.mark.parametrize("f", [np.hypot, np.arctan2])
def test_the_origin_has_no_gradient(f):
    x, y = gn.Input("x", value=np.zeros(2)), gn.Input("y", value=np.zeros(2))
    z = np.sum(f(x, y) + f(x, x))
    with np.errstate(all="raise"):
        z.graph.backward(z, wrt=[x, y])
    np.testing.assert_array_equal(x.grad, 0)
    np.testing.assert_array_equal(y.grad, 0)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_angles_and_distances_of_any_size(size):
    x, y = gn.Input("x", value=np.array(3 * size)), gn.Input("y", value=4.0 * size)
    with np.errstate(all="raise"):
        z = np.hypot(x, y)
        z.graph.backward(z, wrt=[x, y])
        np.testing.assert_allclose([x.grad, y.grad], [0.6, 0.8])
        z = np.arctan2(x, y)
        z.graph.backward(z, wrt=[x, y])
        np.testing.assert_allclose([x.grad * size, y.grad * size], [0.16, -0.12])


def test_arctan2_in_all_quarters():
    check_function(np.arctan2, QUARTERS.real, QUARTERS.imag)


# -- sinc ------------------------------------------------------------------------------
def test_sinc_at_0():
    x = gn.Input("x", value=np.zeros(1))
    expected = [1, 0, -(np.pi**2) / 3, 0, np.pi**4 / 5, 0, -(np.pi**6) / 7]
    y = np.sinc(x)
    with np.errstate(all="raise"):
        for value in expected:
            np.testing.assert_allclose(y.output, [value], rtol=1e-14)
            (y,) = y.graph.gradient(y, [x])


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_derivatives_of_sinc_are_integrals(order):
    # sinc(a) is the integral of cos(pi a u) over u from 0 to 1
    a = np.array([0.0, 1e-9, 0.1, 0.31, 0.32, 0.6, 0.7, 1.0, 1.9, 2.0, 7.3, -0.2, -5.5])
    u, weights = np.polynomial.legendre.leggauss(60)
    u, weights = (u + 1) / 2, weights / 2
    waves = np.cos(np.pi * np.outer(a, u) + order * np.pi / 2) * (np.pi * u) ** order
    found = sinc_derivative(a, order)
    np.testing.assert_allclose(found, waves @ weights, rtol=1e-11, atol=1e-12)
    single = sinc_derivative(a.astype(np.float32), order)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, found, atol=1e-5 * np.pi**order)


def test_sinc_near_0_and_far_out():
    check_function(np.sinc, np.array([1e-7, 0.01, 0.3, 0.64, 1.0, -2.0, 9.7]))


# -- unwrap ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"axis": 0},
        {"discont": 4.0},
        {"period": 2.0},
        {"discont": 1.5, "axis": 0, "period": 2.5},
    ],
)
def test_unwrap(settings):
    array = 4 * numbers(4, 5)
    check_values(lambda x: np.unwrap(x, **settings), array)
    check_function(lambda x: np.unwrap(x, **settings) ** 2, array)


def test_unwrap_of_whole_numbers():
    check_values(lambda x: np.unwrap(x, period=4), np.array([0, 1, 3, 0, 2]))


def test_degrees_have_two_names():
    array = numbers(2, 3)
    for f in (np.degrees, np.rad2deg, np.radians, np.deg2rad):
        check_values(f, array)
        check_function(f, array)
