"""Rounding, and the parts of floating-point numbers."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

A = 100 * numbers(2, 3)
HALVES = np.array([-2.5, -1.5, -0.5, -0.0, 0.5, 1.5, 2.5, np.inf, np.nan])

FUNCTIONS = {
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "rint": np.rint,
    "round": np.round,
    "around": np.around,
    "round_decimals": lambda x: np.round(x, 1),
    "round_keyword": lambda x: np.round(x, decimals=-1),
    "round_out": lambda x: np.round(x, 1, None),
    "around_decimals": lambda x: np.around(x, 1, out=None),
    "method": lambda x: x.round(),
    "method_decimals": lambda x: x.round(1),
    "method_keyword": lambda x: x.round(decimals=2),
}
if np.lib.NumpyVersion(np.__version__) < "2.5.0":  # which warns of np.fix
    FUNCTIONS["fix"] = np.fix


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values(name):
    for array in (A, HALVES, A.astype(np.float32), np.array([1, -25, 99])):
        check_values(FUNCTIONS[name], array)


def test_complex_numbers_are_rounded_by_part():
    check_values(lambda z: np.round(z, 1), A + 1j * A)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_rounded_has_no_gradient(name):
    x = gn.Input("x", value=A)
    y = np.sum(x * FUNCTIONS[name](x))
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, FUNCTIONS[name](A))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda x, out: np.round(x, 1, out),
        lambda x, out: np.round(x, out=out),
        lambda x, out: np.fix(x, out),
        lambda x, out: np.floor(x, out),
        lambda x, out: x.round(1, out),
        lambda x, out: np.isposinf(x, out),
    ],
)
def test_out_is_refused(attempt):
    x, out = gn.Input("x", value=A), np.zeros((2, 3))
    with pytest.raises(gn.UnsupportedError, match="in place"):
        attempt(x, out)
    np.testing.assert_array_equal(out, 0)
    assert len(x.graph) == 1


# -- parts -----------------------------------------------------------------------------
PARTS = np.array([3.75, -3.75, 0.3, -0.3, 1e-310, 1e300, 0.0])


def test_modf_and_frexp():
    check_values(lambda x: tuple(np.modf(x)), PARTS)
    check_values(lambda x: tuple(np.frexp(x)), PARTS)
    check_values(lambda x: np.ldexp(*np.frexp(x)), PARTS)
    check_values(lambda x: np.modf(x)[1], PARTS)


def test_derivatives_of_parts():
    check_function(lambda x: tuple(np.modf(x)), PARTS[:4])
    check_function(lambda x: np.modf(x)[0] ** 2 * np.modf(x)[1], PARTS[:4])
    check_function(lambda x: np.frexp(x)[0] ** 2, PARTS[:4])
    check_function(lambda x: np.ldexp(*np.frexp(x)) ** 2, PARTS[:4])
    check_function(lambda x: np.ldexp(x, [1, -2, 3, 0]) ** 2, PARTS[:4])


def test_ldexp_of_whole_numbers_only():
    x = gn.Input("x", value=A)
    with pytest.raises(TypeError, match="ldexp"):
        np.ldexp(x, 1.5)
    check_values(np.ldexp, A.astype(np.float32), np.array([1, 2, -3]))
    check_values(lambda n: np.ldexp(0.5, n), np.array([1, 2, -3]))


def test_neighbours():
    check_values(np.spacing, PARTS)
    check_values(lambda x: np.nextafter(x, 0.0), PARTS)
    check_function(lambda x: np.nextafter(x, np.inf) ** 2, A)
    x, towards = gn.Input("x", value=A), gn.Input("towards", value=-A)
    y = np.nextafter(x, towards)
    y.graph.backward(y, A, wrt=[x, towards])
    np.testing.assert_array_equal(x.grad, A)
    assert towards.grad is None
