"""What pooling does with windows, an element of all windows at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from graphnn.graph.dispatch import Bound, dispatched, implements
from graphnn.ops.indexing import holds_node, is_node
from graphnn.ops.layouts import empty_in_order, memory_order
from graphnn.ops.patches import Sizes, add_patches, elements, make, patches
from graphnn.ops.shaping import Shaping


def reducing(
    images: Any, function: np.ufunc, size: Sizes, stride: Sizes, out: Any
) -> list[Bound]:
    """List the calls that :func:`over_windows` makes, into an array."""
    parts = elements(images, size, stride, (1,) * len(size))
    first, *others = parts
    if not others:
        return [(np.copyto, (out, first))]
    calls: list[Bound] = []
    for other in others:
        calls.append((partial(function, out=out), (first, other)))
        first = out
    return calls


@dispatched(is_node, calls=reducing)
def over_windows(images: Any, function: np.ufunc, size: Sizes, stride: Sizes) -> Any:
    """Reduce every window to one number.

    Parameters
    ----------
    images : ndarray or Node, shape (rows, *places, channels)
    function : ufunc
        ``np.add`` or ``np.maximum``.
    size, stride
        See :func:`~graphnn.ops.patches.patches`.

    Returns
    -------
    ndarray or Node, shape (rows, *counts, channels)
        Its axes lie in memory in the order of those of the images.

    Examples
    --------
    >>> import numpy as np
    >>> series = np.arange(5.0).reshape(1, 5, 1)
    >>> over_windows(series, np.add, (3,), (1,)).ravel()
    array([3., 6., 9.])
    """
    places = zip(images.shape[1 : len(size) + 1], size, stride, strict=True)
    counts = [(n - span) // step + 1 for n, span, step in places]
    shape = (images.shape[0], *counts, images.shape[-1])
    dtype = function.reduce(np.empty(1, images.dtype)).dtype
    out = empty_in_order(shape, dtype, memory_order(images.strides))
    make(reducing(images, function, size, stride, out))
    return out


class WindowSums(Shaping):
    """The sum of every window, see :func:`over_windows`.

    Parameters
    ----------
    size, stride
        See :func:`~graphnn.ops.patches.patches`.
    """

    arity = 1

    def __init__(self, size: Sizes, stride: Sizes) -> None:
        self.window_size, self.stride = size, stride

    def _output(self) -> Any:
        return over_windows(self.input_, np.add, self.window_size, self.stride)

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        return shared_by(output_grad, self.window_size, self.stride, shape)


def shared_by(values: Any, size: Sizes, stride: Sizes, shape: Sizes) -> Any:
    """Give the number of each window to all of its elements, and add what overlaps.

    Parameters
    ----------
    values : ndarray or Node, shape (rows, *counts, channels)
    size, stride
        See :func:`~graphnn.ops.patches.patches`.
    shape : tuple of int
        Of the images.
    """
    rank = len(size)
    axes = tuple(range(rank + 1, 2 * rank + 1))
    whole = (*values.shape[:-1], *size, values.shape[-1])
    windows = np.broadcast_to(np.expand_dims(values, axes), whole)
    return add_patches(windows, stride, (1,) * rank, shape)


@implements(over_windows)
def over_windows_node(
    images: Any, function: np.ufunc, size: Sizes, stride: Sizes
) -> Any:
    """Make the nodes for :func:`over_windows`."""
    if function is np.add:
        return WindowSums(size, stride)(images)
    rank = len(size)
    windows = patches(images, size, stride, (1,) * rank)
    return np.max(windows, axis=tuple(range(rank + 1, 2 * rank + 1)))


def giving_work(
    values: Any, masks: Any, size: Sizes, stride: Sizes, shape: Sizes
) -> np.ndarray:
    """Make an array for what one element of the windows is given."""
    return empty_in_order(values.shape, values.dtype, memory_order(masks[0].strides))


def giving(
    values: Any,
    masks: Any,
    size: Sizes,
    stride: Sizes,
    shape: Sizes,
    out: Any,
    work: Any,
) -> list[Bound]:
    """List the calls that :func:`given_to` makes, into an array."""
    rank = len(size)
    parts = elements(out, size, stride, (1,) * rank, values.shape[1 : rank + 1])
    overlap = any(span > step for span, step in zip(size, stride, strict=True))
    calls: list[Bound] = []
    if overlap or len(parts) * values.size < out.size:
        calls.append((np.copyto, (out, np.zeros((), out.dtype))))
    if not overlap:
        pairs = zip(masks, parts, strict=True)
        return [*calls, *[(np.multiply, (values, mask, part)) for mask, part in pairs]]
    for mask, part in zip(masks, parts, strict=True):
        calls.append((np.multiply, (values, mask, work)))
        calls.append((np.add, (part, work, part)))
    return calls


@dispatched(holds_node, operands=2, calls=giving, work=giving_work)
def given_to(values: Any, masks: Any, size: Sizes, stride: Sizes, shape: Sizes) -> Any:
    """Give a number to those elements of its window that a mask chooses.

    Parameters
    ----------
    values : ndarray, shape (rows, *counts, channels)
        One for each window.
    masks : sequence of ndarray of bool
        One for each element of a window, of the shape of the values.
    size, stride
        See :func:`~graphnn.ops.patches.patches`.
    shape : tuple of int
        Of the images, (rows, *places, channels). Where windows overlap an element gets
        the sum of what it is given.

    Examples
    --------
    >>> import numpy as np
    >>> values, yes = np.array([1.0, 2.0]).reshape(1, 2, 1), np.ones((1, 2, 1), bool)
    >>> given_to(values, [~yes, yes], (2,), (2,), (1, 5, 1)).ravel()
    array([0., 1., 0., 2., 0.])
    """
    out = empty_in_order(shape, values.dtype, memory_order(masks[0].strides))
    work = giving_work(values, masks, size, stride, shape)
    make(giving(values, masks, size, stride, shape, out, work))
    return out


class GivenTo(Shaping):
    """Numbers given to elements of their windows, see :func:`given_to`.

    Parameters
    ----------
    size, stride, shape
        See :func:`given_to`.
    """

    def __init__(self, size: Sizes, stride: Sizes, shape: Sizes) -> None:
        self.window_size, self.stride, self.new_shape = size, stride, shape

    def _output(self) -> Any:
        values, *masks = self.input_values
        return given_to(values, masks, self.window_size, self.stride, self.new_shape)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        values, *masks = self.input_values
        size = self.window_size
        ones, counts = (1,) * len(size), values.shape[1 : len(size) + 1]
        parts = elements(output_grad, size, self.stride, ones, counts)
        each = [part * mask for part, mask in zip(parts, masks, strict=True)]
        total = each[0]
        for other in each[1:]:
            total = total + other
        return (total, *[None] * len(masks))


@implements(given_to)
def given_to_node(
    values: Any, masks: Any, size: Sizes, stride: Sizes, shape: Sizes
) -> Any:
    """Make the node for :func:`given_to`."""
    return GivenTo(size, stride, shape)(values, *masks)
