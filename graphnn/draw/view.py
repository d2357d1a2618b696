"""What of a graph a picture shows, and what each node is in it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphnn.draw.formulas.formula import Formula, formula_of
from graphnn.draw.gradients.flow import Flow
from graphnn.draw.labels import LONGEST_LABEL, clean, shorten
from graphnn.draw.neighbourhood import Part, neighbourhood
from graphnn.draw.scope_names import scope_called

if TYPE_CHECKING:
    from graphnn.draw.options import Options
    from graphnn.draw.themes import Theme
    from graphnn.graph import Graph


class View:
    """The nodes that are shown, and what is known of them before they are boxes.

    Parameters
    ----------
    graph : Graph
    options : Options

    Attributes
    ----------
    theme : Theme
    chosen : list of node
        All that the targets need, in topological order.
    nodes : list of node
        Those that get a box: not a constant that is written in its consumer's label, or
        what lies too far from the node in the middle.
    stubs : list of Stub
        What stands for the ones that lie too far.
    by_id : dict of int to node
        The nodes, by id.
    key : dict of int to str
        Of each node: ``n`` and its rank in the graph.
    written : dict of int to str
        The scalar constants that stand in a label, by id.
    """

    def __init__(self, graph: Graph, options: Options) -> None:
        self.graph = graph
        self.options = options
        self.theme: Theme = options.colours
        target = options.target
        self.chosen = list(graph.nodes) if target is None else graph.order(target)
        if options.within:
            self.chosen = part_within(self.chosen, scope_called(graph, options.within))
        self.used = {i for node in self.chosen for i in node.input_ids}
        self.written = {
            node.id: _written(node)
            for node in self.chosen
            if node.id in self.used and _is_scalar_constant(node)
        }
        part = Part(self.chosen, [])
        if options.around is not None:
            middle = graph.find(options.around)
            part = neighbourhood(self.chosen, middle, options.radius)
        self.stubs = part.stubs
        self._ends = {node.id for node in graph.results}
        if target is not None:  # what else is left over may be read by gradients alone
            self._ends |= {node.id for node in graph.find_all(target)}
        self._consumed = _consumed(self.chosen)
        self._formulas: dict[int, Formula | None] = {}
        self._parts: dict[int, tuple[str, str]] = {}
        self.nodes = [node for node in part.nodes if node.id not in self.written]
        if options.passes == "backward":
            taking_part = [node for node in self.nodes if self.flow.takes_part(node)]
            self.nodes = taking_part or self.nodes
        self.by_id = {node.id: node for node in self.nodes}
        self.key = {
            node.id: f"n{rank}"
            for rank, node in enumerate(graph.nodes)
            if node.id in self.by_id
        }

    @cached_property
    def has_shapes(self) -> bool:
        """Whether anything is more than a number: else no shape is told."""
        return any(node.shape != () for node in self.chosen if node.shape is not None)

    @cached_property
    def flow(self) -> Flow:
        """Which way gradients flow."""
        target = self.options.target
        if target is None:
            targets = [node for node in self.chosen if self.kind_of(node) == "sink"]
        else:
            targets = self.graph.find_all(target)
        return Flow(self.graph, self.chosen, targets)

    def name_of(self, node: Any) -> str:
        """Give the name of a node."""
        part = self._parts.get(node.id)
        return self.graph.name_of(node) if part is None else part[0]

    def take_in(self, node: Any, name: str, kind: str, *, is_used: bool) -> None:
        """Show a node of another graph: a part of what is taken apart."""
        self._parts[node.id] = name, kind
        self.by_id[node.id] = node
        if is_used:
            self.used.add(node.id)

    def is_part(self, node: Any) -> bool:
        """Tell what belongs to another graph."""
        return node.id in self._parts

    def writes(self, node: Any) -> bool:
        """Tell a scalar constant; from here on it stands in labels."""
        if _is_scalar_constant(node):
            self.written[node.id] = _written(node)
        return node.id in self.written

    def formula_of(self, node: Any) -> Formula | None:
        """Read the formula of a node, once."""
        if node.id not in self._formulas:
            self._formulas[node.id] = formula_of(node)
        return self._formulas[node.id]

    def kind_of(self, node: Any) -> str:
        """Say which look a node has; see :class:`graphnn.draw.themes.Theme`."""
        if node.id in self._parts:
            return self._parts[node.id][1]
        if node.kind != "operation":
            return str(node.kind)
        if self._ends:  # what a traced function computed besides is no result
            if node.id in self._ends:
                return "sink"
        elif node.id not in self._consumed and node.forward_node is None:
            return "sink"
        return "operation" if node.forward_node is None else "gradient"

    def arguments_of(self, node: Any) -> str:
        """Write ``(·, 2.0)`` where scalar constants are among the arguments."""
        if not any(input_id in self.written for input_id in node.input_ids):
            return ""
        parts = (self.written.get(input_id, "·") for input_id in node.input_ids)
        return shorten(f"({', '.join(parts)})")


def part_within(nodes: list[Any], scope: tuple[str, ...]) -> list[Any]:
    """Choose the nodes of a scope, and those outside that they take."""
    inside = [n for n in nodes if tuple(n.scope[: len(scope)]) == scope]
    kept = {node.id for node in inside}.union(*[node.input_ids for node in inside])
    return [node for node in nodes if node.id in kept]


def _consumed(chosen: Iterable[Any]) -> set[int]:
    """Find what is used; a loss that its gradient reads is the result all the same."""
    nodes = list(chosen)
    gradients = {node.id for node in nodes if node.forward_node is not None}
    return {
        input_id
        for node in nodes
        for input_id in node.input_ids
        if node.id not in gradients or input_id in gradients
    }


def _is_scalar_constant(node: Any) -> bool:
    return (
        node.kind == "constant"
        and node.output is not None
        and not isinstance(node.output, tuple)
        and getattr(node.output, "shape", ()) == ()
    )


def _written(node: Any) -> str:
    return shorten(clean(_scalar(node.output)), LONGEST_LABEL // 2)


def _scalar(value: Any) -> str:
    """Write a scalar as Python would; a 0-d array like the number in it."""
    return repr(value.item() if hasattr(value, "item") else value)
