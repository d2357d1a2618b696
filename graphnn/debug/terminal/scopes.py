"""The nodes of a layer, by the layer's name, as an expression gives them."""

from __future__ import annotations

from typing import Any

from graphnn.debug.places import by_scope
from graphnn.graph.graph import Graph


class ScopeNodes(tuple[Any, ...]):
    """The nodes under a scope; printed, a list of them with what they hold."""

    __slots__ = ()

    def __repr__(self) -> str:
        wide = max(len(node.name) for node in self)
        return "\n".join(f"{node.name:<{wide}}  {type(node).__name__}" for node in self)


def nodes_in_scope(text: str, graph: Graph) -> ScopeNodes | None:
    """List the nodes under a scope, by its path or the end of that.

    Returns
    -------
    ScopeNodes or None
        None where no scope is called so.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> with gn.Graph() as graph, gn.scope("decoder"), gn.scope("gate"):
    ...     y = np.tanh(gn.Parameter(1.0, name="w"))
    >>> nodes_in_scope("gate", graph)
    decoder/gate/w     Parameter
    decoder/gate/tanh  Tanh
    >>> nodes_in_scope("output", graph) is None
    True
    """
    nodes = by_scope(text, list(graph.nodes))
    return ScopeNodes(nodes) if nodes else None
