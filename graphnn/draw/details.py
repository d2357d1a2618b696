"""What a box says of its node: the title, and the small lines under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphnn.draw.folding.folds import fold_facts, fold_lines, fold_tip
from graphnn.draw.gradients.gradient_lines import gradient_line
from graphnn.draw.gradients.reverse import is_end
from graphnn.draw.labels import (
    UNKNOWN,
    clean,
    counted,
    dtype_text,
    names_its_class,
    own_name,
    place,
    shape_text,
    shorten,
    value_of,
    wrapped,
)
from graphnn.draw.magnitudes import value_line

FORMULA_WIDTH, FORMULA_LINES = 44, 3
"""Characters of a line of a formula, and lines of one that is not cut."""

LONGEST_FORMULA = 1000
"""Characters of a formula in a tip."""

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece
    from graphnn.draw.view import View


def title_of(view: View, node: Any) -> str:
    """Give a node's name without that of the frames around it."""
    return own_name(view.name_of(node), node.scope)


def lines_of(view: View, piece: Piece) -> list[str]:
    """Write the small lines of a box."""
    if piece.is_fold:
        return [*fold_lines(view, piece), *_results(view, piece)]
    return _lines_of_node(view, piece)


def _results(view: View, piece: Piece) -> list[str]:
    """Write the shapes of what is folded and a result: no arrow need carry them."""
    ends = [n for n in piece.counted if view.kind_of(n) == "sink" or is_end(view, n)]
    labels = counted([edge_label(view, node) for node in ends], MOST_RESULTS)
    return [f"→ {labels}"] if labels else []


MOST_RESULTS = 2
"""Different shapes of results that the box of a closed scope shows."""


def _lines_of_node(view: View, piece: Piece) -> list[str]:
    node = piece.node
    class_name = type(node).__name__
    small = [] if names_its_class(title_of(view, node), class_name) else [class_name]
    label = edge_label(view, node)
    if label and (view.kind_of(node) == "sink" or is_end(view, node)):
        small.append(f"→ {label}")  # no arrow need leave it that could carry it
    lines = [" ".join(small)] if small else []
    if "value" in view.options.show:
        lines.append(value_line(value_of(node)))
    # No pass has been through what a formula is made of, but for its result.
    reached = piece.ends[:1] if view.is_part(node) else (node,)
    lines += filter(None, [gradient_line(view, each) for each in reached])
    lines += formula_lines(view, node)
    if "source" in view.options.show and place(node) != UNKNOWN:
        lines.append(place(node))
    return lines


def formula_lines(view: View, node: Any) -> list[str]:
    """Write the formula of an operation, if that is asked for; what is long is cut."""
    formula = view.formula_of(node) if "formula" in view.options.show else None
    if formula is None:
        return []
    first, *others = formula.lines()
    lines = wrapped(first, FORMULA_WIDTH, 2)
    for line in others:
        lines += wrapped(line, FORMULA_WIDTH, 1)
    if len(lines) > FORMULA_LINES:
        lines = [*lines[: FORMULA_LINES - 1], "…"]
    return lines


def tip_of(view: View, piece: Piece) -> str:
    """Write what a reader sees who points at a box."""
    if piece.is_fold:
        return fold_tip(piece)
    return node_tip(view, piece.node)


def node_tip(view: View, node: Any) -> str:
    """Describe a node: name, class, shape and dtype, the user's line."""
    described = f"{view.name_of(node)} ({type(node).__name__}): {value_text(node)}"
    if place(node) != UNKNOWN:
        described += f", {place(node)}"
    if "formula" in view.options.show and (formula := view.formula_of(node)):
        described += f"; {shorten(str(formula), LONGEST_FORMULA)}"
    return described


def value_text(node: Any) -> str:
    """Write the shape and the dtype of a value."""
    value = value_of(node)
    if value is None:
        return "no value yet"
    return f"{shape_text(value)} {dtype_text(value)}"


def edge_label(view: View, node: Any) -> str:
    """Write what stands beside the arrows that leave a node: by default, its shape."""
    value = value_of(node)
    if value is None:
        return ""
    parts = []
    if "shape" in view.options.show and view.has_shapes:
        parts.append(_of_each(value, shape_text))
    if "dtype" in view.options.show:
        parts.append(_of_each(value, dtype_text))
    return shorten(" ".join(parts))


def _of_each(value: Any, text_of: Callable[[Any], str]) -> str:
    """Write a word on a value; on several, each word once, with how many it is for."""
    if not isinstance(value, tuple):
        return text_of(value)
    return counted([text_of(part) for part in value], MOST_RESULTS)


def facts_of(view: View, piece: Piece) -> dict[str, Any]:
    """Give what is known of a node, for the formats that programs read."""
    if piece.is_fold:
        return fold_facts(piece)
    node = piece.node
    facts: dict[str, Any] = {
        "name": clean(view.name_of(node)),
        "class": type(node).__name__,
    }
    value = value_of(node)
    if value is not None:
        facts["shape"] = shape_text(value)
        facts["dtype"] = dtype_text(value)
    if place(node) != UNKNOWN:
        facts["source"] = place(node)
    return facts
