"""The error function against the C library's, in every precision, to the far ends."""

import math

import numpy as np
import pytest

import graphnn as gn
from graphnn.ops import error_function
from graphnn.ops.error_function import erf, erfc


def points(dtype):
    """Draw numbers of every size, and those at which the formula changes."""
    rng = np.random.default_rng(0)
    smallest = {np.float64: -300, np.float32: -36, np.float16: -4}[dtype]
    sizes = np.concatenate(
        [
            rng.uniform(0, 7, 20_000),
            rng.uniform(0, 27, 20_000),
            10 ** rng.uniform(smallest, 0, 5_000),
            *[at + rng.uniform(-1e-9, 1e-9, 50) for at in (0.5, math.pi / 0.5, 5.9)],
        ]
    )
    return np.concatenate([sizes, -sizes]).astype(dtype)


def exact(function, x):
    return np.array([function(value) for value in x.tolist()])


@pytest.mark.parametrize(
    ("dtype", "rtol"), [(np.float64, 1e-15), (np.float32, 6e-7), (np.float16, 1e-3)]
)
def test_erf(dtype, rtol):
    x = points(dtype)
    value = erf(x)
    assert value.dtype == dtype
    np.testing.assert_allclose(value, exact(math.erf, x), rtol=rtol)


@pytest.mark.parametrize(
    ("dtype", "rtol"), [(np.float64, 2e-15), (np.float32, 1e-6), (np.float16, 1e-3)]
)
def test_erfc(dtype, rtol):
    x = points(dtype)
    value, expected = erfc(x), exact(math.erfc, x)
    assert value.dtype == dtype
    tiny = float(np.finfo(dtype).tiny)  # what is below it has fewer digits
    np.testing.assert_allclose(value, expected, rtol=rtol, atol=rtol * tiny * 1e3)
    large = expected > tiny
    np.testing.assert_allclose(value[large], expected[large], rtol=rtol)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_the_ends(dtype):
    huge = float(np.finfo(dtype).max) if dtype is not np.longdouble else 1e4000
    x = np.array([-np.inf, -huge, -0.0, 0.0, huge, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(erf(x), [-1, -1, -0.0, 0, 1, 1, np.nan])
    assert np.signbit(erf(x)[2])
    np.testing.assert_array_equal(erfc(x), [2, 2, 1, 1, 0, 0, np.nan])
    assert erf(x).dtype == erfc(x).dtype == dtype
    node = gn.Input("x", value=x[:-1])
    np.sum(gn.Erf()(node) + gn.Erfc()(node) * 2).graph.backward(wrt=[node])
    slope = -2 / np.sqrt(np.pi)
    np.testing.assert_allclose(node.grad, [0, 0, slope, slope, 0, 0], rtol=1e-3)


def test_shapes_and_whole_numbers():
    assert erf(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert erf(np.zeros((0, 3), np.float32)).dtype == np.float32
    assert erf(0.5) == pytest.approx(math.erf(0.5), rel=1e-15)
    assert erf(np.array(0.5)).ndim == 0
    np.testing.assert_allclose(
        erf([-1, 0, 2]), exact(math.erf, np.array([-1, 0, 2])), rtol=1e-15
    )
    x = np.random.default_rng(0).normal(size=(60, 30, 20))  # three blocks
    swapped = x.transpose(2, 0, 1)
    np.testing.assert_array_equal(erf(swapped), erf(x).transpose(2, 0, 1))
    np.testing.assert_array_equal(erf(x[:, ::2]), erf(x)[:, ::2])
    np.testing.assert_allclose(erf(x).ravel(), exact(math.erf, x.ravel()), rtol=1e-15)


def test_on_nodes():
    x = gn.Input("x", value=[-0.3, 0.0, 2.0])
    assert type(erf(x)) is error_function.Erf
    assert type(erfc(x)) is error_function.Erfc
    assert not erf(x).expandable
    np.testing.assert_array_equal((erf(x) + erfc(x)).output, 1.0)


def test_three_derivatives_at_0():
    x = gn.Input("x", value=[0.0, 0.5])
    node, found = erf(x), []
    for _ in range(3):
        (node,) = node.graph.gradient(node, [x], np.ones(2))
        found.append(node.output)
    bell = 2 / np.sqrt(np.pi) * np.exp(-(x.value**2))
    expected = [bell, -2 * x.value * bell, (4 * x.value**2 - 2) * bell]
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("function", [erf, erfc])
def test_complex_numbers_are_refused(function):
    with pytest.raises(gn.ArgumentError, match=r"of real numbers here, .* complex128"):
        function(np.array([1j]))
    x = gn.Input("x", value=[1j])
    with pytest.raises(gn.ArgumentError, match=r"complex128"):
        function(x)
    assert len(x.graph) == 1
