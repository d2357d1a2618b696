"""Rows of a picture: boxes, and what keeps room for all that runs between them.

Between two rows of boxes there may be a row for the labels of arrows, and rows for the
titles of frames that begin there. A long arrow has a point in every row that it passes,
so nothing else can stand where it runs; a frame has something in every row that it
spans, so nothing foreign can stand inside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

POINT, LABEL_GAP = 3.0, 4.0
"""Room to each side of a line; between a line and its label."""

BOX, PASSING, TITLE, FILLER = range(4)
"""What an item of a row is."""


@dataclass(slots=True)
class Grid:
    """What stands in which row, in lists by item; the first items are the boxes.

    Attributes
    ----------
    kind, row, frame : list of int
    before, after : list of float
        Room that an item takes along its row, from its middle.
    length : list of float
        Room that it takes from row to row.
    rows : list of list of int
        The items of each row, in order.
    above, below : list of list of int
        The items joined to an item in the row over it, and under it; one may occur
        twice.
    chains : list of list of int
        By link, the items that it runs through, from row to row downwards; empty for
        one that runs beside the picture or stays in its row.
    labelled : list of int
        By link, the item that its label stands at, if it has one; -1 if that cannot be.
    bundles : dict of int to list of int
        By link, the links that join the same boxes and that have no chains yet: see
        :func:`graphnn.draw.layered.chains.add_bundles`.
    first, last : list of int
        By frame, the rows that it spans.
    titles : list of int
        By frame, the item of its title; -1 if that stands elsewhere.
    """

    kind: list[int]
    row: list[int]
    frame: list[int]
    before: list[float]
    after: list[float]
    length: list[float]
    above: list[list[int]]
    below: list[list[int]]
    rows: list[list[int]] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    labelled: list[int] = field(default_factory=list)
    bundles: dict[int, list[int]] = field(default_factory=dict)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)

    def add(
        self,
        kind: int,
        row: int,
        frame: int,
        before: float,
        after: float,
        length: float,
    ) -> int:
        """Add an item."""
        self.kind.append(kind)
        self.row.append(row)
        self.frame.append(frame)
        self.before.append(before)
        self.after.append(after)
        self.length.append(length)
        self.above.append([])
        self.below.append([])
        self.rows[row].append(len(self.row) - 1)
        return len(self.row) - 1

    def connect(self, link: int, chain: list[int]) -> None:
        """Let an arrow run through items, each in the row after the last."""
        self.chains[link] = chain
        for upper, lower in pairwise(chain):
            self.below[upper].append(lower)
            self.above[lower].append(upper)
