"""Taking composite operations apart into the NumPy calls that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn import engine
from graphnn.engine.hooks import is_several
from graphnn.errors import NotRunError
from graphnn.graph.binding import bind
from graphnn.graph.context import Facts, Trace
from graphnn.graph.facts import check_facts, traced_facts
from graphnn.graph.leaves import Input
from graphnn.graph.naming import Names
from graphnn.graph.node import Node
from graphnn.graph.operation import Item
from graphnn.graph.tracing import (
    Frame,
    facts_of,
    own_name,
    reason_of,
    traced_value,
    tracing,
)

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Expandable(NamedTuple):
    """Whether a node can be taken apart, and why not.

    True in an ``if`` where it can.
    """

    answer: bool
    reason: str

    def __bool__(self) -> bool:
        return self.answer

    def __repr__(self) -> str:
        return f"{self.answer}: {self.reason}"


def expandable(node: Any) -> Expandable:
    """Say whether a node can be taken apart; see :attr:`Operation.expandable`."""
    from graphnn.graph.graph import Graph

    if node.output is None:
        return Expandable(False, "it has no value yet; run graph.forward(...) first")
    if node.stops_gradient:
        return Expandable(False, "it stops gradients, which its parts would not")
    if isinstance(node, Item):
        return Expandable(False, "it is one of the outputs of another operation")
    graph = Graph()
    with tracing(graph):
        values = []
        for source in node.inputs:
            value: Any = source.output
            if source.kind != "constant":
                several = type(value) is tuple
                made = [Input(value=part) for part in (value if several else (value,))]
                value = tuple(made) if several else made[0]
            values.append(value)
        mark = graph.mark()
        try:
            Frame(node, graph, tuple(values), None).trace_output()
        except Exception as error:
            reason = f"its _output cannot be traced: {reason_of(error)}"
            return Expandable(False, reason)
    made = graph.since(mark)
    if is_itself(node, made):
        return Expandable(False, "it is elementary: one call of a NumPy function")
    names = ", ".join([n.name for n in made if n.kind == "operation"][:8])
    if not names:
        return Expandable(False, "it adds nothing to what it is given")
    return Expandable(True, f"it is made of {names}")


def is_itself(node: Any, made: list[Any]) -> bool:
    """Tell whether tracing a node gave nothing but the same operation."""
    operations = [n for n in made if n.kind == "operation"]
    return bool(operations) and (
        type(operations[0]) is type(node)
        and all(n.input_ids == (operations[0].id,) for n in operations[1:])
        and len(operations) == 1 + (len(node.output) if is_several(node.output) else 0)
    )


def expand(graph: Graph, only: list[Any] | None) -> Graph:
    """Write a graph down with its composites taken apart; see :meth:`Graph.expand`."""
    order = graph.order()
    for node in order:
        if node.output is None and (node.kind == "operation" or node.consumers):
            raise NotRunError(
                f"{node.describe()} has no value yet: a graph is expanded as it "
                "computes",
                "Run graph.forward(...) first, or give the Input a value.",
            )
    traced = traced_facts(graph, order)
    for node in order:
        check_facts(graph, traced, node)
    chosen = None if only is None else {node.id for node in only}
    expansion = Expansion(graph, chosen)
    while composites := expansion.composites():
        expansion = Expansion(expansion.graph, composites)
    return expansion.graph


class Expansion:
    """One round: each chosen composite becomes what its ``_output`` calls.

    Attributes
    ----------
    graph : Graph
        The new one.
    made : list of Operation
        Its nodes that a hook made; they may be composites themselves.
    """

    def __init__(self, graph: Graph, chosen: set[int] | None) -> None:
        from graphnn.graph.graph import Graph

        self.old = graph
        self.graph = Graph(graph.name)
        self.graph.training = graph.training
        self.facts = Facts()
        self.new: dict[int, Any] = {}  # by the old node's id
        self.made: list[Any] = []
        with tracing(self.graph) as self.enter:
            for node in graph.order():
                self.new[node.id] = (
                    self.leaf(node)
                    if node.kind != "operation"
                    else self.item(node)
                    if isinstance(node, Item)
                    else self.operation(node, chosen is None or node.id in chosen)
                )
        self.graph._result_ids = tuple([self.new[i].id for i in graph._result_ids])
        self.drop_unused()
        self.keep_names()
        self.facts.shapes = facts_of(self.graph.nodes).shapes

    def drop_unused(self) -> None:
        """Take out what a hook made besides its output, such as a residual."""
        kept = [n.id for n in self.new.values() if isinstance(n, Node)]
        needed = {node.id for node in engine.order(self.graph._nodes, kept)}
        left = [n.id for n in self.made if n.id not in needed]
        self.made = [n for n in self.made if n.id in needed]
        self.graph.remove(left)

    def keep_names(self) -> None:
        """Give what was not taken apart the names of the old graph."""
        names = Names()
        for old_id, node in self.new.items():
            if isinstance(node, Node) and node.id not in names.of:
                old = self.old._nodes[old_id]
                if type(old) is type(node):
                    names.add(node.id, self.old.name_of(old))
        for node in self.graph._nodes.values():
            if node.id not in names.of:
                names.add(node.id, node.wanted_name())
        self.graph._names, self.graph._named = names, len(self.graph)

    def composites(self) -> set[int]:
        """Find what can be taken apart further: one of each class is tried."""
        verdicts: dict[type, bool] = {}
        for node in self.made:
            kind = type(node)
            if kind not in verdicts:
                verdicts[kind] = bool(expandable(node))
        return {node.id for node in self.made if verdicts[type(node)]}

    def leaf(self, node: Any) -> Any:
        """Refer to a parameter or constant; give an input a twin."""
        if node.kind != "input":
            self.graph.refer(node)
            return node
        self.enter(None, node.scope)
        twin = Input(node._name, value=node.output)
        twin._source = node._source
        return twin

    def item(self, node: Item) -> Any:
        """Find the twin of one of several outputs."""
        whole = self.new[node.input_ids[0]]
        return whole[node.index] if type(whole) is tuple else whole.item(node.index)

    def operation(self, node: Any, is_chosen: bool) -> Any:
        """Take a composite apart; bind a fresh copy of everything else."""
        trace = self.old._traces.get(node.id)
        if trace:
            origin = self.new.get(trace.origin)
            known = origin.id if isinstance(origin, Node) else trace.origin
            self.facts.training = trace.facts.training
            trace = trace._replace(origin=known, facts=self.facts)
        is_whole = is_several(node.output) and (
            node.id in self.old._result_ids
            or not all(isinstance(consumer, Item) for consumer in node.consumers)
        )
        if is_chosen and not is_whole and not node.stops_gradient:
            inside = trace or Trace(node.id, False, node._source, self.facts)
            self.enter(inside, (*node.scope, own_name(node, self.old)))
            traced = self.take_apart(node)
            if traced is not None:
                return traced
        self.enter(trace, node.scope)
        twin = bind(node._recipe(), [self.new[i] for i in node.input_ids])
        twin._source = node._source
        return twin

    def ends(self, node: Any) -> bool:
        """Tell a sink whose input would be none in its place, such as a lone Linear."""
        if not self.old._is_sink(node):
            return False
        return any(
            getattr(self.new[source.id], "kind", "") != "operation"
            or len(source.consumers) > 1
            for source in node.inputs
        )

    def take_apart(self, node: Any) -> Any:
        """Trace a composite; None where that cannot be, or gives the node again."""
        mark = self.graph.mark()
        values = [self.new[input_id] for input_id in node.input_ids]
        seen = tuple([v if type(v) is tuple else traced_value(v) for v in values])
        try:
            traced = Frame(node, self.graph, seen, None).trace_output()
        except Exception:  # whatever a user's hook does: node.expandable says why
            self.graph.forget_since(mark)
            return None
        made = self.graph.since(mark)
        parts = traced if type(traced) is tuple else (traced,)
        is_folded = not all(isinstance(part, Node) for part in parts)
        adds_nothing = not any(n.kind == "operation" for n in made)
        if is_folded or is_itself(node, made) or (adds_nothing and self.ends(node)):
            self.graph.forget_since(mark)  # folded: constants in, a constant out
            return None
        self.made += [n for n in made if n.kind == "operation"]
        return traced
