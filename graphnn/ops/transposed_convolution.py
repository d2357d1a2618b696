"""Transposed convolution: a kernel put down wherever the images say, and added up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.ops.convolution import KernelOperation
from graphnn.ops.layouts import from_groups, in_blocks, in_groups, joined, sum_of
from graphnn.ops.patches import Sizes, add_patches, patches
from graphnn.ops.spatial import Pairs, by
from graphnn.ops.spatial_settings import as_sizes


class TransposedConvolution(KernelOperation):
    r"""The kernel times every element of the images, added up where copies overlap.

    .. math:: y_{n,\,sh + di,\,sw + dj,\,o} \mathrel{+}= x_{nhwc} \, W_{ijco}

    with stride s and dilation d: the transpose, as a linear map, of a
    :class:`~graphnn.ops.convolution.Convolution` from filters to channels. V. Dumoulin,
    F. Visin, "A guide to convolution arithmetic for deep learning", 2016, ch. 4.

    Parameters
    ----------
    W : ndarray or Parameter
        The kernel, shape (*size, channels / groups, filters).
    stride, padding, dilation, groups, data_format, output_padding
        See :class:`graphnn.ConvTranspose2D`.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn.ops.transposed_convolution import TransposedConvolution
    >>> spread = TransposedConvolution(np.array([1.0, 0.5]).reshape(2, 1, 1), stride=2)
    >>> spread.forward(np.array([1.0, 2.0, 4.0]).reshape(1, 3, 1)).ravel()
    array([1. , 0.5, 2. , 1. , 4. , 2. ])
    """

    may_be_causal = False

    def __init__(
        self,
        W: Any,
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        data_format: str = "NHWC",
        output_padding: Any = 0,
    ) -> None:
        super().__init__(W, stride, padding, dilation, groups, data_format)
        self.output_padding = as_output_padding(
            output_padding, self.window, type(self).__name__
        )

    def _output(self) -> Any:
        window = self.window
        images = self._images()
        inner = self._inner(images.shape)
        places = self._whole(images.shape)
        outputs = []
        for block in self._blocks(images):
            copies = self._copies(block)
            shape = (block.shape[0], *places)
            added = add_patches(copies, window.stride, window.dilation, shape)
            outputs.append(added[inner])
        return window.channels_back(joined(outputs))

    def _input_grad(self, output_grad: Any) -> Any:
        window = self.window
        shape = window.channels_last(self.input_).shape
        matrix = np.swapaxes(self._matrix(), -1, -2)
        grads = []
        for block in self._blocks(self._with_padding(output_grad)):
            copies = self._copies_grad(block)
            grads.append(from_groups(np.matmul(copies, matrix), self.groups))
        return window.channels_back(np.reshape(joined(grads), shape))

    def _param_grad(self, output_grad: Any) -> Any:
        window = self.window
        images = self._blocks(window.channels_last(self.input_))
        grads = self._blocks(self._with_padding(output_grad))
        products = []
        for block, grad in zip(images, grads, strict=True):
            rows = in_groups(block, window.rank + 1, self.groups)
            copies = self._copies_grad(grad)
            products.append(np.matmul(np.swapaxes(rows, -1, -2), copies))
        *size, channels, filters = self.param.shape
        shape = (self.groups, channels, math.prod(size), filters // self.groups)
        total = np.transpose(np.reshape(sum_of(products), shape), (2, 1, 0, 3))
        return np.reshape(total, self.param.shape)

    def _copies(self, images: Any) -> Any:
        """Multiply elements by the kernel: (rows, *places, *size, filters)."""
        window = self.window
        rows = in_groups(images, window.rank + 1, self.groups)
        size = math.prod(window.size)
        copies = from_groups(np.matmul(rows, self._matrix()), self.groups, size)
        shape = (*images.shape[:-1], *window.size, self.param.shape[-1])
        return np.reshape(copies, shape)

    def _copies_grad(self, output_grad: Any) -> Any:
        """Give the gradient of the copies of the kernel, as a matrix for each group."""
        window = self.window
        places = window.channels_last(self.input_).shape[1:-1]
        stride, dilation = window.stride, window.dilation
        copies = patches(output_grad, window.size, stride, dilation, places)
        return in_groups(copies, window.rank + 1, self.groups)

    def _with_padding(self, output_grad: Any) -> Any:
        """Give the gradient of the outputs before the padding was taken off."""
        window = self.window
        output_grad = window.channels_last(output_grad)
        whole = self._whole(window.channels_last(self.input_).shape)
        begins = [*[before for before, _ in self._widths()], 0]
        parts = zip(whole, begins, output_grad.shape[1:], strict=True)
        widths = [(before, total - before - n) for total, before, n in parts]
        if not any(map(any, widths)):
            return output_grad
        return np.pad(output_grad, ((0, 0), *widths))

    def _blocks(self, values: Any) -> list[Any]:
        """Cut images, or gradients of the outputs, into blocks of rows."""
        places = self.window.channels_last(self.input_).shape[1:-1]
        numbers = math.prod((*places, *self.window.size, self.param.shape[-1]))
        return in_blocks(values, numbers * self.param.dtype.itemsize)

    def _matrix(self) -> Any:
        """Give the kernel as (channels, size × filters), or as that for each group."""
        *size, channels, filters = self.param.shape
        each = filters // self.groups
        places = math.prod(size)
        kernel = np.reshape(self.param, (places, channels, self.groups, each))
        kernel = np.transpose(kernel, (2, 1, 0, 3))
        groups = () if self.groups == 1 else (self.groups,)
        return np.reshape(kernel, (*groups, channels, places * each))

    # -- sizes -------------------------------------------------------------------------
    def _whole(self, shape: Sizes) -> Sizes:
        """Give the outputs' places before the padding is taken off, and the filters."""
        window = self.window
        parts = zip(
            shape[1:-1], window.stride, window.extent, self._added(), strict=True
        )
        places = [(n - 1) * step + span + more for n, step, span, more in parts]
        return (*places, self.param.shape[-1])

    def _added(self) -> Sizes:
        """Count the places that are added to the end of each axis."""
        if self.window.padding != "same":
            return tuple(self.output_padding)
        pairs = zip(self.window.stride, self.window.extent, strict=True)
        return tuple([max(step - span, 0) for step, span in pairs])

    def _widths(self) -> Pairs:
        """Give the padding; ``"same"`` makes the outputs stride times as large."""
        window = self.window
        if not isinstance(window.padding, str):
            return tuple(window.padding)
        pairs = zip(window.stride, window.extent, strict=True)
        more = [max(span - step, 0) for step, span in pairs]
        return tuple([(n // 2, n - n // 2) for n in more])

    def _inner(self, shape: Sizes) -> tuple[slice, ...]:
        """Say what is left when the padding has been taken off."""
        *whole, _ = self._whole(shape)
        inner = [
            slice(before, total - after)
            for total, (before, after) in zip(whole, self._widths(), strict=True)
        ]
        if any(part.start >= part.stop for part in inner):
            raise ShapeError(
                f"{self.describe()}: outputs of {by(tuple(whole))} are nothing but "
                f"the padding {self._widths()} that is taken off them",
                "Make the padding smaller, or the kernel or the images larger.",
            )
        return (slice(None), *inner)


def as_output_padding(value: Any, window: Any, who: str) -> Sizes:
    """Take how much is added to the end of each axis of the outputs.

    Raises
    ------
    ArgumentError
        For as much as the stride and the dilation, or more: there the outputs would
        hold nothing but the bias.
    """
    added = as_sizes(value, window.rank, f"the output_padding of {who}", 0)
    for n, step, spread in zip(added, window.stride, window.dilation, strict=True):
        if n and n >= max(step, spread):
            raise ArgumentError(
                f"the output_padding of {who}, {value!r}, is not below the stride "
                f"{by(window.stride)} or the dilation {by(window.dilation)}"
            )
    if any(added) and window.padding == "same":
        raise ArgumentError(
            f'{who} takes an output_padding or padding="same", not both',
            'With "same" the outputs are stride times as large as the images.',
        )
    return added
