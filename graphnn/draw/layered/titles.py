"""Where the title of a frame begins, if arrows cross the side that it stands at."""

from __future__ import annotations

from itertools import pairwise

from graphnn.draw.layered.grid import Grid
from graphnn.draw.layered.skeleton import Skeleton

Point = tuple[float, float]

AWAY = 4.0
"""From a title to a line."""


def crossing_links(grid: Grid, skeleton: Skeleton) -> dict[int, list[int]]:
    """Find the arrows that enter or leave a frame at its sides, not at its ends.

    Returns
    -------
    dict of int to list of int
        By frame, the arrows.
    """
    found: dict[int, list[int]] = {}
    for link, chain in enumerate(grid.chains):
        for one, other in pairwise(chain):
            if grid.frame[one] == grid.frame[other]:
                continue
            row = grid.row[one]
            around = skeleton.path_of(grid.frame[one])
            beyond = skeleton.path_of(grid.frame[other])
            for frame in {*around} ^ {*beyond}:
                if grid.first[frame] <= row and row + 1 <= grid.last[frame]:
                    found.setdefault(frame, []).append(link)
    return found


def free_start(
    start: float,
    stop: float,
    width: float,
    band: tuple[float, float],
    lines: list[list[Point]],
) -> float:
    """Find the first place for a title that no line runs through.

    Parameters
    ----------
    start, stop : float
        From where to where it may stand.
    width : float
        How wide it is.
    band : tuple of float
        Its top and its foot.
    lines : list of list of tuple of float
        Splines.

    Returns
    -------
    float
        `start`, if there is no such place.

    Examples
    --------
    >>> line = [(10.0, 0.0), (10.0, 5.0), (10.0, 9.0), (10.0, 20.0)]
    >>> free_start(0.0, 90.0, 30.0, (5.0, 15.0), [line])
    14.0
    """
    taken = []
    for line in lines:
        for index in range(0, len(line) - 3, 3):
            x, y = zip(*line[index : index + 4], strict=True)
            if min(y) < band[1] and max(y) > band[0]:
                taken.append((min(x) - AWAY, max(x) + AWAY))
    place = start
    for left, right in sorted(taken):
        if left < place + width:
            place = max(place, right)
    return place if place + width <= stop else start
