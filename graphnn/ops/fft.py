"""Fourier transforms.

A transform along an axis is a product with a symmetric matrix F, so its gradient is the
same transform of the gradient, ``F @ g``. What is cut off at the end of the axis has no
gradient; the gradient of what is filled up with zeros is cut off.

Of the spectrum of real values one half says all. ``rfft`` keeps the first half, so
the gradient of the other is zero. ``irfft`` reads a spectrum's elements between the
first and the middle one twice: once as they are, once conjugated.

W. Briggs, V. Henson, "The DFT: An Owner's Manual for the Discrete Fourier Transform",
SIAM 1995, ch. 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.operation import Operation
from graphnn.ops.indexing import scatter
from graphnn.ops.matrices import is_complex, need_values

Sizes = Sequence[int] | None
Axes = Sequence[int] | None


class Fourier(Operation):
    """A transform along one or several axes.

    Parameters
    ----------
    sizes : int, sequence of int, or None
        The size of the transform along each axis: the input is cut off there, or filled
        up with zeros.
    axes : int, sequence of int, or None
    norm : {"backward", "ortho", "forward"} or None
        Which of the two directions is divided by the size.
    """

    arity = 1
    function: ClassVar[Any]

    def __init__(self, sizes: Any = None, axes: Any = -1, norm: Any = None) -> None:
        self.sizes, self.axes, self.norm = sizes, axes, norm

    def _output(self) -> Any:
        axes = self._axes()
        if len(set(axes)) < len(axes):
            raise unsupported(
                f"np.fft.{type(self).__name__.lower()} twice along one axis has no "
                f"operation: axes {self.axes}",
                "Call it once for each time.",
            )
        return self.function(self.input_, self.sizes, self.axes, self.norm)

    def _axes(self) -> tuple[int, ...]:
        """List the axes that are transformed, counted from 0."""
        ndim = self.input_.ndim
        if self.axes is None:
            count = ndim if self.sizes is None else len(np.atleast_1d(self.sizes))
            return tuple(range(ndim - count, ndim))
        axes = np.atleast_1d(self.axes).tolist()
        return tuple([axis % ndim if -ndim <= axis < ndim else axis for axis in axes])

    def _given_back(self, spectrum: Any) -> Any:
        """Give the gradient of the transform's input the shape that the input has."""
        shape = self.input_.shape
        if spectrum.shape != shape:
            kept = tuple(map(min, spectrum.shape, shape))
            spectrum = spectrum[tuple(map(slice, kept))]
            if kept != shape:
                spectrum = scatter(spectrum, tuple(map(slice, kept)), shape)
        return spectrum if is_complex(self.input_) else np.real(spectrum)


class Fft(Fourier):
    """``np.fft.fft``."""

    function = staticmethod(np.fft.fft)

    def _input_grad(self, output_grad: Any) -> Any:
        return self._given_back(np.fft.fft(output_grad, None, self.axes, self.norm))


class Ifft(Fourier):
    """``np.fft.ifft``."""

    function = staticmethod(np.fft.ifft)

    def _input_grad(self, output_grad: Any) -> Any:
        return self._given_back(np.fft.ifft(output_grad, None, self.axes, self.norm))


class Fftn(Fourier):
    """``np.fft.fftn`` and ``np.fft.fft2``."""

    function = staticmethod(np.fft.fftn)

    def _input_grad(self, output_grad: Any) -> Any:
        axes = self._axes()
        return self._given_back(np.fft.fftn(output_grad, None, axes, self.norm))


class Ifftn(Fourier):
    """``np.fft.ifftn`` and ``np.fft.ifft2``."""

    function = staticmethod(np.fft.ifftn)

    def _input_grad(self, output_grad: Any) -> Any:
        axes = self._axes()
        return self._given_back(np.fft.ifftn(output_grad, None, axes, self.norm))


class RealToHalf(Fourier):
    """A transform of real values, which keeps the first half of the last axis."""

    def _input_grad(self, output_grad: Any) -> Any:
        axes = self._axes()
        sizes = [output_grad.shape[axis] for axis in axes]
        # `sizes` may say -1 for "all of the axis"
        last = -1 if self.sizes is None else np.atleast_1d(self.sizes).tolist()[-1]
        sizes[-1] = self.input_.shape[axes[-1]] if last in (-1, None) else last
        # the other half of the gradient is zero: fftn fills it up
        return self._given_back(np.fft.fftn(output_grad, sizes, axes, self.norm))


class Rfft(RealToHalf):
    """``np.fft.rfft``."""

    function = staticmethod(np.fft.rfft)


class Rfftn(RealToHalf):
    """``np.fft.rfftn`` and ``np.fft.rfft2``."""

    function = staticmethod(np.fft.rfftn)


