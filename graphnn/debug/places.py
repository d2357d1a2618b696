"""Where a breakpoint stands: a node, a name, a pattern, a type, a line, a scope.

Text is taken for the first of these that fits: the exact name of a node; the end of
one (``sigmoid`` for ``dense_1/sigmoid``); a scope; an operation type; a line of the
user's file; a pattern. So a name may hold any character, and still be found.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from weakref import ref

from graphnn.errors import ArgumentError, GraphnnError, MissingNode, did_you_mean
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

LINE = re.compile(r"(?:(?P<file>.+):)?(?P<line>\d+)", re.DOTALL)
"""``model.py:14``, or ``14`` where all the nodes are from one file."""


class Place:
    """A set of steps, told by their nodes.

    Parameters
    ----------
    where : node, str, int, type, Layer or None
        A node; text (see above); a line number, where the nodes were all made in one
        file; an operation type, which stands for its subclasses too; a layer; or None
        for every step. Several nodes may fit: all of them count.
    graph : Graph, optional
        Without one nothing is checked, and text is looked up in the graph of each step.

    Attributes
    ----------
    text : str
        As it is listed.

    Raises
    ------
    MissingNode
        If nothing in the graph fits; the nearest name, or line, is suggested.
    ArgumentError
        For what cannot be a place, or takes no step: inputs and parameters do not.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> with gn.scope("block"):
    ...     y = np.sum(np.exp(gn.Input("x", value=[0.0, 1.0])))
    >>> for where in ("exp", "Exp", "block", "*/s*", y, gn.Operation):
    ...     print(Place(where, y.graph).names(y.graph))
    ['block/exp']
    ['block/exp']
    ['block/exp', 'block/sum']
    ['block/sum']
    ['block/sum']
    ['block/exp', 'block/sum']
    """

    def __init__(self, where: Any, graph: Graph | None = None) -> None:
        check_where(where)
        self.where = str(where) if isinstance(where, int) else where
        self.count: int | None = None
        """How many nodes fit in the graph; None for every step, or without a graph."""
        if graph is not None and where is not None:
            self.count = len(require_nodes(self.where, graph))
        self._graph: Callable[[], Graph | None] | None = None
        self._size = -1
        self._ids: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """What the place is called in a list."""
        where = self.where
        if where is None:
            return "every step"
        if isinstance(where, str):
            return where
        if isinstance(where, type):
            return where.__name__
        return getattr(where, "name", None) or type(where).__name__

    def fits(self, node: Any) -> bool:
        """Tell whether a step of this node is meant; cheap: asked at every step."""
        where, graph = self.where, node._graph
        if where is None or where is node:
            return True
        if graph is None:
            return False
        size = len(graph._nodes)
        if self._graph is None or self._graph() is not graph or self._size != size:
            self._ids = frozenset([n.id for n in find_nodes(where, graph)])
            self._graph, self._size = ref(graph), size
        return node.id in self._ids

    def forget(self) -> None:
        """Look names up again: nodes may have been renamed."""
        self._graph = None

    def names(self, graph: Graph) -> list[str]:
        """List the names of the nodes that fit."""
        if self.where is None:
            return [node.name for node in operations(graph)]
        return [node.name for node in find_nodes(self.where, graph)]


def check_where(where: Any) -> None:
    """Refuse what cannot be a place in any graph."""
    if isinstance(where, bool) or (isinstance(where, str) and not where):
        raise ArgumentError(f"{where!r} is no place to stop at", HOW)
    if isinstance(where, Node) and not where.id:
        raise ArgumentError(
            f"{where!r} is in no graph: nothing runs it",
            f"For every node of its type: {type(where).__name__}, without ().",
        )
    if isinstance(where, type) and not issubclass(where, Operation):
        raise ArgumentError(f"{where.__name__} is no operation type", HOW)
    if where is None or isinstance(where, str | int | type | Node):
        return
    if not hasattr(where, "operations"):
        fix = HOW
        if callable(where):
            fix = "A function of the step is a condition: condition=function."
        raise ArgumentError(
            f"a place to stop at is not of type {type(where).__name__}", fix
        )


HOW = (
    "A place is a node or its name, a pattern such as 'dense_*/bias_add', an operation "
    "type, 'model.py:14', a scope or layer; None is every step."
)


def names_in(graph: Graph) -> dict[str, Any]:
    """Give the nodes, leaves included, by the names that they have in the graph."""
    return {graph.name_of(node): node for node in graph.nodes}


def operations(graph: Graph) -> list[Any]:
    """List the nodes that take steps."""
    return [node for node in graph.nodes if node.kind == "operation"]


# -- finding ---------------------------------------------------------------------------
def find_nodes(where: Any, graph: Graph) -> list[Any]:
    """List the operations that fit; none, where nothing does."""
    found = operations(graph)
    if isinstance(where, Node):
        return [node for node in found if node is where]
    if isinstance(where, type):
        return [node for node in found if isinstance(node, where)]
    if not isinstance(where, str):
        scopes = [scope for scope, layer in graph.layers.items() if layer is where]
        return [n for n in found if any(n.scope[: len(s)] == s for s in scopes)]
    named = names_in(graph).get(where)
    if named is not None:
        return [named] if named.kind == "operation" else []
    for finder in (by_own_name, by_scope, by_type, by_line, by_pattern):
        fitting = finder(where, found)
        if fitting:
            return fitting
    return []


def by_own_name(text: str, nodes: list[Any]) -> list[Any]:
    """Find the nodes whose names end like that, under any scopes."""
    return [node for node in nodes if node.name.endswith("/" + text)]


def by_scope(text: str, nodes: list[Any]) -> list[Any]:
    """Find the nodes in a scope, given by its path or, where that is none, its end."""
    paths = {node.scope: "/".join(node.scope) + "/" for node in nodes}
    whole = {scope for scope, path in paths.items() if path.startswith(text + "/")}
    inside = whole or {s for s, path in paths.items() if f"/{text}/" in f"/{path}"}
    return [node for node in nodes if node.scope in inside]


def by_type(text: str, nodes: list[Any]) -> list[Any]:
    """Find the nodes of a type, or of a type derived from it."""
    return [n for n in nodes if any(c.__name__ == text for c in type(n).__mro__[:-1])]


def by_line(text: str, nodes: list[Any]) -> list[Any]:
    """Find the nodes that a line of the user's has made."""
    line = LINE.fullmatch(text)
    if line is None:
        return []
    files = fitting_files(line["file"], nodes)
    number = int(line["line"])
    return [
        node
        for node in nodes
        if node.source and node.source.line == number and node.source.file in files
    ]


