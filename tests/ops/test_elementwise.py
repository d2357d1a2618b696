"""Powers, quotients and signs where their derivatives are delicate."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn


def derivatives(f, at, order=3):
    """Differentiate a function of one number again and again."""
    x = gn.Input("x", value=np.array(at))
    y, found = f(x), []
    for _ in range(order):
        if x not in y.graph:  # it has become a constant
            found.append(0.0)
            continue
        (y,) = y.graph.gradient(y, [x])
        found.append(float(y.output))
    return found


@pytest.mark.parametrize("number", [int, float, np.array, np.float32, np.int8])
@pytest.mark.parametrize(
    ("exponent", "expected"),
    [(0, [0, 0, 0]), (1, [1, 0, 0]), (2, [0, 2, 0]), (3, [0, 0, 6]), (4, [0, 0, 0])],
)
@pytest.mark.parametrize("power", [np.power, np.float_power, lambda a, b: a**b])
def test_whole_powers_at_0(power, exponent, expected, number):
    with np.errstate(all="raise"):
        assert derivatives(lambda x: power(x, number(exponent)), 0.0) == expected


def test_an_array_of_exponents_at_0():
    exponents = np.array([0.0, 1.0, 2.0, 3.0])
    x = gn.Input("x", value=np.zeros(4))
    b = gn.Input("b", value=exponents)
    (first,) = x.graph.gradient(np.sum(x**exponents), [x])
    (second,) = first.graph.gradient(np.sum(first), [x])
    np.testing.assert_array_equal(first.output, [0, 1, 0, 0])
    np.testing.assert_array_equal(second.output, [0, 0, 2, 0])
    y = np.sum(x**b)
    y.graph.backward(y, wrt=[x, b])
    np.testing.assert_array_equal(x.grad, [0, 1, 0, 0])
    np.testing.assert_array_equal(b.grad, 0)


@pytest.mark.parametrize("exponent", [0, 0.0, np.array(0), np.zeros(3)])
def test_a_power_of_0_has_no_gradient_anywhere(exponent):
    x = gn.Input("x", value=np.array([np.inf, -2.0, 0.0]))
    y = np.sum(x**exponent)
    with np.errstate(all="raise"):
        y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, 0.0)


def test_an_exponent_that_moves_away_from_0():
    check_function(np.power, np.array([0.5, 2.0, 3.0]), np.zeros(3))
    check_function(lambda x, b: (x * b) ** 2 * b**0, np.array([0.5]), np.array([-2.0]))


def test_negative_bases():
    check_function(lambda x: x**3 + x**-2 + x**2.0, -np.abs(numbers(2, 3)))
    check_function(lambda x: x ** np.array([2.0, -1.0, 3.0]), numbers(2, 3))
    b = gn.Input("b", value=np.array([2.0]))
    y = np.power(-2.0, b)
    assert y.output == 4.0
    with np.errstate(invalid="ignore"):
        y.graph.backward(y, [1.0], wrt=b)
    assert np.isnan(b.grad)  # to the power of 2.001 it would be no number


@pytest.mark.parametrize("base", [2, 2.0, 0, 0.5, True])
def test_python_numbers_as_bases(base):
    check_function(lambda b: base**b, np.array([1.5, 2.0]))
    x = gn.Input("x", value=np.array([1.0, 2.0], np.float32))
    y = base**x
    y.graph.backward(y, np.ones(2), wrt=x)
    assert y.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize("base", [-1.5, -2, 2j, np.array([-1.0, 2.0])])
def test_complex_exponents(base):
    check_function(lambda b: base**b, np.array([0.5 + 1j, 2.0 - 0.5j]))
    check_function(lambda b: np.power(base + 0j, b), np.array([0.5, 2.0]))


def test_complex_bases_at_0():
    z = gn.Input("z", value=np.array([0j, 1j]))
    y = np.sum(np.real(z**2.0 + z**0))
    with np.errstate(all="raise"):
        y.graph.backward(y, wrt=z)
    np.testing.assert_array_equal(z.grad, [0, 2j])


# -- remainders ------------------------------------------------------------------------
SIGNS = [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (0.3, 0.1), (1e9, 0.7)]


@pytest.mark.parametrize(("a", "b"), SIGNS)
@pytest.mark.parametrize("f", [np.remainder, np.fmod, np.floor_divide, np.divmod])
def test_remainders_of_all_signs(f, a, b):
    check_values(f, np.array([a]), np.array([b]))


@pytest.mark.parametrize(("a", "b"), SIGNS[:4])
@pytest.mark.parametrize("f", [np.remainder, np.fmod, np.divmod])
def test_gradients_of_remainders_of_all_signs(f, a, b):
    check_function(f, np.array([a]), np.array([b]))


@pytest.mark.parametrize("f", [np.remainder, np.fmod])
def test_the_gradient_of_a_remainder_has_the_quotient_that_was_taken(f):
    a, b = np.array([0.3, 0.7, 6.0, 1.1]), np.array([0.1, 0.1, 0.1, 0.1])
    x, y = gn.Input("x", value=a), gn.Input("y", value=b)
    z = f(x, y)
    z.graph.backward(z, np.ones(4), wrt=y)
    np.testing.assert_allclose(a + y.grad * b, z.output, atol=1e-15)


# -- signs -----------------------------------------------------------------------------
def test_gradients_at_0():
    x = gn.Input("x", value=np.array([0.0, -0.0]))
    z = gn.Input("z", value=np.zeros(2, complex))
    for y, leaf in (
        (np.abs(x), x),
        (np.fabs(x), x),
        (np.copysign(x, -1.0), x),
        (np.sign(x), x),
        (np.abs(z), z),
        (np.sign(z), z),
    ):
        with np.errstate(all="raise"):
            y.graph.backward(y, np.ones(2, y.dtype), wrt=leaf)
        assert leaf.grad is None or not leaf.grad.any()


def test_copysign_of_all_signs():
    a, b = np.array([1.5, -1.5, 1.5, -1.5]), np.array([2.0, 2.0, -2.0, -0.0])
    check_values(np.copysign, a, b)
    check_function(lambda x: np.copysign(x, b), a)


def test_the_absolute_value_of_real_and_complex_parts():
    check_function(lambda x, y: np.abs(x + 1j * y), numbers(2, 3), numbers(3, seed=1))
    check_function(lambda x, y: np.sign(x + 1j * y), numbers(2, 3), numbers(3, seed=1))


def test_whole_numbers_have_no_gradient():
    x = gn.Input("x", value=np.array([1.0, 2.0]))
    y = np.sum(x * (x // 0.3) + x * np.sign(x))
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, [3.0 + 1, 6.0 + 1])
