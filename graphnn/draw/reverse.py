"""The reverse pass where it is a graph: nodes that are the gradients of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.scene import Sign

if TYPE_CHECKING:
    from graphnn.draw.pieces import Pieces, Scope
    from graphnn.draw.scene import Box, Look
    from graphnn.draw.view import View

ORDERS = {2: "²", 3: "³"}


def order_of(node: Any) -> int:
    """Count how often was differentiated: 0 for a node that is no gradient.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=2.0)
    >>> y = x**3
    >>> (first,) = y.graph.gradient(y, x)
    >>> (second,) = y.graph.gradient(first, x)
    >>> order_of(y), order_of(first), order_of(second)
    (0, 1, 2)
    """
    order = 0
    while (node := node.forward_node) is not None:
        order += 1
    return order


def dress(view: View, box: Box, node: Any) -> None:
    """Tell gradients that are results, and those of gradients, from all others."""
    order = order_of(node)
    if not order:
        return
    if is_end(view, node):
        box.look = box.look._replace(peripheries=2)
    if order > 1:
        box.signs = (Sign(f"∂{ORDERS.get(order, f'^{order}')}"),)
        box.look = deepened(view, box.look)


def is_end(view: View, node: Any) -> bool:
    """Tell whether a node is a gradient that nothing uses: one that was asked for."""
    return (
        view.kind_of(node) == "gradient"
        and node.id not in view.used
        and not view.graph.results
    )


def deepened(view: View, look: Look) -> Look:
    """Give a look a deeper ground: some of the outline's colour is mixed into it."""
    parts = zip(*(_channels(colour) for colour in (look.fill, look.line)), strict=True)
    mixed = [round(fill + (line - fill) * DEPTH) for fill, line in parts]
    fill = "#{:02x}{:02x}{:02x}".format(*mixed)
    return look._replace(fill=fill, faint_ink=look.ink or view.theme.ink)


DEPTH = 0.22


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def mixed_scopes(pieces: Pieces) -> set[Scope]:
    """Find the scopes that hold other nodes than gradients."""
    found: set[Scope] = set()
    for piece in pieces.all:
        if any(node.forward_node is None for node in piece.nodes):
            scope = piece.scope
            while scope and scope not in found:
                found.add(scope)
                scope = scope[:-1]
    return found
