"""What all commands of the debugger share: the session, and what a stop shows."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from types import FrameType
from typing import Any

from graphnn.debug.tape import Tape
from graphnn.debug.terminal.colour import printable
from graphnn.debug.terminal.fresh import own_lines
from graphnn.debug.terminal.header import header
from graphnn.debug.terminal.naming import Naming
from graphnn.debug.terminal.shell import explained
from graphnn.debug.terminal.stack import stack_of
from graphnn.debug.terminal.turns import ones_turn
from graphnn.debug.terminal.values import in_one_line, shown
from graphnn.debug.transitions import is_same


class Base(Naming):
    """The debugger but for its commands; see :class:`Debugger`."""

    @property
    def prompt(self) -> str:  # type: ignore[override]  # cmd has an attribute
        """The prompt; one pair of parentheses more for each level, as in pdb."""
        return "(" * self.depth + "gnn" + ")" * self.depth + " "

    def interact(self) -> str:
        """Read commands until the session is over.

        Returns
        -------
        str
            How it ended: ``"continue"``, ``"next"`` (on, and stop at once in the next
            pass of the program) or ``"quit"``; also :attr:`ending`.
        """
        self.ending = ""
        outermost = self.depth == 1
        lines = own_lines(self.stdout, self.in_program) if outermost else nullcontext()
        with ones_turn() as thread, lines:
            if thread and outermost:
                self.message(self.palette.faint(f"in thread {printable(thread)}:"))
            self.stopped(opening=self.in_program)
            self.read_commands()
        return self.ending

    def leave(self, ending: str) -> bool:
        """End the session."""
        self.ending = ending
        return True

    def onecmd(self, line: str) -> bool:
        """Do what a line says; show where that has led, if it failed on its way."""
        is_over = super().onecmd(line)
        if not is_over and self.stepper.index != self.shown_at:
            self.stopped()
        return is_over

    def place_now(self) -> str:
        """Name the step whose formula runs, as the header does."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code is not Tape._run.__code__:
            frame = frame.f_back
        moment = self.stepper.upcoming
        if frame is None or moment is None:
            return ""
        return f"[{moment.index}/{len(self.stepper)}] {printable(moment.node.name)}"

    # -- stopping ----------------------------------------------------------------------
    def stopped(self, silent: bool = False, opening: bool = False) -> None:
        """Show where the debugger stands, and do what a breakpoint asks for."""
        self.begin_line()
        self.show_warnings()
        self.shown_at = self.stepper.index
        self.stack = stack_of(self.stepper, self.frame)
        self.selected, self.listed_to = len(self.stack) - 1, None
        self.whys.clear()  # they were those of another moment
        stop = self.stepper.stop
        script: list[str] = []
        if stop.breakpoint is not None:
            script = list(self.scripts.get(stop.breakpoint.number, ()))
        if "silent" in script:
            silent = True
        if not silent:
            self.show_stop(opening)
            self.show_displays()
        self.cmdqueue[:0] = [line for line in script if line != "silent"]

    def show_stop(self, opening: bool = False) -> None:
        """Show why and where the debugger stands."""
        stop = self.stepper.stop
        if stop.breakpoint is not None:
            said = f": {stop.message}" if stop.message else ""
            kind = stop.breakpoint.kind.capitalize()
            self.message(self.text(f"{kind} {stop.breakpoint.number}{said}"))
        elif stop.message:
            self.message(self.text(stop.message))
        lines = header(
            self.stepper,
            self.width,
            self.palette,
            self.signs.more,
            in_program=self.in_program,
            opening=opening and stop.breakpoint is None,
        )
        self.message("\n".join(lines))

    def show_displays(self) -> None:
        """Show the expressions of ``display`` whose value has changed, as pdb does."""
        for text, old in self.displayed.items():
            new = self.value_or_error(text)
            if not is_same(new, old):
                self.displayed[text] = new
                room = self.width - len(text) - 12
                line = in_one_line(new, room, self.palette)
                self.message(f"display {printable(text)}: {line}")
                self.message(f"    [old: {in_one_line(old, room, self.palette)}]")

    def value_or_error(self, text: str) -> Any:
        """Evaluate an expression; an exception gives a text about it, as in pdb.

        None where there is no gradient to evaluate it with; see :mod:`..absent`.
        """
        try:
            return self.names.evaluate(text)
        except Exception as error:
            if self.names.is_absent(text):
                return None
            return Raised(explained(error).splitlines()[0])

    def interrupted(self) -> None:
        """Answer Ctrl-C: say where the debugger stands now."""
        super().interrupted()
        if self.stepper.index != self.shown_at:
            self.stopped()

    def show(self, value: Any) -> None:
        """Print a value as ``p`` does."""
        self.message(shown(value, self.width, self.palette))


class Raised:
    """What stands for the value of an expression that raised."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"** raised {self.text} **"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Raised) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)
