"""Pooling layers: one number for each window, or for each image."""

from __future__ import annotations

from typing import Any, ClassVar

from graphnn.errors import MissingHook
from graphnn.graph import Operation
from graphnn.nn.layer import Layer
from graphnn.ops.arguments import as_flag
from graphnn.ops.pooling import (
    AveragePool,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool,
    pooling_window,
)
from graphnn.ops.spatial_settings import is_channels_first


class PoolingLayer(Layer):
    """A layer that is one pooling operation."""

    rank: ClassVar[int]
    """The number of axes of places: 1 for series, 2 for images."""

    def _setup_layer(self, input_: Any) -> None:
        self.operations = [self._operation()]

    def _operation(self) -> Operation:
        """Make the operation."""
        raise MissingHook(f"{type(self).__name__} does not define _operation")


class WindowPooling(PoolingLayer):
    """A layer that pools every window; see :class:`MaxPool2D`."""

    def __init__(
        self,
        pool_size: Any = 2,
        stride: Any = None,
        padding: Any = "valid",
        data_format: str = "NHWC",
    ) -> None:
        self.window = pooling_window(
            self.rank, type(self).__name__, pool_size, stride, padding, data_format
        )

    def _operation_settings(self) -> dict[str, Any]:
        window = self.window
        return {
            "pool_size": window.size,
            "stride": window.stride,
            "padding": window.padding,
            "data_format": "NCHW" if window.channels_first else "NHWC",
            "rank": window.rank,
        }


class MaxPoolLayer(WindowPooling):
    """A layer that keeps the largest number of every window."""

    def _operation(self) -> Operation:
        return MaxPool(**self._operation_settings())


class AveragePoolLayer(WindowPooling):
    """A layer that keeps the mean of every window."""

    def __init__(
        self,
        pool_size: Any = 2,
        stride: Any = None,
        padding: Any = "valid",
        count_include_pad: bool = True,
        data_format: str = "NHWC",
    ) -> None:
        super().__init__(pool_size, stride, padding, data_format)
        self.count_include_pad = as_flag(count_include_pad, "count_include_pad")

    def _operation(self) -> Operation:
        settings = self._operation_settings()
        return AveragePool(**settings, count_include_pad=self.count_include_pad)


class GlobalPoolingLayer(PoolingLayer):
    """A layer that leaves one number for each channel of an image."""

    kind: ClassVar[type[GlobalAveragePool | GlobalMaxPool]]

    def __init__(self, data_format: str = "NHWC") -> None:
        who = type(self).__name__
        self.channels_first = is_channels_first(data_format, self.rank, who)

    def _operation(self) -> Operation:
        return self.kind("NCHW" if self.channels_first else "NHWC", self.rank)


class MaxPool2D(MaxPoolLayer):
    """Keep the largest number of every window of images.

    Parameters
    ----------
    pool_size : int or pair of int
        Rows and columns of the window.
    stride : int, pair of int, or None
        The step from one window to the next; None for the pool_size: windows side by
        side. Rows and columns that are left over at the ends are not looked at.
    padding : str, int, pair of int, or pair of pairs
        As for :class:`Conv2D`, at most half the pool_size. It is never the largest.
    data_format : {"NHWC", "NCHW"}
        See :class:`Conv2D`.

    Raises
    ------
    ArgumentError
        For settings that cannot be.
    ShapeError
        For a batch that is not one of images, or of images smaller than the window.

    Notes
    -----
    Of several largest numbers in a window the first gets the gradient, as in PyTorch
    and JAX, in the order of the rows of the window.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> image = np.array([[1.0, 2.0, 0.0, 0.0], [3.0, 4.0, 0.0, 9.0]])
    >>> gn.MaxPool2D(2).forward(image[None, :, :, None]).ravel()
    array([4., 9.])
    """

    rank = 2


