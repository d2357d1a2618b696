"""Breakpoints, watchpoints, guards, and what happens when they are reached."""

from __future__ import annotations

import re
from typing import Any

from graphnn.debug.breakpoints import HEADING
from graphnn.debug.terminal.colour import printable
from graphnn.debug.terminal.ignoring import ignore_next, left_to_ignore, row_of
from graphnn.debug.terminal.reading import is_meant_as_expression
from graphnn.debug.terminal.referring import Referring
from graphnn.debug.terminal.shell import LONGEST, Refused
from graphnn.debug.terminal.words import command
from graphnn.errors import GraphnnError

GRADIENT = re.compile(r"(grad|output_grad|input_grads?|param_grad)\b")
QUOTED = re.compile(r"[\"']")

RESUMING = frozenset(
    {
        *("next", "step", "continue", "return", "until", "jump", "restart", "quit"),
        *("reverse-next", "reverse-step", "reverse-continue"),
    }
)
"""Commands that end the list of a breakpoint's commands, as in pdb."""

ROOMY = 70
"""Columns from which on a broken row of the list goes on in its last column."""


class Breaking(Referring):
    """The commands that say where to stop."""

    theme = "Breakpoints"
    defining: int | None = None
    """The breakpoint whose commands are being typed."""

    has_ended = False
    """Whether the line before has ended them, as a command that goes on does."""

    @command("b(reak)", "[[forward|backward] where[, condition]]", completes="place")
    def do_break(self, argument: str) -> None:
        """Stop behind a step; without argument, list all breakpoints.

        where is a node (dense_1/sigmoid, or its end: sigmoid), a pattern
        (dense_*/bias_add), an operation (Sigmoid), a layer (dense_1), a line of
        yours (model.py:14, or 14). The condition is Python over the step's names:
            b sigmoid, norm(output_grad) > 10
            b backward *, np.isnan(input_grad).any()
        Where it fails only because there is no gradient (yet), it is not fulfilled;
        where it raises anything else, it stops there and says so.
        Breakpoints hold in both directions: c goes on to the next, rc back to the
        one before.
        """
        if argument:
            self.add_breakpoint(argument, once=False)
        else:
            self.list_breakpoints()

    @command("tbreak", "[forward|backward] where[, condition]", completes="place")
    def do_tbreak(self, argument: str) -> None:
        """Stop once: the breakpoint is deleted when it is reached."""
        if not argument:
            raise Refused("tbreak takes a place", "As for break: tbreak sigmoid")
        self.add_breakpoint(argument, once=True)

    @command("watch", "expression | node[index] | node.grad[index]", completes="node")
    def do_watch(self, argument: str) -> None:
        """Stop where a gradient, an element of one, or an expression changes.

        watch w.grad[2, 3]      the sum that has reached this element so far
        watch w                 the whole gradient
        watch grad              that of this node; input_grad: that of its input
        watch norm(output) > 5  an expression over the step's names
        """
        if not argument:
            raise Refused("watch takes what to watch", "Such as watch w.grad[2, 3]")
        self.note_nodes(argument)
        what: Any = argument
        of_step = self.referred(argument) if GRADIENT.match(argument) else None
        found = self.names.node_and_index(argument) if QUOTED.match(argument) else None
        if of_step is not None:  # it sticks to the node, as the names of a step do not
            found = of_step.node, of_step.element
        if found is not None:
            node, index = found
            what = (node, self.names.evaluate(f"np.s_{index}")) if index else node
        self.tell(self.stepper.breakpoints.watch(what))

    @command("guard", "nan | inf | exploding | vanishing | dead | dtype [limit]")
    def do_guard(self, argument: str) -> None:
        """Stop where something goes wrong: at the step that makes the first NaN, ….

        guard nan
        guard exploding 1e3     a norm above the limit
        guard vanishing 1e-8    a gradient's norm below it
        """
        if not argument:
            raise Refused("guard takes a kind", "guard nan, guard exploding 1e3")
        self.tell(self.stepper.breakpoints.guard(self.guard_of(argument)))

    @command("log", "[forward|backward] where, text", completes="place")
    def do_log(self, argument: str) -> None:
        """Print a text at each step that fits, and go on.

        log sigmoid, {name}: {norm(output_grad):.3g}
        """
        phase, where, text = self.place_of(argument)
        if not text:
            raise Refused(
                "log takes a place and a text", "log sigmoid, {name}: {norm(output)}"
            )
        text = text.strip("\"'")
        self.note_nodes(text)
        self.tell(self.stepper.breakpoints.add(where, phase=phase, log=text))
        if is_meant_as_expression(text):
            self.say(f"The text is printed as it is. To compute it: {{{text}}}")

    @command("condition", "number [condition]", completes="number")
    def do_condition(self, argument: str) -> None:
        """Give a breakpoint another condition, or none."""
        number, _, condition = argument.partition(" ")
        breakpoint_ = self.breakpoint_of(number)
        self.note_nodes(condition)
        left = left_to_ignore(self.stepper, breakpoint_)
        breakpoint_.condition = condition.strip() or None
        if left:
            ignore_next(self.stepper, breakpoint_, left)  # other steps are hits now
        if condition.strip():
            self.say(f"New condition set for breakpoint {breakpoint_.number}.")
        else:
            self.say(f"Breakpoint {breakpoint_.number} is now unconditional.")

    @command("ignore", "number [count]", completes="number")
    def do_ignore(self, argument: str) -> None:
        """Pass over the next hits of a breakpoint; without a count, stop at each.

        They are counted from here on, into the passes of a program that follow, too.
        What lies before here is passed over as well, should you go back.
        """
        number, _, text = argument.partition(" ")
        breakpoint_ = self.breakpoint_of(number)
        text = text.strip() or "0"
        if not text.isdecimal():
            raise Refused(f"a count is a whole number, not {text!r}")
        count = int(text)
        ignore_next(self.stepper, breakpoint_, count)
        if count:
            hits = f"the next {count} hits" if count > 1 else "the next hit"
            self.say(f"Will ignore {hits} of breakpoint {breakpoint_.number}.")
        else:
            self.say(
                f"Will stop every time breakpoint {breakpoint_.number} is reached."
            )

    @command("enable", "number …", completes="number")
    def do_enable(self, argument: str) -> None:
        """Let breakpoints stop again."""
        self.switch(argument, True)

    @command("disable", "number …", completes="number")
    def do_disable(self, argument: str) -> None:
        """Keep breakpoints, but do not stop at them."""
        self.switch(argument, False)

    @command("cl(ear) delete", "[number … | where]", completes="number")
    def do_clear(self, argument: str) -> None:
        """Delete breakpoints by number or place; without, all, if you say yes."""
        breakpoints = self.stepper.breakpoints
        if not argument:
            if not self.confirmed("Clear all breaks? "):
                return
            gone = list(breakpoints)
        elif all(text.isdecimal() for text in argument.split()):
            gone = [self.breakpoint_of(text) for text in argument.split()]
        else:
            gone = [
                b
                for b in breakpoints
                if argument.strip() in (b.where_text, b.place.where)
            ]
            if not gone:
                raise Refused(f"no breakpoint at {argument!r}", "They are listed by: b")
        for breakpoint_ in gone:
            breakpoints.remove(breakpoint_)
            self.scripts.pop(breakpoint_.number, None)
            self.message(f"Deleted breakpoint {breakpoint_.number}")

    @command("commands", "[number]", completes="number")
    def do_commands(self, argument: str) -> None:
        """Give commands to a breakpoint: lines until `end`, done when it is reached.

        Without number: of the last breakpoint. `silent` as a line: the stop is not
        shown. A command that goes on (c, n, rc, …) is the last one. No lines before
        `end`: no commands any more.
        """
        breakpoints = list(self.stepper.breakpoints)
        if not argument and not breakpoints:
            raise Refused("there are no breakpoints", "Set one first: b where")
        chosen = self.breakpoint_of(argument) if argument else breakpoints[-1]
        self.defining = chosen.number
        self.scripts[chosen.number] = []

    def onecmd(self, line: str) -> bool:
        """Do what a line says; while commands are defined, keep it instead."""
        text = line.strip()
        if self.defining is None:
            has_ended, self.has_ended = self.has_ended, False
            if has_ended and text == "end" and not self.is_known(text):
                return False  # the command before has ended the list
            return super().onecmd(line)
        if text in ("end", "EOF"):
            self.end_definition()
        elif text:
            self.scripts[self.defining].append(text)
            with self.errors_are_shown():
                if self.parseline(text)[0] in RESUMING:
                    self.end_definition()
                    self.has_ended = True
        return False

    def end_definition(self) -> None:
        """Take commands for commands again."""
        number, self.defining = self.defining, None
        if number is not None and not self.scripts[number]:
            del self.scripts[number]

    def unknown(self, word: str) -> Refused:
        """Refuse what is neither a command nor a name."""
        if word != "end":
            return super().unknown(word)
        return Refused(
            "end closes the commands of a breakpoint, and none are being typed",
            "To begin: commands. To the end of the pass: j end.",
        )

    @property
    def prompt(self) -> str:  # type: ignore[override]  # cmd has an attribute
        """The prompt; as in pdb, another one for the commands of a breakpoint."""
        return super().prompt if self.defining is None else "(com) "

    def interrupted(self) -> None:
        """Answer Ctrl-C, which also ends a definition."""
        self.defining = None
        super().interrupted()

    # -- how ---------------------------------------------------------------------------
    def add_breakpoint(self, argument: str, once: bool) -> None:
        """Set a breakpoint and say so."""
        phase, where, condition = self.place_of(argument)
        self.note_nodes(condition)
        added = self.stepper.breakpoints.add(
            where, phase=phase, condition=condition or None, once=once
        )
        self.tell(added)

    def tell(self, added: Any) -> None:
        """Say what has been set."""
        parts = [f"{added.kind.capitalize()} {added.number} at {added.where_text}"]
        if (added.place.count or 0) > 1:
            parts[0] += f" ({added.place.count} nodes)"
        if added.phase:
            parts.append(f"{added.phase} only")
        if added.condition:
            parts.append(f"if {added.condition}")
        if added.once:
            parts.append("once")
        self.say(printable(", ".join(parts)))

    def breakpoint_of(self, text: str) -> Any:
        """Give the breakpoint of a number.

        Raises
        ------
        Refused
        """
        text = text.strip()
        if not text.isdecimal():
            said = f", not {text!r}" if text else ""
            raise Refused(f"Breakpoint number expected{said}", "They are listed by: b")
        try:
            return self.stepper.breakpoints[int(text)]
        except (KeyError, IndexError, GraphnnError):
            raise Refused(
                f"Breakpoint number {text} out of range", "They are listed by: b"
            ) from None

    def switch(self, argument: str, on: bool) -> None:
        """Enable or disable breakpoints."""
        if not argument:
            raise Refused("Breakpoint number expected", "They are listed by: b")
        for text in argument.split():
            breakpoint_ = self.breakpoint_of(text)
            breakpoint_.enabled = on
            word = "Enabled" if on else "Disabled"
            self.message(f"{word} breakpoint {breakpoint_.number}")

    def list_breakpoints(self) -> None:
        """List all breakpoints, with their commands."""
        breakpoints = list(self.stepper.breakpoints)
        self.message(HEADING if breakpoints else "No breakpoints. Set one: b where")
        for breakpoint_ in breakpoints:
            row = printable(row_of(self.stepper, breakpoint_), LONGEST)
            hang = HEADING.index("Where") if self.width >= ROOMY else 4
            self.message("\n".join(self.broken(row, hang)))
            for line in self.scripts.get(breakpoint_.number, ()):
                self.message(f"        {line}")

    def confirmed(self, question: str) -> bool:
        """Ask for a yes."""
        if self.typed:
            try:
                answer = input(question)
            except EOFError:
                answer = ""
        else:
            self.stdout.write(question)
            self.stdout.flush()
            answer = self.stdin.readline()
        return answer.strip().lower() in ("y", "yes")
