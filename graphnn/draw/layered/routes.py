"""The lines of arrows: smooth, and clear of boxes and titles.

Lines are made in the rows' own directions: across, along a row, and along, from row to
row. They bend between rows; where anything stands in a row, they run straight past.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from graphnn.draw.layered.curves import Point, rounded, smooth, straight
from graphnn.draw.layered.grid import BOX, Grid
from graphnn.draw.layered.levels import Levels
from graphnn.draw.layered.ports import spread
from graphnn.draw.layered.positions import Positions
from graphnn.draw.layered.skeleton import Skeleton

if TYPE_CHECKING:
    from graphnn.draw.scene import Arrow

HEAD = 7.0
"""Length of an arrow's head."""

LANE, BESIDE, BEFORE_LANE = 4.0, 14.0, 5.0
"""Between two lines that run beside the picture; from the picture to them; and how far
behind a row they leave it."""

LOOP = 16.0
"""Width of an arrow from a box to itself."""

BEFORE, AFTER = False, True
"""The sides of a box: towards the row before, and towards the one after."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What is known of the outlines of boxes.

    Attributes
    ----------
    reach : callable
        Of a box and a side: how far off the middle arrows may touch it.
    inset : callable
        Of a box, a side and a place off the middle: how far the outline lies inside.
    """

    reach: Callable[[int, bool], float]
    inset: Callable[[int, bool, float], float]


