"""Changing values and gradients in the middle of a pass."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from graphnn.debug.terminal.colour import plain, printable
from graphnn.debug.terminal.reading import unquoted
from graphnn.debug.terminal.referring import Referring
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.values import in_one_line
from graphnn.debug.terminal.words import command
from graphnn.errors import MissingNode
from graphnn.testing.columns import shortened

TARGET = re.compile(
    r"""(?P<name>(?P<quote>["']).+?(?P=quote)[\w.]*|[^\[\]=]+?)\s*(?P<index>\[.*\])?\s*""",
    re.DOTALL,
)
"""A name, which may be quoted, and an index."""

GRADIENTS = (".output_grad", ".grad")

MOST = 20
"""Changes that are listed."""

ROOMY = 70
"""Columns from which on sentences are whole."""


class Editing(Referring):
    """The commands that change values."""

    theme = "Editing"

    @command("set", "name[index] = expression", completes="expression")
    def do_set(self, argument: str) -> None:
        """Set a value or a gradient, and go on: what depends on it runs again.

            set output[0, 2] = 1.5       the value of this node
            set w[2, 3] = 0              of a parameter, an input, any node
            set grad = output_grad * 2   the gradient of this node
            set dense_1/sigmoid.grad = 0
        `changes` compares with the run as it was; `undo` takes it back.
        """
        target, expression = split_assignment(argument)
        node, what, index = self.target_of(target)
        value = self.names.evaluate(expression)
        if hasattr(value, "input_ids"):
            value = value.output
        old = kept(node.output_grad if what == "grad" else node.output)
        if index:
            if old is None:
                raise Refused(
                    f"{printable(node.name)} has no {what} yet: nothing to put an "
                    "element into",
                    "Step to it first, or set the whole.",
                )
            value = with_element(old, self.names.evaluate(f"np.s_{index}"), value)
        with self.told_at_the_prompt(gradient=what == "grad"):
            if what == "grad":
                self.stepper.set_grad(node, value)
            else:
                self.stepper.set(node, value)
        self.tell_edit(node, what, old)

    @command("changes", "[all]")
    def do_changes(self, argument: str) -> None:
        """List what is other than in the unedited run, up to here.

        The first 20; `changes all`: all of them.
        """
        if argument not in ("", "all"):
            raise Refused(f"changes takes nothing or all, not {argument!r}")
        changes = self.stepper.changes
        if not changes:
            what = "No difference." if self.stepper.edited else "Nothing edited."
            self.message(what)
            return
        shown = changes if argument else changes[:MOST]
        told = [self.told(change) for change in shown]
        room = max(self.width - max(map(len, map(plain, told))) - 4, 12)
        names = [self.spelled(c.node.name) for c in shown]
        endings = [".grad" if c.what == "grad" else "" for c in shown]
        names = [
            self.spelled(shortened(name, min(room - len(ending), 40)) + ending)
            for name, ending in zip(names, endings, strict=True)
        ]
        wide = max(map(len, names))
        for name, text in zip(names, told, strict=True):
            self.message(f"  {name:<{wide}}  {text}")
        left = len(changes) - len(shown)
        if left:
            self.message(f"  {self.signs.more} {left} more: changes all")

    def told(self, change: Any) -> str:
        """Say how something differs from the unedited run."""
        if not np.isnan(change.difference):
            front = "differs by up to " if self.width >= ROOMY else "by "
            return f"{front}{change.difference:.3g}"
        before, after = map(self.brief, (change.before, change.after))
        return f"{before} {self.arrow} {after}"

    @command("undo", "[all]")
    def do_undo(self, argument: str) -> None:
        """Take the last edit back; `undo all`: all of them."""
        if argument not in ("", "all"):
            raise Refused(f"undo takes nothing or all, not {argument!r}")
        if not self.stepper.edited:
            raise Refused("there is nothing to undo", "Edits are made by: set")
        node, what = self.stepper.edited[-1]
        if argument:
            self.stepper.reset()
            self.message("All edits are undone.")
        else:
            self.stepper.undo()
            self.message(f"{named(node, what)} is as it was.")

    # -- how ---------------------------------------------------------------------------
    @property
    def arrow(self) -> str:
        """The sign between before and after."""
        return self.signs.cursor if self.signs.cursor != ">" else "->"

    def brief(self, value: Any) -> str:
        """Show a value in few words."""
        return in_one_line(value, min(30, self.width // 4), self.palette)

    def tell_edit(self, node: Any, what: str, old: Any) -> None:
        """Say what an edit has done."""
        new = node.output_grad if what == "grad" else node.output
        room = self.width - 10
        self.message(self.palette.heading(named(node, what)))
        if new is None:
            self.message("  set for when the backward pass comes there")
        else:
            self.message(f"  before  {in_one_line(old, room, self.palette)}")
            self.message(f"  now     {in_one_line(new, room, self.palette)}")
        reran = self.stepper.reran
        count = len(reran)
        if count:
            names = ", ".join(printable(n.name) for _, n in reran[:3])
            names += f", {self.signs.more}" if count > 3 else ""
            word = "step" if count == 1 else "steps"
            self.say(f"{count} {word} run again: {names}")

    def target_of(self, text: str) -> tuple[Any, str, str]:
        """Find out what is to be set: node, ``"value"`` or ``"grad"``, index."""
        found = TARGET.fullmatch(text)
        if found is None:
            raise Refused(f"{text!r} cannot be set", "Such as set w[2, 3] = 0")
        name, index = found["name"].strip(), found["index"] or ""
        if not self.names.is_node(name):
            of_step = self.referred(text)
            if of_step is not None:
                return of_step
            for ending in GRADIENTS:
                if name.endswith(ending):
                    name = unquoted(name.removesuffix(ending))
                    return self.node_of(name), "grad", index
            name = unquoted(name.removesuffix(".output").removesuffix(".value"))
        try:
            return self.node_of(name), "value", index
        except MissingNode as error:
            headline, *fix = str(error).splitlines()
            more = "A variable of Python's own is set by: !name = expression"
            raise Refused(headline, "\n".join([*fix, more])) from None


def named(node: Any, what: str) -> str:
    """Name what was set as an expression does."""
    name = printable(node.name, 40)
    return f"{name}.grad" if what == "grad" else name


def split_assignment(text: str) -> tuple[str, str]:
    """Split ``target = expression`` at the first ``=`` that is no comparison.

    Raises
    ------
    Refused

    Examples
    --------
    >>> split_assignment("w[2, 3] = a == b")
    ('w[2, 3]', 'a == b')
    """
    found = re.search(r"(?<![=!<>])=(?!=)", text)
    if found is None:
        raise Refused("set takes name = expression", "Such as set w[2, 3] = 0")
    target, expression = text[: found.start()].strip(), text[found.end() :].strip()
    if not target or not expression:
        raise Refused("set takes name = expression", "Such as set w[2, 3] = 0")
    return target, expression


def kept(value: Any) -> Any:
    """Copy an array: that of a parameter is about to be written into."""
    return value.copy() if isinstance(value, np.ndarray) else value


def with_element(old: Any, index: Any, value: Any) -> Any:
    """Copy a value with one of its elements another."""
    if isinstance(old, tuple):
        first, *rest = index if isinstance(index, tuple) else (index,)
        parts = list(old)
        if rest:
            value = with_element(parts[first], tuple(rest), value)
        parts[first] = value
        return tuple(parts)
    new = np.array(old)
    new[index] = value
    return new
