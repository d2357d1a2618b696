"""Circles of arrows: where a folded scope is left and entered again."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from graphnn.draw.scene import Arrow, Box


def mark_turns(boxes: Iterable[Box], arrows: Iterable[Arrow]) -> None:
    """Mark the arrows that close circles, so that all others lead on.

    Boxes are taken in their order as soon as all that leads to them was taken [1]_;
    where none is left of which that is so, the first one is taken, and what leads to it
    from later ones turns back.

    References
    ----------
    .. [1] A. B. Kahn, "Topological sorting of large networks", CACM 5 (11), 1962.

    Examples
    --------
    >>> from graphnn.draw.themes import LIGHT
    >>> boxes = [Box(key, "fold", key, LIGHT.looks["fold"]) for key in "abc"]
    >>> arrows = [Arrow("a", "b"), Arrow("b", "a"), Arrow("b", "c")]
    >>> mark_turns(boxes, arrows)
    >>> [arrow.turns_back for arrow in arrows]
    [False, True, False]
    """
    rank = {box.key: place for place, box in enumerate(boxes)}
    keys = list(rank)
    flowing = [arrow for arrow in arrows if arrow.role != "twin"]
    waiting = [0] * len(keys)
    leaving: list[list[int]] = [[] for _ in keys]
    for arrow in flowing:
        if arrow.tail != arrow.head:
            leaving[rank[arrow.tail]].append(rank[arrow.head])
            waiting[rank[arrow.head]] += 1
    taken: dict[int, int] = {}
    ready = [place for place, count in enumerate(waiting) if count == 0]
    heapify(ready)
    first = 0
    while len(taken) < len(keys):
        if not ready:
            while first in taken:
                first += 1
            ready.append(first)
        place = heappop(ready)
        taken[place] = len(taken)
        for head in leaving[place]:
            waiting[head] -= 1
            if waiting[head] == 0 and head not in taken:
                heappush(ready, head)
    for arrow in flowing:
        arrow.turns_back = taken[rank[arrow.tail]] >= taken[rank[arrow.head]]