def by_pattern(text: str, nodes: list[Any]) -> list[Any]:
    """Find the nodes whose names, or else the ends of whose names, fit a pattern."""
    if not any(character in text for character in "*?["):
        return []
    whole = [node for node in nodes if fnmatchcase(node.name, text)]
    return whole or [node for node in nodes if fnmatchcase(node.name, "*/" + text)]


def fitting_files(text: str | None, nodes: Iterable[Any]) -> list[str]:
    """List the users' files that are meant: by the end of their path, or the only one.

    As in pdb, ``model`` stands for ``model.py``.
    """
    files = list(dict.fromkeys([node.source.file for node in nodes if node.source]))
    if text is None:
        return files if len(files) == 1 else []
    return [file for file in files if is_file(file, text)]


def is_file(file: str, text: str) -> bool:
    """Tell whether a path ends like that, or is the path that is meant from here."""
    wanted = PurePath(os.path.normcase(text)).parts
    for end in (wanted, (*wanted[:-1], wanted[-1] + ".py") if wanted else ()):
        if end and PurePath(os.path.normcase(file)).parts[-len(end) :] == end:
            return True
    try:
        path = Path(text).expanduser()
        return path.exists() and path.samefile(file)
    except (OSError, RuntimeError, ValueError):  # no such file, as in a notebook's cell
        return False


# -- what is wrong, where nothing fits -------------------------------------------------
def require_nodes(where: Any, graph: Graph) -> list[Any]:
    """List the operations that fit; raise where nothing does."""
    found = find_nodes(where, graph)
    if found:
        return found
    if isinstance(where, Node):
        raise no_step(graph.find(where))
    if isinstance(where, str):
        raise nothing_fits(where, graph)
    kind = where if isinstance(where, type) else type(where)
    types = {type(node).__name__ for node in operations(graph)}
    hint = did_you_mean(kind.__name__, types) if isinstance(where, type) else ""
    what = kind.__name__ if isinstance(where, type) else f"node of this {kind.__name__}"
    raise MissingNode(f"no {what} in {graph!r}", hint)


def no_step(node: Any) -> ArgumentError:
    """Say that nothing stops at a leaf."""
    users = ", ".join(consumer.name for consumer in node.consumers[:8])
    return ArgumentError(
        f"{node.describe()} is a leaf of kind {node.kind}: it takes no step to stop at",
        f"Stop at what uses it ({users}), or watch its gradient.",
    )


def nothing_fits(text: str, graph: Graph) -> GraphnnError:
    """Say what is nearest to text that fits nothing."""
    if text in names_in(graph):
        return no_step(names_in(graph)[text])
    line = LINE.fullmatch(text)
    nodes = operations(graph)
    if line is not None:
        return no_line(line, nodes)
    names = {node.name for node in nodes}
    names |= {node.name.rpartition("/")[2] for node in nodes}
    for scope in {node.scope for node in nodes if node.scope}:
        names |= {"/".join(scope), scope[-1]}
    names |= {type(node).__name__ for node in nodes}
    if by_pattern(text, graph.nodes):
        return ArgumentError(
            f"only leaves of {graph!r} fit {text!r}: they take no step to stop at"
        )
    return MissingNode(
        f"no node, scope, operation type or line {text!r} in {graph!r}",
        did_you_mean(text, names),
    )


def no_line(line: re.Match[str], nodes: list[Any]) -> MissingNode:
    """Say on which lines near by there are nodes."""
    made = [node for node in nodes if node.source]
    files = fitting_files(line["file"], made)
    known = {Path(node.source.file).name for node in made}
    if not files and line["file"] is None:
        return MissingNode(
            f"line {line['line']} of which file? The nodes were made in {len(known)}",
            f"Write file.py:{line['line']}. {did_you_mean('', known)}",
        )
    if not files:
        return MissingNode(
            f"no node was made in a file {line['file']!r}",
            did_you_mean(Path(line["file"]).name, known),
        )
    wanted, name = int(line["line"]), Path(files[0]).name
    by_number: dict[int, list[str]] = {}
    for node in made:
        if node.source.file in files:
            by_number.setdefault(node.source.line, []).append(node.name)
    near = sorted(sorted(by_number, key=lambda number: abs(number - wanted))[:4])
    listed = [f"{name}:{n} ({', '.join(by_number[n][:3])})" for n in near]
    return MissingNode(
        f"no node was made on {name}:{wanted}",
        f"The nearest lines with nodes: {', '.join(listed)}.",
    )
