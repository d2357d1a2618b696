"""Layers, and names of scopes, where a picture is asked about nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphnn.errors import MissingNode
from graphnn.graph.node import Node
from graphnn.nn.assembly import is_layer

if TYPE_CHECKING:
    from graphnn.draw.options import Options
    from graphnn.graph import Graph

Scope = tuple[str, ...]


def without_layers(graph: Graph, options: Options) -> Options:
    """Put nodes and names of scopes in the place of layers.

    A layer stands for its scope, as the name of the scope does: to highlight, mark,
    fold or open it is about all in it. Where one node is meant, as with ``around``,
    ``target`` and notes, it is the last operation in it: a box that is closed over it
    has its note.

    Parameters
    ----------
    graph : Graph
    options : Options

    Returns
    -------
    Options

    Raises
    ------
    MissingNode
        For a layer that has added nothing to the graph.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> from graphnn.draw.options import Options
    >>> layer = gn.Dense(2, "tanh")
    >>> graph = layer(gn.Input("x", value=np.ones((1, 3)))).graph
    >>> options = without_layers(graph, Options(around=layer, fold=[layer]))
    >>> options.around.name, options.fold
    ('dense_1/tanh', ['dense_1'])
    """
    layers = Layers(graph)
    changes: dict[str, Any] = {
        "target": layers.last_ones(options.target),
        "around": layers.last(options.around),
        "highlight": layers.all_in(options.highlight),
        "fold": layers.names(options.fold),
        "expand": layers.names(options.expand),
        "within": layers.name(options.within),
    }
    if options.marks is not None:
        changes["marks"] = layers.marks(options.marks)
    if options.notes is not None:
        changes["notes"] = layers.notes(options.notes)
    return replace(
        options, **{k: v for k, v in changes.items() if v is not getattr(options, k)}
    )


class Layers:
    """The layers of a graph, and the nodes in their scopes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    # -- what an option is about -------------------------------------------------------
    def last(self, given: Any) -> Any:
        """Give the last operation, for a layer or the name of a scope."""
        scopes = self._scopes_meant(given)
        operations = [
            node
            for scope in scopes
            for node in self.inside[scope]
            if node.kind == "operation"
        ]
        forward = [node for node in operations if node.forward_node is None]
        found = forward or operations
        return max(found, key=lambda node: node.id) if found else given

    def last_ones(self, given: Any) -> Any:
        """Give the same for one, or for each of several."""
        if isinstance(given, list | tuple):
            return [self.last(each) for each in given]
        return self.last(given)

    def all_in(self, given: Any) -> Any:
        """Give all nodes of layers; whatever else is given stays."""
        if is_layer(given):
            return self._nodes_of(given)
        if isinstance(given, Mapping):
            found: dict[Any, Any] = {}
            for key, marks in given.items():
                keys = self._nodes_of(key) if is_layer(key) else [key]
                found.update(dict.fromkeys(keys, marks))
            return found
        if _is_several(given) and any(map(is_layer, given := list(given))):
            several = [self.all_in(e) if is_layer(e) else [e] for e in given]
            return [node for nodes in several for node in nodes]
        return given

    def names(self, given: Any) -> Any:
        """Give the names of the scopes of layers; whatever else is given stays."""
        if is_layer(given):
            return self._names_of(given)
        if _is_several(given) and any(map(is_layer, given := list(given))):
            several = [self._names_of(e) if is_layer(e) else [e] for e in given]
            return [name for names in several for name in names]
        return given

    def name(self, given: Any) -> Any:
        """Give the name of the first scope of a layer; whatever else is given stays."""
        return self._names_of(given)[0] if is_layer(given) else given

    def marks(self, given: Mapping[Any, Any]) -> dict[Any, Any]:
        """Mark all that is in a scope."""
        found: dict[Any, Any] = {}
        for key, marks in given.items():
            scopes = self._scopes_meant(key)
            nodes = [node for scope in scopes for node in self.inside[scope]]
            found.update(dict.fromkeys(nodes or [key], marks))
        return found

    def notes(self, given: Mapping[Any, Any]) -> dict[Any, Any]:
        """Lay the note of a scope to the last operation in it."""
        return {self.last(key): note for key, note in given.items()}

    # -- finding -----------------------------------------------------------------------
    @cached_property
    def inside(self) -> dict[Scope, list[Any]]:
        """What lies in each scope, at any depth."""
        found: dict[Scope, list[Any]] = {}
        for node in self.graph.nodes:
            for depth in range(1, len(node.scope) + 1):
                found.setdefault(tuple(node.scope[:depth]), []).append(node)
        return found

    @cached_property
    def _names(self) -> set[str]:
        return {self.graph.name_of(node) for node in self.graph.nodes}

    def _scopes_meant(self, given: Any) -> list[Scope]:
        """Find the scopes of a layer, or that of a name which no node has."""
        if is_layer(given):
            return self._scopes_of(given)
        if not isinstance(given, str) or given in self._names:
            return []
        scope = tuple(given.split("/"))
        return [scope] if scope in self.inside else []

    def _scopes_of(self, layer: Any) -> list[Scope]:
        layers = self.graph.layers
        found = [s for s, each in layers.items() if each is layer and s in self.inside]
        if not found:
            raise MissingNode(
                f"{layer!r} has added nothing to {self.graph!r}",
                "Give a layer that was called in this graph, or the name of a scope.",
            )
        return found

    def _nodes_of(self, layer: Any) -> list[Any]:
        return [node for scope in self._scopes_of(layer) for node in self.inside[scope]]

    def _names_of(self, layer: Any) -> list[str]:
        return ["/".join(scope) for scope in self._scopes_of(layer)]


def _is_several(given: Any) -> bool:
    """Tell an iterable of things from one of them; nodes can be iterated over, too."""
    return isinstance(given, Iterable) and not isinstance(given, str | Mapping | Node)
