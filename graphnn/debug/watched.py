"""What is to be watched: a node, an element of it, text, a function."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphnn.debug.conditions import STEP_NAMES, explained
from graphnn.debug.places import names_in
from graphnn.debug.watchpoints import ExpressionWatch, GradientWatch, Watch
from graphnn.errors import ArgumentError, MissingNode, did_you_mean
from graphnn.graph.node import Node
from graphnn.ops.arguments import is_whole

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


def watch_of(
    what: Any, graph: Graph | None, names: Mapping[str, Any] | None = None
) -> Watch:
    """Find out what is to be watched.

    Parameters
    ----------
    what : node, (node or str, index), str or callable
        A node, or its name: its gradient. With an index: that element. Text may be
        ``w.grad``, ``w.grad[2, 3]``, ``w[2, 3]``, or an expression over the locals of
        a step; a callable is a function of the step.
    graph : Graph or None
    names : mapping of str to object, optional
        The user's own names.

    Raises
    ------
    MissingNode
        For a node that is not in the graph, and text that names nothing.
    GradientError
        For what has no gradient: constants, states, integers.
    ArgumentError
        For an element that is out of range, and all that cannot be watched.
    """
    if isinstance(what, tuple):
        if len(what) != 2 or not isinstance(what[0], Node | str):
            raise ArgumentError(
                f"{what!r:.60} cannot be watched",
                "A node and the index of an element: (w, (2, 3)).",
            )
        return GradientWatch(watched_node(what[0], graph, names), what[1])
    if isinstance(what, Node):
        return GradientWatch(watched_node(what, graph, names))
    if isinstance(what, str) and what:
        return watch_of_text(what.strip(), graph, names or {})
    if callable(what) and not isinstance(what, type):
        return ExpressionWatch(what)
    raise ArgumentError(
        f"{what!r:.60} cannot be watched",
        "A node (its gradient), (node, index), 'w.grad[2,3]', an expression over the "
        "locals of a step, or a function of the step.",
    )


def watched_node(
    node: Any, graph: Graph | None, names: Mapping[str, Any] | None
) -> Any:
    """Find the node of a name, or check that it is in the graph."""
    if isinstance(node, Node):
        return node if graph is None else graph.find(node)
    found = node_called(node, graph, names or {})
    if found is None:
        known = names_in(graph) if graph is not None else ()
        raise MissingNode(f"no node {node!r} to watch", did_you_mean(node, known))
    return found


def node_called(text: str, graph: Graph | None, names: Mapping[str, Any]) -> Any:
    """Find the node of an exact name, of the user's variable, of the end of a name."""
    known = names_in(graph) if graph is not None else {}
    if text in known:
        return known[text]
    if text in STEP_NAMES:
        return None
    variable = names.get(text)
    if isinstance(variable, Node) and variable.id:
        return variable if graph is None else graph.find(variable)
    ends = [name for name in known if name.endswith("/" + text)]
    if len(ends) > 1:
        listed = ", ".join(ends[:8])
        raise ArgumentError(
            f"{text!r} is the name of {len(ends)} nodes: {listed}",
            "Give the whole name of one.",
        )
    return known[ends[0]] if ends else None


def watch_of_text(text: str, graph: Graph | None, names: Mapping[str, Any]) -> Watch:
    """Find out what text is to watch: a gradient, or else an expression."""
    for name, index in splits(text):
        node = node_called(name, graph, names)
        if node is not None:
            return GradientWatch(node, element_of(index, names))
    unknown = unknown_names(text, names)
    name = re.split(r"\.grad|\[", text)[0]
    if unknown is None and ".grad" not in text:
        unknown = []  # no expression: compiling it says why
    elif unknown != [] and re.fullmatch(r"[\w./ -]+", name):
        unknown = [name]  # as a whole: "dense_1/w" is not meant as a quotient
    if unknown and graph is not None and unknown[0] in names_in(graph):
        raise MissingNode(
            f"cannot watch {text!r}: {unknown[0]!r} is a node, no local of a step",
            f"Watch its gradient by itself, such as {unknown[0]}.grad, or an "
            "expression over the locals of a step.",
        )
    if unknown:
        known = [*(names_in(graph) if graph is not None else ()), *STEP_NAMES, *names]
        raise MissingNode(
            f"cannot watch {text!r}: no node, and no local of a step, is called "
            f"{unknown[0]!r}",
            did_you_mean(unknown[0], known),
        )
    return ExpressionWatch(text)


def gradient_called(text: str, graph: Graph) -> tuple[Any, Any]:
    """Find the node, and the index or None, of text such as ``w.grad[2, 3]``.

    Text that names nothing comes back as it is.
    """
    for name, index in splits(text):
        node = node_called(name, graph, {})
        if node is not None:
            return node, element_of(index, {}) if index else None
    return text, None


def splits(text: str) -> Iterator[tuple[str, str]]:
    """List the ways to read text as a name and an index, the longest name first."""
    yield text, ""
    for end in range(len(text), 0, -1):
        name, rest = text[:end], text[end:]
        if rest and not is_index(rest):
            continue
        for ending in (".output_grad", ".grad"):
            if name.endswith(ending):
                yield name.removesuffix(ending), rest
        if rest:
            yield name, rest


def is_index(text: str) -> bool:
    """Tell text that is an index in brackets, or several, and nothing else."""
    if not (text.startswith("[") and text.endswith("]")):
        return False
    try:
        tree = ast.parse(f"_{text}", mode="eval").body
    except (SyntaxError, ValueError):
        return False
    while isinstance(tree, ast.Subscript):
        tree = tree.value
    return isinstance(tree, ast.Name)


class Indices:
    """Remembers what it was indexed with."""

    def __init__(self, *indices: Any) -> None:
        self.indices = indices

    def __getitem__(self, index: Any) -> Indices:
        return Indices(*self.indices, index)


def element_of(text: str, names: Mapping[str, Any]) -> Any:
    """Give the index that text in brackets stands for: of ``[1][0]`` that is (1, 0)."""
    try:
        found = eval(f"_{text}", {**names, "_": Indices()}).indices
    except Exception as error:
        raise ArgumentError(f"{text} is no index: {explained(error)}") from error
    if len(found) == 1:
        return found[0]
    if not all(is_whole(index) for index in found):
        raise ArgumentError(f"{text} is more than one index", "Write w.grad[1, 2:4].")
    return found


def unknown_names(text: str, names: Mapping[str, Any]) -> list[str] | None:
    """List the names in an expression that are known nowhere; None if it is none."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return None
    used = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    own = {n.id for n in used if not isinstance(n.ctx, ast.Load)}
    own |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    known = {*own, *STEP_NAMES, *names, *dir(builtins)}
    return [n.id for n in used if n.id not in known]
