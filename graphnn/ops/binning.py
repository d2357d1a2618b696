"""Sums by bin and by segment, and the distinct elements of an array."""

from __future__ import annotations

import operator
from typing import Any, ClassVar

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.cumulative import given_dtype, part
from graphnn.ops.discrete import Discrete
from graphnn.ops.elementary import Elementary, Slot
from graphnn.ops.indexing import gather, scatter
from graphnn.ops.reductions import real_dtype


class Bincount(Elementary):
    """``np.bincount(x, weights)``: a weight gets the gradient of the bin it is in.

    Parameters
    ----------
    minlength : int
        The least number of bins.
    """

    arity = 2
    function = staticmethod(np.bincount)

    def __init__(self, minlength: int = 0) -> None:
        self.minlength = operator.index(minlength)

    def _output(self) -> Any:
        x, weights = self.input_values
        return self.function(x, weights, self.minlength)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return None, gather(output_grad, self.input_values[0])

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, ValueError):
            shapes = " and ".join(str(np.shape(value)) for value in self.input_values)
            return f"np.bincount of shapes {shapes}: {error}"
        return None


class AddReduceAt(Elementary):
    """``np.add.reduceat``: sums of segments of an axis.

    Each sum goes from its index up to the next one, or to the end; it is one element
    where the next index is no larger.

    Parameters
    ----------
    indices : sequence of int
        Where the segments begin.
    axis : int
    **keywords
        Further arguments of the function.
    """

    arity = 1
    function = np.add.reduceat

    def __init__(self, indices: Any, axis: int = 0, **keywords: Any) -> None:
        self.indices = np.array(indices, np.intp if np.size(indices) == 0 else None)
        self.axis = operator.index(axis)
        self.keywords = keywords

    def _output(self) -> Any:
        return self.function(self.input_, self.indices, axis=self.axis, **self.keywords)

    def _input_grad(self, output_grad: Any) -> Any:
        x, axis = self.input_, self.axis
        starts = self.indices
        stops = np.append(starts[1:], x.shape[axis])
        counts = np.maximum(stops - starts, 1)
        sums = np.repeat(np.arange(len(starts)), counts)  # of each element added
        skipped = np.repeat(np.cumsum(counts) - counts, counts)
        elements = np.arange(counts.sum()) - skipped + starts[sums]
        before = part(axis, x.ndim, slice(None))[:-1]
        return scatter(output_grad[(*before, sums)], (*before, elements), x.shape)


class Unique(Elementary):
    """``np.unique``: the distinct elements, or parts along an axis, in order.

    Equal elements share the gradient of the one that stands for them evenly. Like a
    tie of a maximum, they are a place without a derivative: the smallest change would
    part them.

    Parameters
    ----------
    axis : int or None
        None takes all elements.
    **settings
        ``return_index``, ``return_inverse``, ``return_counts``, ``equal_nan`` of
        :func:`numpy.unique`.
    """

    arity = 1
    function: ClassVar[Any] = staticmethod(np.unique)

    def __init__(self, axis: int | None = None, **settings: bool) -> None:
        self.axis = None if axis is None else operator.index(axis)
        self.settings = settings

    def _output(self) -> Any:
        return self.function(self.input_, axis=self.axis, **self.settings)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        g, x, axis = output_grad, self.input_, self.axis
        if type(output_grad) is tuple:
            g = output_grad[0]
        equal_nan = self.settings.get("equal_nan", True)
        again = np.unique(x, return_inverse=True, axis=axis, equal_nan=equal_nan)
        place = np.reshape(again[1], -1)
        counts = np.bincount(place, minlength=g.shape[axis or 0])
        counts = counts.astype(real_dtype(g.dtype))
        if axis is None:
            return (np.reshape(gather(g / counts, place), x.shape),)
        each = [1] * x.ndim
        each[axis] = -1
        index = (*part(axis, x.ndim, slice(None))[:-1], place)
        return (gather(g / np.reshape(counts, each), index),)


# -- what NumPy's calls make -----------------------------------------------------------
@implements(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Make the node for ``np.bincount``."""
    if isinstance(minlength, Node):
        raise unsupported(
            "np.bincount: minlength is a node",
            "Pass a number: the length of the result hangs on it.",
        )
    if weights is None:
        return Discrete(np.bincount, (Slot(0), None, minlength), {})(x)
    return bind(Bincount(minlength), (x, weights))


@implements(np.add.reduceat)
def add_reduceat(array: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Make the node for ``np.add.reduceat``."""
    if isinstance(indices, Node):
        raise unsupported(
            "np.add.reduceat: the indices are a node",
            "Pass their value, indices.output: the shape of the result hangs on them.",
        )
    return bind(AddReduceAt(indices, axis, **given_dtype(dtype)), (array,))


@implements(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """Make the nodes for ``np.unique``: the elements, and what else is asked for."""
    flags = {
        "return_index": return_index,
        "return_inverse": return_inverse,
        "return_counts": return_counts,
    }
    settings = {name: True for name, given in flags.items() if given}
    several = bool(settings)
    if several:
        ar._need_value("np.unique")
    if not equal_nan:
        settings["equal_nan"] = False
    node = bind(Unique(axis, **settings), (ar,))
    return tuple(node) if several else node
