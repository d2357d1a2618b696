"""Fill rows: with boxes, titles, points of arrows, and what holds frames open."""

from __future__ import annotations

from graphnn.draw.layered.chains import add_chains
from graphnn.draw.layered.grid import BOX, FILLER, TITLE, Grid
from graphnn.draw.layered.sizes import Sizes
from graphnn.draw.layered.skeleton import Skeleton

TITLE_GAP = 3.0
"""Room around the title of a frame."""


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
    add_chains(grid, skeleton, plan.label_rows)
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
        self.label_rows = [self.label_row[rank] for rank in self.label_rank]
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
