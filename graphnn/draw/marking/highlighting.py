"""Which nodes are pointed out: given as nodes, names, globs or functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from graphnn.draw.choosing import chosen
from graphnn.draw.marking.marks import MARKS
from graphnn.errors import ArgumentError, did_you_mean
from graphnn.graph.node import Node

if TYPE_CHECKING:
    from graphnn.graph import Graph

MARK = "highlight"


def highlighted(graph: Graph, given: Any) -> dict[int, tuple[str, ...]]:
    """Find the nodes to point out, and how each is marked.

    Parameters
    ----------
    graph : Graph
    given : node, str, iterable of them, callable, mapping, or None
        A name is that of a node or of a scope, which stands for all in it; a glob, such
        as ``"*/weight"``, is laid against the names of nodes. A function is asked with
        each node's full name. A mapping gives each of these a mark of
        :data:`graphnn.draw.marking.marks.MARKS` instead of ``"highlight"``.

    Returns
    -------
    dict of int to tuple of str
        By id, the names of the marks.

    Raises
    ------
    MissingNode
        For a node of another graph, and a name or glob that fits none.
    ArgumentError
        If it is none of these, or a mark that there is not.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> with gn.scope("block"):
    ...     y = np.exp(gn.Input("x", value=1.0) * 2.0)
    >>> [y.graph.name_of(n) for n in y.graph.nodes if n.id in highlighted(y.graph, y)]
    ['block/exp']
    >>> len(highlighted(y.graph, "block")), len(highlighted(y.graph, "*/e?p"))
    (4, 1)
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        return dict.fromkeys(_ids(graph, given), (MARK,))
    found: dict[int, tuple[str, ...]] = {}
    for key, marks in given.items():
        names = (marks,) if isinstance(marks, str) else tuple(marks)
        for name in names:
            if name not in MARKS:
                raise ArgumentError(
                    f"cannot highlight with the mark {name!r}",
                    did_you_mean(str(name), MARKS),
                )
        for node_id in _ids(graph, key):
            found[node_id] = found.get(node_id, ()) + names
    return found


def with_marks(*found: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """Join the marks of nodes, the weakest first.

    Examples
    --------
    >>> with_marks({1: ("victim",)}, {1: ("highlight",), 2: ("done",)})
    {1: ('highlight', 'victim'), 2: ('done',)}
    """
    joined: dict[int, set[str]] = {}
    for marks in found:
        for node_id, names in marks.items():
            joined.setdefault(node_id, set()).update(names)
    return {
        node_id: tuple([mark for mark in MARKS if mark in names])
        for node_id, names in joined.items()
    }


def _ids(graph: Graph, given: Any) -> list[int]:
    """Find the ids of the nodes that are meant."""
    if isinstance(given, Node):
        return [graph.find(given).id]
    if isinstance(given, str) or callable(given):
        return _named(graph, given)
    if not isinstance(given, Iterable):
        raise ArgumentError(
            f"cannot highlight {given!r:.60}",
            "Give nodes, names, globs, or a function of the name.",
        )
    each = list(given)
    nodes = [graph.find(one).id for one in each if isinstance(one, Node)]
    others = [one for one in each if not isinstance(one, Node)]
    return [*nodes, *(_named(graph, others) if others else [])]


def _named(graph: Graph, given: Any) -> list[int]:
    """Find the nodes whose name, or that of a scope around them, is meant."""
    own = {graph.name_of(node): node.id for node in graph.nodes}
    if callable(given):
        return [own[name] for name in own if given(name)]
    inside: dict[str, list[int]] = {}
    for node in graph.nodes:
        for depth in range(1, len(node.scope) + 1):
            inside.setdefault("/".join(node.scope[:depth]), []).append(node.id)
    texts = [given] if isinstance(given, str) else given
    found: list[int] = []
    rest: list[Any] = []
    for text in texts:
        if isinstance(text, str) and text in inside and text not in own:
            found += inside[text]
        else:
            rest.append(text)
    names = chosen(own, rest, "highlight") if rest else set()
    return [*found, *[node_id for name, node_id in own.items() if name in names]]
