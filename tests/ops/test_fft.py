"""Fourier transforms: values as NumPy's, gradients to second order, refusals."""

import numpy as np
import pytest
from cases.checks import check_function, check_values
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn

FFT = np.fft
ONE = [FFT.fft, FFT.ifft, FFT.rfft, FFT.irfft, FFT.hfft, FFT.ihfft]
PLANE = [FFT.fft2, FFT.ifft2, FFT.rfft2, FFT.irfft2]
SEVERAL = [FFT.fftn, FFT.ifftn, FFT.rfftn, FFT.irfftn]
REAL = {FFT.rfft, FFT.ihfft, FFT.rfft2, FFT.rfftn}
NORMS = [None, "backward", "ortho", "forward"]
DTYPES = [np.float32, np.float64, np.complex64, np.complex128, np.int64]


def name(function):
    return function.__name__


def draw(*shape, dtype=float):
    rng = np.random.default_rng([5, *shape])
    array = 10 * rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        array = array + 1j * rng.normal(size=shape)
    return array.astype(dtype)


def dtypes_of(function, dtypes):
    """Leave the complex dtypes out, where NumPy takes real values."""
    return [d for d in dtypes if function not in REAL or np.dtype(d).kind != "c"]


def check(function, array, order=2):
    check_function(function, array, rtol=1e-5, atol=1e-6, order=order)


@pytest.mark.parametrize("function", ONE, ids=name)
@pytest.mark.parametrize("size", [4, 5])
@pytest.mark.parametrize("n", [None, 1, 3, 6, 7])
@pytest.mark.parametrize("norm", NORMS)
def test_one_axis(function, size, n, norm):
    for dtype in dtypes_of(function, DTYPES):
        check_values(lambda x: function(x, n, norm=norm), draw(2, size, dtype=dtype))
        check_values(
            lambda x: function(x, n=n, axis=0, norm=norm), draw(size, 2, dtype=dtype)
        )
    for dtype in dtypes_of(function, [float, complex]):
        order = 2 if norm is None else 1  # the transforms are linear
        check(lambda x: function(x, n, norm=norm), draw(2, size, dtype=dtype), order)
        check(lambda x: function(x, n, 0, norm), draw(size, 2, dtype=dtype), order=1)


@pytest.mark.parametrize("function", [*PLANE, *SEVERAL], ids=name)
@pytest.mark.parametrize("sizes", [None, (2, 5), (4, 2), (-1, 3)])
@pytest.mark.parametrize("axes", [(0, 1), (-1, 0), [2, 1]])
@pytest.mark.parametrize("norm", NORMS[1:])
def test_several_axes(function, sizes, axes, norm):
    for dtype in dtypes_of(function, DTYPES):
        check_values(
            lambda x: function(x, s=sizes, axes=axes, norm=norm),
            draw(3, 4, 3, dtype=dtype),
        )
    for dtype in dtypes_of(function, [float, complex]):
        check(
            lambda x: function(x, sizes, axes, norm),
            draw(2, 3, 2, dtype=dtype),
            order=1,
        )


@pytest.mark.parametrize("function", [*PLANE, *SEVERAL], ids=name)
def test_default_axes(function):
    for dtype in dtypes_of(function, [float, complex]):
        for shape in ((3, 4), (2, 3, 2)):
            check_values(function, draw(*shape, dtype=dtype))
            check(function, draw(*shape, dtype=dtype))


@pytest.mark.parametrize("function", [FFT.fftshift, FFT.ifftshift], ids=name)
@pytest.mark.parametrize("axes", [None, 1, -2, (0,), (-1, 0)])
def test_shifts(function, axes):
    for dtype in (float, complex):
        check_values(lambda x: function(x, axes), draw(3, 4, dtype=dtype))
        check_values(lambda x: function(x, axes=axes), draw(4, 5, dtype=dtype))
        check(lambda x: function(x, axes), draw(3, 4, dtype=dtype), order=1)


@given(
    function=st.sampled_from(ONE),
    size=st.integers(2, 6),
    n=st.none() | st.integers(1, 9),
    axis=st.integers(-2, 1),
    norm=st.sampled_from(NORMS),
)
def test_any_sizes(function, size, n, axis, norm):
    array = draw(size, size)
    check_values(lambda x: function(x, n, axis, norm), array)
    check(lambda x: function(x, n, axis, norm), array, order=1)


def test_a_spectrum_and_back():
    """The gradient through a transform and its inverse is the identity."""
    x = gn.Input("x", value=draw(2, 5))
    y = FFT.irfft(FFT.rfft(x), 5)
    y.graph.backward(y, np.ones((2, 5)), wrt=x)
    np.testing.assert_allclose(x.grad, np.ones((2, 5)), atol=1e-14)
    assert x.grad.dtype == np.float64


def test_a_convolution_by_spectra():
    """Products of spectra are convolutions: the gradient is a correlation."""
    a, b = draw(4), draw(3)

    def convolve(x, y):
        return FFT.irfft(FFT.rfft(x, 6) * FFT.rfft(y, 6), 6)

    np.testing.assert_allclose(convolve(a, b), np.convolve(a, b), atol=1e-12)
    check_function(convolve, a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("function", [*PLANE, *SEVERAL], ids=name)
def test_an_axis_twice_is_refused(function):
    x = gn.Input("x", value=draw(3, 4))
    for axes in ((0, 0), (1, -1)):
        with pytest.raises(
            gn.UnsupportedError, match=r"np\.fft.* twice along one axis"
        ):
            function(x, axes=axes)
    assert len(x.graph) == 1


def test_what_does_not_fit():
    x = gn.Input("x", value=draw(3, 4))
    for attempt, error, message in (
        (lambda: FFT.fft(x, norm="both"), ValueError, "Invalid norm value"),
        (lambda: FFT.hfft(x, norm="both"), ValueError, "Invalid norm value"),
        (lambda: FFT.fft(x, 0), ValueError, "number of FFT data points"),
        (lambda: FFT.fft(x, axis=2), IndexError, "range|bounds"),
        (lambda: FFT.fftn(x, axes=(0, 2)), IndexError, "range|bounds"),
        (lambda: FFT.fftn(x, s=(2,), axes=(0, 1)), ValueError, "different lengths"),
        (lambda: FFT.rfft(x + 1j), TypeError, "rfft"),
        (lambda: FFT.fft(x, out=np.empty((3, 4), complex)), TypeError, "in place"),
        (lambda: FFT.fftshift(gn.Input("y")), gn.UnsupportedError, "no value yet"),
    ):
        with pytest.raises(error, match=message):
            attempt()
    assert FFT.fft(x).shape == (3, 4)


def test_inputs_that_are_fed_later():
    x = gn.Input("x")
    y = np.sum(np.abs(FFT.fftn(x)) ** 2) + np.sum(FFT.irfft(FFT.rfft(x)))
    for shape in ((3, 4), (2, 6)):
        array = draw(*shape)
        found = y.graph.forward({x: array}, target=y)
        expected = np.sum(np.abs(FFT.fftn(array)) ** 2) + np.sum(array)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        y.graph.backward(y, wrt=x)
        # Parseval: the sum of squares of a spectrum is n times that of the values
        np.testing.assert_allclose(x.grad, 2 * array.size * array + 1, rtol=1e-9)
