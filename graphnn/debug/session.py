"""The debugger over the passes of a program as it runs.

A session drives the passes in place of the engine's plain loop: each is put on a tape,
so a person can go back in it, from the backward pass into the forward pass that came
before it, too. What comes out is what a plain pass leaves.
"""

from __future__ import annotations

import bdb
import pdb
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from graphnn.debug.breakpoint import found_by
from graphnn.debug.breakpoints import Breakpoints
from graphnn.debug.records import Request
from graphnn.debug.stepper import Stepper
from graphnn.debug.stops import Stop
from graphnn.debug.tape import Tape
from graphnn.debug.watchpoints import History
from graphnn.engine import Step
from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.graph.backward import open_backward
from graphnn.graph.graph import Graph
from graphnn.graph.source import is_library
from graphnn.graph.watching import WATCHING, Watcher, set_driver, watched_by

HOOK_CALLERS = (call_output.__code__, call_input_grads.__code__)
"""The frames of the engine under which a hook runs."""


class Session:
    """What drives the passes while somebody debugs; see :class:`graph.watching.Driver`.

    Parameters
    ----------
    stepping : bool
        Whether the next pass stops before its first step; else at breakpoints only.
    debugger : callable, optional
        ``debugger(stepper, namespace=..., frame=..., in_program=True)`` makes what
        talks to the person: it has ``interact()`` and, after that, ``ending``. Default:
        the terminal debugger.
    """

    def __init__(
        self, *, stepping: bool, debugger: Callable[..., Any] | None = None
    ) -> None:
        self.stepping = stepping
        self.breakpoints: Breakpoints | None = None
        self.stepper: Stepper | None = None
        self._debugger = debugger
        self.driving = self.is_over = False

    # -- the passes --------------------------------------------------------------------
    def forward(
        self, graph: Graph, fed: list[Any], targets: list[Any], training: bool
    ) -> None:
        """Run a forward pass to its end."""
        tape = Tape(graph, fed, targets, training)
        with self._driving(tape):
            for watcher in WATCHING.get().watchers:
                watcher.begin(graph, "forward", tape.order)
            self._walk(tape, Stepper.of_tape(tape))
            tape.backward.show_earlier()  # which the program may go on to add to

    def backward(
        self, graph: Graph, target: Any, output_grad: Any, wrt: Any, accumulate: bool
    ) -> None:
        """Run a backward pass to its end."""
        open_backward(graph, target, output_grad, wrt)  # what cannot be is said first
        stepper = self._stepper_before(graph, target)
        tape = stepper.tape
        tape.begin_backward(Request(target, output_grad, wrt, accumulate))
        with self._driving(tape):
            for watcher in WATCHING.get().watchers:
                watcher.begin(graph, "backward", tape.order)
            self._walk(tape, stepper)

    def _stepper_before(self, graph: Graph, target: Any) -> Stepper:
        """Give the stepper over the forward pass that has just run."""
        stepper = self.stepper
        if (
            stepper is not None
            and stepper.graph is graph
            and stepper.tape.backward.request is None
            and stepper.tape.is_as_left()
            and any(node is target for node in stepper.tape.forward_nodes)
        ):
            return stepper
        return Stepper.of_tape(Tape(graph, [], [target], graph.training, adopt=True))

    def _walk(self, tape: Tape, stepper: Stepper) -> None:
        if self.breakpoints is None:
            self.breakpoints = stepper.breakpoints
        stepper.breakpoints = self.breakpoints
        self.breakpoints.follow(tape)
        self.stepper = stepper
        tape.backward.hide_earlier()
        if self.stepping or stepper.continue_() is not None:
            self._interact(stepper)
        tape.seek(len(tape))

    def _interact(self, stepper: Stepper) -> None:
        make = self._debugger or terminal_debugger
        frame = users_frame()
        names = {} if frame is None else {**frame.f_globals, **frame.f_locals}
        debugger = make(stepper, namespace=names, frame=frame, in_program=True)
        try:
            debugger.interact()
        except BaseException:  # such as a standard input that cannot be read
            self.is_over = True
            raise
        self.stepping = debugger.ending == "next"
        if debugger.ending == "quit":
            self.is_over = True
            raise bdb.BdbQuit
        if debugger.ending == "continue" and not len(stepper.breakpoints):
            self.is_over = True  # nothing will ever stop again: at full speed

    def look(self, node: Any, stop: Stop) -> None:
        """Open the debugger behind a node that has computed as it was made."""
        tape = Tape(node.graph, [], [node], node.graph.training, adopt=True)
        with self._driving(tape):
            stepper = Stepper.of_tape(tape)
            if self.breakpoints is not None:
                stepper.breakpoints = self.breakpoints
                self.breakpoints.follow(tape)
            self.stepper, stepper.stop = stepper, stop
            tape.backward.hide_earlier()
            self._interact(stepper)
            tape.seek(len(tape))
            tape.backward.show_earlier()

    @contextmanager
    def _driving(self, tape: Tape) -> Iterator[None]:
        """Run passes that begin meanwhile, at the prompt, plainly; undo what fails."""
        before = WATCHING.get()
        WATCHING.set(before._replace(driver=None))
        self.driving = True
        try:
            with tape.snapshot.restored_if_it_fails():
                yield
        finally:
            self.driving = False
            WATCHING.set(
                before._replace(driver=None if self.is_over else before.driver)
            )