class MaxPool1D(MaxPoolLayer):
    """Keep the largest number of every window of series, (rows, steps, channels).

    Parameters
    ----------
    pool_size : int
        The length of the window.
    stride : int or None
        The step from one window to the next; None for the pool_size.
    padding : str, int, or pair of int
        ``"valid"``, ``"same"``, a number for both ends, or (before, after); at most
        half the pool_size.
    data_format : {"NWC", "NCW"}
        See :class:`Conv1D`.

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`MaxPool2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> series = np.array([1.0, 3.0, 2.0, 0.0, 5.0]).reshape(1, 5, 1)
    >>> gn.MaxPool1D(3, stride=2).forward(series).ravel()
    array([3., 5.])
    """

    rank = 1


class AveragePool2D(AveragePoolLayer):
    """Keep the mean of every window of images.

    Parameters
    ----------
    pool_size, stride, padding, data_format
        See :class:`MaxPool2D`.
    count_include_pad : bool
        Whether the padding, which is 0, counts in the mean, as by default in PyTorch,
        whatever the padding. False leaves it out, as Keras does with ``"same"``.

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`MaxPool2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> image = np.array([[1.0, 2.0, 0.0, 0.0], [3.0, 4.0, 0.0, 9.0]])
    >>> gn.AveragePool2D(2).forward(image[None, :, :, None]).ravel()
    array([2.5 , 2.25])
    """

    rank = 2


class AveragePool1D(AveragePoolLayer):
    """Keep the mean of every window of series, (rows, steps, channels).

    Parameters
    ----------
    pool_size, stride, padding, data_format
        See :class:`MaxPool1D`.
    count_include_pad : bool
        See :class:`AveragePool2D`.

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`MaxPool2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> series = np.array([1.0, 3.0, 2.0, 0.0, 5.0]).reshape(1, 5, 1)
    >>> gn.AveragePool1D(3, stride=2).forward(series).ravel().round(3)
    array([2.   , 2.333])
    """

    rank = 1


class GlobalAveragePool2D(GlobalPoolingLayer):
    """Keep the mean of each channel of every image: (rows, channels).

    M. Lin, Q. Chen, S. Yan, "Network in network", ICLR 2014, §3.2.

    Parameters
    ----------
    data_format : {"NHWC", "NCHW"}
        See :class:`Conv2D`.

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`MaxPool2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> images = np.arange(12.0).reshape(2, 3, 1, 2)
    >>> gn.GlobalAveragePool2D().forward(images)
    array([[2., 3.],
           [8., 9.]])
    """

    rank = 2
    kind = GlobalAveragePool


class GlobalAveragePool1D(GlobalPoolingLayer):
    """Keep the mean of each channel of every series: (rows, channels).

    Parameters
    ----------
    data_format : {"NWC", "NCW"}
        See :class:`Conv1D`.

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`MaxPool2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.GlobalAveragePool1D().forward(np.arange(6.0).reshape(1, 3, 2))
    array([[2., 3.]])
    """

    rank = 1
    kind = GlobalAveragePool


class GlobalMaxPool2D(GlobalPoolingLayer):
    """Keep the largest number of each channel of every image: (rows, channels).

    Several largest numbers share the gradient evenly, as with ``np.max``.

    Parameters
    ----------
    data_format : {"NHWC", "NCHW"}
        See :class:`Conv2D`.

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`MaxPool2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.GlobalMaxPool2D().forward(np.arange(12.0).reshape(2, 3, 1, 2))
    array([[ 4.,  5.],
           [10., 11.]])
    """

    rank = 2
    kind = GlobalMaxPool


class GlobalMaxPool1D(GlobalPoolingLayer):
    """Keep the largest number of each channel of every series: (rows, channels).

    Parameters
    ----------
    data_format : {"NWC", "NCW"}
        See :class:`Conv1D`.

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`MaxPool2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.GlobalMaxPool1D().forward(np.arange(6.0).reshape(1, 3, 2))
    array([[4., 5.]])
    """

    rank = 1
    kind = GlobalMaxPool
