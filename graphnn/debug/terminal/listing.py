"""Listing the tape around the cursor, or the user's file."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np

from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.stack import Entry
from graphnn.debug.terminal.standing import Standing
from graphnn.debug.terminal.words import command
from graphnn.draw.labels import shape_text
from graphnn.draw.tables.summary_table import norm_text
from graphnn.testing.columns import shortened

WINDOW = 11
"""Lines of `l`, as in pdb."""

MANY = 200
"""Steps that `ll` lists without being told to list all."""

FRONT = len("   1 ✓→✓ backward    ")
"""Columns of a row without name and figures."""

FULL_NAME, SHORT_NAME = 40, 18
"""The most columns that a name has, and what it has before figures are left out."""

STYLES = ("{shape}  norm {norm}", "{shape}  {norm}", "norm {norm}", "")
"""The figures of a row, from all to none."""


class Listing(Standing):
    """The commands that list."""

    theme = "Where you are"

    @command("l(ist)", "[first[, last] | .]")
    def do_list(self, argument: str) -> None:
        """List the steps around the cursor; again: the ones that follow.

        `l .` lists around the cursor once more, `l 12` around step 12, `l 3, 9` from 3
        to 9 (a smaller second number is a count). At your line or a function of your
        program (`u`), it is your file that is listed. The signs:
            ✓ has run    → the cursor    · has run, ahead of the cursor
            ● breakpoint    ✎ edited    ! NaN or infinite
        The numbers are the norm of the value (forward), and of the gradient that came
        in (backward).
        """
        entry = self.entry
        in_file = entry is not None and entry.kind in ("frame", "line")
        is_file = in_file and entry is not None and self.selected < len(self.stack) - 1
        count = len(self.file_lines(entry)) if is_file and entry else len(self.stepper)
        middle = entry.number if is_file and entry else self.stepper.index
        first, last = self.range_of(argument, max(middle, 1), count)
        if first > count:
            self.message("[EOF]" if is_file else "[end of the pass]")
            return
        self.listed_to = min(last, count)
        if is_file and entry:
            self.list_file(entry, first, self.listed_to)
        else:
            self.list_steps(first, self.listed_to)
        self.lastcmd = "list"

    @command("longlist ll", "[all]")
    def do_longlist(self, argument: str) -> None:
        """List all steps; at a line of yours (`u`), the whole file.

        Of very many steps it lists those around the cursor: `ll all` does all.
        """
        if argument not in ("", "all"):
            raise Refused(f"longlist takes nothing or all, not {argument!r}")
        entry = self.entry
        if entry is not None and entry.file and self.selected < len(self.stack) - 1:
            self.list_file(entry, 1, len(self.file_lines(entry)))
            return
        count = len(self.stepper)
        if argument or count <= MANY:
            self.list_steps(1, count)
            return
        first = max(1, min(self.stepper.index - MANY // 2, count - MANY + 1))
        self.list_steps(first, first + MANY - 1)
        self.say(f"{self.signs.more} of {count} steps; all of them: ll all")

    def range_of(self, argument: str, middle: int, count: int) -> tuple[int, int]:
        """Find out what to list, as pdb does."""
        text = argument.strip()
        half = WINDOW // 2
        if not text and self.listed_to is not None:
            return self.listed_to + 1, self.listed_to + WINDOW
        if text in ("", "."):
            first = max(1, min(middle - half, count - WINDOW + 1))
            return first, first + WINDOW - 1
        numbers = [part.strip() for part in text.split(",")]
        if len(numbers) > 2 or not all(part.isdecimal() for part in numbers):
            raise Refused(f"Error in argument: {text!r}", "l, l ., l 12, or l 3, 9")
        first = int(numbers[0])
        if len(numbers) == 1:
            first = max(1, first - half)
            return first, first + WINDOW - 1
        first, last = max(1, first), int(numbers[1])
        return first, last if last >= first else first + last

    # -- steps -------------------------------------------------------------------------
    def list_steps(self, first: int, last: int) -> None:
        """List steps with their signs."""
        moments = self.stepper.timeline[first - 1 : last]
        steps = self.stepper.steps
        edited = {(node.id, what) for node, what in self.stepper.edited}
        flows = [
            flow_of(steps[m.index - 1])
            if m.state != "planned" and m.index <= len(steps)
            else None
            for m in moments
        ]
        names = [self.spelled(m.node.name) for m in moments]
        wanted = max([min(len(name), FULL_NAME) for name in names], default=0)
        room, figures = self.fitting_figures(flows, wanted)
        names = [self.spelled(shortened(name, room)) for name in names]
        wide = max(map(len, names), default=0)
        for moment, name, flow, text in zip(
            moments, names, flows, figures, strict=True
        ):
            signs = self.signs_of(moment, flow, edited)
            row = f"{moment.index:4} {signs} {moment.phase:<8}  {name:<{wide}}  {text}"
            self.message(self.painted(moment, row.rstrip()))

    def fitting_figures(self, flows: list[Any], wanted: int) -> tuple[int, list[str]]:
        """Give the columns that names have, and the figures that fit behind them."""
        room = max(self.width - FRONT, 0)
        wide, figures = 0, [""] * len(flows)
        for style in STYLES:
            figures = [figures_of(flow, style) for flow in flows]
            wide = min(room - max(map(len, figures), default=0), wanted)
            if wide >= min(wanted, SHORT_NAME):
                break
        return max(wide, 8), figures

    def signs_of(self, moment: Any, flow: Any, edited: set[Any]) -> str:
        """Give the signs before a step: breakpoint, edited or not finite, state."""
        signs = self.signs
        stands = (
            signs.cursor
            if moment.index == self.stepper.index
            else {"done": signs.done, "recorded": signs.ahead}.get(moment.state, " ")
        )
        what = "value" if moment.phase == "forward" else "grad"
        is_edited = (moment.node.id, what) in edited
        is_bad = flow is not None and not is_finite(flow)
        mark = signs.edited if is_edited else signs.not_finite if is_bad else " "
        stop = signs.breakpoint if self.has_breakpoint(moment) else " "
        return f"{stop}{mark}{stands}"

    def has_breakpoint(self, moment: Any) -> bool:
        """Tell whether some breakpoint is set at a step."""
        return any(
            point.enabled
            and point.phase in (None, moment.phase)
            and point.place.where is not None
            and point.place.fits(moment.node)
            for point in self.stepper.breakpoints
        )

    def painted(self, moment: Any, row: str) -> str:
        """Colour a row by its state."""
        if moment.index == self.stepper.index:
            return self.palette.current(row)
        if moment.state == "done":
            return row
        return self.palette.ahead(row)

    # -- files -------------------------------------------------------------------------
    def file_lines(self, entry: Entry) -> list[str]:
        """Read the file of a level."""
        lines = linecache.getlines(entry.file)
        if not lines:
            raise Refused(f"{entry.file} cannot be read")
        return lines

    def list_file(self, entry: Entry, first: int, last: int) -> None:
        """List lines of a file as pdb does."""
        lines = self.file_lines(entry)[first - 1 : last]
        for number, line in enumerate(lines, start=first):
            mark = "->" if number == entry.number else "  "
            row = f"{number:4}  {mark}  {line.rstrip()}"
            here = number == entry.number
            self.message(self.palette.current(row) if here else row)


def figures_of(flow: Any, style: str) -> str:
    """Write the figures of a row."""
    if flow is None:
        return ""
    return style.format(shape=shape_text(flow), norm=norm_text(flow))


def flow_of(step: Any) -> Any:
    """Give what a row of the list is about: the value, or the gradient that came in."""
    if step is None:
        return None
    return step.output if step.phase == "forward" else step.output_grad


def is_finite(value: Any) -> bool:
    """Tell whether there is neither NaN nor infinity in a value."""
    parts = value if isinstance(value, tuple) else (value,)
    return all(
        bool(np.isfinite(part).all())
        for part in parts
        if isinstance(part, np.ndarray) and part.dtype.kind in "fc"
    )
