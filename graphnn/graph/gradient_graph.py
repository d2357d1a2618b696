"""The reverse pass as a graph: gradients that are nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn import engine
from graphnn.errors import (
    GradientError,
    GradientShapeError,
    GraphError,
    NotRunError,
)
from graphnn.graph.backward import refuse_constant
from graphnn.graph.binding import check_they_may_meet, meet
from graphnn.graph.context import CONTEXT, Trace
from graphnn.graph.gradients import is_differentiable, no_gradient, output_gradient
from graphnn.graph.holding import holding
from graphnn.graph.leaves import Constant
from graphnn.graph.node import Node
from graphnn.graph.operation import Item
from graphnn.graph.tracing import (
    Frame,
    as_node,
    facts_of,
    own_name,
    traced_value,
    tracing,
)

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph
    from graphnn.graph.members import Mark


def gradient(graph: Graph, target: Any, wrt: Any, output_grad: Any) -> list[Any]:
    """Write down the reverse pass; see :meth:`graphnn.Graph.gradient`."""
    graph = graph._survivor() or graph
    if CONTEXT.get().paused:
        raise GraphError(
            f"graph.gradient adds nodes to {graph!r}, and a pause leaves no trace",
            "Call it outside of gn.paused(), or look at numbers with graph.backward.",
        )
    node = graph.find(target)
    leaves = graph.find_all(wrt)
    check_values([node, *leaves])
    for leaf in leaves:
        refuse_constant(leaf)
    seed = seed_of(node, output_grad)
    if isinstance(output_grad, Node) and output_grad._graph not in (None, graph):
        check_they_may_meet([graph, output_grad._graph])
        graph = meet(graph, output_grad._graph)
    mark = graph.mark()
    try:
        with holding(graph, takes_over=False):
            found = reverse_pass(graph, node, leaves, seed)
    except BaseException:
        graph.forget_since(mark)
        raise
    drop_unused(graph, mark, found)
    return found


def reverse_pass(graph: Graph, target: Any, leaves: list[Any], seed: Any) -> list[Any]:
    """Let the engine walk back with nodes as gradients."""
    order = graph._order([target.id])
    for node in order:
        if node.kind == "operation" and node.states:
            show_states(node)
    facts = facts_of(order)
    scopes = {n.id: (*n.scope, f"{own_name(n, graph)}_grad") for n in [*order, *leaves]}
    gradients: dict[int, Any] = {target.id: seed}
    with tracing(graph) as enter:

        def enter_gradient_of(node: Any) -> None:
            enter(Trace(node.id, True, node._source, facts), scopes[node.id])

        def frame_of(node: Any) -> Frame:
            enter_gradient_of(node)
            values = tuple([traced_value(graph._nodes[i]) for i in node.input_ids])
            return Frame(node, graph, values, traced_value(node))

        wanted = engine.needed(order, [leaf.id for leaf in leaves])
        walk: Any = engine.reverse(order, gradients, wanted, frame_of)
        for node, _, input_grads in walk:
            for input_id, given in zip(node.input_ids, input_grads, strict=True):
                total = gradients.get(input_id)
                is_sum = given is not None and total is not given
                if is_sum and isinstance(total, Node):
                    belongs_to(graph, total, graph._nodes[input_id], scopes)
        found = []
        for leaf in leaves:
            enter_gradient_of(leaf)
            total = gradients.get(leaf.id)
            if total is None:
                total = np.zeros(leaf.shape, leaf.dtype)
            if not isinstance(total, Node) or total._graph is None:
                total = np.positive(as_node(total, graph))  # a node of this graph
            found.append(total)
    return found


def show_states(node: Any) -> None:
    """Let states show what a node's pass has used: another graph may have moved on."""
    used = node.input_values[-len(node.states) :]
    for state, value in zip(node.states, used, strict=True):
        state.output = value


def check_values(nodes: list[Any]) -> None:
    """Refuse what has no value yet, and what can have no gradient."""
    for node in nodes:
        if node.output is None:
            raise NotRunError(
                f"{node.describe()} has no value yet: the reverse pass is written down "
                "as it computes",
                "Run graph.forward(...) first, or give the Input a value.",
            )
        if not is_differentiable(node.output):
            raise no_gradient(node, node.output)
    for node in nodes[1:]:
        if type(node.output) is tuple:
            raise GradientError(
                f"{node.describe()} has {len(node.output)} outputs: ask for the "
                "gradient by one of them",
                "They are nodes: node[0], node[1], ….",
            )


def seed_of(node: Node, output_grad: Any) -> Any:
    """Check the gradient that the reverse pass starts with; it may be a node."""
    if not isinstance(output_grad, Node):
        seed = output_gradient(node, output_grad)
        if type(seed) is tuple:
            return tuple([Constant(part) for part in seed])
        return Constant(seed)
    if output_grad.output is None or type(output_grad.output) is tuple:
        raise GradientError(
            f"output_grad of {node.describe()} is {output_grad!r}: a node with one "
            "value is needed"
        )
    if output_grad.shape != node.shape:
        raise GradientShapeError(
            f"{node.describe()}: output_grad has shape {output_grad.shape}, the output "
            f"has shape {node.shape}",
            "To differentiate by several nodes, pass a list: gradient(target, [a, b]).",
        )
    if not is_differentiable(output_grad.output):
        raise no_gradient(output_grad, output_grad.output)
    if output_grad.dtype != node.dtype:
        return output_grad.astype(node.dtype)
    return output_grad


def belongs_to(
    graph: Graph, total: Node, node: Any, scopes: dict[int, tuple[str, ...]]
) -> None:
    """Let the sum of a value's gradients belong to the node whose value it is."""
    trace = graph._traces[total.id]
    graph._traces[total.id] = trace._replace(origin=node.id, source=node._source)
    total._source = node._source
    total.scope = scopes[node.id]


def drop_unused(graph: Graph, mark: Mark, found: list[Any]) -> None:
    """Take out what the trace made on the way and no gradient needs."""
    kept = {node.id for node in engine.order(graph._nodes, [n.id for n in found])}
    made = graph.since(mark)
    for node in made:
        if isinstance(node, Item) and node.input_ids[0] in kept:
            kept.add(node.id)  # all of several outputs have their nodes
    graph.remove([node.id for node in made if node.id not in kept])
