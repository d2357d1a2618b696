"""Convolution: every window of the images times a kernel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import Parameter
from graphnn.graph.operation import ParamOperation
from graphnn.ops.layouts import from_groups, in_blocks, in_groups, joined, sum_of
from graphnn.ops.patches import add_patches, patches
from graphnn.ops.spatial_settings import check_groups, make_window


class KernelOperation(ParamOperation):
    """An operation with a kernel that slides over images.

    Parameters
    ----------
    W : ndarray or Parameter
        The kernel, shape (*size, channels / groups, filters), with one axis of size for
        a series, and two for images.
    stride, padding, dilation, groups, data_format
        See :class:`graphnn.Conv2D`.
    """

    may_be_causal = True
    """Class attribute: whether the padding of a series may be ``"causal"``."""

    def __init__(
        self,
        W: Any,
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        data_format: str = "NHWC",
    ) -> None:
        super().__init__(W if isinstance(W, Parameter) else Parameter(W, name="weight"))
        shape, who = self.param.shape, type(self).__name__
        if len(shape) not in (3, 4) or 0 in shape:
            raise ArgumentError(
                f"{who} takes a kernel (*size, channels / groups, filters) with one or "
                f"two sizes, not shape {shape}"
            )
        self.window = make_window(
            len(shape) - 2,
            who,
            size=shape[:-2],
            stride=stride,
            padding=padding,
            dilation=dilation,
            data_format=data_format,
            causal=self.may_be_causal,
        )
        self.groups = check_groups(groups, shape[-1], "filters", who)

    def _images(self) -> Any:
        """Give the input with its channels last, if there are as many as are needed."""
        window = self.window
        shape = np.shape(self.input_)
        window.check_axes(shape, self.describe())
        images = window.channels_last(self.input_)
        wanted = self.param.shape[-2] * self.groups
        if images.shape[-1] != wanted:
            groups = f" in {self.groups} groups" if self.groups > 1 else ""
            raise ShapeError(
                f"{self.describe()}: images of {images.shape[-1]} channels, of shape "
                f"{shape}, do not go with a kernel {self.param.shape}{groups}, which "
                f"takes {wanted}",
                "The number of channels is fixed by the first batch.",
            )
        return images


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
    All windows are laid out as the rows of one matrix, which is multiplied by the
    kernel as a matrix: K. Chellapilla, S. Puri, P. Simard, "High performance
    convolutional neural networks for document processing", 2006, §3.1. So the gradients
    are those of a product of matrices, and the gradient of the windows is added up
    where they overlap.

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
        padded = self._padded()
        outputs = [self._product(self._windows(b)) for b in self._blocks(padded)]
        return self.window.channels_back(joined(outputs))

    def _input_grad(self, output_grad: Any) -> Any:
        window = self.window
        images = window.channels_last(self.input_).shape
        places = window.padded_shape(images)[1:]
        grads = []
        for block in self._blocks(window.channels_last(output_grad)):
            windows = self._windows_grad(block)
            shape = (block.shape[0], *places)
            grads.append(add_patches(windows, window.stride, window.dilation, shape))
        return window.channels_back(window.cropped(joined(grads), images))

    def _param_grad(self, output_grad: Any) -> Any:
        images = self._blocks(self._padded())
        grads = self._blocks(self.window.channels_last(output_grad))
        pairs = zip(images, grads, strict=True)
        return sum_of([self._kernel_grad(self._windows(b), g) for b, g in pairs])

    def _padded(self) -> Any:
        """Give the images with their padding, if the kernel fits into them."""
        images = self._images()
        self.window.check_room(images.shape, self.describe(), "kernel")
        return self.window.padded(images)

    def _windows(self, padded: Any) -> Any:
        """Cut out the windows: (rows, *places, *size, channels)."""
        window = self.window
        return patches(padded, window.size, window.stride, window.dilation)

    def _blocks(self, values: Any) -> list[Any]:
        """Cut images, or gradients of the outputs, into blocks of rows."""
        window = self.window
        shape = window.channels_last(self.input_).shape
        places = window.counts(window.padded_shape(shape))
        numbers = math.prod((*places, *window.size, shape[-1]))
        return in_blocks(values, numbers * self.param.dtype.itemsize)

    # -- products of matrices ----------------------------------------------------------
    def _product(self, windows: Any) -> Any:
        """Multiply windows by the kernel: (rows, *places, filters)."""
        leading = self.window.rank + 1
        rows = in_groups(windows, leading, self.groups)
        outputs = from_groups(np.matmul(rows, self._matrix()), self.groups)
        return np.reshape(outputs, (*windows.shape[:leading], outputs.shape[-1]))

    def _windows_grad(self, output_grad: Any) -> Any:
        """Give the gradient of the windows: (rows, *places, *size, channels)."""
        window = self.window
        grad = in_groups(output_grad, window.rank + 1, self.groups)
        matrix = np.swapaxes(self._matrix(), -1, -2)
        size = math.prod(window.size)
        windows = from_groups(np.matmul(grad, matrix), self.groups, size)
        channels = windows.shape[-1] // size
        shape = (*output_grad.shape[:-1], *window.size, channels)
        return np.reshape(windows, shape)

    def _kernel_grad(self, windows: Any, output_grad: Any) -> Any:
        """Give the gradient of the kernel."""
        leading = self.window.rank + 1
        rows = np.swapaxes(in_groups(windows, leading, self.groups), -1, -2)
        grad = np.matmul(rows, in_groups(output_grad, leading, self.groups))
        return np.reshape(from_groups(grad, self.groups), self.param.shape)

    def _matrix(self) -> Any:
        """Give the kernel as a matrix, or as one for each group."""
        return in_groups(self.param, self.window.rank + 1, self.groups)


class DepthwiseConvolution(Convolution):
    r"""A convolution that keeps the channels apart: each has filters of its own.

    .. math:: y_{nhwcm} = \sum_{ij} x_{n,\,sh + di,\,sw + dj,\,c} \, W_{ijcm}

    It is a :class:`Convolution` of as many groups as there are channels, without
    matrices of one column.

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

    def _product(self, windows: Any) -> Any:
        places, size = self._labels()
        terms = f"{places}{size}c,{size}cm->{places}cm"
        outputs = np.einsum(terms, windows, self._matrix())
        return np.reshape(outputs, (*outputs.shape[:-2], self.param.shape[-1]))

    def _windows_grad(self, output_grad: Any) -> Any:
        places, size = self._labels()
        terms = f"{places}cm,{size}cm->{places}{size}c"
        return np.einsum(terms, self._apart(output_grad), self._matrix())

    def _kernel_grad(self, windows: Any, output_grad: Any) -> Any:
        places, size = self._labels()
        terms = f"{places}{size}c,{places}cm->{size}cm"
        grad = np.einsum(terms, windows, self._apart(output_grad))
        return np.reshape(grad, self.param.shape)

    def _labels(self) -> tuple[str, str]:
        """Name the axes of places, after the rows, and those of the kernel."""
        rank = self.window.rank
        return "nhw"[: rank + 1], "ij"[:rank]

    def _matrix(self) -> Any:
        """Give the kernel with the filters of a channel apart."""
        filters = self.param.shape[-1] // self.groups
        return np.reshape(self.param, (*self.window.size, self.groups, filters))

    def _apart(self, values: Any) -> Any:
        filters = self.param.shape[-1] // self.groups
        return np.reshape(values, (*values.shape[:-1], self.groups, filters))
