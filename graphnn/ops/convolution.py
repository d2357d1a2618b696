"""Convolution: every window of the images times a kernel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import Parameter
from graphnn.graph.operation import ParamOperation
from graphnn.ops.patches import Sizes, add_patches, patches
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
        windows = self._windows()
        outputs = self._product(windows)
        shape = (*self._places(windows), self.param.shape[-1])
        return self.window.channels_back(np.reshape(outputs, shape))

    def _input_grad(self, output_grad: Any) -> Any:
        window = self.window
        output_grad = window.channels_last(output_grad)
        images = window.channels_last(self.input_).shape
        windows = np.reshape(
            self._windows_grad(output_grad),
            (*output_grad.shape[:-1], *window.size, images[-1]),
        )
        padded = window.padded_shape(images)
        grad = add_patches(windows, window.stride, window.dilation, padded)
        return window.channels_back(window.cropped(grad, images))

    def _param_grad(self, output_grad: Any) -> Any:
        output_grad = self.window.channels_last(output_grad)
        grad = self._kernel_grad(self._windows(), output_grad)
        return np.reshape(grad, self.param.shape)

    def _windows(self) -> Any:
        """Cut out the windows: (rows, *places, *size, channels)."""
        window = self.window
        images = self._images()
        window.check_room(images.shape, self.describe(), "kernel")
        padded = window.padded(images)
        return patches(padded, window.size, window.stride, window.dilation)

    def _places(self, windows: Any) -> Sizes:
        return tuple(windows.shape[: self.window.rank + 1])

    # -- products of matrices ----------------------------------------------------------
    def _product(self, windows: Any) -> Any:
        """Multiply windows by the kernel."""
        rows = in_groups(windows, self.window.rank + 1, self.groups)
        return from_groups(np.matmul(rows, self._matrix()), self.groups)

    def _windows_grad(self, output_grad: Any) -> Any:
        """Give the gradient of the windows."""
        grad = in_groups(output_grad, self.window.rank + 1, self.groups)
        matrix = np.swapaxes(self._matrix(), -1, -2)
        size = math.prod(self.window.size)
        return from_groups(np.matmul(grad, matrix), self.groups, size)

    def _kernel_grad(self, windows: Any, output_grad: Any) -> Any:
        """Give the gradient of the kernel."""
        rows = in_groups(windows, self.window.rank + 1, self.groups)
        grad = in_groups(output_grad, self.window.rank + 1, self.groups)
        return from_groups(np.matmul(np.swapaxes(rows, -1, -2), grad), self.groups)

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
        places, size = "nhw"[: windows.ndim // 2], "ij"[: self.window.rank]
        terms = f"{places}{size}c,{size}cm->{places}cm"
        return np.einsum(terms, windows, self._matrix())

    def _windows_grad(self, output_grad: Any) -> Any:
        places, size = "nhw"[: output_grad.ndim - 1], "ij"[: self.window.rank]
        terms = f"{places}cm,{size}cm->{places}{size}c"
        return np.einsum(terms, self._apart(output_grad), self._matrix())

    def _kernel_grad(self, windows: Any, output_grad: Any) -> Any:
        places, size = "nhw"[: output_grad.ndim - 1], "ij"[: self.window.rank]
        terms = f"{places}{size}c,{places}cm->{size}cm"
        return np.einsum(terms, windows, self._apart(output_grad))

    def _matrix(self) -> Any:
        """Give the kernel with the filters of a channel apart."""
        filters = self.param.shape[-1] // self.groups
        return np.reshape(self.param, (*self.window.size, self.groups, filters))

    def _apart(self, values: Any) -> Any:
        filters = self.param.shape[-1] // self.groups
        return np.reshape(values, (*values.shape[:-1], self.groups, filters))


def in_groups(values: Any, leading: int, groups: int) -> Any:
    """Lay values out as a matrix, or as one for each group of the last axis.

    Parameters
    ----------
    values : ndarray or Node, shape (..., channels)
    leading : int
        How many of the first axes count the rows; the others are the columns.
    groups : int

    Returns
    -------
    ndarray or Node, shape (rows, columns) or (groups, rows, columns / groups)

    Examples
    --------
    >>> import numpy as np
    >>> in_groups(np.array([[[0, 1, 10, 11], [2, 3, 12, 13]]]), 1, 2)
    array([[[ 0,  1,  2,  3]],
           [[10, 11, 12, 13]]])
    """
    shape = values.shape
    rows, columns = math.prod(shape[:leading]), math.prod(shape[leading:])
    if groups == 1:
        return np.reshape(values, (rows, columns))
    each = shape[-1] // groups
    apart = np.reshape(values, (rows, columns // shape[-1], groups, each))
    return np.reshape(
        np.transpose(apart, (2, 0, 1, 3)), (groups, rows, columns // groups)
    )


def from_groups(matrices: Any, groups: int, size: int = 1) -> Any:
    """Join what :func:`in_groups` has laid out: back to shape (rows, columns).

    Parameters
    ----------
    matrices : ndarray or Node
    groups : int
    size : int
        How many times the channels of a group stand in a row.

    Examples
    --------
    >>> import numpy as np
    >>> from_groups(np.array([[[0, 1, 2, 3]], [[10, 11, 12, 13]]]), 2, size=2)
    array([[ 0,  1, 10, 11,  2,  3, 12, 13]])
    """
    if groups == 1:
        return matrices
    rows, columns = matrices.shape[1:]
    apart = np.reshape(matrices, (groups, rows, size, columns // size))
    return np.reshape(np.transpose(apart, (1, 2, 0, 3)), (rows, groups * columns))
