"""Pooling: the largest number of every window, or the mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph.operation import Operation
from graphnn.ops.arguments import as_flag
from graphnn.ops.layouts import laid_out_like
from graphnn.ops.patches import elements
from graphnn.ops.spatial import Window, check_axes
from graphnn.ops.spatial_settings import as_sizes, is_channels_first, make_window
from graphnn.ops.window_functions import given_to, over_windows, shared_by


def pooling_window(
    rank: int,
    who: str,
    pool_size: Any,
    stride: Any,
    padding: Any,
    data_format: Any,
) -> Window:
    """Check the settings of a pooling window.

    Raises
    ------
    ArgumentError
        Also for padding of more than half the window, as PyTorch does: a window must
        not lie in the padding entirely.
    """
    made = make_window(
        rank,
        who,
        size=pool_size,
        stride=pool_size if stride is None else stride,
        padding=padding,
        data_format=data_format,
        what="pool_size",
    )
    if not isinstance(made.padding, str):
        for widths, size in zip(made.padding, made.size, strict=True):
            if 2 * max(widths) > size:
                raise ArgumentError(
                    f"{who}: padding {padding!r} is more than half the pool_size "
                    f"{pool_size!r}",
                    "A window must not lie in the padding entirely.",
                )
    return made


class Pooling(Operation):
    """An operation on every window of images.

    Parameters
    ----------
    pool_size : int or sequence of int
    stride : int, sequence of int, or None
        None for the pool_size: windows side by side.
    padding, data_format
        See :class:`graphnn.MaxPool2D`.
    rank : int
        The number of axes of places: 1 for series, 2 for images.
    """

    arity = 1

    def __init__(
        self,
        pool_size: Any,
        stride: Any = None,
        padding: Any = "valid",
        data_format: str = "NHWC",
        rank: int = 2,
    ) -> None:
        who = type(self).__name__
        self.window = pooling_window(rank, who, pool_size, stride, padding, data_format)

    def _padded(self, value: Any) -> Any:
        """Give the images, channels last, with their padding."""
        window = self.window
        window.check_axes(np.shape(self.input_), self.describe())
        images = window.channels_last(self.input_)
        window.check_room(images.shape, self.describe(), "pool")
        return window.padded(images, value)

    def _over_windows(self, padded: Any, function: np.ufunc) -> Any:
        """Reduce every window to one number."""
        return over_windows(padded, function, self.window.size, self.window.stride)

    def _images_grad(self, values: Any, masks: Any) -> Any:
        """Give each value to those elements of its window that a mask chooses."""
        window = self.window
        shape = window.channels_last(self.input_).shape
        padded = window.padded_shape(shape)
        grad = given_to(values, masks, window.size, window.stride, padded)
        return window.channels_back(window.cropped(grad, shape))


class MaxPool(Pooling):
    """The largest number of every window; NaN in a window of which one is NaN.

    Parameters
    ----------
    pool_size, stride, padding, data_format, rank
        See :class:`Pooling`. The padding is -inf, never the largest.

    Notes
    -----
    Of several largest numbers in a window the first gets the gradient, in the order of
    its rows, as in PyTorch and JAX (``np.max`` shares it out evenly, and so does this
    operation where it is taken apart).

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn.ops.pooling import MaxPool
    >>> pool = MaxPool(2, rank=1)
    >>> pool.forward(np.array([1.0, 3.0, 2.0, 2.0]).reshape(1, 4, 1)).ravel()
    array([3., 2.])
    >>> pool.backward(np.array([1.0, 10.0]).reshape(1, 2, 1)).ravel()
    array([ 0.,  1., 10.,  0.])
    """

    def _output(self) -> Any:
        if self.input_.dtype.kind == "c":
            raise ArgumentError(
                f"{self.describe()}: of complex numbers none is the largest",
                "Pool np.abs(x), or np.real(x) and np.imag(x).",
            )
        padded = self._padded(smallest(self.input_.dtype))
        return self.window.channels_back(self._over_windows(padded, np.maximum))

    def _input_grad(self, output_grad: Any) -> Any:
        window = self.window
        padded = self._padded(smallest(self.input_.dtype))
        largest = window.channels_last(self.output)
        if largest.dtype.kind == "f":
            largest = np.fmin(largest, np.inf)  # below which a NaN is not: it is found
        *parts, _ = elements(padded, window.size, window.stride, window.dilation)
        firsts: list[Any] = []
        free: Any = None  # where none has been found so far
        for part in parts:
            below = part < largest
            firsts.append(~below if free is None else free > below)
            free = below if free is None else free & below
        # if it is none of the others, it is the last
        firsts.append(largest == largest if free is None else free)
        given = laid_out_like(window.channels_last(output_grad), largest)
        return self._images_grad(given, firsts)


class AveragePool(Pooling):
    """The mean of every window.

    Parameters
    ----------
    pool_size, stride, padding, data_format, rank
        See :class:`Pooling`.
    count_include_pad : bool
        Whether the padding, which is 0, counts when the mean is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn.ops.pooling import AveragePool
    >>> series = np.array([1.0, 3.0, 2.0, 2.0]).reshape(1, 4, 1)
    >>> AveragePool(2, rank=1).forward(series).ravel()
    array([2., 2.])
    >>> alone = AveragePool(2, padding=1, rank=1, count_include_pad=False)
    >>> alone.forward(series).ravel()
    array([1. , 2.5, 2. ])
    """

    def __init__(
        self,
        pool_size: Any,
        stride: Any = None,
        padding: Any = "valid",
        data_format: str = "NHWC",
        rank: int = 2,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(pool_size, stride, padding, data_format, rank)
        self.count_include_pad = as_flag(count_include_pad, "count_include_pad")

    def _output(self) -> Any:
        totals = self._over_windows(self._padded(0), np.add)
        return self.window.channels_back(totals / self._counts())

    def _input_grad(self, output_grad: Any) -> Any:
        window = self.window
        each = window.channels_last(output_grad) / self._counts()
        images = window.channels_last(self.input_).shape
        padded = window.padded_shape(images)
        grad = shared_by(each, window.size, window.stride, padded)
        return window.channels_back(window.cropped(grad, images))

    def _counts(self) -> Any:
        """Count what the mean of each window is of: a number, or one for each place."""
        window = self.window
        shape = window.channels_last(self.input_).shape
        widths = window.widths(shape[1:-1])
        if self.count_include_pad or not any(map(any, widths)):
            return math.prod(window.size)
        inside = window.padded(np.ones((1, *shape[1:-1], 1), self._mean_dtype()))
        return self._over_windows(inside, np.add)

    def _mean_dtype(self) -> Any:
        """Give the dtype of means."""
        dtype = self.input_.dtype
        return dtype if dtype.kind in "fc" else np.dtype(np.float64)


class GlobalPooling(Operation):
    """One number for each channel of every image.

    Parameters
    ----------
    data_format : str
        See :class:`graphnn.GlobalAveragePool2D`.
    rank : int
        The number of axes of places: 1 for series, 2 for images.
    """

    arity = 1

    def __init__(self, data_format: str = "NHWC", rank: int = 2) -> None:
        who = type(self).__name__
        (self.rank,) = as_sizes(rank, 1, f"the rank of {who}")
        self.channels_first = is_channels_first(data_format, self.rank, who)

    def _places(self) -> tuple[int, ...]:
        """Give the axes that are pooled."""
        shape = np.shape(self.input_)
        check_axes(shape, self.rank, self.channels_first, self.describe())
        first = 2 if self.channels_first else 1
        return tuple(range(first, first + self.rank))


class GlobalAveragePool(GlobalPooling):
    """The mean of each channel: (rows, channels) is left.

    M. Lin, Q. Chen, S. Yan, "Network in network", ICLR 2014, §3.2.

    Parameters
    ----------
    data_format, rank
        See :class:`GlobalPooling`.
    """

    def _output(self) -> Any:
        return np.mean(self.input_, axis=self._places())

    def _input_grad(self, output_grad: Any) -> Any:
        shape, places = self.input_.shape, self._places()
        count = math.prod([shape[axis] for axis in places])
        return np.broadcast_to(np.expand_dims(output_grad / count, places), shape)


class GlobalMaxPool(GlobalPooling):
    """The largest number of each channel: (rows, channels) is left.

    Several largest numbers share the gradient evenly, as with ``np.max``.

    Parameters
    ----------
    data_format, rank
        See :class:`GlobalPooling`.
    """

    def _output(self) -> Any:
        return np.max(self.input_, axis=self._places())

    def _input_grad(self, output_grad: Any) -> Any:
        places = self._places()
        largest = np.expand_dims(self.output, places)
        found = (self.input_ == largest) | (self.input_ != self.input_)  # or NaN
        count = np.sum(found, places, output_grad.dtype, keepdims=True)
        return np.where(found, np.expand_dims(output_grad, places) / count, 0)


def smallest(dtype: Any) -> Any:
    """Give what no number of a dtype is below: the padding of a largest number."""
    if dtype.kind == "f":
        return -np.inf
    return False if dtype.kind == "b" else int(np.iinfo(dtype).min)
