"""The modified Bessel functions, against tables and their own equations."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

from graphnn.ops.bessel import bessel_i

# Handbook of Mathematical Functions, tables 9.8, 9.9 and 9.11; x, I0, I1, I2
TABLE = [
    (0.0, 1.0, 0.0, 0.0),
    (1.0, 1.2660658778, 0.5651591040, 0.1357476698),
    (5.0, 27.239871824, 24.335642142, 17.505614967),
    (10.0, 2815.7166285, 2670.9883037, 2281.5189677),
]


@pytest.mark.parametrize(("x", "i0", "i1", "i2"), TABLE)
def test_table(x, i0, i1, i2):
    found = [bessel_i(np.array([x, -x]), order) for order in range(3)]
    expected = [[i0, i0], [i1, -i1], [i2, i2]]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("largest", [1.0, 30.0, 700.0])
def test_neighbours_fit(order, largest):
    x = np.linspace(0.01, 1, 23) * largest
    below, here, above = [bessel_i(x, order + step) for step in (-1, 0, 1)]
    np.testing.assert_allclose(below - above, 2 * order / x * here, 1e-10, 1e-14)


def test_small_and_single():
    np.testing.assert_allclose(bessel_i(np.array(1e-9), 1), 5e-10, rtol=1e-14)
    found = bessel_i(numbers(2, 3).astype(np.float32), 1)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, bessel_i(numbers(2, 3), 1), rtol=1e-5)
    np.testing.assert_allclose(bessel_i(np.array([0.3, 650.0]), 0), np.i0([0.3, 650.0]))


def test_i0():
    for array in (5 * numbers(2, 3), numbers(2, 3).astype(np.float32), np.arange(4)):
        check_values(np.i0, array)
    check_function(np.i0, np.array([-3.0, -0.4, 0.0, 1e-6, 7.9, 8.1]))
    check_function(lambda x: np.log(np.i0(x)), np.array([5.0, 300.0]))
