"""How a stepper holds a graph: while it moves, and with a mark in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphnn.errors import GraphError
from graphnn.graph.holding import Holder, holding

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Hold:
    """Holds a graph while a stepper moves; any other pass takes the mark away.

    Attributes
    ----------
    overtaken : bool
        Whether another pass began during the last move.
    closed : bool
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.overtaken = self.closed = False
        self._mark = Holder()
        self._mark.thread = threading.Thread()  # never started: it keeps nobody out
        self._holder: Holder | None = None

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Hold the graph; leave a mark on it.

        Raises
        ------
        GraphError
            In the middle of another move.
        BusyError
            While another thread holds the graph.
        """
        graph = self.graph
        if self._holder is not None and graph._holder is self._holder:
            raise GraphError(
                f"the stepper over {graph!r} is in the middle of a step",
                "What is called in a step, such as a hook, cannot move it.",
            )
        untouched = False
        try:
            with holding(graph) as self._holder:
                yield
                untouched = graph._holder is self._holder
                self.overtaken = not untouched
        finally:
            with graph._lock:
                if untouched and graph._holder is None:
                    graph._holder = self._mark

    @property
    def is_marked(self) -> bool:
        """Whether no pass has begun on the graph since the last move."""
        return self.graph._holder is self._mark

    def check_open(self) -> None:
        """Refuse to move what was closed."""
        if self.closed:
            raise GraphError(
                f"the stepper over {self.graph!r} is closed",
                "gn.Stepper(graph, ...) begins a pass anew.",
            )

    def close(self) -> None:
        """Leave the graph."""
        self.closed = True
        with self.graph._lock:
            if self.is_marked:
                self.graph._holder = None
