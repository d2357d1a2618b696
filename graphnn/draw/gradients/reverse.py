"""The reverse pass where it is a graph: nodes that are the gradients of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.scene import Arrow, Sign, Swatch

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece, Pieces, Scope
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
    if is_end(view, node) or box.kind == "sink":
        box.look = view.theme.looks["gradient"]._replace(peripheries=2)
    if order > 1:
        box.signs = (_sign(order),)
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


def gradient_scopes(pieces: Pieces) -> set[Scope]:
    """Find the scopes in which there are gradients, and constants at the most."""
    found: dict[str, set[Scope]] = {"gradient": set(), "": set()}
    for piece in pieces.all:
        kinds = {_kind_of(node) for node in piece.nodes}
        for kind, scopes in found.items():
            scope = piece.scope if kind in kinds else ()
            while scope and scope not in scopes:
                scopes.add(scope)
                scope = scope[:-1]
    return found["gradient"] - found[""]


def swatches_of_orders(view: View) -> list[Swatch]:
    """Say what the colours of gradients mean, where there are several."""
    orders = {order_of(node) for node in view.nodes}
    if max(orders, default=0) < 2:
        return []
    first = view.theme.looks["gradient"]
    deep = deepened(view, first)
    return [
        Swatch("gradient, as a node", first.fill, first.line),
        Swatch("gradient of a gradient", deep.fill, deep.line, _sign(2)),
    ]


def _sign(order: int) -> Sign:
    return Sign(f"∂{ORDERS.get(order, f'^{order}')}")


def _kind_of(node: Any) -> str:
    if node.forward_node is not None:
        return "gradient"
    return "constant" if node.kind == "constant" else ""


# -- beside what they are the gradients of ---------------------------------------------
def beside(view: View, pieces: Pieces, arrows: list[Arrow]) -> list[Arrow]:
    """Lay the reverse pass out beside the nodes that it belongs to.

    Values go down, so gradients go up: an arrow of theirs is laid out against the way
    it points, from the later one to the earlier. Gradients of gradients go down again.
    A dotted line leads from a node to the last of those that make up its gradient.
    """
    if all(node.forward_node is None for piece in pieces.all for node in piece.nodes):
        return arrows
    by_key = {piece.key: piece for piece in pieces.all}
    ways = _ways(pieces)
    for arrow in arrows:
        way = ways.get((arrow.tail, arrow.head))
        if way is None:
            continue
        arrow.span = 1  # frames of gradients have no parameters to leave a row for
        giver, taker = by_key[arrow.tail], by_key[arrow.head]
        if way == "used":
            arrow.weight = 1
            if arrow.role == "value" and view.options.passes == "forward":
                arrow.label = ""  # it stands where the value goes on
                arrow.ink = view.theme.faded
            continue
        arrow.ink = view.theme.gradient
        arrow.weight = 4 if way == "handed on" else 1
        if place_of(giver) > place_of(taker):
            arrow.tail, arrow.head = arrow.head, arrow.tail
            arrow.role = "value" if arrow.role == "gradient" else "gradient"
    return [*arrows, *_twins(pieces, {(arrow.tail, arrow.head) for arrow in arrows})]


def _ways(pieces: Pieces) -> dict[tuple[str, str], str]:
    """Say of the arrows to and from gradients what flows along them.

    Returns
    -------
    dict of (str, str) to str
        By the keys of the boxes: ``"handed on"``, a gradient to the one that it is made
        into; ``"read"``, a gradient for another purpose; ``"used"``, a value that a
        gradient is computed with.
    """
    found: dict[tuple[str, str], str] = {}
    plain: set[tuple[str, str]] = set()
    by_id = {node.id: node for piece in pieces.all for node in piece.nodes}
    for taker in pieces.all:
        for node in taker.nodes:
            for input_id in node.input_ids:
                giver = pieces.of.get(input_id)
                if giver is None or giver is taker or input_id not in by_id:
                    continue
                ends, given = (giver.key, taker.key), by_id[input_id]
                if given.forward_node is not None:
                    way = "handed on" if _is_handed_on(given, node) else "read"
                    if found.get(ends) != "handed on":
                        found[ends] = way
                elif node.forward_node is not None:
                    found.setdefault(ends, "used")
                    plain.add(ends)
                else:
                    plain.add(ends)
    return {
        ends: way
        for ends, way in found.items()
        if way == "used" or ends not in plain  # values go along it as well
    }


def _is_handed_on(given: Any, taker: Any) -> bool:
    """Tell whether a gradient is made into that of an input of its forward node."""
    one, other = given.forward_node, taker.forward_node
    return other is not None and (one is other or other.id in one.input_ids)


def place_of(piece: Piece) -> tuple[int, int, int]:
    """Say where a piece stands: what is less, goes above.

    Nodes stand in the order in which they were made, and each before its gradients.
    Those of one node are turned round, unless they are gradients of a gradient.
    """
    node = root = piece.node
    order = order_of(node)
    while root.forward_node is not None:
        root = root.forward_node
    return root.id, order, -node.id if order % 2 else node.id


def _twins(pieces: Pieces, linked: set[tuple[str, str]]) -> list[Arrow]:
    """Write a line from each node to the last part of its gradient, beside it.

    There is none where an arrow leads there anyway.
    """
    last: dict[int, Piece] = {}
    for piece in pieces.all:
        if order_of(piece.node) == 1:
            last[piece.node.forward_node.id] = piece
    found: dict[tuple[str, str], Arrow] = {}
    for forward_id, piece in last.items():
        twin = pieces.of.get(forward_id, piece)
        ends = twin.key, piece.key
        is_between_equals = piece.is_fold or not twin.is_fold
        if twin is not piece and is_between_equals and ends not in linked:
            found[ends] = Arrow(*ends, role="twin", weight=2, span=0)
    return list(found.values())
