"""Which row a box stands in: as near to what it feeds as the arrows allow."""

from __future__ import annotations

from collections.abc import Sequence

from graphnn.draw.layered.sequences import following_frames
from graphnn.draw.layered.simplex import Arc, settle
from graphnn.draw.layered.skeleton import Skeleton

TOGETHER = 6
"""How strongly a frame holds its boxes together, against the weights of arrows."""

BESIDE = 12
"""How strongly two boxes are drawn to one row by an arrow that says nothing of rows."""

WORK = 2_500_000
"""Steps of work that the rows are worth."""


def ranks_of(skeleton: Skeleton) -> list[int]:
    """Give the row of each box, counted from 0.

    An arrow that would close a circle counts the other way round.

    Parameters
    ----------
    skeleton : Skeleton

    Returns
    -------
    list of int

    Examples
    --------
    >>> from graphnn.draw.layered.skeleton import Link
    >>> links = [Link(0, 1, 1, 8), Link(1, 2, 2, 8), Link(3, 2, 1, 1)]
    >>> ranks_of(Skeleton(4, 4, [-1] * 4, [], [], links))
    [0, 1, 3, 2]
    """
    ends = [
        (head, tail, span, weight) if back else (tail, head, span, weight)
        for tail, head, span, weight, back in skeleton.links
    ]
    order = _in_order(skeleton.boxes, ends)
    place = {box: i for i, box in enumerate(order)}
    arcs = []
    for tail, head, span, weight in ends:
        if tail != head and span:
            first, last = sorted((tail, head), key=place.__getitem__)
            arcs.append(Arc(first, last, span, weight))
    arcs += _frames(skeleton)
    sequence = _sequence(skeleton, arcs)
    count = skeleton.boxes + 2 * len(skeleton.parent)
    order, start = _longest_paths(count, arcs + sequence)
    if len(order) == count:
        arcs += sequence
    else:  # they contradict the arrows, though they should not
        order, start = _longest_paths(count, arcs)
    _hang_down(start, order, arcs)
    for tail, head, span, _ in ends:
        if not span and tail != head:  # side by side, if that costs little
            arcs += [Arc(len(start), end, 0, BESIDE) for end in (tail, head)]
            start.append(min(start[tail], start[head]))
    found = settle(start, arcs, WORK)[: skeleton.boxes]
    lowest = min(found, default=0)
    return [rank - lowest for rank in found]


def _in_order(count: int, ends: Sequence[tuple[int, int, int, int]]) -> list[int]:
    """Sort boxes so that arrows lead on; where there is a circle, by their order."""
    following: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for tail, head, span, _ in ends:
        if tail != head and span:
            following[tail].append(head)
            waiting[head] += 1
    order: list[int] = []
    done = [False] * count
    ready = [box for box in range(count) if not waiting[box]]
    ready.reverse()
    suspect = 0
    while len(order) < count:
        if not ready:  # a circle: it is cut at the earliest of its boxes
            while done[suspect]:
                suspect += 1
            ready.append(suspect)
        box = ready.pop()
        if done[box]:
            continue
        done[box] = True
        order.append(box)
        for head in reversed(following[box]):
            waiting[head] -= 1
            if not waiting[head] and not done[head]:
                ready.append(head)
    return order


def _longest_paths(count: int, arcs: Sequence[Arc]) -> tuple[list[int], list[int]]:
    """Put everything as early as the arcs allow; give the order, and the rows."""
    leaving: list[list[Arc]] = [[] for _ in range(count)]
    waiting = [0] * count
    for arc in arcs:
        leaving[arc.tail].append(arc)
        waiting[arc.head] += 1
    rank = [0] * count
    order = [each for each in range(count) if not waiting[each]]
    for each in order:
        for _, head, length, _ in leaving[each]:
            rank[head] = max(rank[head], rank[each] + length)
            waiting[head] -= 1
            if not waiting[head]:
                order.append(head)
    return order, rank


def _hang_down(rank: list[int], order: Sequence[int], arcs: Sequence[Arc]) -> None:
    """Move each box down towards what it feeds, if more pulls it there than back."""
    leaving: list[list[Arc]] = [[] for _ in rank]
    pull = [0] * len(rank)
    for arc in arcs:
        leaving[arc.tail].append(arc)
        pull[arc.tail] += arc.weight
        pull[arc.head] -= arc.weight
    for box in reversed(order):
        if leaving[box] and pull[box] >= 0:
            rank[box] = min(rank[head] - length for _, head, length, _ in leaving[box])


def _frames(skeleton: Skeleton) -> list[Arc]:
    """Give each frame a top and a foot, between which its boxes and frames lie."""
    count = skeleton.boxes
    arcs = []
    for box, frame in enumerate(skeleton.frame):
        if frame >= 0:
            arcs.append(Arc(count + 2 * frame, box, 0, 0))
            arcs.append(Arc(box, count + 2 * frame + 1, 0, 0))
    for frame, around in enumerate(skeleton.parent):
        top = count + 2 * frame
        arcs.append(Arc(top, top + 1, 0, TOGETHER))
        if around >= 0:
            arcs.append(Arc(count + 2 * around, top, 0, 0))
            arcs.append(Arc(top + 1, count + 2 * around + 1, 0, 0))
    return arcs


def _sequence(skeleton: Skeleton, arcs: Sequence[Arc]) -> list[Arc]:
    """Let frames begin when what feeds them has ended."""
    count = skeleton.boxes
    between = [arc for arc in arcs if arc.tail < count > arc.head]
    return [
        Arc(
            first if first < count else 2 * first - count + 1,
            2 * last - count,
            1,
            0,
        )
        for first, last in following_frames(skeleton, between)
    ]