def terminal_debugger(stepper: Stepper, **settings: Any) -> Any:
    """Make the terminal debugger, which needs more than a session that never stops."""
    from graphnn.debug.terminal.debugger import Debugger

    return Debugger(stepper, **settings)


# -- beginning a session ---------------------------------------------------------------
def set_trace(*, header: str | None = None) -> None:
    """Stop at the first operation of the next pass, in the terminal debugger.

    The next forward or backward pass of any graph, in this thread, stops before its
    first step; ``h`` at the prompt explains the words, which are pdb's. Within the
    formula of an operation it is pdb itself that stops, on the next line.

    With ``PYTHONBREAKPOINT=graphnn.set_trace`` in the environment, ``breakpoint()``
    does this.

    Parameters
    ----------
    header : str, optional
        Printed first.

    Raises
    ------
    bdb.BdbQuit
        Out of the pass, when the person quits. The graph is then as before the pass.
    """
    frame = sys._getframe(1)
    if header is not None:
        sys.stdout.write(f"{header}\n")
    if is_in_a_hook(frame):
        pdb.Pdb().set_trace(frame)
        return
    driver = WATCHING.get().driver
    if isinstance(driver, Session):
        driver.stepping = True
        return
    set_driver(Session(stepping=True))
    sys.stdout.write(
        "graphnn: stops in the next pass "
        f"({frame.f_code.co_filename}:{frame.f_lineno})\n"
    )


@contextmanager
def debug_on(
    guards: Iterable[Any], *, debugger: Callable[..., Any] | None = None
) -> Iterator[Session]:
    """Open the debugger where a guard finds something, in a block.

    It looks at every step of the passes, and at nodes that compute as they are made.

    Parameters
    ----------
    guards : iterable of guard
    debugger : callable, optional
        See :class:`Session`.
    """
    session = Session(stepping=False, debugger=debugger)
    session.breakpoints = Breakpoints()
    for guard in guards:
        session.breakpoints.guard(guard)
    token = WATCHING.set(WATCHING.get()._replace(driver=session))
    try:
        with watched_by(Onlooker(session)):
            yield session
    finally:
        WATCHING.reset(token)


class Onlooker(Watcher):
    """Looks at what runs outside of passes, with the guards of a session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def step(self, step: Step) -> None:
        """Open the debugger where a guard finds the culprit, or somebody steps on."""
        session = self.session
        if session.driving or session.is_over:
            return
        for point in session.breakpoints or ():
            if not point.enabled or point.guard is None:
                continue
            found = found_by(point.guard, step, History())
            if found is not None:
                session.look(step.node, Stop("breakpoint", point, str(found)))
                return
        if session.stepping:
            session.look(step.node, Stop("step"))


def is_in_a_hook(frame: FrameType | None) -> bool:
    """Tell whether a frame is that of an operation's formula, or under it."""
    while frame is not None:
        if frame.f_code in HOOK_CALLERS:
            return True
        frame = frame.f_back
    return False


def users_frame() -> FrameType | None:
    """Find the user's code that began the pass."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_outside_users_code(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def is_outside_users_code(filename: str) -> bool:
    """Tell the library, and the standard library that lies between."""
    return is_library(filename) or filename.endswith(("contextlib.py", "functools.py"))
