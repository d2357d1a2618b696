"""Which items of the rows stand exactly over one another: long arrows run straight."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

from graphnn.draw.layered.grid import BOX, Grid
from graphnn.draw.layered.skeleton import Skeleton

PULL = {2: 1, 1: 2, 0: 6}
"""How much straighter a line runs between points than between boxes: by boxes at its
ends."""

MOST_FREE = 6_000
"""Items above which boxes are tied to the straight run that they lie on."""


def runs_of(
    grid: Grid,
    skeleton: Skeleton,
    place: list[int],
    pulls: dict[tuple[int, int], int],
) -> list[int]:
    """Tie items to straight runs: by item, the number of its run.

    Runs cross neither one another nor the sides of frames: then there are places for
    all of them.
    """
    free = len(grid.row) <= MOST_FREE
    over = [-1] * len(grid.row)
    ends = _frame_ends(grid, skeleton, grid.rows[0]) if grid.rows else {}
    for row, following in pairwise(grid.rows):
        wishes = []
        for item in row:
            for end in grid.below[item]:
                boxes = (grid.kind[item] == BOX) + (grid.kind[end] == BOX)
                if boxes and free:
                    continue
                pull = pulls[item, end] * PULL[boxes]
                one, other = place[item], place[end]
                wishes.append((-pull, abs(one - other), one, other, item, end))
        wishes.sort()
        before, ends = ends, _frame_ends(grid, skeleton, following)
        taken: list[tuple[float, float]] = []
        for frame in before.keys() & ends.keys():
            taken += zip(before[frame], ends[frame], strict=True)
        taken.sort()
        for _, _, one, other, item, end in wishes:
            if _fits(taken, (float(one), float(other))):
                over[end] = item
    block = [-1] * len(grid.row)
    count = 0
    for row in grid.rows:
        for item in row:
            if over[item] >= 0:
                block[item] = block[over[item]]
            else:
                block[item] = count
                count += 1
    return block


def _frame_ends(
    grid: Grid, skeleton: Skeleton, row: list[int]
) -> dict[int, tuple[float, float]]:
    """Give where the sides of each frame are, between the places of a row."""
    found: dict[int, tuple[float, float]] = {}
    for position, item in enumerate(row):
        for frame in skeleton.path_of(grid.frame[item]):
            first, _ = found.get(frame, (position - 0.5, 0.0))
            found[frame] = first, position + 0.5
    return found


def _fits(taken: list[tuple[float, float]], pair: tuple[float, float]) -> bool:
    """Add a line to those between two rows if it neither crosses nor touches one."""
    spot = bisect_left(taken, pair)
    if spot and not (taken[spot - 1][0] < pair[0] and taken[spot - 1][1] < pair[1]):
        return False
    if spot < len(taken) and not (
        pair[0] < taken[spot][0] and pair[1] < taken[spot][1]
    ):
        return False
    taken.insert(spot, pair)
    return True
