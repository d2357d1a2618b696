"""The arrows of values: one for each argument, or for all between folded boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.details import edge_label, value_text
from graphnn.draw.scene import Arrow
from graphnn.draw.themes import STRAIGHTNESS

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece, Pieces
    from graphnn.draw.view import View


def value_arrows(view: View, pieces: Pieces) -> list[Arrow]:
    """Write an arrow for each argument whose giver is shown."""
    arrows: list[Arrow] = []
    merged: dict[tuple[str, str], Merged] = {}
    for taker in pieces.all:
        for node in taker.nodes:
            for position, input_id in enumerate(node.input_ids):
                giver = pieces.of.get(input_id)
                if giver is None or giver is taker:
                    continue  # written in the label, left out, or inside the fold
                given = view.by_id[input_id]
                if not (giver.is_fold or taker.is_fold):
                    arrows.append(one_arrow(view, giver, taker, given, position))
                    continue
                ends = giver.key, taker.key
                if ends not in merged:
                    arrow = one_arrow(view, giver, taker, given, position)
                    merged[ends] = Merged(arrow)
                    arrows.append(arrow)
                merged[ends].add(view, given)
    for each in merged.values():
        each.close()
    return arrows


def one_arrow(
    view: View, giver: Piece, taker: Piece, given: Any, position: int
) -> Arrow:
    """Write the arrow of one argument."""
    # Where a frame is entered, a row is left free for the frame's parameters: so two
    # layers, one after the other, are never squeezed side by side.
    enters = giver.scope[: len(taker.scope)] != taker.scope
    return Arrow(
        giver.key,
        taker.key,
        label=edge_label(view, given),
        tip=value_text(given),
        weight=STRAIGHTNESS.get(given.kind, 8),
        span=2 if enters and taker.scope else 1,
        facts={"argument": position},
    )


class Merged:
    """Several arguments that one arrow stands for."""

    def __init__(self, arrow: Arrow) -> None:
        self.arrow = arrow
        self.given: dict[int, str] = {}

    def add(self, view: View, given: Any) -> None:
        """Count what is given, each node once, however many uses it has."""
        self.given[given.id] = edge_label(view, given)

    def close(self) -> None:
        """Write the label: the shapes that flow, the equal ones counted."""
        counts: dict[str, int] = {}
        for label in self.given.values():
            counts[label] = counts.get(label, 0) + 1
        self.arrow.label = ", ".join(
            label if count == 1 else f"{count} × {label}"
            for label, count in counts.items()
            if label
        )
        self.arrow.facts = {"arguments": len(self.given)}
