"""Freeing graphs that nobody holds, without waiting for the garbage collector.

A graph and its nodes refer to each other, so when the last of them is let go they stay
until Python's cycle collector comes round. That counts objects, not bytes: in a loop
that builds a new graph in each round, many rounds' arrays would pile up, and collecting
a large graph by tracing it takes longer than walking it. But nodes hold ids, not nodes:
the only references that a graph's own parts hold are known. Where the counts say that
there are no others, nobody can reach the graph, and it is taken apart when the next one
begins.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from graphnn.graph.node import IDS

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class _Watched(threading.local):
    """What this thread has made: counts stand still where no other thread works."""

    def __init__(self) -> None:
        self.graphs: deque[tuple[weakref.ref[Graph], int]] = deque(maxlen=16)
        """Each with the id from which on it is looked at again."""


_watched = _Watched()


def watch(graph: Graph) -> None:
    """Look at a graph again when the next ones begin.

    Called when it begins, and again when a pass runs over it: it may have fallen out of
    sight behind many small graphs that it has absorbed since.
    """
    if not any(reference() is graph for reference, _ in _watched.graphs):
        _watched.graphs.append((weakref.ref(graph), 0))


def release_unheld() -> None:
    """Take apart the watched graphs that nobody holds.

    Counting what refers to each node of a large graph takes its time, so a graph that
    was found to be held is counted again only when many new nodes have been made.
    """
    if not _COUNTS_ARE_EXACT:
        return
    graphs = _watched.graphs
    now = next(IDS)
    for _ in range(len(graphs)):
        reference, due = graphs.popleft()
        holder = [reference()]
        if holder[0] is None:
            continue
        if now < due:
            graphs.append((reference, due))
        elif is_unheld(holder):
            holder[0]._nodes.clear()
        else:
            graphs.append((reference, now + len(holder[0]._nodes) // 8))


def is_unheld(holder: list[Any]) -> bool:
    """Tell whether only a graph's own nodes refer to it, and only it to them."""
    if any(handle() is not None for handle in holder[0]._handles):
        return False
    if references(holder, 0) - _ONE_HOLDER > len(holder[0]._nodes):
        return False  # nearly always the answer: somebody holds the graph object
    own = [node for node in holder[0]._nodes.values() if node._graph is holder[0]]
    if not own or references(holder, 0) - _ONE_HOLDER != len(own):
        return False
    holder[0]._orders.clear()  # a cache, which holds nodes as well
    # what is held is mostly the last; then all, in one go
    if references(own, -1) != _TWO_HOLDERS:
        return False
    return max(map(sys.getrefcount, own)) == _TWO_HOLDERS_IN_MAP


def references(holder: list[Any], position: int) -> int:
    """Count the references to an item of a list."""
    return sys.getrefcount(holder[position])


def _calibrate() -> tuple[int, int, int]:
    """Count what one and two holders look like on this Python."""
    item = object()
    one = references([object()], 0)
    two = [item]
    other = {1: item}
    del item
    count = references(two, 0)
    count_in_map = max(map(sys.getrefcount, two))
    del other
    return one, count, count_in_map


_ONE_HOLDER, _TWO_HOLDERS, _TWO_HOLDERS_IN_MAP = _calibrate()
_COUNTS_ARE_EXACT = (
    sys.implementation.name == "cpython"
    and getattr(sys, "_is_gil_enabled", lambda: True)()
)
