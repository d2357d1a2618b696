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
from graphnn.graph.binding import check_they_may_meet, meet
from graphnn.graph.context import CONTEXT, Trace
from graphnn.graph.gradients import is_differentiable, no_gradient, output_gradient
from graphnn.graph.leaves import Constant
from graphnn.graph.node import Node
from graphnn.graph.operation import Item
from graphnn.graph.tracing import (
    Frame,
    as_node,
    input_shapes,
    own_name,
    traced_value,
    tracing,
)

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


def gradient(graph: Graph, target: Any, wrt: Any, output_grad: Any) -> list[Any]:
    """Write down the reverse pass; see :meth:`graphnn.Graph.gradient`."""
    if CONTEXT.get().paused:
        raise GraphError(
            f"graph.gradient adds nodes to {graph!r}, and a pause leaves no trace",
            "Call it outside of gn.paused(), or look at numbers with graph.backward.",
        )
    node = graph.find(target)
    leaves = graph.find_all(wrt)
    check_values([node, *leaves])
    seed = seed_of(node, output_grad)
    if isinstance(output_grad, Node) and output_grad._graph not in (None, graph):
        check_they_may_meet([graph, output_grad._graph])
        graph = meet(graph, output_grad._graph)
    order = graph._order([node.id])
    shapes = input_shapes(graph)
    scopes = {n.id: (*n.scope, f"{own_name(n)}_grad") for n in [*order, *leaves]}
    count = len(graph)
    gradients: dict[int, Any] = {node.id: seed}
    try:
        with tracing(graph) as enter:

            def frame_of(node: Any) -> Frame:
                enter(Trace(node.id, True, node._source, shapes), scopes[node.id])
                values = tuple([traced_value(graph._nodes[i]) for i in node.input_ids])
                return Frame(node, graph, values, traced_value(node))

            wanted = engine.needed(order, [leaf.id for leaf in leaves])
            walk: Any = engine.reverse(order, gradients, wanted, frame_of)
            for done, _, input_grads in walk:
                for input_id, handed_on in zip(
                    done.input_ids, input_grads, strict=True
                ):
                    total = gradients.get(input_id)
                    if total is not handed_on and isinstance(total, Node):
                        belongs_to(graph, total, graph._nodes[input_id], scopes)
            found = []
            for leaf in leaves:
                enter(Trace(leaf.id, True, leaf._source, shapes), scopes[leaf.id])
                total = gradients.get(leaf.id)
                zeros = np.zeros(leaf.shape, leaf.dtype)
                found.append(as_node(zeros if total is None else total, graph))
    except BaseException:
        graph.keep_first(count)
        raise
    drop_unused(graph, count, found)
    return found


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
    return output_grad


def belongs_to(
    graph: Graph, total: Node, node: Any, scopes: dict[int, tuple[str, ...]]
) -> None:
    """Let the sum of a value's gradients belong to the node whose value it is."""
    trace = graph._traces[total.id]
    graph._traces[total.id] = trace._replace(origin=node.id, source=node._source)
    total._source = node._source
    total.scope = scopes[node.id]


def drop_unused(graph: Graph, count: int, found: list[Any]) -> None:
    """Take out what the trace made on the way and no gradient needs."""
    kept = {node.id for node in engine.order(graph._nodes, [n.id for n in found])}
    made = graph.since(count)
    for node in made:
        if isinstance(node, Item) and node.input_ids[0] in kept:
            kept.add(node.id)  # all of several outputs have their nodes
    graph.remove([node.id for node in made if node.id not in kept])
