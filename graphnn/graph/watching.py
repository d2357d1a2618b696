"""Who looks into the passes that run in this context: nobody, unless somebody asks.

A *watcher* is told of every step, of every graph: guards are watchers. A *driver* runs
the passes in its own manner: a debugger is one, which steps through them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from graphnn.engine import Step
    from graphnn.graph.graph import Graph
    from graphnn.graph.node import Node


class Watcher:
    """What is told of the passes; a subclass overrides what it wants to know.

    An exception that it raises ends the pass, which leaves all as it was before.
    """

    def begin(self, graph: Graph, phase: str, order: Sequence[Any]) -> None:
        """Be told that a pass over these nodes begins; the leaves have their values.

        Before a backward pass every node has its value, and the target its gradient.
        """

    def step(self, step: Step) -> None:
        """Be told of an operation that has just run.

        One that computes its value as it is made is told as well, and one that runs
        alone (``op.forward(array)``): each is a pass of one step.
        """


class Driver(Protocol):
    """What runs the passes in place of the engine's plain loop."""

    def forward(
        self, graph: Graph, fed: list[Any], targets: list[Any], training: bool
    ) -> None:
        """Run a forward pass to its end."""

    def backward(
        self, graph: Graph, target: Node, output_grad: Any, wrt: Any, accumulate: bool
    ) -> None:
        """Run a backward pass to its end."""


class Watching(NamedTuple):
    """Who watches and who drives."""

    watchers: tuple[Watcher, ...] = ()
    driver: Driver | None = None


NOBODY = Watching()
WATCHING: ContextVar[Watching] = ContextVar("graphnn watching", default=NOBODY)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Let somebody watch the passes that run in the block.

    Examples
    --------
    >>> import graphnn as gn
    >>> class Printer(Watcher):
    ...     def step(self, step):
    ...         print(step.phase, step.node.name)
    >>> w = gn.Parameter(3.0, name="w")
    >>> with watched_by(Printer()):
    ...     (w * w).backward()
    forward multiply
    backward multiply
    """
    now = WATCHING.get()
    token = WATCHING.set(now._replace(watchers=(*now.watchers, watcher)))
    try:
        yield
    finally:
        WATCHING.reset(token)


@contextmanager
def unwatched() -> Iterator[None]:
    """Let the passes in the block be nobody's business: they belong to a tool."""
    token = WATCHING.set(NOBODY)
    try:
        yield
    finally:
        WATCHING.reset(token)


def is_debugged() -> bool:
    """Tell whether a debugger traces this thread: it may stop in any hook.

    Then each hook is called, where it would otherwise be called for many nodes at once,
    or not at all. A tool that measures coverage traces as well, and is no debugger.
    """
    trace = sys.gettrace()
    if trace is not None:
        names = (type(trace).__module__, getattr(trace, "__module__", None) or "")
        return not any(name.startswith("coverage") for name in names)
    return MONITORING is not None and (
        MONITORING.get_tool(MONITORING.DEBUGGER_ID) is not None
    )


MONITORING: Any = getattr(sys, "monitoring", None)
"""How debuggers trace from Python 3.12 on (PEP 669)."""


def set_driver(driver: Driver | None) -> None:
    """Let somebody drive the passes of this context from now on; None: nobody."""
    now = WATCHING.get()._replace(driver=driver)
    # whoever asks whether there is nobody asks for this very object
    WATCHING.set(NOBODY if now == NOBODY else now)
