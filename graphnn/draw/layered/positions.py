"""Where items stand along their rows: straight lines first, then short ones.

Each box, each straight run of points and each side of a frame is a place on a line.
Their distances are kept, and arrows pull: the straightest layout is a network simplex
problem, see :mod:`graphnn.draw.layered.simplex`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from graphnn.draw.layered.grid import BOX, FILLER, PASSING, TITLE, Grid
from graphnn.draw.layered.runs import PULL, runs_of
from graphnn.draw.layered.simplex import Arc, settle
from graphnn.draw.layered.skeleton import Skeleton

ROOM = {BOX: 20.0, TITLE: 10.0, PASSING: 8.0, FILLER: 0.0}
"""Room between two items of a kind in a row."""

PADDING, OUTSIDE = 11.0, 13.0
PADDINGS = {PASSING: 8.0, FILLER: 4.0}
"""Room inside a frame, and where it is less; and outside it."""

NARROW = 4
"""How strongly a frame's sides are drawn together."""

WORK = 2_500_000
"""Steps of work that the places are worth."""

SWEEPS = 8


@dataclass(slots=True)
class Positions:
    """Places along the rows.

    Attributes
    ----------
    items : list of int
        By item, its middle.
    frames : list of tuple of int
        By frame, its two sides.
    """

    items: list[int]
    frames: list[tuple[int, int]]


def positions_of(
    grid: Grid,
    skeleton: Skeleton,
    place: list[int],
    pulls: dict[tuple[int, int], int],
    shifts: dict[tuple[int, int], int],
    heads: list[float],
) -> Positions:
    """Find places along the rows.

    Parameters
    ----------
    grid : Grid
        With its rows in order.
    skeleton : Skeleton
    place : list of int
        By item, its place in its row.
    pulls : mapping of tuple of int to int
        By item and item in the next row, how straight the line between them should be.
    shifts : mapping of tuple of int to int
        By the same, how far the line should run off the middle of the box at its one
        end, to the right; 0 if not given.
    heads : list of float
        By frame, room at its first side for its title.

    Returns
    -------
    Positions
    """
    blocks = runs_of(grid, skeleton, place, pulls)
    apart, count = _distances(grid, skeleton, blocks, heads)
    wishes = _wishes(grid, blocks, pulls, shifts)
    start = _begin(count, apart)
    _relax(start, apart, wishes)
    found = _solved(start, apart, wishes, len(skeleton.parent))
    base = min(found, default=0)
    number = max(blocks, default=-1) + 1
    return Positions(
        [found[block] - base for block in blocks],
        [
            (found[number + 2 * frame] - base, found[number + 2 * frame + 1] - base)
            for frame in range(len(skeleton.parent))
        ],
    )


def _distances(
    grid: Grid, skeleton: Skeleton, blocks: list[int], heads: list[float]
) -> tuple[dict[tuple[int, int], int], int]:
    """Collect how far one place has to stand behind another, and count the places."""
    base = max(blocks, default=-1) + 1
    apart: dict[tuple[int, int], int] = {}

    def keep(one: int, other: int, distance: float) -> None:
        length = ceil(distance)
        if apart.get((one, other), -1) < length:
            apart[one, other] = length

    for row in grid.rows:
        path: tuple[int, ...] = ()
        # What comes before: its place, how far it reaches, and what it is.
        before, reach, kind = -1, 0.0, _START
        for item in [*row, -1]:
            inside = skeleton.path_of(grid.frame[item]) if item >= 0 else ()
            common = 0
            for one, other in zip(path, inside, strict=False):
                if one != other:
                    break
                common += 1
            for frame in reversed(path[common:]):
                side = base + 2 * frame + 1
                keep(before, side, reach + _gap(kind, _CLOSE))
                before, reach, kind = side, 0.0, _CLOSE
            for frame in inside[common:]:
                side = base + 2 * frame
                if before >= 0:
                    keep(before, side, reach + _gap(kind, _OPEN))
                before, reach, kind = side, heads[frame], _OPEN
            if item < 0:
                break
            path = inside
            if before >= 0:
                gap = _gap(kind, grid.kind[item])
                keep(before, blocks[item], reach + gap + grid.before[item])
            before, reach, kind = blocks[item], grid.after[item], grid.kind[item]
    for frame in range(len(skeleton.parent)):
        keep(base + 2 * frame, base + 2 * frame + 1, 2 * PADDING)
    return apart, base + 2 * len(skeleton.parent)


