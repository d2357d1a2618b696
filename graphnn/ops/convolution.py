"""Convolution: every window of the images times a kernel."""

from __future__ import annotations

from typing import Any

from graphnn.errors import ArgumentError
from graphnn.ops.bands import Widths
from graphnn.ops.kernels import KernelOperation
from graphnn.ops.patches import Sizes


class Convolution(KernelOperation):
    r"""Every window of the images times a kernel, summed up.

    .. math:: y_{nhwo} = \sum_{ijc} x_{n,\,sh + di,\,sw + dj,\,c} \, W_{ijco}

    with stride s and dilation d. As everywhere in the field the kernel is not turned
    round: mathematically it is a correlation. The images may be a series, with one axis
    in place of h and w.

    Parameters
    ----------
    W : ndarray or Parameter
        The kernel, shape (*size, channels / groups, filters).
    stride, padding, dilation, groups, data_format
        See :class:`graphnn.Conv2D`.

    Notes
    -----
    Windows are laid out as the columns of matrices, which are multiplied by the kernel
    as a matrix: K. Chellapilla, S. Puri, P. Simard, "High performance convolutional
    neural networks for document processing", 2006, §3.1; those of a line of the image
    in :mod:`bands <graphnn.ops.bands>`, of which most is not copied, or with the lines
    of a window one after another (:mod:`graphnn.ops.landing`). Which way it is depends
    on the shapes. The gradient of the images is the convolution of that of the outputs
    with the kernel turned round (V. Dumoulin, F. Visin, "A guide to convolution
    arithmetic for deep learning", 2016, §4.3): so it is computed along a line; what the
    lines of a window give, or with a stride its columns too, is added up where windows
    overlap.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn.ops.convolution import Convolution
    >>> difference = Convolution(np.array([-1.0, 1.0]).reshape(2, 1, 1))
    >>> difference.forward(np.array([1.0, 2.0, 4.0, 8.0]).reshape(1, 4, 1)).ravel()
    array([1., 2., 4.])
    >>> difference.backward(np.array([1.0, 0.0, 10.0]).reshape(1, 3, 1)).ravel()
    array([ -1.,   1., -10.,  10.])
    >>> difference.param_grad.ravel()
    array([41., 82.])
    """

    def _output(self) -> Any:
        images = self._images()
        self.window.check_room(images.shape, self.describe(), "kernel")
        outputs = self._correlated(
            self._plane(images),
            "c",
            "o",
            self._widths(images.shape),
            self._places(images.shape),
        )
        return self._back(outputs)

    def _input_grad(self, output_grad: Any) -> Any:
        window = self.window
        shape = window.channels_last(self.input_).shape
        grad = self._plane(window.channels_last(output_grad))
        whole = self._pair(window.padded_shape(shape)[1:-1])
        parts = zip(self._widths(shape), self._pair(shape[1:-1]), strict=True)
        top, left = [slice(before, before + n) for (before, _), n in parts]
        return self._back(self._spread(grad, "o", "c", whole, (top, left)))

    def _param_grad(self, output_grad: Any) -> Any:
        window = self.window
        images = window.channels_last(self.input_)
        return self._product_of(
            self._plane(images),
            "c",
            "o",
            self._widths(images.shape),
            self._plane(window.channels_last(output_grad)),
        )

    def _widths(self, shape: Sizes) -> Widths:
        """Give the padding of images, channels last, in the plane."""
        widths: Widths = self._pair(self.window.widths(shape[1:-1]), (0, 0))
        return widths

    def _places(self, shape: Sizes) -> Sizes:
        """Count the windows of images, channels last, in the plane."""
        counts = self.window.counts(self.window.padded_shape(shape))
        places: Sizes = self._pair(counts)
        return places


class DepthwiseConvolution(Convolution):
    r"""A convolution that keeps the channels apart: each has filters of its own.

    .. math:: y_{nhwcm} = \sum_{ij} x_{n,\,sh + di,\,sw + dj,\,c} \, W_{ijcm}

    It is a :class:`Convolution` of as many groups as there are channels.

    L. Sifre, "Rigid-motion scattering for image classification", 2014, §6.2.

    Parameters
    ----------
    W : ndarray or Parameter
        The kernel, shape (*size, 1, filters).
    stride, padding, dilation, groups, data_format
        See :class:`graphnn.Conv2D`.
    """

    def __init__(self, W: Any, *settings: Any, **named: Any) -> None:
        super().__init__(W, *settings, **named)
        if self.param.shape[-2] != 1:
            raise ArgumentError(
                f"{type(self).__name__} takes a kernel (*size, 1, filters), not shape "
                f"{self.param.shape}"
            )
