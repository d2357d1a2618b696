"""What if a value were another: the edits that a tape runs under.

A *world* is a set of values and gradients that are pinned, and the steps that are known
in it. An edit makes a new world, in which what does not depend on the edit is known
already and is played again; the rest runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphnn.debug.records import Key
from graphnn.engine.hooks import DIFFERENTIABLE

if TYPE_CHECKING:
    from graphnn.debug.records import Record, Request
    from graphnn.graph.graph import Graph


@dataclass
class World:
    """What is pinned, and which steps are known under that.

    Attributes
    ----------
    values, gradients : dict of int to value
        By id: what the nodes hold, whatever their formulas say.
    known : dict of (phase, id) to Record
        The steps that need not run.
    had_run : set of (phase, id)
        The steps that have run, known or not.
    stale : set of (phase, id)
        The steps that had run before the edit, and are to run again.
    reran : dict of (phase, id) to node
        Those of them that have run again.
    earlier : World or None
        The one without the last edit.
    edit : tuple of (node, {"value", "grad"}), or None
        The last edit.
    """

    values: dict[int, Any] = field(default_factory=dict)
    gradients: dict[int, Any] = field(default_factory=dict)
    known: dict[Key, Record] = field(default_factory=dict)
    had_run: set[Key] = field(default_factory=set)
    stale: set[Key] = field(default_factory=set)
    reran: dict[Key, Any] = field(default_factory=dict)
    earlier: World | None = None
    edit: tuple[Any, str] | None = None

    def with_value(self, node: Any, value: Any, stale: set[Key]) -> World:
        """Pin a value; these steps depend on it."""
        pinned = {**self.values, node.id: value}
        return self._changed(pinned, self.gradients, stale, (node, "value"))

    def with_gradient(self, node: Any, gradient: Any, stale: set[Key]) -> World:
        """Pin a gradient; these steps depend on it."""
        pinned = {**self.gradients, node.id: gradient}
        return self._changed(self.values, pinned, stale, (node, "grad"))

    def _changed(
        self,
        values: dict[int, Any],
        gradients: dict[int, Any],
        stale: set[Key],
        edit: tuple[Any, str],
    ) -> World:
        known = {key: record for key, record in self.known.items() if key not in stale}
        again = self.had_run - known.keys()
        return World(values, gradients, known, stale=again, earlier=self, edit=edit)

    @property
    def edits(self) -> list[tuple[Any, str]]:
        """All edits, the first one first."""
        made, world = [], self
        while world.edit is not None and world.earlier is not None:
            made.append(world.edit)
            world = world.earlier
        return made[::-1]

    @property
    def unedited(self) -> World:
        """The one without any edit."""
        world = self
        while world.earlier is not None:
            world = world.earlier
        return world


def depend_on_value(
    order: Iterable[Any], backward: Iterable[Any], node_id: int
) -> set[Key]:
    """Find the steps that read a node's value, or what is computed from it.

    Parameters
    ----------
    order : iterable of node
        In topological order.
    backward : iterable of node
        All that may have a gradient to hand on, in the order of the backward pass.
    node_id : int
    """
    reached = {node_id}
    for node in order:
        if not reached.isdisjoint(node.input_ids):
            reached.add(node.id)
    forward = {("forward", reached_id) for reached_id in reached - {node_id}}
    return forward | depend_on_gradients(backward, reached)


def depend_on_gradients(backward: Iterable[Any], node_ids: Iterable[int]) -> set[Key]:
    """Find the backward steps of some nodes, and all that get a gradient from them."""
    return {("backward", node.id) for node in reached_from(node_ids, backward)}


def reached_from(node_ids: Iterable[int], backward: Iterable[Any]) -> list[Any]:
    """List the nodes that gradients come to which start at some of them."""
    found, reached = set(node_ids), []
    for node in backward:
        if node.id in found:
            reached.append(node)
            found.update(node.input_ids)
    return reached


def likely_backward(
    graph: Graph, order: Sequence[Any], request: Request | None
) -> list[Any]:
    """Guess which nodes have a gradient to hand on, before there are values.

    Those of an earlier pass tell. They come in the order of the backward pass.
    """
    if request is None:
        return []
    wrt = [] if request.wrt is None else graph.find_all(request.wrt)
    nodes: list[Any] = graph.nodes
    leaves = [n for n in nodes if n.kind == "parameter" and n.trainable]
    found = {leaf.id for leaf in [*leaves, *wrt]}
    for node in graph.order(request.target):
        if found.isdisjoint(node.input_ids) or node.stops_gradient:
            continue
        value = node.output
        if value is None or type(value) is tuple or value.dtype.kind in DIFFERENTIABLE:
            found.add(node.id)
    needed = [n for n in graph.order(request.target) if n.id in found and n.input_ids]
    return needed[::-1]


class Replay:
    """The frame of a node whose hook need not run: it hands on what is known."""

    broadcasts = False

    def __init__(self, record: Record, node: Any) -> None:
        self.record = record
        self.input_values, self.output = node.input_values, node.output
        self.needs_input_grad: tuple[bool, ...] = ()

    def __call__(self, node: Any) -> Any:
        """Be the frame of the node."""
        return self

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return self.record.step.input_grads or ()
