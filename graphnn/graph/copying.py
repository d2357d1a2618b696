"""Deep copies and pickles of graphs of any depth, with fresh ids.

Neither recurses from node to node: a graph is copied as a list of nodes, and a node is
found again through its graph.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.graph.context import Facts
from graphnn.graph.failures import record_for_copy, renumbered_record
from graphnn.graph.node import IDS, Node

if TYPE_CHECKING:
    from graphnn.graph.context import Trace
    from graphnn.graph.graph import Graph

_ELSEWHERE = frozenset({"id", "_graph", "input_ids", "input_values", "_own_input"})
"""What a copied node gets from its new graph."""

_IMMUTABLE = frozenset({str, int, float, bool, complex, type(None), frozenset, bytes})


def copied(value: Any, memo: dict[int, Any]) -> Any:
    """Deepcopy a value, quickly where it is an array or immutable."""
    kind = type(value)
    if kind in _IMMUTABLE:
        return value
    if kind is np.ndarray and value.dtype.kind != "O":
        done = memo.get(id(value))
        if done is None:
            # in the same layout, so that a pass on the copy sums in the same order
            done = memo[id(value)] = value.copy(order="K")
            memo.setdefault(id(memo), []).append(value)  # alive, since its id is a key
        return done
    return copy.deepcopy(value, memo)


def state_of(node: Node) -> dict[str, Any]:
    """Give what belongs to the node itself."""
    return {k: v for k, v in vars(node).items() if k not in _ELSEWHERE}


def deepcopy_operation(node: Any, memo: dict[int, Any]) -> Any:
    """Copy a node with its whole graph; a recipe by itself."""
    if node._graph is not None:
        copy.deepcopy(node._graph, memo)  # which notes the copy of each of its nodes
        return memo[id(node)]
    fresh = memo[id(node)] = object.__new__(type(node))
    for key, value in vars(node).items():
        fresh.__dict__[key] = copied(value, memo)
    return fresh


def deepcopy_leaf(leaf: Node, memo: dict[int, Any]) -> Node:
    """Copy a leaf that belongs to no graph."""
    fresh = memo[id(leaf)] = object.__new__(type(leaf))
    fresh.id = next(IDS)
    for key, value in vars(leaf).items():
        if key not in ("id", "_hooks"):
            fresh.__dict__[key] = copied(value, memo)
    return fresh


def deepcopy_graph(graph: Graph, memo: dict[int, Any]) -> Graph:
    """Copy a graph and all its nodes."""
    fresh = memo[id(graph)] = type(graph)(graph.name)
    fresh.training = graph.training
    new_ids: dict[int, int] = {}
    pending = []
    for node in graph.nodes:
        twin = memo.get(id(node))
        if twin is None and node._graph is not graph:
            twin = copy.deepcopy(node, memo)
        if twin is None:
            twin = memo[id(node)] = object.__new__(type(node))
            twin.id = next(IDS)
            twin._graph = fresh
            pending.append((node, twin))
        new_ids[node.id] = twin.id
        fresh._nodes[twin.id] = twin
    for node, twin in pending:
        for key, value in state_of(node).items():
            twin.__dict__[key] = copied(value, memo)
    wire(fresh, pending, new_ids, memo)
    fresh._output_grads = {
        new_ids[i]: copied(g, memo) for i, g in graph._output_grads.items()
    }
    fresh._input_grads = {
        new_ids[i]: tuple([copied(g, memo) for g in grads])
        for i, grads in graph._input_grads.items()
    }
    fresh._traces = renumbered(graph._traces, new_ids)
    fresh._result_ids = tuple([new_ids[i] for i in graph._result_ids])
    fresh._failure = renumbered_record(record_for_copy(graph), new_ids)
    copy_names(graph, fresh, new_ids)
    return fresh


def renumbered(
    traces: Mapping[int, Trace], new_ids: Mapping[int, int]
) -> dict[int, Trace]:
    """Write down with fresh ids what nodes were traced from."""
    facts_of: dict[int, Facts] = {}  # the traces of one pass share their facts
    fresh = {}
    for node_id, trace in traces.items():
        facts = facts_of.get(id(trace.facts))
        if facts is None:
            facts = facts_of[id(trace.facts)] = Facts()
            facts.training = trace.facts.training
            facts.shapes = {
                new_ids[i]: shape
                for i, shape in trace.facts.shapes.items()
                if i in new_ids
            }
        origin = new_ids.get(trace.origin, trace.origin)
        fresh[new_ids[node_id]] = trace._replace(origin=origin, facts=facts)
    return fresh


def wire(
    graph: Graph,
    pairs: list[tuple[Any, Any]],
    new_ids: dict[int, int],
    memo: dict[int, Any],
) -> None:
    """Connect the copies as the originals are connected."""
    nodes = graph._nodes
    for node, twin in pairs:
        if node.kind != "operation":
            continue
        twin.input_ids = tuple([new_ids[i] for i in node.input_ids])
        originals = node.inputs
        twin.input_values = tuple(
            [
                nodes[new_id].output
                if value is original.output
                else copied(value, memo)
                for new_id, value, original in zip(
                    twin.input_ids, node.input_values, originals, strict=False
                )
            ]
        )
        if node._own_input is not None:
            twin._own_input = nodes[new_ids[node._own_input.id]]


def copy_names(graph: Graph, fresh: Graph, new_ids: dict[int, int]) -> None:
    """Let the copies have the originals' names."""
    graph._give_names()
    for old_id, name in graph._names.of.items():
        fresh._names.of[new_ids[old_id]] = name
        fresh._names.ids[name] = new_ids[old_id]
    fresh._named = len(fresh._nodes)


