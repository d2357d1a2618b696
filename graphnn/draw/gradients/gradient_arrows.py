"""Gradients as arrows: against the flow of the values, one for each argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from graphnn.draw.arrows import MOST_LABELS, one_arrow, value_arrows
from graphnn.draw.formulas.expanded import entries
from graphnn.draw.labels import UNKNOWN, counted, shape_text, shorten, value_of
from graphnn.draw.magnitudes import NORM, arrays_in, size_text
from graphnn.draw.pieces import arguments
from graphnn.draw.scene import Arrow, Sign, Swatch
from graphnn.engine.passes import add
from graphnn.graph.briefs import Remembered

if TYPE_CHECKING:
    from graphnn.draw.pieces import Pieces
    from graphnn.draw.view import View


def arrows_of(view: View, pieces: Pieces) -> list[Arrow]:
    """Write the arrows of the passes that are asked for.

    Where only the backward pass is, a faint line is left of each value along which no
    gradient comes back: so the boxes stay where they are.
    """
    if view.options.passes == "forward":
        return value_arrows(view, pieces)
    back = gradient_arrows(view, pieces)
    if view.options.passes == "both":
        for arrow in back:
            arrow.weight = 1  # the values run straight, and gradients beside them
        return [*value_arrows(view, pieces), *back]
    ends = {(arrow.tail, arrow.head) for arrow in back}
    rest = [
        replace(arrow, label="", faded=True)
        for arrow in value_arrows(view, pieces)
        if (arrow.tail, arrow.head) not in ends
    ]
    return [*rest, *back]


def gradient_arrows(view: View, pieces: Pieces) -> list[Arrow]:
    """Write an arrow for each gradient that comes back along an argument, or would.

    Where boxes are folded, one arrow stands for all that the one hands back to the
    other.
    """
    flow = view.flow
    arrows: list[Arrow] = []
    merged: dict[tuple[str, str], Merged] = {}
    for argument in [*arguments(pieces), *entries(pieces)]:
        giver, taker, node, position, input_id = argument
        if not flow.runs(node, position):
            continue
        given = view.by_id[input_id]
        gradient = flow.along(node, position)
        if not argument.is_merged:
            arrow = one_arrow(view, giver, taker, given, position)
            arrows.append(turned(view, arrow, [(given, gradient)]))
            continue
        ends = giver.key, taker.key
        if ends not in merged:
            arrow = one_arrow(view, giver, taker, given, position)
            merged[ends] = Merged(arrow, len(arrows))
            arrows.append(arrow)
        merged[ends].add(given, gradient)
    for each in merged.values():
        arrows[each.place] = turned(view, each.arrow, each.sums(view))
    return arrows


class Merged:
    """Several gradients that one arrow stands for: the sum, of those by one node."""

    def __init__(self, arrow: Arrow, place: int) -> None:
        self.arrow, self.place = arrow, place
        self.parts: dict[int, tuple[Any, list[Any]]] = {}

    def add(self, given: Any, gradient: Any) -> None:
        """Add what has come back to a node."""
        _, parts = self.parts.setdefault(given.id, (given, []))
        if gradient is not None:
            parts.append(gradient)

    def sums(self, view: View) -> list[tuple[Any, Any]]:
        """Give the sum for each node; None where there is none, or none is known.

        Of a pass that has failed only the sum of all that has reached a node is known.
        """
        found = []
        for given, parts in self.parts.values():
            total = reduce(add, parts) if parts else None
            if isinstance(total, Remembered) and len(parts) > 1:
                is_all = len(parts) == len(view.flow.parts.get(given.id, ()))
                total = given.output_grad if is_all else None
            found.append((given, total))
        return found


def turned(view: View, arrow: Arrow, gradients: list[tuple[Any, Any]]) -> Arrow:
    """Turn the arrow of a value into that of the gradient by it, or by several."""
    known = tuple([g for _, g in gradients if g is not None])
    flat = tuple([part for g in known for part in arrays_in(g)])
    size = size_text(flat or None)
    label = size
    if "shape" in view.options.show and size.startswith(NORM):
        label = f"{shapes_of(flat)} {size}"
    what = "gradient" if known else "gradient, not computed yet"
    shapes = shapes_of(flat) or ", ".join(shape_text(value_of(n)) for n, _ in gradients)
    facts: dict[str, Any] = {**arrow.facts, "gradient": size}
    return replace(
        arrow,
        role="gradient",
        label=shorten(label),
        tip=f"{what}: {shapes} {size}",
        faded=not known,
        facts=facts,
    )


def shapes_of(arrays: Iterable[Any]) -> str:
    """Write the shapes of arrays, equal ones counted."""
    return counted(map(shape_text, arrays), MOST_LABELS)


# -- remarks ---------------------------------------------------------------------------
def remarks_on(view: View) -> list[str]:
    """Say why gradients are not there, where they are drawn and none is."""
    flow = view.flow
    if view.options.passes == "forward" or not flow.is_unknown:
        return []
    if not flow.ways:
        return ["no gradient flows here"]
    if any(node.output is None and node.shape is not None for node in view.chosen):
        return [  # values that were there have been taken off
            "A plan has run: it keeps no gradients inside. graph.forward() and "
            "graph.backward() do."
        ]
    return [f"{UNKNOWN}: no backward pass has run yet"]


def swatches_of_flow(view: View, arrows: Iterable[Arrow]) -> list[Swatch]:
    """Say which arrows are gradients, and what stands beside them."""
    labels = [arrow.label for arrow in arrows if "gradient" in arrow.facts]
    if not labels:
        return []
    is_long = any(NORM in label for label in labels)
    sign = Sign(AGAINST[view.options.direction], view.theme.gradient)
    paper = view.theme.paper
    return [Swatch("gradient" + ": shape, norm" * is_long, paper, paper, sign)]


AGAINST = {"TB": "⬆", "BT": "⬇", "LR": "⬅", "RL": "➡"}
