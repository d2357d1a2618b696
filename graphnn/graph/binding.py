"""Binding: how a recipe becomes a node, and how graphs meet when it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from graphnn.engine import Step
from graphnn.engine.hooks import call_output
from graphnn.errors import ArgumentError, GraphError
from graphnn.graph.context import CONTEXT
from graphnn.graph.failing import note_refused
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Constant
from graphnn.graph.node import IDS, Node
from graphnn.graph.source import capture
from graphnn.graph.watching import WATCHING, Watcher

if TYPE_CHECKING:
    from graphnn.graph.operation import Operation

BINDING = frozenset(
    {"id", "input_ids", "input_values", "output", "scope", "needs_input_grad"}
    | {"_graph", "_name", "_source", "_settings", "_own_input"}
)
"""What binding and passes put on an operation; all else is settings or residuals."""


def bind_copy(
    recipe: Operation, inputs: Iterable[Any], scope: tuple[str, ...] | None = None
) -> Any:
    """Bind a fresh copy of an operation."""
    return bind(recipe._recipe(), inputs, scope)


def bind(
    node: Operation, arguments: Iterable[Any], scope: tuple[str, ...] | None = None
) -> Any:
    """Make an operation a node of its inputs' graph; compute, if they have values.

    Nothing is registered or merged before the operation has computed, so a shape that
    does not fit leaves every graph as it was.
    """
    graph, surrounding_scope, paused, maker, made_at, _, trace = CONTEXT.get()
    if paused:
        if paused is not True:  # a replay: nothing is computed
            return paused.bind(node, arguments)
        graph = None
    elif graph is not None:
        # it may have been merged since it was opened
        graph = graph._survivor() or graph
    inputs: list[Node] = []
    ids: list[int] = []
    values: list[Any] = []
    others: list[Graph] = []
    known = True
    for argument in arguments:
        if not isinstance(argument, Node):
            argument = Constant(argument)
        its_graph = argument._graph
        if its_graph is not graph and its_graph is not None and not paused:
            if graph is None:
                graph = its_graph
            else:
                others.append(its_graph)
        value = argument.output
        if value is None:
            known = False
            check_bound(argument)
        inputs.append(argument)
        ids.append(argument.id)
        values.append(value)
    if others:
        check_they_may_meet([*others, *([graph] if graph else [])])

    if not node.plain:
        node._settings = frozenset([k for k in node.__dict__ if k not in BINDING])
    if scope is None:
        scope = surrounding_scope
    if scope:
        node.scope = scope
    node._source = trace.source if trace else capture(maker, made_at, depth=3)
    if known:
        node.input_values = tuple(values)
        try:
            node.output = call_output(node)
        except BaseException as error:
            if not trace:  # a hook that cannot be traced is called as a whole
                note_refused([graph, *others], node, inputs, error)
            raise

    if graph is None:
        graph = Graph()
        graph._partial = paused
    for other in others:
        graph = meet(graph, other)
    if graph._set_aside:
        graph.bring_back(inputs)
    nodes = graph._nodes
    node.input_ids = tuple(ids)
    for argument in inputs:
        if argument._graph is not graph:  # a leaf that belongs to none
            nodes.setdefault(argument.id, argument)
    node.id = node_id = next(IDS)
    node._graph = graph
    nodes[node_id] = node
    if trace:
        graph._traces[node_id] = trace
    if known and not trace and (watchers := WATCHING.get().watchers):
        tell(watchers, node)
    if type(node.output) is tuple:
        from graphnn.graph.operation import Item  # an operation, which binding makes

        for index in range(len(node.output)):
            bind(Item(index), (node,))
    return node


def tell(watchers: Iterable[Watcher], node: Operation) -> None:
    """Tell watchers of a node that has computed; one that they refuse is none."""
    step = Step(0, "forward", node, node.input_values, node.output)
    try:
        for watcher in watchers:
            watcher.step(step)
    except BaseException as error:
        graph = node._graph
        if graph is not None:
            inputs = list(node.inputs)
            graph.remove([node.id])
            note_refused([graph], node, inputs, error)
        raise


def check_bound(argument: Node) -> None:
    """Refuse a recipe among the inputs."""
    if not argument.id:
        raise ArgumentError(
            f"{type(argument).__name__} is a recipe, not a node yet",
            "Call it on a node first: Sigmoid()(x).",
        )


def check_they_may_meet(graphs: list[Graph]) -> None:
    """Refuse to merge two graphs that have names."""
    named = [graph for graph in graphs if graph.name is not None]
    if any(graph is not named[0] for graph in named):
        raise GraphError(
            f"nodes of two named graphs meet: {named[0].name!r} and {named[1].name!r}",
            "Build both in one graph, or pass the value on: gn.Constant(node.output).",
        )


def meet(one: Graph, other: Graph) -> Graph:
    """Merge two graphs; the named one, else the larger one, stays."""
    if one is other or one.__dict__ is other.__dict__:
        return one
    stays, goes = (one, other)
    if other.name is not None or (one.name is None and len(other) > len(one)):
        stays, goes = (other, one)
    stays.absorb(goes)
    return stays
