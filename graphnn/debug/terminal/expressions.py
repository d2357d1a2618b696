"""Evaluating what a person types: the step's locals, the program's names, the nodes."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.debug.absent import is_absent, marked
from graphnn.debug.terminal.reading import (
    GRAPH,
    SCOPE,
    NodesByName,
    assigned_in,
    unquoted,
    with_paths,
)
from graphnn.debug.terminal.scopes import nodes_in_scope
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.variables import assign, delete
from graphnn.debug.watched import splits
from graphnn.graph.context import paused
from graphnn.graph.watching import unwatched

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Names:
    """What a name means: as in the program, then as in the graph.

    Parameters
    ----------
    graph : Graph
    locals_ : callable
        Gives the names of the step: ``output_grad`` and the like.
    program : callable
        Gives the names of the program that is debugged.
    frame : callable, optional
        Gives the function of the program that statements run in.

    Attributes
    ----------
    own : dict
        What was assigned at the prompt, and is no variable of the program's.
    """

    def __init__(
        self,
        graph: Graph,
        locals_: Callable[[], Mapping[str, Any]],
        program: Callable[[], Mapping[str, Any]],
        frame: Callable[[], FrameType | None] = lambda: None,
    ) -> None:
        self.graph, self._locals, self._program = graph, locals_, program
        self._frame = frame
        self.own: dict[str, Any] = {}

    def all(self) -> dict[str, Any]:
        """Give the names of the step and the program; those of nodes come on top."""
        names: dict[str, Any] = {"np": np, "g": self.graph, "graph": self.graph}
        return {**names, **self._program(), **self._locals(), **self.own}

    def knows(self, name: str) -> bool:
        """Tell whether something is called so."""
        known = name in self.all() or self.is_node(name) or hasattr(builtins, name)
        return known or nodes_in_scope(name, self.graph) is not None

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

    def node_and_index(self, text: str) -> tuple[Any, str] | None:
        """Split ``w.grad[2, 3]`` and ``"größe[0]"[1]`` into node and index.

        The name may be quoted, and have brackets in it. None where it names no node.
        """
        for spelling in (text, re.sub(r"\s+\[", "[", text)):
            for name, index in splits(spelling):
                node = self.node_called(unquoted(name))
                if node is not None:
                    return node, index
        return None

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

    def is_absent(self, text: str) -> bool:
        """Tell an expression that fails only because of a gradient that is None."""
        try:
            tree = self._parsed(text, "eval")
        except (SyntaxError, ValueError):
            return False
        namespace = self._namespace(tree)
        with looking():
            return is_absent(compile(marked(tree), "<gnn>", "eval"), namespace)

    def execute(self, text: str, show: Callable[[Any], None]) -> list[str]:
        """Run a statement as if it stood in the program, which gets what it assigns.

        Returns
        -------
        list of str
            What one might not expect of what has been assigned.

        Raises
        ------
        Refused
            If it assigns to a name of the step.
        Exception
            Whatever the statement raises.
        """
        tree = self._parsed(text, "single")
        self._refuse_names_of_the_step(assigned_in(with_paths(text, self)))
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
        remarks = [
            self._assign(name, value)
            for name, value in namespace.items()
            if value is not before.get(name, missing)
        ]
        gone = before.keys() - namespace.keys() - {"__builtins__"}
        remarks += [self._delete(name) for name in gone]
        return [remark for remark in remarks if remark]

    def _assign(self, name: str, value: Any) -> str:
        frame = self._frame()
        where = "own" if frame is None else assign(frame, name, value)
        if frame is None or not where:
            self.own[name] = value
        else:
            self.own.pop(name, None)
        if frame is None or where == "local":
            return ""
        function = f"{frame.f_code.co_name}()"
        if where == "global":
            return f"{name} is no local of {function}: set in the module."
        return f"{name} is a name of the debugger's: {function} has no such variable."

    def _delete(self, name: str) -> str:
        if name in self.own:
            del self.own[name]
            return ""
        frame = self._frame()
        if frame is None or delete(frame, name):
            return ""
        return f"{name} stays: a function that runs keeps its variables."

    def _refuse_names_of_the_step(self, names: list[str]) -> None:
        hidden = self._locals()
        for name in names:
            if name not in hidden:
                continue
            fix = "A variable of your program: go up to its function (u) first."
            if name in SETTABLE:
                fix = f"To change it: set {SETTABLE[name]} = …"
            raise Refused(f"{name} is a name of the step: nothing is assigned", fix)

    def _parsed(self, text: str, mode: str) -> Any:
        tree = ast.parse(f"{with_paths(text, self)}\n", "<gnn>", mode)
        return ast.fix_missing_locations(NodesByName().visit(tree))

    def _namespace(self, tree: Any) -> dict[str, Any]:
        """Give the names for an expression.

        ``sum`` may be a node; in ``sum(…)`` it is Python's.
        """
        names = self.all()
        names[GRAPH] = self.graph
        names[SCOPE] = lambda text: nodes_in_scope(text, self.graph)
        called = {p.func for p in ast.walk(tree) if isinstance(p, ast.Call)}
        for part in ast.walk(tree):
            if isinstance(part, ast.Name) and part.id not in names:
                is_builtin = part in called and hasattr(builtins, part.id)
                node = self.node_called(part.id)
                if node is None:
                    node = nodes_in_scope(part.id, self.graph)
                if node is not None and not is_builtin:
                    names[part.id] = node
        return names


SETTABLE = {
    **dict.fromkeys(("output_grad", "grad"), "grad"),
    **dict.fromkeys(("inputs", "input_"), "input_"),
    **dict.fromkeys(("input_grads", "input_grad", "accumulated"), "input_grad"),
    **{name: name for name in ("output", "param", "param_grad")},
}
"""Names of the step that `set` understands, and how it is typed."""


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
