"""One operation by itself, at the values at hand: a copy in a graph of its own."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from graphnn.errors import NotRunError
from graphnn.graph.binding import bind
from graphnn.graph.gradients import is_differentiable, output_gradient
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Constant, Input, Parameter, State
from graphnn.graph.tracing import own_name, tracing
from graphnn.testing.purity import copied
from graphnn.testing.twins import WIDER, widen


def values_at_hand(node: Any) -> tuple[Any, ...]:
    """Give what the inputs hold: in the node's pass or, ahead of it, now.

    Raises
    ------
    NotRunError
        If one has no value yet.
    """
    if node.output is not None and node.input_values:
        return tuple(node.input_values)
    values = [source.output for source in node.inputs]
    for source, value in zip(node.inputs, values, strict=True):
        if value is None:
            raise NotRunError(
                f"{node.describe()} cannot run yet: {source.name} has no value",
                "Run graph.forward(...) first, or step so far.",
            )
    return tuple(values)


def alone(node: Any, values: tuple[Any, ...], *, wide: bool) -> Any:
    """Bind a copy of an operation to leaves of its own, which hold the values.

    Parameters
    ----------
    node : Operation
        Neither it nor what it holds is shared with the copy.
    values : tuple
        One for each input.
    wide : bool
        Cast numbers of less than double precision up.

    Returns
    -------
    Operation
    """
    memo: dict[int, Any] = {}
    if wide:
        widen(node.inputs, memo)
    recipe = copy.deepcopy(node._recipe(), memo)
    recipe._name = own_name(node, node.graph)
    graph = Graph()
    graph.training = node.graph.training
    with tracing(graph):
        leaves = [
            leaf_like(source, widened(value) if wide else copied(value), memo)
            for source, value in zip(node.inputs, values, strict=True)
        ]
        found = bind(recipe, leaves, scope=node.scope)
    found._source = node._source
    return found


def leaf_like(source: Any, value: Any, memo: dict[int, Any]) -> Any:
    """Make a leaf of the kind of an input; a parameter's copy may be there already."""
    if source.kind == "constant":
        return Constant(value)
    known = memo.get(id(source))  # the operation brings it itself
    if source.kind == "parameter":
        return Parameter(value) if known is None else known
    if source.kind == "state":
        state: Any = State(value) if known is None else known
        state._value = state.output = value
        return state
    return Input(value=value)


def widened(value: Any) -> Any:
    """Cast an array to double precision; copy it."""
    if not isinstance(value, np.ndarray):
        return copied(value)
    return value.astype(WIDER.get(value.dtype, value.dtype))


def output_gradient_of(node: Any, output_grad: Any) -> Any:
    """Check a gradient of a node's output; parts without gradient get zeros.

    Raises
    ------
    GradientShapeError, GradientError
    """
    if type(node.output) is tuple and isinstance(output_grad, tuple | list):
        parts = [
            part
            if index < len(node.output) and is_differentiable(node.output[index])
            else None
            for index, part in enumerate(output_grad)
        ]
        return output_gradient(node, parts)
    return output_gradient(node, output_grad)
