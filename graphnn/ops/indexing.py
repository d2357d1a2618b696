"""Taking elements out, and putting gradients back where they came from.

An index may hold nodes (``x[x > 0]``, ``scores[np.arange(n), labels]``): they are
further inputs, without a gradient, so that the graph runs again with other labels.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from graphnn.graph.dispatch import (
    dispatched,
    implements,
    name_of,
    recorder_in,
    unsupported,
)
from graphnn.graph.leaves import Constant
from graphnn.graph.node import Node
from graphnn.ops.elementary import filled, slotted
from graphnn.ops.shaping import Shaping


def is_node(value: Any) -> bool:
    """Tell a node from an array."""
    return isinstance(value, Node)


def holds_node(index: Any) -> bool:
    """Tell whether there is a node in an index."""
    if isinstance(index, tuple | list):
        return any(map(holds_node, index))
    if isinstance(index, slice):
        return any(map(is_node, (index.start, index.stop, index.step)))
    return isinstance(index, Node)


@dispatched(is_node)
def scatter(values: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Add values into zeros at an index: the transpose of ``a[index]``.

    An element that an integer index takes twice gets the sum of both.

    Examples
    --------
    >>> import numpy as np
    >>> scatter(np.array([1.0, 10.0, 100.0]), np.array([0, 0, 2]), (4,))
    array([ 11.,   0., 100.,   0.])
    """
    if holds_node(index):
        return scatter_node(Constant(values), index, shape)
    out = np.zeros(shape, values.dtype)
    if takes_none_twice(index):
        out[index] = values
    else:
        np.add.at(out, index, values)
    return out


def gather(values: Any, index: Any) -> Any:
    """Index an array or a node, also where only the index holds nodes."""
    if holds_node(index) and not isinstance(values, Node):
        values = Constant(values)
    recorder = recorder_in((index,))
    if recorder is not None:
        return recorder.record_call(operator.getitem, (values, index), {})
    return values[index]


def takes_none_twice(index: Any) -> bool:
    """Tell an index that takes no element twice: slices, integers, one mask."""
    masks = 0
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, np.ndarray) and part.dtype.kind == "b" and part.ndim:
            masks += 1
        elif not (
            part is None
            or part is Ellipsis
            or isinstance(part, slice)
            or (isinstance(part, int | np.integer) and not isinstance(part, bool))
        ):
            return False
    return masks < 2


class Indexing(Shaping):
    """What an index with nodes in it needs.

    Parameters
    ----------
    index
        As in ``a[index]``, with a :class:`Slot` for each node, which is an input.
    """

    def __init__(self, index: Any) -> None:
        self.index = index

    def _index(self) -> Any:
        """Give the index with the values of its nodes."""
        nodes = self.input_values[1:]
        return filled(self.index, nodes) if nodes else self.index


class GetItem(Indexing):
    """``a[index]``, with slices, integers, integer arrays and masks.

    Of an operation with several outputs, one of them.
    """

    def _output(self) -> Any:
        return gather(self.input_, self._index())

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        grad: Any = None
        if type(self.input_) is tuple:
            parts: list[Any] = [None] * len(self.input_)
            parts[self.index] = output_grad
            grad = tuple(parts)
        elif self.needs_input_grad[0]:
            grad = scatter(output_grad, self._index(), np.shape(self.input_))
        return grad, *[None] * (len(self.input_values) - 1)


class Scatter(Indexing):
    """Values added into zeros at an index: the gradient of :class:`GetItem`.

    Parameters
    ----------
    index
        See :class:`GetItem`.
    shape : tuple of int
        The shape of the result.
    """

    def __init__(self, index: Any, shape: tuple[int, ...]) -> None:
        super().__init__(index)
        self.new_shape = shape

    def _output(self) -> Any:
        return scatter(self.input_, self._index(), self.new_shape)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        grad = None
        if self.needs_input_grad[0]:
            grad = gather(output_grad, self._index())
        return grad, *[None] * (len(self.input_values) - 1)


@implements(scatter)
def scatter_node(values: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Make the node for :func:`scatter`."""
    nodes: list[Any] = []
    template = slotted(index, nodes)
    return Scatter(template, shape)(values, *nodes)


@implements(operator.getitem)
def getitem(a: Any, index: Any) -> Any:
    """Make the node for ``node[index]``; for several outputs, give one of them."""
    if type(a.output) is tuple:
        if isinstance(index, slice):
            return tuple([a.item(i) for i in range(len(a.output))[index]])
        return a.item(index)
    nodes: list[Any] = []
    if holds_node(index):
        for part in index if isinstance(index, tuple) else (index,):
            if isinstance(part, slice) and holds_node(part):
                raise unsupported(
                    f"a slice of {a.describe()} from or to a node: a value would "
                    "decide a shape",
                    "Slice with a number, a[: int(n.output)], or index with the "
                    "places, a[first + np.arange(5)].",
                )
        index = slotted(index, nodes)
    return GetItem(index)(a, *nodes)


def refuse_nodes(function: Any, *arguments: Any) -> None:
    """Refuse nodes among the arguments that say where elements go."""
    if any(map(holds_node, arguments)):
        raise unsupported(
            f"a place or a count in {name_of(function)} is a node: a value would "
            "decide a shape",
            "Use its value: node.output.",
        )


# -- what changes an array in place ----------------------------------------------------
def refuse_in_place(function: Any, instead: str) -> None:
    """Let a function that changes its first argument say what to do instead."""

    def refuse(*arguments: Any, **settings: Any) -> None:
        raise unsupported(
            f"{name_of(function)} would change an array in place, which the graph "
            "could not undo",
            f"Make a new node: {instead}.",
        )

    implements(function)(refuse)


refuse_in_place(np.put, "np.where(places, values, x)")
refuse_in_place(np.place, "np.where(mask, values, x)")
refuse_in_place(np.putmask, "np.where(mask, values, x)")
refuse_in_place(np.put_along_axis, "np.where(places, values, x)")
refuse_in_place(np.fill_diagonal, "np.where(np.eye(n, dtype=bool), value, x)")
