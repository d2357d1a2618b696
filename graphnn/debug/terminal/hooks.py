"""Stepping into the formula of an operation, in Python's own debugger."""

from __future__ import annotations

import inspect
import pdb
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import IO, TYPE_CHECKING, Any

from graphnn.debug.snapshot import pass_state, put_state
from graphnn.debug.terminal.history import kept_delimiters
from graphnn.graph.operation import Operation, ParamOperation

if TYPE_CHECKING:
    from graphnn.debug.stepper import Stepper

HOOKS = {
    "forward": ("_output",),
    "backward": ("_input_grads", "_input_grad", "_param_grad"),
}


SKIPPED = ("graphnn.graph.*", "graphnn.engine.*")
"""Modules that `step` does not step into: ``self.input_`` is a property of ours."""


class FormulaDebugger(pdb.Pdb):
    """Pdb that stops in the formulas of one operation, and nowhere around them."""

    def __init__(self, codes: set[CodeType], stdin: Any, stdout: Any) -> None:
        super().__init__(
            stdin=stdin, stdout=stdout, skip=SKIPPED, nosigint=True, readrc=False
        )
        self.codes = codes
        self.was_left = False

    def stop_here(self, frame: FrameType) -> bool:
        """Stop in a formula, and in what it calls."""
        return self._is_inside(frame) and bool(super().stop_here(frame))

    def _is_inside(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if frame.f_code in self.codes:
                return True
            if frame is self.botframe:
                return False
            frame = frame.f_back
        return False

    def user_call(self, frame: FrameType, argument_list: Any) -> None:
        """Go on to the first line of a formula: that it is called is no news."""
        if frame.f_code not in self.codes:
            super().user_call(frame, argument_list)

    def emptyline(self) -> bool:
        """Repeat the last command only where a person types."""
        return bool(super().emptyline()) if self.use_rawinput else False

    def do_run(self, arg: str) -> bool | None:
        """Leave the formula: it is the debugger around it that can restart the pass."""
        self.message("The formula is left; type restart again for the pass.")
        return self.do_quit(arg)

    do_restart = do_run

    def set_quit(self) -> None:
        """Leave the formula."""
        self.was_left = True
        super().set_quit()


def step_into_hook(stepper: Stepper, stdin: Any, stdout: IO[str], typed: bool) -> bool:
    """Take the next step with pdb in the operation's formula.

    Returns
    -------
    bool
        Whether the step was taken: not, if the person left the formula.
    """
    moment = stepper.upcoming
    if moment is None:
        return False
    taken = run_in_pdb(stepper.step, formulas(moment), stdin, stdout, typed)
    if taken:
        stepper.tape.records[stepper.index - 1].by_hand = True
    return taken


def run_hook_again(stepper: Stepper, stdin: Any, stdout: IO[str], typed: bool) -> bool:
    """Play the next step, and run its formula once more, for pdb.

    What the formula returns and leaves on the node is thrown away.
    """
    moment, step = stepper.upcoming, stepper.step()
    if moment is None or step is None:
        return False
    node = step.node
    state = pass_state(node)

    def formula() -> Any:
        if step.phase == "forward":
            return node._output()
        return node._input_grads(step.output_grad)

    try:
        return run_in_pdb(formula, formulas(moment), stdin, stdout, typed)
    finally:
        put_state(node, state)


def run_in_pdb(
    run: Callable[[], Any],
    codes: set[CodeType],
    stdin: Any,
    stdout: IO[str],
    typed: bool,
) -> bool:
    """Run something with pdb in some functions; False where the person has left it."""
    files = (None, None) if typed else (stdin, stdout)
    with kept_delimiters():
        debugger = FormulaDebugger(codes, *files)
        debugger.reset()
        debugger.set_step()
        with traced_by(debugger):
            try:
                run()
            except Exception:  # what left the formula, or an error made of that
                if not debugger.was_left:
                    raise
    return not debugger.was_left


@contextmanager
def traced_by(debugger: pdb.Pdb) -> Iterator[None]:
    """Let a debugger trace a block; who traced before (a coverage tool) goes on."""
    before = sys.gettrace()
    sys.settrace(debugger.trace_dispatch)
    try:
        yield
    finally:
        sys.settrace(before)


def formulas(moment: Any) -> set[CodeType]:
    """Give the code of an operation's formulas, without what only hands on."""
    kind = type(moment.node)
    found = set()
    for name in HOOKS[moment.phase]:
        method = getattr(kind, name, None)
        bases = (getattr(Operation, name, None), getattr(ParamOperation, name, None))
        if method not in bases and inspect.isfunction(method):
            found.add(method.__code__)
    return found
