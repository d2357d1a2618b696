"""In which order items stand in their rows: so that few arrows cross.

Rows are sorted by where their items' neighbours stand, downwards and upwards in turn
(K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical
system structures", IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 1981).

What stands in a frame stays together, and two frames stand in one order in all rows
that they share: a frame that the row before has too is sorted by its place there.
"""

from __future__ import annotations

from itertools import pairwise

from graphnn.draw.layered.chains import add_bundles
from graphnn.draw.layered.crossings import crossings, exchange
from graphnn.draw.layered.grid import Grid
from graphnn.draw.layered.skeleton import NOWHERE, Skeleton

MOST_SWEEPS, LEAST_SWEEPS = 24, 3
WORK = 400_000
"""Items that are sorted in all: large pictures are swept through less often."""

SMALL = 4_000
"""Items up to which neighbours are exchanged after every sweep."""

PATIENCE = 6
"""Sweeps without any gain after which there will be none."""


def order_rows(grid: Grid, skeleton: Skeleton) -> list[int]:
    """Sort the rows of a grid.

    Parameters
    ----------
    grid : Grid
        Its rows are put in order.
    skeleton : Skeleton

    Returns
    -------
    list of int
        By item, its place in its row.
    """
    sorter = _Sorter(grid, skeleton)
    sorter.begin()
    place = sorter.place
    sweeps = max(LEAST_SWEEPS, min(MOST_SWEEPS, WORK // max(1, len(place))))
    best = [list(row) for row in grid.rows]
    fewest = crossings(grid, place)
    since = 0
    for sweep in range(sweeps):
        if not fewest or since >= PATIENCE:
            break
        sorter.sweep(down=sweep % 2 == 0, reverse_ties=sweep % 4 >= 2)
        if len(place) <= SMALL:
            exchange(grid, place, passes=2)
        count = crossings(grid, place)
        since += 1
        if count < fewest:
            fewest, since = count, 0
            best = [list(row) for row in grid.rows]
    sorter.take(best)
    exchange(grid, place, passes=max(2, min(MOST_SWEEPS, WORK // (8 * len(place) + 1))))
    sorter.settle_titles()
    add_bundles(grid)
    return _places(grid)


def _places(grid: Grid) -> list[int]:
    place = [0] * len(grid.row)
    for row in grid.rows:
        for position, item in enumerate(row):
            place[item] = position
    return place


class _Sorter:
    """Sorts row after row by where the neighbours in a row next to it stand."""

    def __init__(self, grid: Grid, skeleton: Skeleton) -> None:
        self.grid = grid
        self.skeleton = skeleton
        self.depth = [len(path) for path in skeleton.path]
        self.place = [0] * len(grid.row)

    def take(self, rows: list[list[int]]) -> None:
        """Put the rows in a known order."""
        for number, row in enumerate(rows):
            self.grid.rows[number][:] = row
            self._number(row)

    def _number(self, row: list[int]) -> None:
        for position, item in enumerate(row):
            self.place[item] = position

    def begin(self) -> None:
        """Put items in the order in which a walk along the arrows meets them."""
        grid = self.grid
        when = self._walk()
        frames: list[float | None] = [None] * len(self.depth)
        for item, frame in enumerate(grid.frame):
            while frame >= 0:
                known = frames[frame]
                if known is not None and known <= when[item]:
                    break
                frames[frame] = when[item]
                frame = self.skeleton.parent[frame]
        for row in grid.rows:
            keys: list[float | None] = [when[item] for item in row]
            row[:] = self._sorted(row, keys, frames, reverse_ties=False)
            self._number(row)

    def _walk(self) -> list[float]:
        grid = self.grid
        when = [-1.0] * len(grid.row)
        clock = 0.0
        for start in range(len(grid.row)):
            stack = [start]
            while stack:
                item = stack.pop()
                if when[item] < 0.0:
                    when[item] = clock
                    clock += 1.0
                    stack += reversed(grid.below[item])
                    stack += reversed(grid.above[item])
        return when

    def sweep(self, down: bool, reverse_ties: bool) -> None:
        """Sort every row by the one before it, downwards or upwards."""
        rows = self.grid.rows if down else self.grid.rows[::-1]
        neighbours = self.grid.above if down else self.grid.below
        for before, row in pairwise(rows):
            keys = [self._median(neighbours[item]) for item in row]
            frames = self._middles(before) if self.depth else []
            row[:] = self._sorted(row, keys, frames, reverse_ties)
            self._number(row)

    def _median(self, ends: list[int]) -> float | None:
        place = self.place
        count = len(ends)
        if count == 1:
            return place[ends[0]]
        if not count:
            return None
        found = sorted([place[end] for end in ends])
        middle = count // 2
        if count % 2:
            return found[middle]
        if count == 2:
            return (found[0] + found[1]) / 2
        left, right = found[middle - 1] - found[0], found[-1] - found[middle]
        if not left + right:
            return float(found[middle])
        return (found[middle - 1] * right + found[middle] * left) / (left + right)

    def _middles(self, row: list[int]) -> list[float | None]:
        """Give the middle of each frame that a row has."""
        ends: dict[int, tuple[int, int]] = {}
        for position, item in enumerate(row):
            for frame in self.skeleton.path_of(self.grid.frame[item]):
                first, _ = ends.get(frame, (position, position))
                ends[frame] = first, position
        middles: list[float | None] = [None] * len(self.depth)
        for frame, (first, last) in ends.items():
            middles[frame] = (first + last) / 2
        return middles

    def _sorted(
        self,
        row: list[int],
        keys: list[float | None],
        frames: list[float | None],
        reverse_ties: bool,
    ) -> list[int]:
        """Sort a row by keys, frame by frame; what has no key keeps its place."""
        inside = self.grid.frame
        if all(inside[item] == inside[row[0]] for item in row):
            return _by_key(row, keys, reverse_ties)
        children: dict[int, list[int]] = {NOWHERE: []}
        key_of: dict[int, float | None] = {}
        for item, key in zip(row, keys, strict=True):
            key_of[item] = key
            child, frame = item, inside[item]
            while frame not in children:
                children[frame] = [child]
                child, frame = ~frame, self.skeleton.parent[frame]
            children[frame].append(child)
        by_depth = sorted(
            [frame for frame in children if frame >= 0],
            key=lambda frame: -self.depth[frame],
        )
        for frame in by_depth:
            known = frames[frame]
            if known is None:
                given = [key_of[child] for child in children[frame]]
                found = [key for key in given if key is not None]
                known = sum(found) / len(found) if found else None
            key_of[~frame] = known
        result: list[int] = []
        frame = NOWHERE
        stack: list[int] = []
        while True:
            given = [key_of[child] for child in children[frame]]
            stack += reversed(_by_key(children[frame], given, reverse_ties))
            while stack and stack[-1] >= 0:
                result.append(stack.pop())
            if not stack:
                return result
            frame = ~stack.pop()

    def settle_titles(self) -> None:
        """Put titles at the left end of their frames' rows, or at the right end.

        They stand where more of what is in the next row lies beside what runs in.
        """
        grid, place = self.grid, self.place
        for item in [each for each in grid.titles if each >= 0]:
            row = grid.rows[grid.row[item]]
            frame = grid.frame[item]
            own = [
                each
                for each in row
                if frame in self.skeleton.path_of(grid.frame[each]) and each != item
            ]
            start = min([place[each] for each in own], default=place[item])
            row.remove(item)
            row.insert(min(start, place[item]), item)
            self._number(row)


def _by_key(
    members: list[int], keys: list[float | None], reverse_ties: bool
) -> list[int]:
    """Sort what has a key into the places that such members hold."""
    keyed = [
        (key, -position if reverse_ties else position)
        for position, key in enumerate(keys)
        if key is not None
    ]
    keyed.sort()
    ordered = [members[abs(position)] for _, position in keyed]
    if len(ordered) == len(members):
        return ordered
    following = iter(ordered)
    return [
        member if key is None else next(following)
        for member, key in zip(members, keys, strict=True)
    ]
