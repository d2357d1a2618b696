"""Guards over whatever passes run in a block of code."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from graphnn.engine import Step
from graphnn.errors import ArgumentError, GuardError, did_you_mean
from graphnn.graph.source import capture
from graphnn.graph.watching import Watcher, watched_by
from graphnn.guards.checking import Guard
from graphnn.guards.findings import Finding
from graphnn.guards.kinds import as_guards
from graphnn.guards.statuses import source_of

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

ACTIONS = ("raise", "warn", "debug")
F = TypeVar("F", bound=Callable[..., Any])


def guard(*kinds: Any, action: Any = "raise", **settings: Any) -> Guarding:
    """Watch the numbers in a block of code, and name the node where they go bad.

    Everything is seen: passes over any graph, nodes that compute their value as they
    are made, operations that run alone. What is reported is the culprit, the first node
    that was given nothing bad and made something bad (or a leaf that is bad to begin
    with), not its victims.

    Parameters
    ----------
    *kinds : str, Guard, or class of guards
        ``"nan"``, ``"inf"``, ``"exploding"``, ``"vanishing"``, ``"dead"``, ``"dtype"``.
        Without any, and without settings: NaN and infinities.
    action : {"raise", "warn", "debug"} or callable
        An error, and the pass leaves everything as it was before it; a warning; the
        debugger, which opens at that step; or ``action(finding)``.
    **settings
        Further kinds, each with its first setting or a dict of them:
        ``exploding=1e6``, ``vanishing={"limit": 1e-9, "zeros": True}``; or, of a single
        kind, its settings: ``gn.guard("exploding", limit=1e6)``.

    Returns
    -------
    Guarding
        A context manager, and a decorator of functions.

    Raises
    ------
    ArgumentError
        For an unknown kind, setting or action.
    NotFiniteError, GuardError
        In the block. The error has the ``finding``, and the ``step`` with all arrays.

    Notes
    -----
    In the block NumPy's own warnings of what is guarded against (such as *invalid value
    encountered in sqrt*) are silent: the guard says more.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[3.0, 1.0])
    >>> with gn.guard("nan", exploding=1e6):
    ...     y = np.sqrt(np.sqrt(x - 2.0))
    Traceback (most recent call last):
    graphnn.errors.NotFiniteError: sqrt (Sqrt, <doctest ...>:2): its output holds 1 NaN
    of 2 numbers, the first at index (1,); its inputs are fine
    Likely reason: the square root of a negative number, -1.0.
    ...
    """
    if not kinds and not settings:
        kinds = ("nan", "inf")
    return Guarding(as_guards(kinds, settings), action)


class Guarding(Watcher):
    """Guards at work: a context manager, and a decorator; see :func:`guard`.

    Attributes
    ----------
    guards : list of Guard
    action : {"raise", "warn", "debug"} or callable
    findings : deque of Finding
        The culprits of late, at most 100 of them.
    victims : int
        How many steps made something bad out of something bad.
    """

    def __init__(self, guards: Sequence[Guard], action: Any = "raise") -> None:
        if not callable(action) and action not in ACTIONS:
            raise ArgumentError(
                f"an action is one of {', '.join(map(repr, ACTIONS))} or a function of "
                f"the finding, not {action!r:.60}",
                did_you_mean(action, ACTIONS) if isinstance(action, str) else "",
            )
        self.guards, self.action = list(guards), action
        self.findings: deque[Finding] = deque(maxlen=100)
        self.victims = 0
        self._told: set[tuple[str, str, int]] = set()
        self._order: Sequence[Any] = ()
        self._warned: dict[Any, Any] = {}
        self._open: list[ExitStack] = []

    def __enter__(self) -> Guarding:
        with ExitStack() as stack:
            silent = [name for one in self.guards for name in one.silences]
            floating: dict[str, Any] = dict.fromkeys(silent, "ignore")
            stack.enter_context(np.errstate(**floating))
            if self.action == "debug":
                # the debugger sits above the guards, and is not needed otherwise
                from graphnn.debug.session import debug_on

                stack.enter_context(debug_on(self.guards))
            else:
                stack.enter_context(watched_by(self))
            self._open.append(stack.pop_all())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.pop().close()

    def __call__(self, function: F) -> F:
        """Guard a function: each call of it is a block of its own.

        Its findings are added to those here.
        """
        if not callable(function) or is_lazy(function):
            raise ArgumentError(
                f"a guard decorates plain functions, not {function!r:.60}",
                "Write `with gn.guard(...):` inside of it.",
            )

        @functools.wraps(function)
        def guarded(*arguments: Any, **settings: Any) -> Any:
            block = Guarding(self.guards, self.action)
            block.findings = self.findings
            try:
                with block:
                    return function(*arguments, **settings)
            finally:
                self.victims += block.victims

        return guarded  # type: ignore[return-value]

    def begin(self, graph: Graph, phase: str, order: Sequence[Any]) -> None:
        """Be told that a pass begins: what was told of the last may be told again."""
        self._told, self._order = set(), order

    def step(self, step: Step) -> None:
        """Look at what a step has made."""
        for one in self.guards:
            found = one.check(step)
            if found is None:
                continue
            if not found.culprit:
                self.victims += 1
                source = source_of(one, step)
                if source is None and not one.blames_leaves:
                    continue
                found = source or found
            told = (one.kind, found.phase, found.node.id)
            if told not in self._told:
                self._told.add(told)
                self._act(found, step)

    def _act(self, found: Finding, step: Step) -> None:
        self.findings.append(found)
        if callable(self.action):
            self.action(found)
            return
        message = [found.headline, *found.details, *self._consequences(found, step)]
        if self.action == "warn":
            file, line, _ = capture() or ("graphnn", 0, "")
            text = "\n".join(message)
            warnings.warn_explicit(
                text, RuntimeWarning, file, line, registry=self._warned
            )
            return
        headline, *rest = message
        error: GuardError = found.guard.error(headline, "\n".join(rest))
        error.finding, error.step = found, step
        raise error

    def _consequences(self, found: Finding, step: Step) -> list[str]:
        """Say where it was seen, if elsewhere, and what depends on it."""
        lines = []
        if found.step is not step:
            at = f"{step.node.describe()}, in the {step.phase} pass"
            lines.append(f"It was first seen behind {at}.")
        elif found.phase == "backward":
            lines.append("This was in the backward pass.")
        backward = step.phase == "backward"
        victims = behind(found, step) if backward else after(found, self._order)
        if victims:
            what = "gradient of a parameter" if backward else "node of the pass"
            if len(victims) > 1:
                what = "gradients of parameters" if backward else "nodes of the pass"
            names = [node.name for node in victims[:3]]
            names += ["…"] * (len(victims) > 3)
            verb = "depend" if len(victims) > 1 else "depends"
            lines.append(f"{len(victims):,} {what} {verb} on it: {', '.join(names)}.")
        return lines

    def __repr__(self) -> str:
        action = self.action if isinstance(self.action, str) else "a function"
        return f"<Guarding {', '.join(map(repr, self.guards))}: {action}>"


def is_lazy(function: Any) -> bool:
    """Tell what does not run its body when it is called."""
    return (
        inspect.isgeneratorfunction(function)
        or inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
    )


def after(found: Finding, order: Sequence[Any]) -> list[Any]:
    """List the nodes of a forward pass whose values depend on a bad one."""
    reached, nodes = {found.node.id}, []
    for node in order:
        if not reached.isdisjoint(node.input_ids):
            reached.add(node.id)
            nodes.append(node)
    return nodes


def behind(found: Finding, step: Step) -> list[Any]:
    """List the parameters whose gradients depend on what a backward step has made."""
    graph, guard = step.node.graph, found.guard
    pairs = zip(step.node.inputs, step.accumulated or (), strict=False)
    bad = [node for node, total in pairs if guard.is_bad_value(total, True)]
    reached = {node.id for node in bad}
    nodes = []
    for node in reversed(graph.order(bad)) if bad else ():
        if node.id not in reached or (node.input_ids and node.stops_gradient):
            continue
        reached.update(node.input_ids)
        if node.kind == "parameter" and node.trainable and node is not found.node:
            nodes.append(node)
    return nodes[::-1]
