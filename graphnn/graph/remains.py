"""What is left of nodes that are gone, for a picture of how they failed.

A *stand-in* has a node's class, name, line and inputs, and none of its arrays: nothing
large lives on because something has failed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.graph.leaves import LIVE_GRAPHS, Parameter
from graphnn.graph.node import Node

if TYPE_CHECKING:
    from graphnn.graph.failures import Record
    from graphnn.graph.graph import Graph

PLAIN = (bool, int, float, complex, str, type(None))
"""Settings of these types are kept."""


class GoneParameter(Parameter):
    """A parameter of which only the shape is left."""

    output = None  # type: ignore[assignment]  # it is not known any more


GoneParameter.__name__ = GoneParameter.__qualname__ = "Parameter"  # it is shown as one


class GoneLayer(Node):
    """A layer that could not be added: it stands where its operations would."""

    _settings: frozenset[str] = frozenset()
    input_values = needs_input_grad = states = ()
    input_grads = None
    broadcasts = stops_gradient = plain = expandable = False


def stand_in_of_layer(layer: Any, scope: tuple[str, ...]) -> Any:
    """Make a node that is shown as the layer is."""
    kind = type(layer)
    node = type(kind.__name__, (GoneLayer,), {"__module__": kind.__module__})()
    node.__dict__["scope"] = scope
    node.__dict__["_source"] = layer._source
    return node


def stand_in(node: Any, node_id: int = 0, input_ids: tuple[int, ...] = ()) -> Any:
    """Make a node's stand-in.

    Parameters
    ----------
    node : Node
    node_id : int
        The stand-in's id; by default the node's own.
    input_ids : tuple of int
        For one that has none of its own, since it was never bound.
    """
    kind = GoneParameter if node.kind == "parameter" else type(node)
    fresh = object.__new__(kind)
    kept = fresh.__dict__
    given = vars(node)
    kept["id"] = node_id or node.id
    kept["scope"], kept["_name"] = node.scope, node._name
    kept["_source"] = node._source
    if node.kind == "operation":
        kept["input_ids"] = input_ids or node.input_ids
        kept |= {k: given[k] for k in node._settings if type(given.get(k)) in PLAIN}
    elif node.kind == "parameter":
        kept["_value"], kept["_trainable"] = hollow(node.value), node.trainable
    elif node.kind == "state":
        kept["_value"] = hollow(node.value)
    elif node.kind == "constant" and np.size(node.output) == 1:
        kept["output"] = copy.copy(node.output)  # a number in a formula
    return fresh


def hollow(array: np.ndarray) -> np.ndarray:
    """Keep shape and dtype of an array, and let go of its memory."""
    return np.broadcast_to(np.zeros((), array.dtype), array.shape)


def with_stand_ins(graph: Graph, record: Record) -> Graph:
    """Give a graph of the same nodes, and of the stand-ins that a record has."""
    if all(each.id in graph._nodes for each in record.stand_ins):
        return graph
    graph._give_names()
    found = type(graph)(graph.name)
    found._names.of, found._names.ids = dict(graph._names.of), dict(graph._names.ids)
    found._named = len(graph._nodes)
    found._nodes = dict(graph._nodes)
    added = [each for each in record.stand_ins if each.id not in graph._nodes]
    add_stand_ins(found, added)
    name_apart(found, added)
    found.training, found._has_values = graph.training, graph._has_values
    found._gradients, found._traces = graph._gradients, graph._traces
    found._layers, found._result_ids = graph._layers, graph._result_ids
    found._seen = {**graph._seen, **record.shapes}
    found._failure = record
    LIVE_GRAPHS.discard(found)  # no leaf of the graph is used a second time
    return found


def remains_of(graph: Graph) -> Graph:
    """Give what is left of a graph that nobody will have: stand-ins of its nodes."""
    record = graph._failure
    stand_ins = {node.id: stand_in(node) for node in graph._nodes.values()}
    found = type(graph)(graph.name)
    found._seen = seen_in(graph._nodes.values())
    if record is not None:
        stand_ins |= {each.id: each for each in record.stand_ins}
        found._seen |= record.shapes
        found._failure = record
    LIVE_GRAPHS.discard(found)
    add_stand_ins(found, [stand_ins[node_id] for node_id in sorted(stand_ins)])
    return found


def add_stand_ins(graph: Graph, stand_ins: Iterable[Any]) -> None:
    """Let stand-ins be nodes of a graph: copies of them, for they may be of several."""
    nodes = graph._nodes
    for each in stand_ins:
        node = object.__new__(type(each))
        node.__dict__.update(each.__dict__)
        node.__dict__["_graph"] = graph
        if node.input_ids:
            present = [i for i in node.input_ids if i in nodes]
            node.__dict__["input_ids"] = tuple(present)
        nodes[node.id] = node


def name_apart(graph: Graph, stand_ins: Iterable[Any]) -> None:
    """Name stand-ins, so that the nodes of the graph keep their names."""
    of, ids = graph._names.of, graph._names.ids
    numbers: dict[str, int] = {}
    for each in stand_ins:
        wanted = name = each.wanted_name()
        number = numbers.get(wanted, 2)
        while name in ids:
            name, number = f"{wanted}_{number}", number + 1
        numbers[wanted] = number
        of[each.id], ids[name] = name, each.id
    graph._named = len(graph._nodes)


def seen_in(nodes: Iterable[Any]) -> dict[int, tuple[Any, Any]]:
    """Note shapes and dtypes of nodes that have some, by id."""
    return {n.id: (n.shape, n.dtype) for n in nodes if n.shape is not None}
