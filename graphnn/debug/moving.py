"""How a stepper moves: by steps, to an index, to a place, to a breakpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from graphnn.debug.breakpoints import Breakpoints
from graphnn.debug.edits import Edits
from graphnn.debug.stops import Stop
from graphnn.debug.tape import Tape
from graphnn.engine import Step
from graphnn.errors import ArgumentError, BusyError
from graphnn.graph.graph import Graph
from graphnn.guards.findings import Finding
from graphnn.ops.arguments import is_whole


class Moving:
    """The moves of a :class:`Stepper`."""

    graph: Graph
    tape: Tape
    stop: Stop
    failure: BaseException | None
    breakpoints: Breakpoints
    edits: Edits

    def __len__(self) -> int:
        """Count the steps of the whole pass.

        Of the backward pass it is the most that can be: an operation that hands no
        gradient on ends its path, which shows when it runs. Before the forward pass is
        complete, the dtypes of an earlier one tell which values have gradients.
        """
        return len(self.tape)

    @property
    def index(self) -> int:
        """How many steps have been taken."""
        return self.tape.index

    @property
    def current(self) -> Step | None:
        """The step that the stepper stands behind; None at the beginning."""
        tape = self.tape
        return tape.records[tape.index - 1].step if tape.index else None

    def __iter__(self) -> Iterator[Step]:
        """Take the steps that are left, one after the other."""
        while (step := self.step()) is not None:
            yield step

    def settle(self) -> None:
        """Be where the stepper says it is, whatever has happened in between."""
        self.tape.settle()
        self.edits.notice()

    def step(self, n: int = 1) -> Step | None:
        """Take steps.

        Parameters
        ----------
        n : int
            How many; fewer, where the pass ends.

        Returns
        -------
        Step or None
            The last step taken; None where there was none left to take.

        Raises
        ------
        Exception
            What a hook raises, with a note that names the node. The stepper then
            stands in front of that step, and all is as before it.
        """
        index = self.index
        self._go(index + as_steps(n, "back"))
        return None if self.index == index and n else self.current

    def back(self, n: int = 1) -> Step | None:
        """Take steps back.

        Parameters
        ----------
        n : int
            How many; fewer, where the pass begins.

        Returns
        -------
        Step or None
            The step that the stepper then stands behind; None at the beginning.
        """
        self._go(max(self.index - as_steps(n, "step"), 0))
        return self.current

    def seek(self, index: int) -> Step | None:
        """Go to an index: be behind so many steps.

        Parameters
        ----------
        index : int
            From 0, before all, to ``len(stepper)``, behind the last.

        Returns
        -------
        Step or None
            The step that the stepper then stands behind.
        """
        if not is_whole(index) or not 0 <= index <= len(self):
            raise ArgumentError(
                f"the pass has {len(self)} steps: there is no index {index!r:.60}",
                f"From 0, before all, to {len(self)}, behind the last. run_to(where) "
                "goes to a node, back(n) so many steps back.",
            )
        self._go(int(index))
        return self.current

    def _go(self, index: int) -> None:
        with self._failing():
            self.settle()
            self.tape.seek(index)
            self.stop = Stop("start" if self.tape.index == 0 else "step")

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Keep what a step raises, for the picture of the failure."""
        self.tape.hold.check_open()
        self.failure = None
        try:
            yield
        except BaseException as error:
            self.stop = Stop("start" if self.tape.index == 0 else "step")
            if not isinstance(error, BusyError):  # no step of ours has failed
                self.failure = error
            raise

    def run_to(
        self, where: Any = None, *, phase: str | None = None, condition: Any = None
    ) -> Step | None:
        """Go on to the next step that fits, whatever breakpoints there are.

        Parameters
        ----------
        where : node, str, int, type, Layer, Step or Finding, optional
            As for :meth:`Breakpoints.add`; or the step that somebody else has seen, or
            what a guard has found, which also say in which of the passes. Of a leaf,
            which takes no step: to the first step that uses it.
        phase : {"forward", "backward"}, optional
        condition : str or callable, optional
            As for :meth:`Breakpoints.add`: ``"norm(output_grad) > 1"``.

        Returns
        -------
        Step or None
            That step; None, at the end, where no further one fits. Where a condition
            raises it stops, too: ``stepper.stop.message`` says so.
        """
        leaf = None
        if isinstance(where, Step | Finding):
            phase = phase or where.phase
            where, leaf = place_of(where)
        only = Breakpoints(self.graph)
        only.add(where, phase=phase, condition=condition)
        only.follow(self.tape)

        def stops(step: Step) -> Stop | None:
            if leaf is not None and leaf.id not in step.node.input_ids:
                return None
            found = only.matches(step)
            return None if found is None else Stop("step", message=found.message)

        return self.run_until(stops)

    def continue_(self) -> Step | None:
        """Go on to the next breakpoint.

        Returns
        -------
        Step or None
            The step at which it stopped; None at the end.
        """
        return self._run_to_breakpoint("forward")

    def reverse_continue(self) -> Step | None:
        """Go back to the breakpoint before.

        Returns
        -------
        Step or None
            The step at which it stopped; None at the beginning.
        """
        return self._run_to_breakpoint("backward")

    def _run_to_breakpoint(self, direction: str) -> Step | None:
        breakpoints = self.breakpoints
        breakpoints.follow(self.tape)
        return self.run_until(
            lambda step: breakpoints.matches(step, direction), direction
        )

    def run_until(
        self, stops: Callable[[Step], Stop | None], direction: str = "forward"
    ) -> Step | None:
        """Go on until something says so; see also :meth:`run_to`.

        Parameters
        ----------
        stops : callable
            Given each step, it returns why to stop behind it, or None.
        direction : {"forward", "backward"}
            On in the pass, or back.

        Returns
        -------
        Step or None
            The step at which it stopped; None at the end, or at the beginning.
        """
        with self._failing():
            self.settle()
            onward = self.tape.next if direction == "forward" else self.tape.back
            while onward():
                step = self.current
                stop = None if step is None else stops(step)
                if stop is not None:
                    self.stop = stop
                    return step
            self.stop = Stop("end" if direction == "forward" else "start")
        return None


def as_steps(n: Any, other_way: str) -> int:
    """Take a number of steps: a whole number, 0 or more."""
    if is_whole(n) and n >= 0:
        return int(n)
    raise ArgumentError(
        f"n is a whole number, 0 or more, not {n!r:.60}",
        f"{other_way}({-n}) goes the other way."
        if is_whole(n)
        else "run_to(where) goes to a node.",
    )


def place_of(seen: Step | Finding) -> tuple[Any, Any]:
    """Give the operation at which something was seen, or None and the leaf."""
    if seen.node.kind == "operation":
        return seen.node, None
    if isinstance(seen, Finding) and seen.step is not None:
        return seen.step.node, None  # which has made the leaf's gradient bad
    return None, seen.node
