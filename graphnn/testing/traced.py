"""A node's hooks run on nodes: whether that gives the same twice, and its gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import ImpureHook
from graphnn.graph import Constant, Graph, Input, Node
from graphnn.graph.binding import bind
from graphnn.graph.gradients import is_differentiable
from graphnn.graph.tracing import Frame, reason_of, traced_value, tracing
from graphnn.testing.leaving import LEAVING
from graphnn.testing.purity import same


class Alone(NamedTuple):
    """A copy of one node, in a graph of its own, over fresh leaves."""

    graph: Graph
    leaves: list[Any]
    node: Any


def alone(node: Any) -> Alone:
    """Bind a copy of a node to leaves that hold its ``input_values``."""
    graph = Graph()
    graph.training = node.training
    with tracing(graph):
        leaves = [
            leaf_of(source, value)
            for source, value in zip(node.inputs, node.input_values, strict=True)
        ]
        copy = bind(node._recipe(), leaves, scope=node.scope)
        copy._source = node._source
    return Alone(graph, leaves, copy)


def leaf_of(source: Node, value: Any) -> Node:
    """Make a leaf of a kind that a trace treats as it treats the source."""
    return Constant(value) if source.kind == "constant" else Input("input", value=value)


class Traced(NamedTuple):
    """What the hooks gave on nodes.

    Attributes
    ----------
    signature : list
        The operations that were made, and the values of the constants.
    values : tuple
        What the results hold.
    reason : str
        Why it cannot be traced; ``""`` where it can.
    """

    signature: list[Any]
    values: Any
    reason: str


def trace(node: Any, needs: tuple[bool, ...], output_grad: Any) -> Traced:
    """Run a node's hooks on nodes, and note what they made."""
    graph, _, copy = alone(node)
    count = len(graph)
    seen = tuple([traced_value(source) for source in copy.inputs])
    frame = Frame(copy, graph, seen, traced_value(copy))
    with tracing(graph):
        try:
            results: list[Any] = [frame.trace_output()]
        except LEAVING:
            raise
        except Exception as error:
            return Traced([], None, f"_output cannot be traced: {reason_of(error)}")
        if any(needs):
            frame.needs_input_grad = needs
            try:
                results += frame.trace_input_grads(as_inputs(output_grad))
            except ImpureHook:
                pass  # the values that are compared next tell it, and more
            except LEAVING:
                raise
            except Exception as error:
                reason = f"the gradient hook cannot be traced: {reason_of(error)}"
                return Traced([], None, reason)
    made = list(graph._nodes.values())[count:]
    signature = [
        (type(n).__name__, n.output if n.kind == "constant" else None) for n in made
    ]
    return Traced(signature, value_of(tuple(results)), "")


def as_inputs(output_grad: Any) -> Any:
    """Turn a gradient into inputs of the graph that is open."""
    if type(output_grad) is tuple:
        return tuple([as_inputs(part) for part in output_grad])
    return Input("output_grad", value=output_grad)


def value_of(traced: Any) -> Any:
    """Give what a traced result holds."""
    if type(traced) is tuple:
        return tuple([value_of(part) for part in traced])
    return traced.output if isinstance(traced, Node) else traced


def check_traces(
    node: Any, needs: tuple[bool, ...], output_grad: Any, run: Any
) -> tuple[str, str]:
    """Trace twice; compare the traces with each other and with the run on arrays.

    Parameters
    ----------
    run : tuple
        What the hooks gave on arrays: the output, then the gradients.

    Returns
    -------
    trouble, remark : str
        ``""`` where there is none.
    """
    one, other = trace(node, needs, output_grad), trace(node, needs, output_grad)
    if one.reason:
        return "", one.reason
    if not same(one.signature, other.signature) or not same(one.values, other.values):
        return "the hooks give other constants when they are traced again", ""
    if not agree(one.values, run):
        return (
            "the hooks give other values on nodes than on arrays: do they ask what "
            "type their input has?"
        ), ""
    return "", ""


def agree(traced: Any, run: Any) -> bool:
    """Compare what was traced with what was run, to rounding."""
    if type(run) is tuple:
        return len(traced) == len(run) and all(map(agree, traced, run))
    if traced is None or run is None:
        return traced is run
    run = np.asarray(run)
    unit = float(np.finfo(run.dtype).eps) if is_differentiable(run) else 0.0
    size = float(np.max(np.abs(run[np.isfinite(run)]), initial=0.0))
    return np.shape(traced) == run.shape and bool(
        np.allclose(
            traced, run, rtol=1e3 * unit, atol=1e2 * unit * size, equal_nan=True
        )
    )


def second_gradients(
    node: Any, needs: tuple[bool, ...], output_grad: Any, weights: list[Any]
) -> tuple[list[Any], list[Any]]:
    """Differentiate ``sum(weights * input_grads)`` through the traced hooks.

    Returns
    -------
    by_input, by_output_grad : list of ndarray
        The latter has one array for each output.
    """
    graph, leaves, copy = alone(node)
    moving = [leaf for leaf, needed in zip(leaves, needs, strict=True) if needed]
    with tracing(graph):
        parts = traced_value(copy)
        parts = parts if type(parts) is tuple else (parts,)
        seeds = as_inputs(output_grad)
        seeds = list(seeds) if type(seeds) is tuple else [seeds]
        weighted = [
            np.sum(part * seed)
            for part, seed in zip(parts, seeds, strict=True)
            if is_differentiable(part.output)
        ]
        grads = graph.gradient(total_of(weighted), moving)
        total = total_of([np.sum(g * w) for g, w in zip(grads, weights, strict=True)])
    floats = [seed for seed in seeds if is_differentiable(seed.output)]
    graph.backward(total, wrt=[*moving, *floats])
    found = [
        np.zeros_like(leaf.output) if leaf.grad is None else leaf.grad
        for leaf in [*moving, *floats]
    ]
    return found[: len(moving)], found[len(moving) :]


def total_of(terms: list[Any]) -> Any:
    """Add numbers up; of a complex total, a pass follows the real part."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
