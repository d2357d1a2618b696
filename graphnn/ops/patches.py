"""Patches: windows cut out of images, and added up again where they overlap.

Images have their channels last: (rows, *places, *channels), with one axis of places (a
series) or several, and mostly one of channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from graphnn.graph.dispatch import Bound, dispatched, implements
from graphnn.ops.indexing import is_node
from graphnn.ops.layouts import empty_in_order, memory_order
from graphnn.ops.shaping import Shaping

Sizes = tuple[int, ...]


def patches(
    images: Any, size: Sizes, stride: Sizes, dilation: Sizes, counts: Sizes = ()
) -> Any:
    """Cut windows out of images: a view, nothing is copied.

    Parameters
    ----------
    images : ndarray or Node, shape (rows, *places, *channels)
    size, stride, dilation : tuple of int
        One for each axis of places: the elements of a window, the step from one window
        to the next, and the step from one element of a window to the next.
    counts : tuple of int, optional
        How many windows; as many as there is room for.

    Returns
    -------
    ndarray or Node, shape (rows, *counts, *size, *channels)

    Examples
    --------
    >>> import numpy as np
    >>> series = np.arange(5.0).reshape(1, 5, 1)
    >>> patches(series, (2,), (1,), (3,))[0, :, :, 0]
    array([[0., 3.],
           [1., 4.]])
    """
    rank, ndim = len(size), images.ndim
    axes = tuple(range(1, rank + 1))
    channels = tuple(range(rank + 1, ndim))
    view: Any = sliding_window_view(images, extent(size, dilation), axes)
    if counts or max(*stride, *dilation) > 1:
        ends: list[Any] = [None] * rank
        if counts:
            ends = [(n - 1) * step + 1 for n, step in zip(counts, stride, strict=True)]
        places = [slice(None, *part) for part in zip(ends, stride, strict=True)]
        elements = [slice(None, None, step) for step in dilation]
        view = view[(slice(None), *places, *[slice(None)] * len(channels), *elements)]
    return np.transpose(view, (0, *axes, *range(ndim, ndim + rank), *channels))


def extent(size: Sizes, dilation: Sizes) -> Sizes:
    """Count the places from the first to the last element of a window.

    Examples
    --------
    >>> extent((3, 2), (1, 4))
    (3, 5)
    """
    return tuple(
        step * (count - 1) + 1 for count, step in zip(size, dilation, strict=True)
    )


def elements(
    images: Any, size: Sizes, stride: Sizes, dilation: Sizes, counts: Sizes = ()
) -> list[Any]:
    """Take the windows apart: for each element of a window those of all windows.

    Parameters
    ----------
    images : ndarray or Node, shape (rows, *places, *channels)
    size, stride, dilation, counts
        See :func:`patches`.

    Returns
    -------
    list of ndarray or Node, shape (rows, *counts, *channels)
        In the order of the elements, the last axis first.

    Examples
    --------
    >>> import numpy as np
    >>> series = np.arange(5.0).reshape(1, 5, 1)
    >>> [each.ravel() for each in elements(series, (2,), (2,), (1,))]
    [array([0., 2.]), array([1., 3.])]
    """
    spans, places = extent(size, dilation), images.shape[1 : len(size) + 1]
    if not counts:
        parts = zip(places, spans, stride, strict=True)
        counts = tuple([(n - span) // step + 1 for n, span, step in parts])
    found = []
    for place in np.ndindex(*size):
        covered = [
            slice(first * inner, first * inner + (count - 1) * outer + 1, outer)
            for first, inner, outer, count in zip(
                place, dilation, stride, counts, strict=True
            )
        ]
        found.append(images[(slice(None), *covered)])
    return found


def adding(
    values: Any, stride: Sizes, dilation: Sizes, shape: Sizes, out: Any
) -> list[Bound]:
    """List the calls that :func:`add_patches` makes, into an array."""
    rank = len(stride)
    counts, size = values.shape[1 : rank + 1], values.shape[rank + 1 : 2 * rank + 1]
    everywhere = (slice(None),) * (rank + 1)
    places = [values[(*everywhere, *place)] for place in np.ndindex(*size)]
    parts = elements(out, size, stride, dilation, counts)
    zero = np.zeros((), out.dtype)
    calls: list[Bound] = []
    if max(stride) > 1:
        calls.append((np.copyto, (out, zero)))
        copied = 0
    else:  # all but the ends is covered by the first elements of the windows
        for axis, count in enumerate(counts, 1):
            end = out[(*everywhere[:axis], slice(count, None))]
            if end.size:
                calls.append((np.copyto, (end, zero)))
        copied = 1
    calls += [(np.copyto, pair) for pair in zip(parts[:copied], places, strict=False)]
    rest = zip(parts[copied:], places[copied:], strict=True)
    return [*calls, *[(np.add, (part, place, part)) for part, place in rest]]


@dispatched(is_node, calls=adding)
def add_patches(values: Any, stride: Sizes, dilation: Sizes, shape: Sizes) -> Any:
    """Add windows up where they overlap: the transpose of :func:`patches`.

    Parameters
    ----------
    values : ndarray, shape (rows, *counts, *size, *channels)
    stride, dilation : tuple of int
        See :func:`patches`.
    shape : tuple of int
        Of the result, (rows, *places, *channels). Its axes lie in memory in the order
        of those of the values.

    Examples
    --------
    >>> import numpy as np
    >>> windows = np.ones((1, 3, 2, 1))
    >>> add_patches(windows, (1,), (1,), (1, 5, 1))[0, :, 0]
    array([1., 2., 2., 1., 0.])
    """
    rank = len(stride)
    strides = (*values.strides[: rank + 1], *values.strides[2 * rank + 1 :])
    out = empty_in_order(shape, values.dtype, memory_order(strides))
    make(adding(values, stride, dilation, shape, out))
    return out


def make(calls: list[Bound]) -> None:
    """Make calls, one after the other."""
    for function, arguments in calls:
        function(*arguments)


class AddPatches(Shaping):
    """Windows added up where they overlap: the gradient of cutting them out.

    Parameters
    ----------
    stride, dilation, shape
        See :func:`add_patches`.
    """

    arity = 1

    def __init__(self, stride: Sizes, dilation: Sizes, shape: Sizes) -> None:
        self.stride, self.dilation, self.new_shape = stride, dilation, shape

    def _output(self) -> Any:
        return add_patches(self.input_, self.stride, self.dilation, self.new_shape)

    def _input_grad(self, output_grad: Any) -> Any:
        rank, shape = len(self.stride), np.shape(self.input_)
        counts, size = shape[1 : rank + 1], shape[rank + 1 : 2 * rank + 1]
        return patches(output_grad, size, self.stride, self.dilation, counts)


@implements(add_patches)
def add_patches_node(values: Any, stride: Sizes, dilation: Sizes, shape: Sizes) -> Any:
    """Make the node for :func:`add_patches`."""
    return AddPatches(stride, dilation, shape)(values)
