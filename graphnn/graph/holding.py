"""One pass at a time holds a graph."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from graphnn.errors import BusyError, GraphError

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Holder:
    """The pass that holds a graph."""

    def __init__(self) -> None:
        self.thread = threading.current_thread()


class holding:
    """Let one pass at a time walk a graph.

    Within one thread a new pass takes over from one that was stepped and left (one that
    changes no value does not); from another thread it is refused.
    """

    __slots__ = ("_graph", "_holder", "_other", "_takes_over")

    def __init__(self, graph: Graph, *, takes_over: bool = True) -> None:
        self._graph, self._takes_over = graph, takes_over

    def __enter__(self) -> Holder:
        graph, holder = self._graph, Holder()
        with graph._lock:
            self._other = other = graph._holder
            if other and other.thread is not holder.thread and other.thread.is_alive():
                raise BusyError(
                    f"{graph!r} is held by a pass in thread {other.thread.name!r}",
                    "One pass at a time: build a graph for each thread, or take turns.",
                )
            if other and not self._takes_over:
                holder = other
            graph._holder = self._holder = holder
        return holder

    def __exit__(self, *error: object) -> None:
        graph, holder = self._graph, self._holder
        if graph._holder is holder and holder is not self._other:
            graph._holder = None


def check_held(graph: Graph, holder: Holder) -> None:
    """Stop a pass that was left half-way and overtaken by another."""
    if graph._holder is not holder:
        raise GraphError(
            f"another pass over {graph!r} has begun since this one was stepped",
            "Start this one again.",
        )
