"""The points of long arrows: one in every row that they pass."""

from __future__ import annotations

from graphnn.draw.layered.grid import PASSING, POINT, Grid
from graphnn.draw.layered.skeleton import NOWHERE, Skeleton

MOST_POINTS, POINTS_EACH = 16_000, 8
"""Points of long arrows in a picture, and so many more for each of its boxes: arrows
that are longer than these allow run beside the picture."""


def add_chains(grid: Grid, skeleton: Skeleton, label_rows: list[int]) -> None:
    """Give every arrow a point in each row between its ends, one of each bundle.

    Parameters
    ----------
    grid : Grid
        With its boxes.
    skeleton : Skeleton
    label_rows : list of int
        By link, the row for its label; -1 if there is none.
    """
    longest = _longest(grid, skeleton)
    leaders: dict[tuple[int, int], int] = {}
    for link, (tail, head, *_) in enumerate(skeleton.links):
        upper, lower = (
            (tail, head) if grid.row[tail] <= grid.row[head] else (head, tail)
        )
        grid.chains.append([])
        grid.labelled.append(-1)
        if not 0 < grid.row[lower] - grid.row[upper] <= longest:
            continue
        leader = leaders.setdefault((upper, lower), link)
        if leader != link:
            grid.bundles.setdefault(leader, []).append(link)
            continue
        frames = _frames_between(grid, skeleton, upper, lower)
        chain = [upper]
        for row, frame in enumerate(frames, start=grid.row[upper] + 1):
            if row == label_rows[link]:
                grid.labelled[link] = len(grid.row)
            chain.append(grid.add(PASSING, row, frame, POINT, POINT, 0.0))
        grid.connect(link, [*chain, lower])


def add_bundles(grid: Grid) -> None:
    """Put arrows beside the one that joins the same boxes, once rows are in order."""
    beside: dict[int, list[int]] = {}
    for leader, links in grid.bundles.items():
        chain = grid.chains[leader]
        for link in links:
            own = [chain[0]]
            for item in chain[1:-1]:
                if item == grid.labelled[leader]:
                    grid.labelled[link] = len(grid.row)
                own.append(
                    grid.add(
                        PASSING, grid.row[item], grid.frame[item], POINT, POINT, 0.0
                    )
                )
                beside.setdefault(item, []).append(own[-1])
            grid.connect(link, [*own, chain[-1]])
    added = {each for items in beside.values() for each in items}
    for row in {grid.row[item] for item in beside}:
        grid.rows[row] = [
            each
            for item in grid.rows[row]
            if item not in added
            for each in (item, *beside.get(item, ()))
        ]


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
