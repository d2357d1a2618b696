"""Evaluating what a person types: the step's locals, the program's names, the nodes."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.graph.context import paused
from graphnn.graph.watching import unwatched

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

GRAPH = "_graph_"
"""What the graph is called in an expression that names one of its nodes."""

PATH = re.compile(r"""(?P<quoted>"[^"]*"|'[^']*')|(?P<name>[A-Za-z_]\w*(?:/\w+)+)""")
"""A name under a scope, ``dense_1/sigmoid``, or a text that may contain one."""


class Names:
    """What a name means: as in the program, then as in the graph.

    Parameters
    ----------
    graph : Graph
    locals_ : callable
        Gives the names of the step: ``output_grad`` and the like.
    program : callable
        Gives the names of the program that is debugged.

    Attributes
    ----------
    own : dict
        What was assigned at the prompt.
    """

    def __init__(
        self,
        graph: Graph,
        locals_: Callable[[], Mapping[str, Any]],
        program: Callable[[], Mapping[str, Any]],
    ) -> None:
        self.graph, self._locals, self._program = graph, locals_, program
        self.own: dict[str, Any] = {}

    def all(self) -> dict[str, Any]:
        """Give the names of the step and the program; those of nodes come on top."""
        names: dict[str, Any] = {"np": np, "g": self.graph, "graph": self.graph}
        return {**names, **self._program(), **self._locals(), **self.own}

    def knows(self, name: str) -> bool:
        """Tell whether something is called so."""
        return name in self.all() or self.is_node(name) or hasattr(builtins, name)

    def is_node(self, name: str) -> bool:
        """Tell whether a node is called so."""
        self.graph._give_names()
        return name in self.graph._names.ids

    def node_called(self, name: str) -> Any:
        """Give the node of a name, or the only one whose name ends so; else None."""
        if self.is_node(name):
            return self.graph[name]
        ends = [n for n in self.graph._names.ids if n.endswith(f"/{name}")]
        return self.graph[ends[0]] if len(ends) == 1 else None

    def evaluate(self, text: str) -> Any:
        """Evaluate an expression.

        Nodes that it makes compute, and leave no trace in the graph.

        Raises
        ------
        Exception
            Whatever the expression raises.
        """
        text = text.strip()
        if self.is_node(text) and text not in self.all():
            return self.graph[text]  # any text may be the name of a node
        tree = self._parsed(text, "eval")
        with looking():
            return eval(compile(tree, "<gnn>", "eval"), self._namespace(tree))

    def execute(self, text: str, show: Callable[[Any], None]) -> None:
        """Run a statement; what it assigns is kept, and hides what was called so."""
        tree = self._parsed(text, "single")
        namespace = self._namespace(tree)
        before = dict(namespace)
        with looking():
            for part in tree.body:
                if isinstance(part, ast.Expr):
                    code = compile(ast.Expression(part.value), "<gnn>", "eval")
                    value = eval(code, namespace)
                    if value is not None:
                        show(value)
                else:
                    exec(compile(ast.Module([part], []), "<gnn>", "exec"), namespace)
        namespace.pop("__builtins__", None)
        missing = object()
        for name, value in namespace.items():
            if value is not before.get(name, missing):
                self.own[name] = value
        for name in before.keys() - namespace.keys():
            self.own.pop(name, None)

    def _parsed(self, text: str, mode: str) -> Any:
        tree = ast.parse(f"{with_paths(text, self)}\n", "<gnn>", mode)
        return ast.fix_missing_locations(NodesByName().visit(tree))

    def _namespace(self, tree: Any) -> dict[str, Any]:
        """Give the names for an expression.

        ``sum`` may be a node; in ``sum(…)`` it is Python's.
        """
        names = self.all()
        names[GRAPH] = self.graph
        called = {p.func for p in ast.walk(tree) if isinstance(p, ast.Call)}
        for part in ast.walk(tree):
            if isinstance(part, ast.Name) and part.id not in names:
                is_builtin = part in called and hasattr(builtins, part.id)
                node = self.node_called(part.id)
                if node is not None and not is_builtin:
                    names[part.id] = node
        return names


@contextmanager
def looking() -> Iterator[None]:
    """Let what runs in the block leave no trace: neither in the graph nor in a log."""
    with paused(), unwatched(), np.errstate(all="ignore"):
        yield


class NamesNow(Mapping[str, Any]):
    """Names that are looked up anew each time that all of them are asked for.

    Conditions are computed while the program goes on, whose variables have changed.
    """

    def __init__(self, look_up: Callable[[], dict[str, Any]]) -> None:
        self._look_up = look_up
        self._found: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        self._found = self._look_up()
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._look_up())

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return (self._found or self._look_up())[name]


class NodesByName(ast.NodeTransformer):
    """Let ``node("name")`` be a node, though ``node`` alone is the current one."""

    def visit_Call(self, call: ast.Call) -> ast.AST:
        """Turn ``node("name")`` into ``g["name"]``."""
        self.generic_visit(call)
        match call:
            case ast.Call(ast.Name("node"), [ast.Constant(str()) as name], []):
                graph = ast.Name(GRAPH, ast.Load())
                return ast.copy_location(ast.Subscript(graph, name, ast.Load()), call)
        return call


def with_paths(text: str, names: Names) -> str:
    r"""Put the node for ``dense_1/sigmoid`` where a node is called so.

    Examples
    --------
    >>> import graphnn as gn
    >>> with gn.Graph() as graph, gn.scope("a"):
    ...     x = gn.Input("x", value=1.0)
    >>> with_paths("a/x * 2 + a/b, 'a/x'", Names(graph, dict, dict))
    '_graph_["a/x"] * 2 + a/b, \'a/x\''
    """

    def put(found: re.Match[str]) -> str:
        name = found["name"]
        is_name = name is not None and names.is_node(name)
        return f'{GRAPH}["{name}"]' if is_name else found.group()

    return PATH.sub(put, text)
