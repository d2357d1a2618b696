"""How what a person types is read: names of nodes, quotes, what is assigned."""

from __future__ import annotations

import ast
import re
import symtable
from typing import TYPE_CHECKING

from graphnn.debug.conditions import STEP_NAMES
from graphnn.debug.terminal.scopes import nodes_in_scope

if TYPE_CHECKING:
    from graphnn.debug.terminal.expressions import Names

GRAPH = "_graph_"
"""What the graph is called in an expression that names one of its nodes."""

SCOPE = "_scope_"
"""And the function that gives the nodes of a scope."""

PATH = re.compile(r"""(?P<quoted>"[^"]*"|'[^']*')|(?P<name>[A-Za-z_]\w*(?:/\w+)+)""")
"""A name under a scope, ``dense_1/sigmoid``, or a text that may contain one."""


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
    >>> from graphnn.debug.terminal.expressions import Names
    >>> with gn.Graph() as graph, gn.scope("a"):
    ...     x = gn.Input("x", value=1.0)
    >>> with_paths("a/x * 2 + a/b, 'a/x'", Names(graph, dict, dict))
    '_graph_["a/x"] * 2 + a/b, \'a/x\''
    """

    def put(found: re.Match[str]) -> str:
        name = found["name"]
        if name is not None and names.is_node(name):
            return f'{GRAPH}["{name}"]'
        if name is not None and nodes_in_scope(name, names.graph) is not None:
            return f'{SCOPE}("{name}")'
        return found.group()

    return PATH.sub(put, text)


def unquoted(name: str) -> str:
    """Take the quotes off a name.

    Examples
    --------
    >>> unquoted("'w[0]'"), unquoted("w"), unquoted('"')
    ('w[0]', 'w', '"')
    """
    is_quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "\"'"
    return name[1:-1] if is_quoted else name


def assigned_in(text: str) -> list[str]:
    """List the names that a statement assigns to, at its own level.

    Examples
    --------
    >>> assigned_in("for i in range(3): total, x[0] = i, [j for j in (i, k)]")
    ['i', 'total']
    """
    table = symtable.symtable(text, "<gnn>", "exec")
    return [
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    ]


def is_meant_as_expression(text: str) -> bool:
    """Tell a text to log that names what a step has, but not in braces.

    Examples
    --------
    >>> texts = ("norm(output)", "{norm(output)}", "here", "the output")
    >>> [is_meant_as_expression(text) for text in texts]
    [True, False, False, False]
    """
    if "{" in text:
        return False
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    names = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
    return not names.isdisjoint(STEP_NAMES)
