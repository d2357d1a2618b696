"""The arrows of values: one for each argument, or for all between folded boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.details import edge_label, value_text
from graphnn.draw.labels import counted, value_of
from graphnn.draw.pieces import arguments
from graphnn.draw.scene import Arrow
from graphnn.draw.themes import STRAIGHTNESS
from graphnn.graph.operation import Item

MOST_LABELS, MOST_TIPS = 2, 6
"""Different shapes beside an arrow that stands for several, and in its tip."""

if TYPE_CHECKING:
    from graphnn.draw.pieces import Argument, Piece, Pieces
    from graphnn.draw.view import View


def value_arrows(view: View, pieces: Pieces) -> list[Arrow]:
    """Write an arrow for each argument whose giver is shown."""
    arrows: list[Arrow] = []
    merged: dict[tuple[str, str], Merged] = {}
    for argument in arguments(pieces):
        giver, taker = argument.giver, argument.taker
        given = carried(view, argument)
        if not argument.is_merged:
            arrows.append(one_arrow(view, giver, taker, given, argument.position))
            continue
        ends = giver.key, taker.key
        if ends not in merged:
            merged[ends] = Merged(
                one_arrow(view, giver, taker, given, argument.position)
            )
            arrows.append(merged[ends].arrow)
        # Equal blocks take what is alike: it is counted once.
        key = pieces.stand_in(given.id) if taker.count > 1 else given.id
        merged[ends].add(view, given, key)
    for each in merged.values():
        each.close()
    return arrows


def carried(view: View, argument: Argument) -> Any:
    """Give the node whose value flows: of several outputs, the one that is taken."""
    given = view.by_id[argument.given]
    is_taken = isinstance(argument.node, Item) and value_of(argument.node) is not None
    return argument.node if is_taken else given


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
        self.given: dict[int, tuple[str, str]] = {}
        self.weight = 0

    def add(self, view: View, given: Any, key: int) -> None:
        """Count what is given, each node once, however many uses it has.

        Equal blocks that are drawn once are given the same, as far as is drawn; it has
        one key.
        """
        self.given.setdefault(key, (edge_label(view, given), value_text(given)))
        self.weight = max(self.weight, STRAIGHTNESS.get(given.kind, 8))

    def close(self) -> None:
        """Write the label: the shapes that flow, the equal ones counted."""
        labels, texts = zip(*self.given.values(), strict=True)
        self.arrow.label = counted(labels, MOST_LABELS)
        self.arrow.tip = counted(texts, MOST_TIPS)
        self.arrow.weight = self.weight
        if len(self.given) > 1:
            self.arrow.facts = {"arguments": len(self.given)}
