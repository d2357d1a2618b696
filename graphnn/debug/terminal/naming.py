"""What the names at the prompt mean: of the step, of the program, of the nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from graphnn.debug.conditions import STEP_NAMES, names_of, norm
from graphnn.debug.terminal.expressions import Names, NamesNow
from graphnn.debug.terminal.fresh import bars_set_aside
from graphnn.debug.terminal.memory import memory_of
from graphnn.debug.terminal.shell import Refused, Shell
from graphnn.debug.terminal.stack import (
    Entry,
    names_of_program,
    users_frame,
)
from graphnn.debug.terminal.streams import write
from graphnn.errors import did_you_mean

if TYPE_CHECKING:
    from graphnn.debug.stepper import Stepper


PHASES = ("forward", "backward")

NO_STEP = {**dict.fromkeys((*STEP_NAMES, "grad")), "np": np, "norm": norm}
"""The names of the step before there is one."""


class Naming(Shell):
    """The part of the debugger that knows what is called how."""

    def __init__(
        self,
        stepper: Stepper,
        stdin: IO[str] | None = None,
        stdout: IO[str] | None = None,
        *,
        namespace: Mapping[str, Any] | None = None,
        frame: FrameType | None = None,
        commands: Sequence[str] = (),
        in_program: bool = False,
        depth: int = 1,
    ) -> None:
        super().__init__(stdin, stdout, commands)
        self.stepper = stepper
        if frame is None and (in_program or namespace is None):
            frame = users_frame()
        self.frame, self.in_program, self.depth = frame, in_program, depth
        is_snapshot = in_program and frame is not None  # whose names are up to date
        self.namespace = {} if is_snapshot else dict(namespace or {})
        self.ending = ""
        memory = memory_of(stepper.breakpoints)
        self.scripts, self.displayed = memory.scripts, memory.displayed
        self.aliases = memory.aliases
        self.names = Names(
            stepper.graph, self.step_names, self.program_names, self.chosen_frame
        )
        self.names.own = memory.own
        self.nodes_in_conditions = memory.nodes
        given = stepper.breakpoints.names
        if isinstance(given, NamesNow):  # those of the debugger of an earlier pass
            given = None
        stepper.breakpoints.names = NamesNow(
            lambda: {
                **(given or {}),
                **{"g": stepper.graph, "graph": stepper.graph},
                **memory.nodes,
                **(names_of_program() if in_program else self.namespace),
                **memory.own,
            }
        )
        stepper.breakpoints.write = self.write_logged
        self.stack: list[Entry] = []
        self.selected = -1
        self.whys: list[Any] = []
        """The contributions that were asked for, each one level further."""

        self.listed_to: int | None = None
        """Up to which line or step `l` has listed."""

        self.shown_at = -1
        """The index at which the last stop was shown."""

    def write_logged(self, text: str) -> None:
        """Write what a breakpoint logs as the program runs."""
        with bars_set_aside(self.stdout):
            self.begin_line()
            write(self.stdout, text)

    # -- names -------------------------------------------------------------------------
    def step_names(self) -> Mapping[str, Any]:
        """Give the locals of the step that the debugger stands behind."""
        step = self.stepper.current
        names: dict[str, Any] = NO_STEP
        if step is not None:
            names = names_of(step) | {"grad": step.output_grad}
        if self.is_at_a_frame:  # whose names hide those of the step
            names = {n: v for n, v in names.items() if n not in self.program_names()}
        return names

    def program_names(self) -> Mapping[str, Any]:
        """Give the names of the program, at the function that `u` and `d` chose."""
        frame = self.chosen_frame()
        if frame is None:
            return self.namespace
        added = {} if self.is_at_a_frame else self.namespace
        return {**added, **frame.f_globals, **frame.f_locals}

    def chosen_frame(self) -> FrameType | None:
        """Give the function of the program whose names are in view."""
        return self.entry.thing if self.entry and self.is_at_a_frame else self.frame

    @property
    def is_at_a_frame(self) -> bool:
        """Whether a function of the program is the selected level."""
        return self.entry is not None and self.entry.kind == "frame"

    def is_known(self, name: str) -> bool:
        """Tell whether something is called so in the program that is debugged."""
        return self.names.knows(name)

    def hint(self, error: BaseException) -> str:
        """Suggest what a name that is not known was meant to be."""
        if isinstance(error, AttributeError | TypeError) and "NoneType" in str(error):
            return self.hint_on_none()
        if not isinstance(error, NameError) or not error.name:
            return ""
        known = [*self.names.all()]
        for node in self.stepper.graph.nodes:
            known += [node.name, node.name.rpartition("/")[2]]
        found = did_you_mean(error.name, known)
        return "" if found.startswith("Known") else found

    def hint_on_none(self) -> str:
        """Say why a name of the step may be None."""
        step = self.stepper.current
        if step is None:
            return "No step has been taken yet, the names of the step are None: n"
        if step.phase == "forward":
            return "In a forward step the gradients are None."
        return ""

    @property
    def entry(self) -> Entry | None:
        """The selected level of the stack."""
        return self.stack[self.selected] if self.stack else None

    def note_nodes(self, expression: str) -> None:
        """Let a condition name nodes as an expression at the prompt does."""
        for name in re.findall(r"[A-Za-z_]\w*", expression):
            if self.names.is_node(name):
                self.nodes_in_conditions[name] = self.stepper.graph[name]

    def node_of(self, text: str) -> Any:
        """Give the node that a text names; the current one for an empty text.

        Raises
        ------
        MissingNode
        """
        text = text.strip()
        if not text:
            return self.current_step().node
        node = self.names.node_called(text)
        if node is not None:
            return node
        try:
            value = self.names.evaluate(text)
        except (NameError, SyntaxError):
            value = text
        return self.stepper.graph.find(value)

    def place_of(self, argument: str) -> tuple[str | None, str | None, str]:
        """Split an argument into phase, place, and what stands behind the comma.

        The comma has the lowest precedence, as in pdb.
        """
        place, _, rest = argument.partition(",")
        phase, _, where = place.strip().partition(" ")
        if phase not in PHASES:
            phase, where = "", place
        text = where.strip()
        return phase or None, None if text in ("", "*") else text, rest.strip()

    def guard_of(self, text: str) -> Any:
        """Make the guard that a text describes: ``exploding 1e3``, ``dead share=0.5``.

        Raises
        ------
        ArgumentError
            For an unknown kind or setting.
        """
        from graphnn.guards.kinds import KINDS, as_guard

        kind, *settings = re.split(r"[\s,]+", text.strip())
        known = KINDS[kind].setting_names if kind in KINDS else ()
        values = {}
        for position, setting in enumerate(filter(None, settings)):
            name, equals, value = setting.rpartition("=")
            if not equals:
                name = known[position] if position < len(known) else value
            values[name] = self.names.evaluate(value)
        return as_guard(kind, **values)

    def current_step(self) -> Any:
        """Give the step that the debugger stands behind.

        Raises
        ------
        Refused
            At the beginning.
        """
        step = self.stepper.current
        if step is None:
            raise Refused("No step has been taken yet", "Take one: n")
        return step
