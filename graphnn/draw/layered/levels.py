"""How far apart the rows are: room for what stands in them, and for frames' ends."""

from __future__ import annotations

from dataclasses import dataclass

from graphnn.draw.layered.grid import BOX, FILLER, PASSING, TITLE, Grid
from graphnn.draw.layered.skeleton import Skeleton

BETWEEN_BOXES, BESIDE_BOX, BETWEEN = 28.0, 12.5, 6.0
"""From a row of boxes to the next; from one to a row of labels or titles; between rows
of these."""

SLOPE, MOST_MORE = 0.07, 20.0
"""How much more room there is for lines that run aside, by how far they do; at most."""

UNDER_TITLE = 4.0
END = 10.0
"""From the last box of a frame to its end."""

APART = 7.0
"""From a frame's end to what comes next."""


@dataclass(slots=True)
class Levels:
    """Places of rows, from the first on.

    Attributes
    ----------
    middle : list of float
        By row.
    starts, stops : list of float
        By row, where lines are straight and parallel: from where frames begin before
        the row to where they end behind it.
    frames : list of tuple of float
        By frame, its start and its end.
    """

    middle: list[float]
    starts: list[float]
    stops: list[float]
    frames: list[tuple[float, float]]


def levels_of(
    grid: Grid, skeleton: Skeleton, places: list[int], lengths: list[float]
) -> Levels:
    """Find places for rows.

    Parameters
    ----------
    grid : Grid
    skeleton : Skeleton
    places : list of int
        By item, where it stands in its row: the further lines run aside between two
        rows, the further these are apart.
    lengths : list of float
        By frame, how long it has to be at least.

    Returns
    -------
    Levels
    """
    count = len(grid.rows)
    height = [
        max([grid.length[item] for item in row], default=0.0) for row in grid.rows
    ]
    kinds = [_kind(grid, row) for row in grid.rows]
    before, after = [0.0] * count, [0.0] * count
    lead, tail = [0.0] * len(skeleton.parent), [0.0] * len(skeleton.parent)
    ending: list[list[int]] = [[] for _ in range(count)]
    for frame in reversed(range(len(skeleton.parent))):
        first, last = grid.first[frame], grid.last[frame]
        lead[frame] += END if kinds[first] == BOX else UNDER_TITLE
        tail[frame] += END if kinds[last] == BOX else UNDER_TITLE
        around = skeleton.parent[frame]
        if around >= 0:
            if grid.first[around] == first:
                lead[around] = max(lead[around], lead[frame])
            if grid.last[around] == last:
                tail[around] = max(tail[around], tail[frame])
        before[first] = max(before[first], lead[frame])
        after[last] = max(after[last], tail[frame])
        ending[last].append(frame)
    middle: list[float] = []
    edge = 0.0
    for row in range(count):
        if row:
            aside = _furthest(grid, places, grid.rows[row])
            edge += _gap(kinds[row - 1], kinds[row]) + min(MOST_MORE, SLOPE * aside)
            if before[row] or after[row - 1]:
                edge += APART
        middle.append(edge + before[row] + height[row] / 2)
        edge = middle[row] + height[row] / 2
        for frame in ending[row]:
            start = middle[grid.first[frame]] - height[grid.first[frame]] / 2
            have = edge + tail[frame] - (start - lead[frame])
            if have < lengths[frame]:
                tail[frame] += lengths[frame] - have
                after[row] = max(after[row], tail[frame])
                around = skeleton.parent[frame]
                while around >= 0 and grid.last[around] == row:
                    tail[around] = max(tail[around], tail[frame] + END)
                    after[row] = max(after[row], tail[around])
                    around = skeleton.parent[around]
        edge += after[row]
    half = [each / 2 for each in height]
    return Levels(
        middle,
        [middle[row] - half[row] - before[row] for row in range(count)],
        [middle[row] + half[row] + after[row] for row in range(count)],
        [
            (
                middle[grid.first[frame]] - half[grid.first[frame]] - lead[frame],
                middle[grid.last[frame]] + half[grid.last[frame]] + tail[frame],
            )
            for frame in range(len(skeleton.parent))
        ],
    )


def _furthest(grid: Grid, places: list[int], row: list[int]) -> int:
    """Give how far lines run aside, at most, before a row."""
    return max(
        [abs(places[end] - places[item]) for item in row for end in grid.above[item]],
        default=0,
    )


def _kind(grid: Grid, row: list[int]) -> int:
    kinds = {grid.kind[item] for item in row}
    for kind in (BOX, TITLE, PASSING):
        if kind in kinds:
            return kind
    return FILLER


def _gap(one: int, other: int) -> float:
    if one == other == BOX:
        return BETWEEN_BOXES
    if BOX in (one, other):
        return UNDER_TITLE + BESIDE_BOX / 2 if TITLE in (one, other) else BESIDE_BOX
    return BETWEEN
