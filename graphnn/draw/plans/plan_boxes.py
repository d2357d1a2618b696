"""The boxes of a plan's picture: one for each call, in frames of passes and hooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.labels import (
    UNKNOWN,
    clean,
    place,
    shape_text,
    shorten,
)
from graphnn.draw.scene import Box, Frame, Sign

if TYPE_CHECKING:
    from graphnn.draw.plans.plan_colours import Colours
    from graphnn.planning.places import Places, Root
    from graphnn.planning.statements import Statement

PHASES = {"state": "states"}
"""What a pass is called in a picture, where that is not its own name."""


class PlanView:
    """The calls of a plan, and what a picture says of each.

    Parameters
    ----------
    statements : list of Statement
        The calls, in order.
    places : Places
        The names of the memory.
    results : sequence of ndarray
        What the plan gives back.

    Attributes
    ----------
    statements, places
    names : list of list of str
        Of each call: what is written to.
    givers : set of int
        The calls that write a result last.
    phases : list of str
        Of each call: the pass that it belongs to.
    """

    def __init__(
        self, statements: list[Statement], places: Places, results: Sequence[np.ndarray]
    ) -> None:
        self.statements, self.places = statements, places
        # Buffers are numbered as they are asked for: in the order of the calls.
        self.names = [
            [places.name(out) for out in statement.outs] for statement in statements
        ]
        self.givers = {
            number for result in results for number in last_writers(statements, result)
        }
        self.phases = phases_of(statements)

    def buffers_of(self, statement: Statement) -> list[Root]:
        """List the buffers that a call writes to, each once."""
        found = {}
        for out in statement.outs:
            root = self.places.root_of(out)
            if root is not None and root.kind == "buffer":
                found[id(root)] = root
        return list(found.values())

    def box(self, number: int, colours: Colours, frame: Frame | None) -> Box:
        """Make the box of a call."""
        statement = self.statements[number]
        node = None if statement.owner is None else statement.owner.node
        lines = [self._goal(number)] if statement.outs else []
        # A frame around the calls of a hook says whose they are.
        if node is not None and (frame is None or frame.kind == "pass"):
            lines.append(shorten(clean(node.name)))
        words = str(self.places.spelling.statement(statement))
        given_back = "; given back" if number in self.givers else ""
        return Box(
            f"c{number}",
            "operation",
            name_of(statement),
            colours.look(number),
            suffix=self._numbers(statement),
            lines=tuple(lines),
            signs=(Sign(str(number + 1), colours.theme.faint_ink),),
            tip=f"{words}, {_place_text(statement)}{given_back}",
            frame=None if frame is None else frame.key,
            facts=self._facts(number) | {"code": words},
        )

    def _goal(self, number: int) -> str:
        """Write where the result goes."""
        goals = zip(self.names[number], self.statements[number].outs, strict=True)
        return f"→ {shorten(', '.join(f'{name} {shape_text(o)}' for name, o in goals))}"

    def _numbers(self, statement: Statement) -> str:
        """Write ``(·, 2.0)`` where a number is among the operands of a ufunc."""
        if type(statement.function) is not np.ufunc:
            return ""
        operands = list(self.places.spelling.weak(statement.arguments))
        if not any(isinstance(each, int | float) for each in operands):
            return ""
        parts = [
            f"{each:.6g}" if isinstance(each, int | float) else "·" for each in operands
        ]
        return f"({', '.join(parts)})"

    def _facts(self, number: int) -> dict[str, Any]:
        """Give what is known of a call, for the formats that programs read."""
        statement = self.statements[number]
        owner = statement.owner
        facts: dict[str, Any] = {
            "call": number + 1,
            "name": name_of(statement),
            "pass": self.phases[number],
        }
        if statement.outs:
            facts["writes"] = ", ".join(self.names[number])
            facts["shape"] = ", ".join(map(shape_text, statement.outs))
            facts["dtype"] = ", ".join(str(out.dtype) for out in statement.outs)
        if number in self.givers:
            facts["result"] = True
        if owner is not None and owner.node is not None:
            facts["node"] = clean(owner.node.name)
            if place(owner.node) != UNKNOWN:
                facts["source"] = place(owner.node)
        return facts


def frames_of(
    statements: list[Statement],
) -> tuple[list[Frame], dict[int, Frame]]:
    """Make the frames: around the calls of a pass, and in it around those of a hook.

    Returns
    -------
    list of Frame
    dict of int to Frame
        The innermost frame around a call, by its number.
    """
    frames: list[Frame] = []
    frame_of: dict[int, Frame] = {}
    for phase, owned in groups(statements):
        around = None
        if phase:
            title = PHASES.get(phase, phase)
            around = Frame(f"cluster_{len(frames)}", title, kind="pass", tip=title)
            frames.append(around)
        for node, numbers in owned:
            inner = around
            if len(numbers) > 1 and node is not None:
                inner = Frame(
                    f"cluster_{len(frames)}",
                    node.name,
                    parent=None if around is None else around.key,
                    tip=f"{node.name} ({type(node).__name__}), {place(node)}",
                )
                frames.append(inner)
            if inner is not None:
                frame_of |= dict.fromkeys(numbers, inner)
    return frames, frame_of


def groups(
    statements: list[Statement],
) -> Iterator[tuple[str, list[tuple[Any, list[int]]]]]:
    """Put calls of one pass together, and in these those of one hook."""
    phases: dict[str, dict[int, tuple[Any, list[int]]]] = {}
    for number, phase in enumerate(phases_of(statements)):
        owner = statements[number].owner
        node = None if owner is None else owner.node
        owned = phases.setdefault(phase, {})
        key = -1 if node is None else node.id
        owned.setdefault(key, (node, []))[1].append(number)
    for name, owned in phases.items():
        yield name, list(owned.values())


def phases_of(statements: list[Statement]) -> list[str]:
    """Name the pass of each call; what nobody owns belongs to the calls before it."""
    phases: list[str] = []
    for statement in statements:
        before = phases[-1] if phases else ""
        owner = statement.owner
        phases.append(before if owner is None else owner.phase)
    return phases


def last_writers(statements: list[Statement], array: np.ndarray) -> list[int]:
    """Find the last call that writes where an array lies."""
    writers = [
        number
        for number, statement in enumerate(statements)
        if any(np.may_share_memory(out, array) for out in statement.outs)
    ]
    return writers[-1:]


def name_of(statement: Statement) -> str:
    """Name what is called, without where it comes from."""
    function = statement.function
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", type(function).__name__)
    if type(owner) is np.ufunc:
        return f"{owner.__name__}.{name}"
    return str(name)


def _place_text(statement: Statement) -> str:
    """Say whose hook makes a call."""
    owner = statement.owner
    node = None if owner is None else owner.node
    if node is None:
        return "an update"
    line = place(node)
    return node.name if line == UNKNOWN else f"{node.name}, {line}"
