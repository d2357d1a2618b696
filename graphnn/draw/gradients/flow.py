"""Which way gradients flow through what is drawn, and those that the last pass left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn.engine.hooks import DIFFERENTIABLE

if TYPE_CHECKING:
    from graphnn.graph import Graph


class Part(NamedTuple):
    """What a node has handed back to one of its inputs: who, and the gradient."""

    consumer: int
    gradient: Any


class Flow:
    """Which way gradients flow through a graph, and those that the last pass has left.

    Parameters
    ----------
    graph : Graph
    chosen : list of node
        What is drawn, and all that it needs, in topological order.
    targets : iterable of node
        Where a backward pass would start.

    Attributes
    ----------
    parts : dict of int to list of Part
        What has been handed back to each node, by its id: one for each use of it. They
        add up to its gradient.
    """

    def __init__(self, graph: Graph, chosen: list[Any], targets: Iterable[Any]) -> None:
        self.chosen = chosen
        self.targets = [target.id for target in targets]
        self.handed_on: dict[int, tuple[Any, ...]] = {}
        self.parts: dict[int, list[Part]] = {}
        for node in graph.nodes:
            handed_on = graph.input_grads_of(node) if node.input_ids else None
            if not handed_on:
                continue
            self.handed_on[node.id] = handed_on
            for input_id, gradient in zip(node.input_ids, handed_on, strict=True):
                if gradient is not None:
                    part = Part(node.id, gradient)
                    self.parts.setdefault(input_id, []).append(part)
        self.ways = ways(chosen, self.targets)

    def runs(self, consumer: Any, position: int) -> bool:
        """Tell whether a gradient has come back along an argument, or would."""
        handed_on = self.handed_on.get(consumer.id)
        if handed_on is not None:
            return handed_on[position] is not None
        return consumer.id in self.ways and consumer.input_ids[position] in self.ways

    def along(self, consumer: Any, position: int) -> Any:
        """Give the gradient that has come back along an argument; None before."""
        handed_on = self.handed_on.get(consumer.id)
        return None if handed_on is None else handed_on[position]

    def takes_part(self, node: Any) -> bool:
        """Tell whether a gradient has reached a node, or would."""
        return node.output_grad is not None or node.id in self.ways

    @property
    def is_unknown(self) -> bool:
        """Whether none of the gradients between the nodes is there."""
        ids = {node.id for node in self.chosen}
        return ids.isdisjoint(self.handed_on)


def ways(chosen: list[Any], targets: Iterable[int]) -> set[int]:
    """Find the nodes that gradients of the targets pass on their way to the leaves.

    These are the trainable parameters or, where there are none, the inputs. What has no
    value yet may have a gradient.
    """
    leaves = [n for n in chosen if n.kind == "parameter" and n.trainable]
    leaves = leaves or [n for n in chosen if n.kind == "input" and may_flow(n)]
    wanted = {leaf.id for leaf in leaves}
    for node in chosen:
        is_passed = not wanted.isdisjoint(node.input_ids)
        if is_passed and not node.stops_gradient and may_flow(node):
            wanted.add(node.id)
    reached = wanted.intersection(targets)
    for node in reversed(chosen):
        if node.id in reached:
            reached.update(wanted.intersection(node.input_ids))
    return reached


def may_flow(node: Any) -> bool:
    """Tell whether a value's dtype, as far as it is known, can have a gradient."""
    dtype = node.dtype
    several = dtype if isinstance(dtype, tuple) else (dtype,)
    return any(one is None or one.kind in DIFFERENTIABLE for one in several)
