"""How a graph stands: taken down, and put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.graph.binding import BINDING

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

IDENTITY = BINDING - {"input_values", "output", "needs_input_grad"}
"""The attributes of an operation that no pass changes."""


def pass_state(node: Any) -> dict[str, Any]:
    """Give what a pass leaves on an operation: value, inputs, residuals, settings.

    An operation may set one of its settings in a hook, so they are taken along.
    """
    return {name: v for name, v in vars(node).items() if name not in IDENTITY}


def put_state(node: Any, state: dict[str, Any]) -> None:
    """Let an operation stand as it did when its state was taken down."""
    attributes = vars(node)
    attributes.update(state)  # first: an interrupt here must not lose a setting
    for name in [n for n in attributes if n not in state and n not in IDENTITY]:
        del attributes[name]


def put_leaf(leaf: Any, value: Any) -> Any:
    """Let a leaf have a value; give it as the walk shall see it.

    A parameter's array belongs to the user: the value is written into it.
    """
    if leaf.kind == "parameter":
        np.copyto(leaf.value, value)
        return leaf.value
    if leaf.kind == "state":
        leaf._value = value
    leaf.output = value
    return value


class Snapshot:
    """All that a pass over a graph may change.

    Attributes
    ----------
    parameters : dict of int to ndarray
        By id, a copy of each parameter's array.
    """

    def __init__(self, graph: Graph, fed: Iterable[Any] = ()) -> None:
        self.graph, self.training = graph, graph.training
        self.gradients = graph._output_grads, graph._input_grads
        self.operations: list[tuple[Any, dict[str, Any]]] = []
        self.leaves: list[tuple[Any, Any, Any]] = []
        self.parameters: dict[int, np.ndarray] = {}
        self._grads: list[tuple[Any, Any]] = []
        for node in [*graph.nodes, *fed]:
            if node.kind == "operation":
                self.operations.append((node, pass_state(node)))
            elif node.kind == "parameter":
                self.parameters[node.id] = node.value.copy()
                self._grads.append((node, node.grad))
            else:
                self.leaves.append((node, node.value, node.output))

    def restore(self) -> None:
        """Let the graph stand as it did."""
        graph = self.graph
        graph.training = self.training
        for node, state in self.operations:
            put_state(node, state)
        for leaf, value, output in self.leaves:
            if leaf.kind == "state":
                leaf._value = value
            leaf.output = output
        for parameter, grad in self._grads:
            if not is_same(parameter.value, self.parameters[parameter.id]):
                np.copyto(parameter.value, self.parameters[parameter.id])
            parameter.grad = grad
        graph._output_grads, graph._input_grads = self.gradients

    @contextmanager
    def restored_if_it_fails(self) -> Iterator[None]:
        """Restore the graph if an exception leaves the block."""
        try:
            yield
        except BaseException:
            self.restore()
            raise


def is_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether two arrays of one shape and dtype hold the same numbers.

    Examples
    --------
    >>> is_same(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    True
    """
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))
