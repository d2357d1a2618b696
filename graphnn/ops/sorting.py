"""Elements put in order: the gradient of each goes back to where it came from."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.elementary import Elementary


class Sorting(Elementary):
    """A function that puts the elements along an axis in an order of its own.

    Which element went where is found by sorting both sides: the k-th smallest of the
    result is the k-th smallest of the input. So the gradient does not hang on how the
    function treats equal elements; they keep their order.
    """

    arity = 1

    def __init__(self, axis: int = -1, **keywords: Any) -> None:
        self.axis = operator.index(axis)
        self.keywords = keywords

    def _output(self) -> Any:
        return self.function(self.input_, axis=self.axis, **self.keywords)

    def _input_grad(self, output_grad: Any) -> Any:
        rank = ranks(self.input_, self.axis)
        return np.take_along_axis(self._by_rank(output_grad), rank, self.axis)

    def _by_rank(self, output_grad: Any) -> Any:
        """Sort the gradients as the elements of the result are to be sorted."""
        order = stable_order(self.output, self.axis)
        return np.take_along_axis(output_grad, order, self.axis)


class Sort(Sorting):
    """``np.sort``."""

    function = staticmethod(np.sort)

    def _by_rank(self, output_grad: Any) -> Any:
        return output_grad


class Partition(Sorting):
    """``np.partition``."""

    function = staticmethod(np.partition)


def stable_order(values: Any, axis: int) -> Any:
    """Give the order that sorts."""
    return np.argsort(values, axis=axis, kind="stable")


def ranks(values: Any, axis: int) -> Any:
    """Give each element its place by size, from 0; equal ones in the order they have.

    Examples
    --------
    >>> ranks(np.array([30.0, 10.0, 20.0, 10.0]), 0)
    array([3, 0, 2, 1])
    """
    return stable_order(stable_order(values, axis), axis)


# -- what NumPy's calls make -----------------------------------------------------------
@implements(np.sort)
def sort(
    a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None
) -> Any:
    """Make the node for ``np.sort``."""
    if axis is None:
        a, axis = np.reshape(a, -1), -1
    keywords = {"kind": kind, "stable": stable}
    given = {key: value for key, value in keywords.items() if value is not None}
    return bind(Sort(axis, **given), (a,))


@implements(np.partition)
def partition(
    a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect"
) -> Any:
    """Make the node for ``np.partition``."""
    if isinstance(kth, Node):
        raise unsupported(
            "np.partition: kth is a node",
            "Pass its value: np.partition(x, kth.output).",
        )
    if axis is None:
        a, axis = np.reshape(a, -1), -1
    return bind(Partition(axis, kth=kth, kind=kind), (a,))
