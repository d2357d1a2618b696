"""Which operations are meant to be taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.choosing import chosen, fits, texts_of
from graphnn.errors import ArgumentError, MissingNode, did_you_mean

if TYPE_CHECKING:
    from graphnn.draw.view import View
    from graphnn.graph import Graph


def operations_meant(view: View) -> dict[int, Any]:
    """Find the operations that ``expand=`` names, by id.

    A glob, or a function, that fits scopes is about these; one that fits none is about
    operations. A name may be that of both.

    Raises
    ------
    MissingNode
        For what is the name of nothing in the graph.
    ArgumentError
        For a name that is that of a leaf.
    """
    given, graph = view.options.expand, view.graph
    if given is None:
        return {}
    nodes = {graph.name_of(node): node for node in graph.nodes}
    operations = [name for name in nodes if nodes[name].kind == "operation"]
    scopes = scopes_of(graph)
    if callable(given):
        if any(given(scope) for scope in scopes):
            return {}
        names = chosen(operations, given, "expand")
    else:
        names = set()
        for text in texts_of(given, "expand"):
            if text in nodes:
                check_operation(nodes[text])
                names.add(text)
            elif not any(fits(scope, text) for scope in scopes):
                found = [name for name in operations if fits(name, text)]
                if not found:
                    raise MissingNode(
                        f"expand={text!r:.60} fits no name here",
                        did_you_mean(text, [*scopes, *operations]),
                    )
                names.update(found)
    return {nodes[name].id: nodes[name] for name in operations if name in names}


def scopes_of(graph: Graph) -> list[str]:
    """List the names of all scopes of a graph, each once."""
    found: dict[tuple[str, ...], None] = {}
    for node in graph.nodes:
        scope = node.scope
        while scope and scope not in found:
            found[scope] = None
            scope = scope[:-1]
    return ["/".join(scope) for scope in found]


def check_operation(node: Any) -> None:
    """Refuse a leaf, which computes nothing."""
    if node.kind != "operation":
        raise ArgumentError(
            f"cannot expand {node.describe()}: it computes nothing",
            "Name an operation, or a scope.",
        )
