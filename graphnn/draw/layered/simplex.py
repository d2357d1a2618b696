"""Places on a line, as cheap as can be: the network simplex method.

Given arcs ``u -> v`` that ask for ``x[v] - x[u] >= length``, it makes the sum of
``weight * (x[v] - x[u])`` least. Both the rows of a picture and the places in the rows
are such problems (E. Gansner, E. Koutsofios, S. North, K.-P. Vo, "A technique for
drawing directed graphs", IEEE Transactions on Software Engineering 19 (3), 1993).
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

CANDIDATES = 24
"""Arcs that are looked at, of which the worst leaves the tree."""


class Arc(NamedTuple):
    """A wish: `head` at least `length` behind `tail`, and no further than need be."""

    tail: int
    head: int
    length: int
    weight: int


def settle(start: list[int], arcs: list[Arc], budget: int) -> list[int]:
    """Improve places that keep all lengths until nothing can be gained, or time is up.

    Parameters
    ----------
    start : list of int
        Places that keep the length of every arc.
    arcs : list of Arc
    budget : int
        Steps of work: with few, the places are not the best, but keep all lengths.

    Returns
    -------
    list of int

    Examples
    --------
    >>> settle([0, 1, 5], [Arc(0, 1, 1, 1), Arc(1, 2, 1, 8), Arc(0, 2, 3, 1)], 1000)
    [2, 4, 5]
    """
    tree = _Tree(start, arcs)
    tree.grow()
    tree.weigh()
    tree.improve(budget)
    return tree.place


class _Tree:
    """Arcs that are as short as they may be, and that hold all places together.

    Attributes
    ----------
    up : list of int
        By place, the arc to the place above it in the tree; -1 at a root.
    pull : list of int
        By place, the weights of arcs that leave the part of the tree under it, less
        those of the arcs that enter it: what is gained when the part moves on by one.
    """

    def __init__(self, start: list[int], arcs: list[Arc]) -> None:
        count = len(start)
        self.place = list(start)
        self.arcs = arcs
        self.touching: list[list[int]] = [[] for _ in range(count)]
        for index, (tail, head, _, _) in enumerate(arcs):
            self.touching[tail].append(index)
            self.touching[head].append(index)
        self.branches: list[list[int]] = [[] for _ in range(count)]
        self.up = [-1] * count
        self.root = list(range(count))
        self.pull = [0] * count
        self.size = [1] * count
        self.order: list[int] = []

    def grow(self) -> None:
        """Join place to place, moving what is joined up to the nearest other."""
        seen = [False] * len(self.place)
        for root in range(len(self.place)):
            if not seen[root]:
                self._grow_from(root, seen)

    def _grow_from(self, root: int, seen: list[bool]) -> None:
        arcs, place = self.arcs, self.place
        leaving: list[tuple[int, int]] = []  # by slack, before any move
        entering: list[tuple[int, int]] = []
        moved = 0  # how far all that is joined has moved
        joined = [root]
        seen[root] = True
        fresh = root
        while True:
            for index in self.touching[fresh]:
                tail, head, length, _ = arcs[index]
                if tail == fresh and not seen[head]:
                    heappush(leaving, (place[head] - place[tail] - length, index))
                elif head == fresh and not seen[tail]:
                    heappush(entering, (place[head] - place[tail] - length, index))
            while leaving and seen[arcs[leaving[0][1]].head]:
                heappop(leaving)
            while entering and seen[arcs[entering[0][1]].tail]:
                heappop(entering)
            if not leaving and not entering:
                break
            ahead = leaving[0][0] - moved if leaving else None
            behind = entering[0][0] + moved if entering else None
            if behind is None or (ahead is not None and ahead <= behind):
                slack, index = heappop(leaving)
                moved = slack
                fresh = arcs[index].head
            else:
                slack, index = heappop(entering)
                moved = -slack
                fresh = arcs[index].tail
            tail, head, _, _ = arcs[index]
            self.branches[tail].append(index)
            self.branches[head].append(index)
            self.up[fresh] = index
            self.root[fresh] = root
            seen[fresh] = True
            joined.append(fresh)
            place[fresh] -= moved
        for each in joined:
            place[each] += moved
        self.order += joined

    def weigh(self) -> None:
        """Add up what pulls at each part, from the leaves to the roots."""
        pull, size = self.pull, self.size
        for tail, head, _, weight in self.arcs:
            pull[tail] += weight
            pull[head] -= weight
        for each in reversed(self.order):
            if self.up[each] >= 0:
                above = self._above(each)
                pull[above] += pull[each]
                size[above] += size[each]

    def _above(self, each: int) -> int:
        tail, head, _, _ = self.arcs[self.up[each]]
        return head if tail == each else tail

    def improve(self, budget: int) -> None:
        """Exchange arcs for as long as that gains anything."""
        position, count = 0, len(self.order)
        while count and budget > 0:
            worst, gain, found = -1, 0, 0
            for step in range(count):
                each = self.order[(position + step) % count]
                index = self.up[each]
                if index < 0:
                    continue
                pull = self.pull[each]
                cut = pull if self.arcs[index].tail == each else -pull
                if cut < 0:
                    found += 1
                    if cut < gain:
                        worst, gain = each, cut
                    if found == CANDIDATES:
                        break
            budget -= step + 1
            if worst < 0:
                return
            position = (position + step + 1) % count
            budget -= self._exchange(worst)

    def _exchange(self, each: int) -> int:
        """Let the arc over a part go, and hang the part up where it touches next."""
        arcs, place = self.arcs, self.place
        old = self.up[each]
        root = self.root[each]
        is_tail = arcs[old].tail == each
        small = 2 * self.size[each] <= self.size[root]
        part = self._part(each if small else root, each)
        inside = set(part)
        # The part moves back if it is the tail (then arcs into it stop it), else on.
        best, nearest = -1, 0
        work = len(part)
        for member in part:
            touching = self.touching[member]
            work += len(touching)
            for index in touching:
                tail, head, length, _ = arcs[index]
                if (head if is_tail == small else tail) == member and (
                    (tail if is_tail == small else head) not in inside
                ):
                    slack = place[head] - place[tail] - length
                    if (
                        best < 0
                        or slack < nearest
                        or (slack == nearest and index < best)
                    ):
                        best, nearest = index, slack
        if best < 0:  # nothing stops it: then nothing can pull it either
            return work
        step = -nearest if is_tail == small else nearest
        if step:
            for member in part:
                place[member] += step
        tail, head, _, _ = arcs[best]
        inner, outer = (head, tail) if is_tail else (tail, head)
        return work + self._hang(each, old, best, inner, outer)

    def _part(self, start: int, cut: int) -> list[int]:
        """List what is under `start`, but not `cut` and what is under that."""
        arcs, branches, up = self.arcs, self.branches, self.up
        part = [start]
        for each in part:
            above = up[each]
            for index in branches[each]:
                if index != above:
                    tail, head, _, _ = arcs[index]
                    other = head if tail == each else tail
                    if other != cut:
                        part.append(other)
        return part

    def _hang(self, each: int, old: int, new: int, inner: int, outer: int) -> int:
        """Turn the branch from `inner` up to `each` around, and hang it on `outer`."""
        pull, size, up = self.pull, self.size, self.up
        whole, members = pull[each], size[each]
        work = 0
        above = self._above(each)
        while True:
            pull[above] -= whole
            size[above] -= members
            work += 1
            if up[above] < 0:
                break
            above = self._above(above)
        path, node = [inner], inner
        while node != each:
            node = self._above(node)
            path.append(node)
        links = [up[node] for node in path]
        # From the top of the branch down: what was above comes under.
        for upper, lower in zip(reversed(path), reversed(path[:-1]), strict=False):
            pull[upper] -= pull[lower]
            size[upper] -= size[lower]
        for upper, link in zip(path[1:], links, strict=False):
            up[upper] = link
        for upper, lower in zip(path[:0:-1], path[-2::-1], strict=True):
            pull[lower] += pull[upper]
            size[lower] += size[upper]
        up[inner] = new
        for index, swap in ((old, False), (new, True)):
            tail, head, _, _ = self.arcs[index]
            for end in (tail, head):
                if swap:
                    self.branches[end].append(index)
                else:
                    self.branches[end].remove(index)
        above = outer
        while True:
            pull[above] += whole
            size[above] += members
            work += 1
            if up[above] < 0:
                break
            above = self._above(above)
        return work + len(path)
