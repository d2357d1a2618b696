"""Rows of a picture: boxes, and what keeps room for all that runs between them.

Between two rows of boxes there may be a row for the labels of arrows, and rows for the
titles of frames that begin there. A long arrow has a point in every row that it passes,
so nothing else can stand where it runs; a frame has something in every row that it
spans, so nothing foreign can stand inside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from graphnn.draw.layered.sizes import Sizes
from graphnn.draw.layered.skeleton import NOWHERE, Skeleton

POINT, LABEL_GAP, TITLE_GAP = 3.0, 4.0, 3.0
"""Room to each side of a line; between a line and its label; around a frame's title."""

MOST_POINTS, POINTS_EACH = 30_000, 12
"""Points of long arrows in a picture, and so many more for each of its boxes: arrows
that are longer than these allow run beside the picture."""

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
        By link, the item that its label stands at; -1 without one.
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

    def join(self, upper: int, lower: int) -> None:
        """Let a line run from one item to one in the next row."""
        self.below[upper].append(lower)
        self.above[lower].append(upper)


def grid_of(
    skeleton: Skeleton, ranks: list[int], sizes: Sizes, titles_after: bool
) -> Grid:
    """Fill the rows.

    Parameters
    ----------
    skeleton : Skeleton
    ranks : list of int
        By box, which row of boxes it stands in.
    sizes : Sizes
    titles_after : bool
        Whether the titles of frames come after their boxes: what is laid out downwards
        will be turned upside down.

    Returns
    -------
    Grid
    """
    plan = _Rows(skeleton, ranks, sizes, titles_after)
    grid = Grid([], [], [], [], [], [], [], [])
    grid.rows = [[] for _ in range(plan.count)]
    grid.first, grid.last = plan.first, plan.last
    for box in range(skeleton.boxes):
        across, along = sizes.boxes[box] if box < skeleton.held else (0.0, 0.0)
        grid.add(
            BOX,
            plan.box_row[ranks[box]],
            skeleton.frame[box],
            across / 2,
            across / 2,
            along,
        )
    for frame, row in enumerate(plan.title_row):
        width, height = sizes.frames[frame]
        grid.titles.append(
            grid.add(TITLE, row, frame, width / 2, width / 2, height + TITLE_GAP)
            if row >= 0
            else -1
        )
    _add_chains(grid, skeleton, plan, sizes)
    _fill(grid, skeleton)
    return grid


class _Rows:
    """Which rows there are: for boxes, for labels before them, for titles of frames."""

    def __init__(
        self, skeleton: Skeleton, ranks: list[int], sizes: Sizes, titles_after: bool
    ) -> None:
        count = max(ranks, default=-1) + 1
        frames = len(skeleton.parent)
        low, high = _spans(skeleton, ranks)
        edge = high if titles_after else low
        titled = [sizes.titles_in_rows and height > 0 for _, height in sizes.frames]
        # Rows of titles that a frame needs, its own and those inside it at this end.
        stacked = [0] * frames
        deepest = [0] * count
        for frame in reversed(range(frames)):
            stacked[frame] += titled[frame]
            around = skeleton.parent[frame]
            if around >= 0 and edge[around] == edge[frame]:
                stacked[around] = max(stacked[around], stacked[frame])
            deepest[edge[frame]] = max(deepest[edge[frame]], stacked[frame])
        self.label_rank = [
            (ranks[link.tail] + ranks[link.head] + 1) // 2 for link in skeleton.links
        ]
        wanted = [False] * (count + 1)
        for link, rank in enumerate(self.label_rank):
            tail, head = skeleton.links[link].ends
            if sizes.needs_point[link] and ranks[tail] != ranks[head]:
                wanted[rank] = True
        self.box_row: list[int] = []
        self.label_row: list[int] = []
        row = 0
        for rank in range(count):
            self.label_row.append(row if wanted[rank] else -1)
            row += wanted[rank] + (0 if titles_after else deepest[rank])
            self.box_row.append(row)
            row += 1 + (deepest[rank] if titles_after else 0)
        self.count = row
        self.first = [self.box_row[rank] for rank in low]
        self.last = [self.box_row[rank] for rank in high]
        self.title_row = [-1] * frames
        for frame in range(frames):
            if titles_after:
                self.last[frame] += stacked[frame]
            else:
                self.first[frame] -= stacked[frame]
            if titled[frame]:
                end = self.last if titles_after else self.first
                self.title_row[frame] = end[frame]


