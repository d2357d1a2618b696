"""Taking elements out, and putting gradients back where they came from."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from graphnn.graph.dispatch import dispatched, implements, unsupported
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation


def is_node(value: Any) -> bool:
    """Tell a node from an array."""
    return isinstance(value, Node)


@dispatched(is_node)
def scatter(values: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Add values into zeros at an index: the transpose of ``a[index]``.

    An element that an integer index takes twice gets the sum of both.
    """
    out = np.zeros(shape, values.dtype)
    if is_basic(index):
        out[index] = values
    else:
        np.add.at(out, index, values)
    return out


def is_basic(index: Any) -> bool:
    """Tell an index that takes no element twice: ints, slices, ``...``, ``None``."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice)
        or (isinstance(part, int | np.integer) and not isinstance(part, bool))
        for part in parts
    )


class GetItem(Operation):
    """``a[index]``, with slices, integers, integer arrays and masks."""

    arity = 1

    def __init__(self, index: Any) -> None:
        self.index = index

    def _output(self) -> Any:
        return self.input_[self.index]

    def _input_grad(self, output_grad: Any) -> Any:
        return scatter(output_grad, self.index, self.input_.shape)


class Scatter(Operation):
    """Values added into zeros at an index."""

    arity = 1

    def __init__(self, index: Any, shape: tuple[int, ...]) -> None:
        self.index = index
        self.new_shape = shape

    def _output(self) -> Any:
        return scatter(self.input_, self.index, self.new_shape)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad[self.index]


@implements(scatter)
def scatter_node(values: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Make the node for :func:`scatter`."""
    return Scatter(index, shape)(values)


@implements(operator.getitem)
def getitem(a: Any, index: Any) -> Any:
    """Make the node for ``node[index]``; for several outputs, give one of them."""
    if type(a.output) is tuple:
        if isinstance(index, slice):
            return tuple([a.item(i) for i in range(len(a.output))[index]])
        return a.item(index)
    if a.output is None:
        a._need_value("an item")
    parts = index if isinstance(index, tuple) else (index,)
    if any(isinstance(part, Node) for part in parts):
        raise unsupported(
            f"an index of {a.describe()} is a node",
            "Index with its value: a[node.output].",
        )
    return GetItem(index)(a)