# -- pickling --------------------------------------------------------------------------
class Packed:
    """A node's own state, on its way through a pickle; the graph puts it back."""

    def __init__(self, node: Any) -> None:
        self.id = 0
        self.kind = type(node)
        self.state = state_of(node)
        self.own_input = None if node._graph is None else own_input_id(node)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # numbered as it is read, so that nodes and leaves keep their order
        self.__dict__.update(state, id=next(IDS))


def own_input_id(node: Any) -> int | None:
    """Give the id of the input that a local forward made."""
    made = getattr(node, "_own_input", None)
    return None if made is None else made.id


def reduce_node(node: Any) -> tuple[Any, ...]:
    """Pickle a node as a place in its graph."""
    return (node_at, (node._graph, node._graph.nodes.index(node)))


def node_at(graph: Graph, position: int) -> Node:
    """Find a node again by its place in the list that was pickled."""
    node: Node = list(graph._nodes.values())[position]
    return node


def reduce_graph(graph: Graph) -> tuple[Any, ...]:
    """Pickle a graph as a list of nodes in topological order."""
    graph._give_names()
    records = [
        (
            Packed(node) if node._graph is graph else node,
            node.id,
            node.input_ids,
            getattr(node, "input_values", ()),
            graph._names.of[node.id],
        )
        for node in graph.nodes
    ]
    gradients = graph._output_grads, graph._input_grads
    traced = graph._traces, graph._result_ids
    state = (graph.training, records, gradients, traced, record_for_copy(graph))
    return (type(graph), (graph.name,), state, None, None, restore_graph)


def restore_graph(graph: Graph, state: Any) -> None:
    """Fill an unpickled graph."""
    training, records, gradients, (traces, result_ids), *more = state
    output_grads, input_grads = gradients
    graph.training = training
    new_ids: dict[int, int] = {}
    own_inputs = []
    for packed, old_id, input_ids, input_values, name in records:
        if isinstance(packed, Packed):
            node = object.__new__(packed.kind)
            node.__dict__.update(packed.state)
            node.id = packed.id
            node._graph = graph
            if input_ids:
                node.input_ids = tuple([new_ids[i] for i in input_ids])
                node.input_values = input_values
            if packed.own_input is not None:
                own_inputs.append((node, packed.own_input))
        else:
            node = packed
        new_ids[old_id] = node.id
        graph._nodes[node.id] = node
        graph._names.of[node.id] = name
        graph._names.ids[name] = node.id
    for node, input_id in own_inputs:
        node._own_input = graph._nodes[new_ids[input_id]]
    graph._named = len(graph._nodes)
    graph._output_grads = {new_ids[i]: g for i, g in output_grads.items()}
    graph._input_grads = {new_ids[i]: g for i, g in input_grads.items()}
    graph._traces = renumbered(traces, new_ids)
    graph._result_ids = tuple([new_ids[i] for i in result_ids])
    graph._failure = renumbered_record(more[0], new_ids) if more else None