def _spans(skeleton: Skeleton, ranks: list[int]) -> tuple[list[int], list[int]]:
    """Give the first and the last row of boxes of each frame."""
    low: list[int] = [max(ranks, default=0)] * len(skeleton.parent)
    high = [0] * len(skeleton.parent)
    for box, frame in enumerate(skeleton.frame):
        if frame >= 0:
            low[frame] = min(low[frame], ranks[box])
            high[frame] = max(high[frame], ranks[box])
    for frame in reversed(range(len(skeleton.parent))):
        if (around := skeleton.parent[frame]) >= 0:
            low[around] = min(low[around], low[frame])
            high[around] = max(high[around], high[frame])
    return low, high


def _add_chains(grid: Grid, skeleton: Skeleton, plan: _Rows, sizes: Sizes) -> None:
    """Give every arrow a point in each row between its ends."""
    longest = _longest(grid, skeleton)
    for link, (tail, head, *_) in enumerate(skeleton.links):
        upper, lower = (
            (tail, head) if grid.row[tail] <= grid.row[head] else (head, tail)
        )
        if not 0 < grid.row[lower] - grid.row[upper] <= longest:
            grid.chains.append([])
            grid.labelled.append(-1)
            continue
        label_row = plan.label_row[plan.label_rank[link]]
        frames = _frames_between(grid, skeleton, upper, lower)
        chain, labelled = [upper], -1
        for row, frame in enumerate(frames, start=grid.row[upper] + 1):
            room = POINT, POINT, 0.0
            if row == label_row and sizes.labels[link][0]:
                room = _room(sizes, link)
                labelled = len(grid.row)
            chain.append(grid.add(PASSING, row, frame, *room))
        chain.append(lower)
        for one, other in pairwise(chain):
            grid.join(one, other)
        grid.chains.append(chain)
        grid.labelled.append(labelled)


def _room(sizes: Sizes, link: int) -> tuple[float, float, float]:
    """Give what a line needs with its label: before it, after it, and along it."""
    across, along = sizes.labels[link]
    if sizes.titles_in_rows:  # arrows run down or up: the label stands to the right
        return POINT, LABEL_GAP + across, along
    return LABEL_GAP / 2 + across, POINT, along  # it stands over the line


def _frames_between(
    grid: Grid, skeleton: Skeleton, upper: int, lower: int
) -> list[int]:
    """Give the frame in which a line is in each row between two boxes.

    It leaves the frames of the one box at their last row, and enters those of the other
    at their first.
    """
    leave = list(skeleton.path_of(grid.frame[upper]))
    enter = list(skeleton.path_of(grid.frame[lower]))
    shared = NOWHERE
    common = 0
    while common < min(len(leave), len(enter)) and leave[common] == enter[common]:
        shared = leave[common]
        common += 1
    del leave[:common]
    enter = enter[: common - 1 if common else None : -1]
    frames = []
    for row in range(grid.row[upper] + 1, grid.row[lower]):
        while leave and grid.last[leave[-1]] < row:
            leave.pop()
        while not leave and enter and grid.first[enter[-1]] <= row:
            shared = enter.pop()
        frames.append(leave[-1] if leave else shared)
    return frames


def _longest(grid: Grid, skeleton: Skeleton) -> int:
    """Give how many rows an arrow may pass: all, but in the largest pictures."""
    lengths = sorted(
        abs(grid.row[link.tail] - grid.row[link.head]) for link in skeleton.links
    )
    left = MOST_POINTS + POINTS_EACH * skeleton.boxes
    for length in lengths:
        left -= length
        if left < 0:
            return length - 1
    return len(grid.rows)


def _fill(grid: Grid, skeleton: Skeleton) -> None:
    """Hold frames open in the rows in which nothing of theirs stands."""
    present: list[set[int]] = [set() for _ in skeleton.parent]
    for item in range(len(grid.row)):
        frame, row = grid.frame[item], grid.row[item]
        while frame >= 0 and row not in present[frame]:
            present[frame].add(row)
            frame = skeleton.parent[frame]
    # The innermost come last in `parent`: what fills them fills those around them.
    for frame in reversed(range(len(skeleton.parent))):
        for row in range(grid.first[frame], grid.last[frame] + 1):
            if row not in present[frame]:
                grid.add(FILLER, row, frame, 0.0, 0.0, 0.0)
                around = frame
                while around >= 0 and row not in present[around]:
                    present[around].add(row)
                    around = skeleton.parent[around]
