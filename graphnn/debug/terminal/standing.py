"""Where the debugger stands: the levels around the node, and the way up and down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphnn.debug.terminal.base import Base
from graphnn.debug.terminal.colour import printable
from graphnn.debug.terminal.header import came_and_went, labelled, next_line
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.stack import left_out
from graphnn.debug.terminal.values import short
from graphnn.debug.terminal.words import command

if TYPE_CHECKING:
    from graphnn.debug.stops import Stop


class Standing(Base):
    """The commands that say where one is."""

    theme = "Where you are"

    @command("w(here) bt", "[all]")
    def do_where(self, argument: str) -> None:
        """Show the levels around the node, the innermost last.

        The functions of your program that are running, the line of yours that made the
        node, the layers, and the node with what came in and went out. An arrow marks
        the level that `u` and `d` have chosen. Of many functions, and of what runs the
        program, not all are shown: `w all` does.
        """
        if argument not in ("", "all"):
            raise Refused(f"where takes nothing or all, not {argument!r}")
        if not self.stack:
            self.message("Before the first step.")
        hidden = range(0) if argument else left_out(self.stack)
        for position in range(len(self.stack)):
            if position not in hidden or position == self.selected:
                self.show_entry(position)
            if hidden and position == hidden[-1]:
                count = f"{self.signs.more} {len(hidden)} more: w all"
                self.message(self.palette.faint(f"  {count}"))
        step = self.stepper.current
        if step is not None:
            for label, value in came_and_went(step, self.signs.more):
                self.message(labelled(label, value, self.width, self.palette))
        self.message(next_line(self.stepper, self.width, self.palette, self.in_program))

    @command("info", "[breakpoints | display]")
    def do_info(self, argument: str) -> None:
        """Sum up: the pass, where it stands, breakpoints, edits."""
        for name, line in (("breakpoints", "break"), ("display", "display")):
            if argument and name.startswith(argument):
                self.run_line(line)
                return
        if argument:
            raise Refused(f"info takes breakpoints or display, not {argument!r}")
        stepper = self.stepper
        targets = ", ".join(printable(node.name) for node in stepper.targets)
        forward = sum(m.phase == "forward" for m in stepper.timeline)
        self.say(f"{stepper.graph!r}, target {targets}")
        self.say(
            f"{len(stepper)} steps: {forward} forward, {len(stepper) - forward} "
            f"backward; {'training' if stepper.training else 'not training'}"
        )
        self.say(f"at index {stepper.index}: {reason_of(stepper.stop)}")
        self.say(
            f"{len(list(stepper.breakpoints))} breakpoints (b), "
            f"{len(stepper.edited)} edits (changes)"
        )

    @command("u(p)", "[count]")
    def do_up(self, argument: str) -> None:
        """Look at an outer level: the layer, your line, your program.

        At a function of your program its names are in view; `l` lists your file.
        """
        if self.selected <= 0:
            raise Refused("Oldest frame")
        self.select(max(0, self.selected - levels(argument, len(self.stack))))

    @command("d(own)", "[count]")
    def do_down(self, argument: str) -> None:
        """Look at an inner level again."""
        last = len(self.stack) - 1
        if self.selected >= last:
            raise Refused("Newest frame")
        self.select(min(last, self.selected + levels(argument, len(self.stack))))

    def select(self, position: int) -> None:
        """Choose a level and show it."""
        self.selected = position
        self.listed_to = None
        self.show_entry(position)

    def show_entry(self, position: int) -> None:
        """Show a level as pdb shows a frame."""
        entry = self.stack[position]
        mark = "> " if position == self.selected else "  "
        note = f"  {entry.note}" if entry.note else ""
        if len(note) > self.width // 2:
            note = ""
        title = short(self.spelled(entry.title), self.width - 2 - len(note)) + note
        if position == self.selected:
            title = self.palette.current(title)
        self.message(mark + title)
        if entry.text:
            self.message(f"-> {printable(entry.text, self.width - 3)}")


def reason_of(stop: Stop) -> str:
    """Say why a stepper stands where it stands.

    Examples
    --------
    >>> from graphnn.debug.stops import Stop
    >>> reason_of(Stop("step"))
    'moved there'
    """
    if stop.breakpoint is not None:
        return f"{stop.breakpoint.kind} {stop.breakpoint.number}"
    return REASONS.get(stop.reason, stop.reason)


REASONS = {
    "start": "the beginning",
    "step": "moved there",
    "end": "the end of the pass",
}


def levels(argument: str, most: int) -> int:
    """Read how many levels to go: 1 by default; as in pdb, -1 is all the way."""
    text = argument.strip() or "1"
    if not text.removeprefix("-").isdecimal():
        raise Refused(f"Invalid frame count ({text})", "u 2 goes two levels up.")
    count = int(text)
    return most if count < 0 else count
