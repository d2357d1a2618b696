"""How long the hooks of an operation take, measured on a copy that is thrown away."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from time import perf_counter
from typing import Any

from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.graph import Graph
from graphnn.graph.context import changed
from graphnn.graph.isolation import undisturbed

RUNS = 5
"""How often a hook runs, at most; the shortest time counts."""

ENOUGH = 0.05
"""Seconds after which it does not run once more."""


def seconds_of(node: Any) -> float | None:
    """Measure an operation: forward, and backward where its gradient is there.

    Parameters
    ----------
    node : Operation
        Of a graph; with the values that its inputs hold now.

    Returns
    -------
    float or None
        In seconds. None for a leaf, where values are missing, and where a hook raises.

    Notes
    -----
    The hooks run on copies of the operation, of its settings and of all arrays, and the
    global random streams are put back: the graph stays as it is. What a hook does
    outside of its operation, such as printing, it does a few times more.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((200, 200)))
    >>> y = x @ x
    >>> 0 < seconds_of(y) < 1, seconds_of(x)
    (True, None)
    """
    values = values_of(node)
    if values is None:
        return None
    stream = random.getstate()
    try:
        # also what a hook makes nodes with leaves none
        with undisturbed(node), changed(graph=None, scope=(), paused=True):
            return _measured(Copy(node, values))
    except Exception:  # whatever a user's hook does: it has no time then
        return None
    finally:
        random.setstate(stream)


def values_of(node: Any) -> tuple[Any, ...] | None:
    """Give what the inputs of an operation hold; None if one holds nothing."""
    if node.kind != "operation" or node.graph is None:
        return None
    values = tuple(node.input_values) or tuple([each.output for each in node.inputs])
    return None if any(value is None for value in values) else values


class Copy:
    """An operation once more, with all that its hooks read, by itself.

    Parameters
    ----------
    node : Operation
    values : tuple
        Of its inputs; they are copied.
    """

    def __init__(self, node: Any, values: tuple[Any, ...]) -> None:
        graph = Graph()
        graph.training = node.graph.training  # which hooks may ask for
        again = copy.deepcopy(node._recipe())
        again._settings = node._settings
        again._graph, again.id, again.input_ids = graph, node.id, node.input_ids
        again.input_values = copy.deepcopy(values)
        self.operation = again
        self.output_grad = copy.deepcopy(node.graph.output_grad_of(node))
        handed_on = node.graph.input_grads_of(node) or ()
        again.needs_input_grad = tuple([gradient is not None for gradient in handed_on])

    @property
    def has_gradient(self) -> bool:
        """Whether a gradient has reached the operation, and gone on."""
        return self.output_grad is not None and any(self.operation.needs_input_grad)

    def forward(self) -> None:
        """Run ``_output``, which leaves what ``_input_grads`` reads."""
        self.operation._clear_residuals()
        self.operation.output = call_output(self.operation)

    def backward(self) -> None:
        """Run ``_input_grads``."""
        call_input_grads(self.operation, self.output_grad)


def _measured(again: Copy) -> float:
    seconds = _shortest(again.forward)
    return seconds + _shortest(again.backward) if again.has_gradient else seconds


def _shortest(run: Callable[[], None]) -> float:
    found: list[float] = []
    while len(found) < RUNS and sum(found) < ENOUGH:
        start = perf_counter()
        run()
        found.append(perf_counter() - start)
    return min(found)