_OPEN, _CLOSE, _START = 10, 11, 12
"""The first side of a frame, and its last; and that of the picture."""


def _gap(one: int, other: int) -> float:
    """Give the room between two things of a row."""
    if one == _OPEN or other == _CLOSE:
        within = other if one == _OPEN else one
        return PADDINGS.get(within, PADDING)
    if one == _CLOSE or other == _OPEN:
        return OUTSIDE
    return (ROOM[one] + ROOM[other]) / 2


class Wish(NamedTuple):
    """One place should stand `shift` behind another, as much as `pull` says."""

    one: int
    other: int
    shift: int
    pull: int


def _wishes(
    grid: Grid,
    blocks: list[int],
    pulls: dict[tuple[int, int], int],
    shifts: dict[tuple[int, int], int],
) -> list[Wish]:
    """Collect which places should stand over one another."""
    found: dict[tuple[int, int, int], int] = {}
    for item, ends in enumerate(grid.below):
        for end in dict.fromkeys(ends):
            one, other = blocks[item], blocks[end]
            if one == other:
                continue
            boxes = (grid.kind[item] == BOX) + (grid.kind[end] == BOX)
            shift = shifts.get((item, end), 0)
            if grid.kind[item] != BOX:  # the line is shifted, not the box
                shift = -shift
            key = one, other, shift
            found[key] = found.get(key, 0) + pulls[item, end] * PULL[boxes]
    return [Wish(*key, pull) for key, pull in found.items()]


def _begin(count: int, apart: dict[tuple[int, int], int]) -> list[int]:
    """Find places that keep all distances: between the first and the last possible."""
    order, following = _in_order(count, apart)
    first = [0] * count
    for each in order:
        for other, length in following[each]:
            first[other] = max(first[other], first[each] + length)
    width = max(first, default=0)
    last = [width] * count
    for each in reversed(order):
        for other, length in following[each]:
            last[each] = min(last[each], last[other] - length)
    # Halves are rounded down for all: then no distance is lost.
    return [(one + other) // 2 for one, other in zip(first, last, strict=True)]


def _in_order(
    count: int, apart: dict[tuple[int, int], int]
) -> tuple[list[int], list[list[tuple[int, int]]]]:
    following: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    waiting = [0] * count
    for (one, other), length in apart.items():
        following[one].append((other, length))
        waiting[other] += 1
    order = [each for each in range(count) if not waiting[each]]
    for each in order:
        for other, _ in following[each]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order, following


def _relax(
    found: list[int], apart: dict[tuple[int, int], int], wishes: list[Wish]
) -> None:
    """Move each place to the middle of where it should be, as far as it may."""
    count = len(found)
    order, following = _in_order(count, apart)
    preceding: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for one, ends in enumerate(following):
        for other, length in ends:
            preceding[other].append((one, length))
    drawn: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
    for one, other, shift, pull in wishes:
        drawn[one].append((other, -shift, pull))
        drawn[other].append((one, shift, pull))
    for sweep in range(SWEEPS):
        for each in order if sweep % 2 else reversed(order):
            if not drawn[each]:
                continue
            goal = _weighted_median(
                [(found[other] + shift, pull) for other, shift, pull in drawn[each]]
            )
            for other, length in preceding[each]:
                goal = max(goal, found[other] + length)
            for other, length in following[each]:
                goal = min(goal, found[other] - length)
            found[each] = goal


def _weighted_median(goals: list[tuple[int, int]]) -> int:
    if len(goals) == 1:
        return goals[0][0]
    goals.sort()
    half = sum([pull for _, pull in goals]) / 2
    for goal, pull in goals:
        half -= pull
        if half <= 0:
            return goal
    return goals[-1][0]


def _solved(
    start: list[int],
    apart: dict[tuple[int, int], int],
    wishes: list[Wish],
    frames: int,
) -> list[int]:
    """Grant wishes as far as can be: a place of its own holds the ends of each."""
    arcs = [Arc(one, other, length, 0) for (one, other), length in apart.items()]
    base = len(start) - 2 * frames
    arcs += [
        Arc(base + 2 * frame, base + 2 * frame + 1, 0, NARROW)
        for frame in range(frames)
    ]
    places = list(start)
    for one, other, shift, pull in wishes:
        arcs.append(Arc(len(places), one, 0, pull))
        arcs.append(Arc(len(places), other, shift, pull))
        places.append(min(start[one], start[other] - shift))
    return settle(places, arcs, WORK)[: len(start)]
