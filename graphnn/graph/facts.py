"""What a pass must heed of the traces in its graph: their facts still have to hold.

A hook that runs on nodes may read a shape, a dtype or the mode as a plain value, so
what it made belongs to these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.errors import GraphError, ShapeError

if TYPE_CHECKING:
    from graphnn.graph.context import Trace
    from graphnn.graph.graph import Graph


def order_with_items(graph: Graph, target_ids: list[int]) -> list[Any]:
    """Order what the targets need, and all parts of several outputs among it.

    A part that nothing uses must not keep its old value: the gradient of the others
    may need it.
    """
    from graphnn.graph.operation import Item  # operations run passes

    order = order_with_facts(graph, target_ids)
    items = [
        consumer.id
        for node in order
        if type(node.output) is tuple or node.output is None  # not yet: it may be
        for consumer in graph.consumers_of(node)
        if isinstance(consumer, Item)
    ]
    known = [node.id for node in order] if items else []
    return graph._order([*known, *items]) if items else order


def order_with_facts(graph: Graph, target_ids: list[int]) -> list[Any]:
    """Order what the targets need, and what gradients among it were traced from.

    A gradient may read the shape of a value and not the value.
    """
    order = graph._order(target_ids)
    while graph._traces:
        known = {node.id for node in order}
        facts = [t.facts for _, t in traced_facts(graph, order) if t.is_gradient]
        wanted = known.union(*[f.shapes for f in facts])
        if wanted == known:
            break
        order = graph._order(sorted(wanted))
    return order


def traced_facts(graph: Graph, order: list[Any]) -> list[tuple[Any, Trace]]:
    """List what the nodes of a pass were traced from, once for each trace."""
    found: dict[int, tuple[Any, Trace]] = {}
    for node in order:
        trace = graph._traces.get(node.id)
        if trace is not None:
            found.setdefault(id(trace.facts), (node, trace))
    return list(found.values())


def check_facts(graph: Graph, traced: list[tuple[Any, Trace]], node: Any) -> None:
    """Refuse to go on with what was traced for a value of another shape or dtype."""
    for made, trace in traced:
        fact = trace.facts.shapes.get(node.id)
        if fact is None or fact == (node.shape, node.dtype):
            continue
        made_by = "graph.gradient" if trace.is_gradient else "graph.expand"
        shape, dtype = fact
        now = f"shape {node.shape}" if node.shape != shape else f"dtype {node.dtype}"
        raise ShapeError(
            f"{made.describe()} was made by {made_by} for {graph.name_of(node)} of "
            f"shape {shape}, dtype {dtype}, which now has {now}",
            f"What was traced belongs to those shapes: call {made_by} again.",
        )


def check_mode(traced: list[tuple[Any, Trace]], training: bool) -> None:
    """Refuse to run in one mode what was traced in the other."""
    for made, trace in traced:
        if trace.facts.training not in (None, training):
            made_by = "graph.gradient" if trace.is_gradient else "graph.expand"
            raise GraphError(
                f"{made.describe()} was made by {made_by} in a pass with "
                f"training={trace.facts.training}, which a hook has read",
                f"Run it in that mode, or call {made_by} again.",
            )
