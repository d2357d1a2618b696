"""The functions that a user wants called at each step of a pass."""

from __future__ import annotations

from collections.abc import Callable

from graphnn.engine import Step
from graphnn.graph.changes import CHANGES

Hook = Callable[[Step], object]


class Handle:
    """What a hook is taken away with."""

    def __init__(self, hooks: list[Hook], hook: Hook) -> None:
        self._hooks, self._hook = hooks, hook
        self.alive = True

    @classmethod
    def adding(cls, hooks: list[Hook], function: Hook) -> Handle:
        """Add a hook; a wrapper of its own lets the same function be added twice."""

        def hook(step: Step) -> object:
            return function(step) if handle.alive else None

        handle = cls(hooks, hook)
        hooks.append(hook)
        CHANGES.tick()
        return handle

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self.alive = False  # the lists of merged graphs may hold it as well
        self._hooks[:] = [hook for hook in self._hooks if hook is not self._hook]


class Hooks:
    """The functions that want to see each step of a graph's passes."""

    def __init__(self) -> None:
        self.forward: list[Hook] = []
        self.backward: list[Hook] = []
        self.nodes: dict[int, list[Hook]] = {}

    def add(self, hooks: list[Hook], function: Hook) -> Handle:
        """Add a hook to one of the lists."""
        return Handle.adding(hooks, function)

    def extend(self, other: Hooks) -> None:
        """Take over the hooks of a graph that was merged."""
        self.forward += other.forward
        self.backward += other.backward
        self.nodes |= other.nodes
