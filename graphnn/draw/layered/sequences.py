"""Which frames stand behind others: layers one after the other, not side by side."""

from __future__ import annotations

from collections.abc import Sequence

from graphnn.draw.layered.simplex import Arc
from graphnn.draw.layered.skeleton import Skeleton

Pair = tuple[int, int]


def following_frames(skeleton: Skeleton, arcs: Sequence[Arc]) -> list[Pair]:
    """Find what has to end before a frame begins.

    That is what feeds the frame, unless it hangs on the frame in its turn, as where a
    layer is used twice. What is fed by nothing itself, such as a parameter, may stand
    beside the frame, and so may what feeds it with little weight.

    Parameters
    ----------
    skeleton : Skeleton
    arcs : sequence of Arc
        Between boxes, without circles.

    Returns
    -------
    list of tuple of int
        What ends, and what begins then: boxes by their numbers, frames by theirs,
        counted on from the number of boxes.

    Examples
    --------
    >>> from graphnn.draw.layered.skeleton import Link
    >>> two = Skeleton(2, 2, [0, 1], [-1, -1], [(0,), (1,)], [Link(0, 1, 1, 8)])
    >>> following_frames(two, [Arc(0, 1, 1, 8)])
    [(2, 3)]
    """
    count = skeleton.boxes
    fed = {arc.head for arc in arcs}
    pairs: dict[Pair, int] = {}
    heavy: set[Pair] = set()
    for tail, head, _, weight in arcs:
        one = skeleton.path_of(skeleton.frame[tail])
        other = skeleton.path_of(skeleton.frame[head])
        common = 0
        while common < min(len(one), len(other)) and one[common] == other[common]:
            common += 1
        first = count + one[common] if common < len(one) else tail
        last = count + other[common] if common < len(other) else head
        pairs[first, last] = one[common - 1] if common else -1
        if weight > 1:
            heavy.add((first, last))
    circular = _in_circles(count + len(skeleton.parent), list(pairs))
    entangled: list[bool] = []
    for frame, around in enumerate(skeleton.parent):
        inside = around >= 0 and entangled[around]
        entangled.append(inside or circular[count + frame])
    return [
        (first, last)
        for (first, last), around in pairs.items()
        if last >= count
        and (first, last) in heavy
        and (first >= count or first in fed)
        and not (circular[first] and circular[last])
        and not (around >= 0 and entangled[around])
    ]


def _in_circles(count: int, pairs: Sequence[Pair]) -> list[bool]:
    """Tell what may be part of a circle: all that lies between two circles, too."""
    left = [True] * count
    for turned in (False, True):
        following: list[list[int]] = [[] for _ in range(count)]
        waiting = [0] * count
        for pair in pairs:
            one, other = pair[::-1] if turned else pair
            if left[one] and left[other]:
                following[one].append(other)
                waiting[other] += 1
        ready = [each for each in range(count) if left[each] and not waiting[each]]
        for each in ready:
            left[each] = False
            for other in following[each]:
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
    return left
