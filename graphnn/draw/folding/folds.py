"""What the box of a closed scope says of all that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.labels import UNKNOWN, clean
from graphnn.draw.magnitudes import trouble_in
from graphnn.draw.tables.summary_table import norm_text

PARAMETERS_WRONG = "param grad: "
"""Begins the line that counts what is no number in the gradients of parameters."""

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece
    from graphnn.draw.scene import Look
    from graphnn.draw.themes import Theme
    from graphnn.draw.view import View


def fold_lines(view: View, piece: Piece) -> list[str]:
    """Write the small lines: how much is learned, how much is computed, how steeply."""
    parameters, operations = _parts(piece)
    lines = []
    if parameters:
        lines.append(_number(sum(p.value.size for p in parameters), "parameter"))
    if len(operations) == 1:
        lines.append(type(operations[0]).__name__)
    elif operations:
        lines.append(_number(len(operations), "operation"))
    known = [p.grad for p in parameters if p.grad is not None]
    if trouble := trouble_in(tuple(known)):
        lines.append(f"{PARAMETERS_WRONG}{trouble}")
    elif known or (parameters and _asks(view)):
        lines.append(f"‖param grad‖ {norm_text(tuple(known)) if known else UNKNOWN}")
    return lines


def fold_tip(piece: Piece) -> str:
    """Write what a reader sees who points at the box."""
    parameters, operations = _parts(piece)
    others = len(piece.counted) - len(parameters) - len(operations)
    parts = [
        _number(len(operations), "operation") if operations else "",
        _number(len(parameters), "array") + " of parameters" if parameters else "",
        _number(others, "other node") if others else "",
    ]
    return f"{_path(piece)}: {', '.join(filter(None, parts))}"


def fold_facts(piece: Piece) -> dict[str, Any]:
    """Give what is known, for the formats that programs read."""
    parameters, operations = _parts(piece)
    return {
        "name": clean(_path(piece)),
        "nodes": len(piece.counted),
        "operations": len(operations),
        "parameters": sum(p.value.size for p in parameters),
        "blocks": piece.count,
    }


def fold_look(theme: Theme, kind: str) -> Look:
    """Give the look of a fold: its outline, in the colours of what is folded."""
    outline = theme.looks["fold"]
    return theme.looks[kind]._replace(
        shape=outline.shape, rounded=outline.rounded, margin=outline.margin
    )


def _parts(piece: Piece) -> tuple[list[Any], list[Any]]:
    return (
        [node for node in piece.counted if node.kind == "parameter"],
        [node for node in piece.counted if node.kind == "operation"],
    )


def _path(piece: Piece) -> str:
    name = "/".join((*piece.scope, piece.title))
    return f"{name} {piece.suffix}" if piece.suffix else name


def _asks(view: View) -> bool:
    options = view.options
    return (
        options.passes != "forward"
        or "grad" in options.show
        or options.color_by == "grad_norm"
    )


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