class HalfToReal(Fourier):
    """The way back, from the first half of a spectrum to real values."""

    def _input_grad(self, output_grad: Any) -> Any:
        *rest, last = self._axes()
        size = output_grad.shape[last]
        half = np.fft.ihfft(output_grad, None, last, self.norm)
        twice = np.full(size // 2 + 1, 2, output_grad.dtype)
        twice[0] = 1
        if size % 2 == 0:
            twice[-1] = 1
        shape = [1] * half.ndim
        shape[last] = twice.size
        spectrum = half * np.reshape(twice, shape)
        if rest:
            spectrum = np.fft.ifftn(spectrum, None, rest, self.norm)
        return self._given_back(spectrum)


class Irfft(HalfToReal):
    """``np.fft.irfft``."""

    function = staticmethod(np.fft.irfft)


class Irfftn(HalfToReal):
    """``np.fft.irfftn`` and ``np.fft.irfft2``."""

    function = staticmethod(np.fft.irfftn)


# -- one axis --------------------------------------------------------------------------
@implements(np.fft.fft)
def fft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Make the node for ``np.fft.fft``."""
    return Fft(n, axis, norm)(a)


@implements(np.fft.ifft)
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Make the node for ``np.fft.ifft``."""
    return Ifft(n, axis, norm)(a)


@implements(np.fft.rfft)
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Make the node for ``np.fft.rfft``."""
    return Rfft(n, axis, norm)(a)


@implements(np.fft.irfft)
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Make the node for ``np.fft.irfft``."""
    return Irfft(n, axis, norm)(a)


OTHER_DIRECTION = {
    None: "forward",
    "backward": "forward",
    "ortho": "ortho",
    "forward": "backward",
}


@implements(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Make the nodes for ``np.fft.hfft``: irfft of the conjugate."""
    return np.fft.irfft(np.conj(a), n, axis, OTHER_DIRECTION.get(norm, norm))


@implements(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Make the nodes for ``np.fft.ihfft``: the conjugate of rfft."""
    return np.conj(np.fft.rfft(a, n, axis, OTHER_DIRECTION.get(norm, norm)))


# -- several axes ----------------------------------------------------------------------
@implements(np.fft.fftn)
def fftn(a: Any, s: Sizes = None, axes: Axes = None, norm: Any = None) -> Any:
    """Make the node for ``np.fft.fftn``."""
    return Fftn(s, axes, norm)(a)


@implements(np.fft.ifftn)
def ifftn(a: Any, s: Sizes = None, axes: Axes = None, norm: Any = None) -> Any:
    """Make the node for ``np.fft.ifftn``."""
    return Ifftn(s, axes, norm)(a)


@implements(np.fft.rfftn)
def rfftn(a: Any, s: Sizes = None, axes: Axes = None, norm: Any = None) -> Any:
    """Make the node for ``np.fft.rfftn``."""
    return Rfftn(s, axes, norm)(a)


@implements(np.fft.irfftn)
def irfftn(a: Any, s: Sizes = None, axes: Axes = None, norm: Any = None) -> Any:
    """Make the node for ``np.fft.irfftn``."""
    return Irfftn(s, axes, norm)(a)


PLANE = (-2, -1)


@implements(np.fft.fft2)
def fft2(a: Any, s: Sizes = None, axes: Axes = PLANE, norm: Any = None) -> Any:
    """Make the node for ``np.fft.fft2``."""
    return Fftn(s, axes, norm)(a)


@implements(np.fft.ifft2)
def ifft2(a: Any, s: Sizes = None, axes: Axes = PLANE, norm: Any = None) -> Any:
    """Make the node for ``np.fft.ifft2``."""
    return Ifftn(s, axes, norm)(a)


@implements(np.fft.rfft2)
def rfft2(a: Any, s: Sizes = None, axes: Axes = PLANE, norm: Any = None) -> Any:
    """Make the node for ``np.fft.rfft2``."""
    return Rfftn(s, axes, norm)(a)


@implements(np.fft.irfft2)
def irfft2(a: Any, s: Sizes = None, axes: Axes = PLANE, norm: Any = None) -> Any:
    """Make the node for ``np.fft.irfft2``."""
    return Irfftn(s, axes, norm)(a)


# -- order -----------------------------------------------------------------------------
@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Axes = None) -> Any:
    """Make the node for ``np.fft.fftshift``."""
    need_values("np.fft.fftshift", x)
    axes = list(range(x.ndim)) if axes is None else np.atleast_1d(axes).tolist()
    return np.roll(x, [x.shape[axis] // 2 for axis in axes], axes)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Axes = None) -> Any:
    """Make the node for ``np.fft.ifftshift``."""
    need_values("np.fft.ifftshift", x)
    axes = list(range(x.ndim)) if axes is None else np.atleast_1d(axes).tolist()
    return np.roll(x, [-(x.shape[axis] // 2) for axis in axes], axes)
