"""Transposed convolution: a kernel put down wherever the images say, and added up."""

from __future__ import annotations

from typing import Any

from graphnn.errors import ArgumentError, ShapeError
from graphnn.ops.bands import Widths
from graphnn.ops.kernels import Inner, KernelOperation
from graphnn.ops.patches import Sizes
from graphnn.ops.spatial import by
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
        images = self._images()
        inner = self._inner(images.shape)
        images = self._plane(images)
        whole = self._whole(images.shape[1:-1])
        return self._back(self._spread(images, "c", "o", whole, inner))

    def _input_grad(self, output_grad: Any) -> Any:
        window = self.window
        grad = self._plane(window.channels_last(output_grad))
        places = self._plane(window.channels_last(self.input_)).shape[1:-1]
        widths = self._widths_of(grad.shape[1:-1], places)
        return self._back(self._correlated(grad, "o", "c", widths, places))

    def _param_grad(self, output_grad: Any) -> Any:
        window = self.window
        grad = self._plane(window.channels_last(output_grad))
        images = self._plane(window.channels_last(self.input_))
        widths = self._widths_of(grad.shape[1:-1], images.shape[1:-1])
        return self._product_of(grad, "o", "c", widths, images)

    # -- sizes, in the plane -----------------------------------------------------------
    def _reach(self) -> Sizes:
        """Count the places that an element reaches beyond its own."""
        return tuple([span - 1 for span in self._pair(self.window.extent)])

    def _whole(self, places: Sizes) -> Sizes:
        """Give the size of the outputs before the padding is taken off."""
        parts = zip(
            places,
            self._pair(self.window.stride),
            self._reach(),
            self._added(),
            strict=True,
        )
        return tuple([(n - 1) * step + 1 + more + end for n, step, more, end in parts])

    def _widths_of(self, outputs: Sizes, places: Sizes) -> Widths:
        """Give what is to be added to outputs, to have a window for each place."""
        stride = self._pair(self.window.stride)
        parts = zip(outputs, places, stride, self._reach(), self._widths(), strict=True)
        return tuple(
            [
                (before, (n - 1) * step + 1 + more - before - count)
                for count, n, step, more, (before, _) in parts
            ]
        )

    def _added(self) -> Sizes:
        """Count the places that are added to the end of each axis."""
        if self.window.padding != "same":
            added: Sizes = self._pair(self.output_padding, 0)
            return added
        parts = zip(self._pair(self.window.stride), self._reach(), strict=True)
        return tuple([max(step - 1 - more, 0) for step, more in parts])

    def _widths(self) -> Widths:
        """Give the padding; ``"same"`` makes the outputs stride times as large."""
        padding = self.window.padding
        if not isinstance(padding, str):
            widths: Widths = self._pair(padding, (0, 0))
            return widths
        parts = zip(self._pair(self.window.stride), self._reach(), strict=True)
        taken = [max(more + 1 - step, 0) for step, more in parts]
        return tuple([(n // 2, n - n // 2) for n in taken])

    def _inner(self, shape: Sizes) -> Inner:
        """Say what is left when the padding has been taken off."""
        whole = self._whole(self._pair(shape[1:-1]))
        top, left = [
            slice(before, total - after)
            for total, (before, after) in zip(whole, self._widths(), strict=True)
        ]
        if any(part.start >= part.stop for part in (top, left)):
            rank = self.window.rank
            raise ShapeError(
                f"{self.describe()}: outputs of {by(whole[-rank:])} are nothing but "
                f"the padding {self._widths()[-rank:]} that is taken off them",
                "Make the padding smaller, or the kernel or the images larger.",
            )
        return top, left


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
