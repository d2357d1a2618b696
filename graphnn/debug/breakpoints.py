"""Breakpoints: where a stepper stops, going forwards and going back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphnn.debug.breakpoint import HEADING, Breakpoint, Hit
from graphnn.debug.places import Place, names_in
from graphnn.debug.stops import Stop
from graphnn.debug.watched import watch_of
from graphnn.debug.watchpoints import History, Recorded
from graphnn.engine import Step
from graphnn.errors import ArgumentError
from graphnn.graph.node import Node

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

__all__ = ["HEADING", "Breakpoint", "Breakpoints"]


class Breakpoints:
    """The breakpoints of a stepper, by number.

    Parameters
    ----------
    graph : Graph, optional
        Without one, names are looked up in the graph of each step, unchecked.
    names : mapping of str to object, optional
        The user's own names, for conditions, messages and expressions.
    write : callable, optional
        Gets what is logged, each line with its end; by default ``sys.stdout.write``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x, w = gn.Input("x", value=[1.0, 2.0]), gn.Parameter([3.0, 4.0], name="w")
    >>> loss = np.sum((x * w) ** 2)
    >>> breakpoints = Breakpoints(loss.graph)
    >>> _ = breakpoints.add("pow*", condition="norm(output) > 5", ignore=1)
    >>> _ = breakpoints.watch("w.grad[1]")
    >>> for point in breakpoints:
    ...     print(point.text)
    1   breakpoint   keep yes   pow*, if norm(output) > 5, ignore 1
    2   watchpoint   keep yes   w.grad[1]
    >>> for step in loss.graph.backward_steps(loss):
    ...     if stop := breakpoints.matches(step):
    ...         print(step.node.name, stop.breakpoint.number, stop.message)
    multiply 2 w.grad[1]: nothing → 32.0
    """

    def __init__(
        self,
        graph: Graph | None = None,
        *,
        names: Mapping[str, Any] | None = None,
        write: Callable[[str], object] | None = None,
    ) -> None:
        self.graph, self.names, self.write = graph, names, write
        self._all: dict[int, Breakpoint] = {}
        self._last = 0
        self._history = History()

    # -- making and removing -----------------------------------------------------------
    def add(
        self,
        where: Any = None,
        *,
        phase: str | None = None,
        condition: Any = None,
        ignore: int = 0,
        once: bool = False,
        log: Any = None,
        guard: Any = None,
    ) -> Breakpoint:
        """Stop at the steps that fit all that is given.

        Parameters
        ----------
        where : node, str, int, type or Layer, optional
            See :class:`~graphnn.debug.places.Place`; by default every step.
        phase : {"forward", "backward"}, optional
        condition : str or callable, optional
            Over the names of :func:`~graphnn.debug.conditions.names_of`, or a function
            of the step. One that raises stops there, and says so; but where text fails
            only because the step has no gradient (yet), it is not fulfilled.
        ignore : int
            Pass over the first hits, in the order of the pass.
        once : bool
            Remove it where it first stops.
        log : str or callable, optional
            Do not stop; write this text, in which ``{…}`` is computed as in an
            f-string, or what the function of the step returns, unless it is None.
        guard : object with ``check(step)``, optional
            Stop where it finds something: where it does not return None.

        Raises
        ------
        MissingNode
            If nothing in the graph fits.
        ArgumentError
            For text that cannot be compiled, and other settings that cannot be.
        """
        if guard is not None and not hasattr(guard, "check"):
            raise ArgumentError(
                f"a guard has a method check(step); {guard!r:.60} has none",
                "Breakpoints.guard('nan') makes one.",
            )
        place = Place(self._variable(where), self.graph)
        settings = {"phase": phase, "condition": condition, "ignore": ignore}
        return self._keep(place, once=once, log=log, guard=guard, **settings)

    def watch(
        self,
        what: Any,
        *,
        where: Any = None,
        phase: str | None = None,
        condition: Any = None,
        ignore: int = 0,
        once: bool = False,
        log: Any = None,
    ) -> Breakpoint:
        """Stop at each step after which a value is another than before it.

        Parameters
        ----------
        what : node, (node or str, index), str or callable
            A node, or its name: its gradient, the sum of what has reached it so far;
            with an index, that element. As text also ``"w.grad[2, 3]"``, or any
            expression over the locals of a step.
        where, phase, condition, ignore, once, log
            As for :meth:`add`. `condition` and `log` may use ``before`` and ``after``.

        Raises
        ------
        MissingNode, GradientError, ArgumentError
            See :func:`~graphnn.debug.watched.watch_of`.
        """
        watch = watch_of(what, self.graph, self.names)
        place = Place(self._variable(where), self.graph)
        settings = {"phase": phase, "condition": condition, "ignore": ignore}
        return self._keep(place, once=once, log=log, watch=watch, **settings)

    def guard(
        self,
        kind: Any,
        *,
        where: Any = None,
        phase: str | None = None,
        condition: Any = None,
        ignore: int = 0,
        once: bool = False,
        log: Any = None,
        **settings: Any,
    ) -> Breakpoint:
        """Stop where something goes wrong: at the culprit, not at its victims.

        Parameters
        ----------
        kind : str, Guard, or class of guards
            ``"nan"``, ``"inf"``, ``"exploding"``, ``"vanishing"``, ``"dead"``,
            ``"dtype"``; see :func:`graphnn.guard`. A leaf that is bad is found at the
            steps that use it.
        where, phase, condition, ignore, once, log
            As for :meth:`add`.
        **settings
            Of the guard: ``limit=1e6``.

        Raises
        ------
        ArgumentError
            For an unknown kind or setting.
        """
        from graphnn.guards.kinds import as_guard  # only who wants guards loads them

        return self.add(
            where,
            phase=phase,
            condition=condition,
            ignore=ignore,
            once=once,
            log=log,
            guard=as_guard(kind, **settings),
        )

    def _keep(self, place: Place, **settings: Any) -> Breakpoint:
        made = Breakpoint(self._last + 1, place, **settings)
        self._last = made.number
        self._all[made.number] = made
        return made

    def _variable(self, where: Any) -> Any:
        """Give the node of the graph that a variable of the user's holds."""
        found = self.names.get(where) if self.names and isinstance(where, str) else None
        graph = self.graph
        if isinstance(found, Node) and graph is not None and found in graph:
            return where if where in names_in(graph) else found
        return where

    def remove(self, which: Breakpoint | int) -> None:
        """Remove one, given itself or its number."""
        del self._all[self[which].number]

    def clear(self) -> None:
        """Remove all. Their numbers do not come again."""
        self._all.clear()

    def enable(self, which: Breakpoint | int) -> None:
        """Let one stop again."""
        self[which].enabled = True

    def disable(self, which: Breakpoint | int) -> None:
        """Let one stop no more, nor count."""
        self[which].enabled = False

    # -- looking -----------------------------------------------------------------------
    def __getitem__(self, which: Breakpoint | int) -> Breakpoint:
        number = which.number if isinstance(which, Breakpoint) else which
        found = self._all.get(number)
        if found is None or (isinstance(which, Breakpoint) and found is not which):
            there = ", ".join(map(str, self._all)) or "none"
            raise ArgumentError(
                f"there is no breakpoint {number!r}", f"There are: {there}."
            )
        return found

    def __iter__(self) -> Iterator[Breakpoint]:
        return iter(tuple(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, which: object) -> bool:
        return any(which is b or which == b.number for b in self._all.values())

    def __repr__(self) -> str:
        return f"<Breakpoints: {', '.join(map(str, self._all)) or 'none'}>"

    # -- along a pass ------------------------------------------------------------------
    def follow(self, tape: Recorded) -> None:
        """Be told of the tape whose steps are looked at from now on.

        Whoever lets the same breakpoints serve pass after pass calls this for each; the
        hits on a tape count on in the next one. So ``ignore=36`` of a breakpoint that
        is hit once in a pass lets 36 passes go by. A tape that goes on, from a forward
        into a backward pass, may be told of again: that changes nothing.

        Without it, only the steps that :meth:`matches` has seen are known: hits that
        were stepped over are not counted.
        """
        if tape is self._history.tape:
            return
        for point in self:
            point.end_pass(self._history, self.names)
        self.graph, self._history = tape.graph, History(tape)

    def matches(self, step: Step, direction: str = "forward") -> Stop | None:
        """Say whether to stop behind a step; log what is only to be logged.

        Parameters
        ----------
        step : Step
        direction : {"forward", "backward"}
            The way that one goes. It makes no difference to where one stops; lines
            that are logged on the way back say so.

        Returns
        -------
        Stop or None
            Of the first breakpoint that stops there; its message tells of the others.
        """
        history, names = self._history, self.names
        history.note(step)
        stops: list[tuple[Breakpoint, Hit]] = []
        for point in self._all.values():
            if not point.enabled:
                continue
            hit = point.meet(step, history, names)
            if hit is not None:
                stops.append((point, hit))
        return self._stop(step, direction, stops) if stops else None

    def _stop(
        self, step: Step, direction: str, stops: list[tuple[Breakpoint, Hit]]
    ) -> Stop | None:
        shown: list[tuple[Breakpoint, Hit]] = []
        for point, hit in stops:
            if point.once and not hit.failed:
                del self._all[point.number]
            if point.log is None or hit.failed:
                shown.append((point, hit))
                continue
            line = point.message_at(step, hit, self.names)
            if line is not None:
                back = "back: " if direction == "backward" else ""
                (self.write or sys.stdout.write)(f"{back}{line}\n")
        if not shown:
            return None
        (first, hit), *others = shown
        lines = [hit.message] if hit.message else []
        for point, hit in others:
            also = f"also {point.kind} {point.number}"
            lines.append(f"{also}: {hit.message}" if hit.message else also)
        return Stop("breakpoint", first, "\n".join(lines))
