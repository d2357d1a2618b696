"""Sliding windows, convolution and correlation along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from graphnn.graph.dispatch import dispatched, implements
from graphnn.ops.indexing import is_node
from graphnn.ops.shaping import Shaping, as_inputs

Sizes = tuple[int, ...]
Mode = Literal["full", "same", "valid"]


class SlidingWindowView(Shaping):
    """``np.lib.stride_tricks.sliding_window_view``.

    Parameters
    ----------
    window_shape : int or sequence of int
    axis : int, sequence of int, or None
        Along which axes the window slides; None for all of them.
    """

    arity = 1

    def __init__(
        self,
        window_shape: int | Sequence[int],
        axis: int | Sequence[int] | None = None,
    ) -> None:
        self.window_shape = as_tuple(window_shape)
        self.axis = None if axis is None else as_tuple(axis)

    def _output(self) -> Any:
        return sliding_window_view(self.input_, self.window_shape, self.axis)

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        axes = range(len(shape)) if self.axis is None else self.axis
        axes = tuple(axis % len(shape) for axis in axes)
        return overlap_add(output_grad, self.window_shape, axes, shape)


def as_tuple(numbers: int | Sequence[int]) -> Sizes:
    """Take one number as a tuple of one."""
    return tuple(np.ravel(numbers).tolist())


@dispatched(is_node)
def overlap_add(values: Any, window_shape: Sizes, axes: Sizes, shape: Sizes) -> Any:
    """Add windows up where they overlap: the transpose of a sliding window view.

    Parameters
    ----------
    values : ndarray
        Of the view's shape: where the windows are, then the axes of the windows.
    window_shape, axes : tuple of int
        Of the view; `axes` from 0.
    shape : tuple of int
        The shape of the result.

    Examples
    --------
    >>> import numpy as np
    >>> overlap_add(np.ones((3, 2)), (2,), (0,), (4,))
    array([1., 2., 2., 1.])
    """
    out = np.zeros(shape, values.dtype)
    places = values.shape[: len(shape)]
    for offset in np.ndindex(*window_shape):  # an element of the window at a time
        begin = [0] * len(shape)
        for axis, step in zip(axes, offset, strict=True):
            begin[axis] += step
        covered = tuple(
            slice(first, first + count)
            for first, count in zip(begin, places, strict=True)
        )
        out[covered] += values[(Ellipsis, *offset)]
    return out


class OverlapAdd(Shaping):
    """Windows added up where they overlap: the gradient of a sliding window view.

    Parameters
    ----------
    window_shape, axes, shape
        See :func:`overlap_add`.
    """

    arity = 1

    def __init__(self, window_shape: Sizes, axes: Sizes, shape: Sizes) -> None:
        self.window_shape, self.axes, self.new_shape = window_shape, axes, shape

    def _output(self) -> Any:
        return overlap_add(self.input_, self.window_shape, self.axes, self.new_shape)

    def _input_grad(self, output_grad: Any) -> Any:
        return sliding_window_view(output_grad, self.window_shape, self.axes)


class Convolve(Shaping):
    r"""``np.convolve``, of two vectors: :math:`c_k = \sum_n a_n v_{k - n}`.

    Parameters
    ----------
    mode : {"full", "same", "valid"}
        All places where the vectors overlap, as many as the longer vector has, or those
        where they overlap entirely.

    Notes
    -----
    A gradient g of all places gives :math:`\sum_k g_k v_{k - n}` for :math:`a_n`, which
    is a convolution with the reversed vector. It is bilinear, also in complex numbers.
    """

    arity = 2

    def __init__(self, mode: Mode = "full") -> None:
        self.mode = mode

    def _output(self) -> Any:
        a, v = self.input_values
        return np.convolve(a, v, self.mode)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        a, v = self.input_values
        first_of_same = (min(np.size(a), np.size(v)) - 1) // 2
        at_all_places = self._at_all_places(output_grad, first_of_same)
        return self._grads(at_all_places, np.ravel(a), np.ravel(v))

    def _at_all_places(self, output_grad: Any, first_of_same: int) -> Any:
        """Give the gradient of all places, zero for those that the mode leaves out."""
        if self.mode == "full":
            return output_grad
        sizes = [np.size(value) for value in self.input_values]
        first = min(sizes) - 1 if self.mode == "valid" else first_of_same
        rest = sum(sizes) - 1 - first - np.size(output_grad)
        return np.pad(output_grad, (first, rest))

    def _grads(self, at_all_places: Any, a: Any, v: Any) -> tuple[Any, ...]:
        """Convolve the gradient of all places with each of the vectors, reversed."""
        grads = [
            np.convolve(at_all_places, other[::-1], "valid") if needed else None
            for other, needed in zip((v, a), self.needs_input_grad, strict=True)
        ]
        return tuple(
            None if grad is None else np.reshape(grad, np.shape(value))
            for grad, value in zip(grads, self.input_values, strict=True)
        )


class Correlate(Convolve):
    r"""``np.correlate``, of two vectors: :math:`c_k = \sum_n a_{n + k} \bar v_n`.

    Parameters
    ----------
    mode : {"valid", "same", "full"}
        See :class:`Convolve`.

    Notes
    -----
    It is the convolution of a with the conjugate of v, reversed.
    """

    def __init__(self, mode: Mode = "valid") -> None:
        super().__init__(mode)

    def _output(self) -> Any:
        a, v = self.input_values
        return np.correlate(a, v, self.mode)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        a, v = self.input_values
        # NumPy swaps a shorter first vector with the second, and reverses the result
        size, other = np.size(a), np.size(v)
        first_of_same = (other - 1) // 2 if size >= other else size // 2
        at_all_places = self._at_all_places(output_grad, first_of_same)
        turned = conjugate(np.ravel(v))[::-1]
        a_grad, turned_grad = self._grads(at_all_places, np.ravel(a), turned)
        if turned_grad is None:
            return a_grad, None
        v_grad = conjugate(np.ravel(turned_grad))[::-1]
        return a_grad, np.reshape(v_grad, np.shape(v))


def conjugate(value: Any) -> Any:
    """Conjugate what is complex; the rest stays as it is."""
    return np.conj(value) if value.dtype.kind == "c" else value


# -- NumPy's functions -----------------------------------------------------------------
@implements(sliding_window_view)
def sliding_windows(
    x: Any,
    window_shape: int | Sequence[int],
    axis: int | Sequence[int] | None = None,
) -> Any:
    """Make the node for ``np.lib.stride_tricks.sliding_window_view``."""
    return SlidingWindowView(window_shape, axis)(x)


@implements(overlap_add)
def overlap_add_node(
    values: Any, window_shape: Sizes, axes: Sizes, shape: Sizes
) -> Any:
    """Make the node for :func:`overlap_add`."""
    return OverlapAdd(window_shape, axes, shape)(values)


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: Mode = "full") -> Any:
    """Make the node for ``np.convolve``."""
    return Convolve(mode)(*as_inputs([a, v]))


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: Mode = "valid") -> Any:
    """Make the node for ``np.correlate``."""
    return Correlate(mode)(*as_inputs([a, v]))
