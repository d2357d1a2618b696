"""Where a stepper stops."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from graphnn.debug.stops import Stop
from graphnn.engine import Step
from graphnn.graph.graph import Graph


class Breakpoints:
    """The breakpoints of a stepper."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.places: list[str] = []

    @classmethod
    def at(cls, graph: Graph, where: Any) -> Breakpoints:
        """Make a single one."""
        one = cls(graph)
        one.places.append(getattr(where, "name", where))
        return one

    def matches(self, step: Step, direction: str) -> Stop | None:
        """Say whether to stop behind a step."""
        if any(fnmatchcase(step.node.name, place) for place in self.places):
            return Stop("breakpoint")
        return None