@dataclass(slots=True)
class Router:
    """Finds lines, each as a cubic spline: a start, and three points for each piece.

    Parameters
    ----------
    grid, skeleton, places, levels
        The layout.
    sides : Sides
    headed : list of tuple of bool
        By arrow, whether it has a head at its tail, and one at its head; the line stops
        at their feet.
    """

    grid: Grid
    skeleton: Skeleton
    places: Positions
    levels: Levels
    sides: Sides
    headed: list[tuple[bool, bool]]
    offsets: dict[tuple[int, bool], float] = field(default_factory=dict)
    lanes: dict[int, float] = field(default_factory=dict)

    def lines(self) -> list[list[Point]]:
        """Find the line of each arrow, from its tail to its head."""
        self._spread()
        self._allot_lanes()
        return [self._line(link) for link in range(len(self.skeleton.links))]

    def _spread(self) -> None:
        """Find where on a box's sides arrows touch it."""
        touching: dict[tuple[int, bool], list[tuple[float, int, bool]]] = {}
        far = float(max(self.places.items, default=0))
        for link, chain in enumerate(self.grid.chains):
            tail, head = self.skeleton.links[link].ends
            if chain:
                x = self.places.items
                ends = (
                    (chain[0], AFTER, float(x[chain[1]])),
                    (chain[-1], BEFORE, float(x[chain[-2]])),
                )
            elif tail == head or self.grid.row[tail] == self.grid.row[head]:
                continue
            else:
                upper, lower = self._ordered(link)
                ends = ((upper, AFTER, far), (lower, BEFORE, far))
            for box, side, goal in ends:
                touching.setdefault((box, side), []).append((goal, link, side))
        for (box, side), arrows in touching.items():
            arrows.sort()
            middle = self.places.items[box]
            found = spread(
                [goal - middle for goal, _, _ in arrows],
                [self.skeleton.links[link].weight for _, link, _ in arrows],
                self.sides.reach(box, side),
            )
            for (_, link, _), offset in zip(arrows, found, strict=True):
                self.offsets[link, side] = offset

    def _ordered(self, link: int) -> tuple[int, int]:
        """Give the ends of an arrow, the one in the earlier row first."""
        tail, head = self.skeleton.links[link].ends
        if self.grid.row[tail] <= self.grid.row[head]:
            return tail, head
        return head, tail

    def _allot_lanes(self) -> None:
        """Find lanes beside the picture for the arrows that are too long."""
        waiting = []
        for link, chain in enumerate(self.grid.chains):
            upper, lower = self._ordered(link)
            if not chain and self.grid.row[upper] < self.grid.row[lower]:
                waiting.append((self.grid.row[upper], self.grid.row[lower], link))
        free: list[int] = []
        used: list[tuple[int, int]] = []
        count = 0
        start = self._right_edge() + BESIDE
        for first, last, link in sorted(waiting):
            while used and used[0][0] < first:
                heappush(free, heappop(used)[1])
            if free:
                lane = heappop(free)
            else:
                lane, count = count, count + 1
            heappush(used, (last, lane))
            self.lanes[link] = start + lane * LANE

    def _right_edge(self) -> float:
        ends = [x + a for x, a in zip(self.places.items, self.grid.after, strict=True)]
        return max(
            [*ends, *[float(side) for _, side in self.places.frames]], default=0.0
        )

    def _line(self, link: int) -> list[Point]:
        tail, head = self.skeleton.links[link].ends
        upper, lower = self._ordered(link)
        if tail == head:
            return self._loop(tail)
        if self.grid.row[tail] == self.grid.row[head]:
            return self._level(tail, head)
        at_tail, at_head = self.headed[link]
        if upper != tail:
            at_tail, at_head = at_head, at_tail
        start = self._touch(link, upper, AFTER, at_tail)
        end = self._touch(link, lower, BEFORE, at_head)
        chain = self.grid.chains[link]
        if not chain:
            line = self._beside(link, start, end)
            return line if upper == tail else line[::-1]
        # Straight on until everything in the row, and the ends of frames, lie behind.
        knots = [start]
        leave = self.levels.stops[self.grid.row[upper]]
        if leave > start[1] + 1.0:
            knots.append((start[0], leave))
        for item in chain[1:-1]:
            row, x = self.grid.row[item], float(self.places.items[item])
            knots.append((x, self.levels.starts[row]))
            if self.levels.stops[row] - self.levels.starts[row] > 1.0:
                knots.append((x, self.levels.stops[row]))
        enter = self.levels.starts[self.grid.row[lower]]
        if enter < end[1] - 1.0:
            knots.append((end[0], enter))
        line = smooth([*knots, end])
        return line if upper == tail else line[::-1]

    def _touch(self, link: int, box: int, side: bool, headed: bool) -> Point:
        """Give where a line ends at a box, or at the foot of its head."""
        offset = self.offsets[link, side]
        depth = self.grid.length[box] / 2 - self.sides.inset(box, side, offset)
        depth += HEAD if headed else 0.0
        middle = self.levels.middle[self.grid.row[box]]
        x = self.places.items[box] + offset
        return x, middle + depth if side == AFTER else middle - depth

    def _beside(self, link: int, start: Point, end: Point) -> list[Point]:
        """Run beside the picture, from one gap between rows to another."""
        upper, lower = self._ordered(link)
        lane = self.lanes[link]
        out = max(start[1], self.levels.stops[self.grid.row[upper]] + BEFORE_LANE)
        back = min(end[1], self.levels.starts[self.grid.row[lower]] - BEFORE_LANE)
        corners = [
            start,
            (start[0], out),
            (lane, out),
            (lane, back),
            (end[0], back),
            end,
        ]
        return rounded(corners)

    def _level(self, tail: int, head: int) -> list[Point]:
        """Join two boxes of one row: straight, or around what stands between them."""
        x, after, before = self.places.items, self.grid.after, self.grid.before
        row = self.grid.rows[self.grid.row[tail]]
        level = self.levels.middle[self.grid.row[tail]]
        left, right = (tail, head) if x[tail] <= x[head] else (head, tail)
        first, last = sorted((row.index(tail), row.index(head)))
        if all(self.grid.kind[item] != BOX for item in row[first + 1 : last]):
            start, end = (
                (x[left] + after[left], level),
                (x[right] - before[right], level),
            )
            line = straight(start, end)
        else:
            top = self.levels.starts[self.grid.row[tail]] - BEFORE_LANE
            up = level - self.grid.length[left] / 2, level - self.grid.length[right] / 2
            x_left, x_right = float(x[left]), float(x[right])
            line = rounded(
                [(x_left, up[0]), (x_left, top), (x_right, top), (x_right, up[1])]
            )
        return line if left == tail else line[::-1]

    def _loop(self, box: int) -> list[Point]:
        """Run from a box to itself, beside it."""
        level = self.levels.middle[self.grid.row[box]]
        edge = self.places.items[box] + self.grid.after[box] - LOOP
        high = self.grid.length[box] / 4
        far = edge + 1.3 * LOOP
        return [
            (edge, level - high),
            (far, level - high),
            (far, level + high),
            (edge, level + high),
        ]


def heads_of(arrow: Arrow) -> tuple[bool, bool]:
    """Tell whether an arrow has a head at its tail, and one at its head."""
    if arrow.role == "twin":
        return False, False
    return arrow.role in ("gradient", "both"), arrow.role != "gradient"
