"""What surrounds an operation when it is bound: the open graph, the scope, a pause."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn.graph.source import Source

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Facts:
    """What a trace took for granted: hooks read shapes and modes as plain values.

    Attributes
    ----------
    shapes : dict of int to (shape, dtype)
        Of the nodes whose values the hooks saw, by id.
    training : bool or None
        The mode of the pass, where a hook asked for it.
    """

    def __init__(self) -> None:
        self.shapes: dict[int, tuple[Any, Any]] = {}
        self.training: bool | None = None


class Trace(NamedTuple):
    """What a node was traced from: an operation's hook that ran on nodes."""

    origin: int
    """Id of the operation; for an expansion, in the graph that was expanded."""

    is_gradient: bool
    source: tuple[str, int, str] | None
    """The line that made the operation."""

    facts: Facts


class Context(NamedTuple):
    """The surroundings; one tuple, so that binding a node looks up one variable."""

    graph: Graph | None = None
    scope: tuple[str, ...] = ()
    paused: Any = False
    """Whether nodes leave no trace; in a replay, what is told of them instead."""

    maker: FrameType | None = None
    made_at: Source | None = None
    outer: Context | None = None
    """What was there when the open graph was entered."""

    trace: Trace | None = None
    """What the nodes are traced from, where a hook is running on nodes."""


CONTEXT: ContextVar[Context] = ContextVar("graphnn", default=Context())  # noqa: B039 -- a tuple


@contextmanager
def changed(**changes: object) -> Iterator[None]:
    """Change some of the surroundings for a ``with`` block."""
    token = CONTEXT.set(CONTEXT.get()._replace(**changes))  # type: ignore[arg-type]
    try:
        yield
    finally:
        CONTEXT.reset(token)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Put the nodes that are made in the block under a name.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[1.0, 2.0])
    >>> with gn.scope("block"):
    ...     y = np.exp(x)
    >>> y.name
    'block/exp'
    """
    with changed(scope=(*CONTEXT.get().scope, name)):
        yield


@contextmanager
def inside_layer(name: str, made_at: Source | None) -> Iterator[None]:
    """Enter a layer's scope; its nodes point to the line that made the layer.

    A node that is made by the user's own code in the layer still points to that code.
    """
    maker = sys._getframe(2)  # 0 is this generator, 1 is contextlib, 2 is the layer
    scope = (*CONTEXT.get().scope, name)
    with changed(scope=scope, maker=maker, made_at=made_at):
        yield


@contextmanager
def paused() -> Iterator[None]:
    """Let operations compute without leaving a trace in the graph.

    For a debugger's watch window: looking at ``np.exp(node)`` does not change the
    graph.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[0.0, 1.0])
    >>> with gn.paused():
    ...     largest = np.max(np.exp(x)).output
    >>> len(x.graph), round(float(largest), 3)
    (1, 2.718)
    """
    with changed(paused=True):
        yield
