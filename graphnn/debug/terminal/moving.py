"""Moving along the pass, forwards and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphnn.debug.places import Place
from graphnn.debug.stops import Stop
from graphnn.debug.terminal.base import Base
from graphnn.debug.terminal.hooks import run_hook_again, step_into_hook
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.words import command
from graphnn.engine import Step


class Moving(Base):
    """The commands that move."""

    theme = "Moving"

    @command("n(ext)", "[count]")
    def do_next(self, argument: str) -> bool:
        """Take the next step, or several.

        Breakpoints on the way stop it.
        """
        return self.forwards(counted(argument))

    @command("s(tep)")
    def do_step(self, argument: str) -> bool:
        """Step into the formula of the next operation, in pdb.

        That is Python's own debugger, inside of _output, _input_grad or _param_grad.
        When the formula has returned (c there), the prompt is this one again, behind
        the step. What you change in there holds until you go back over the step. q
        there leaves the formula and the step undone.
        """
        refuse_argument("step", argument)
        moment = self.stepper.upcoming
        if moment is None:
            return self.at_the_end()
        if moment.state == "planned":
            taken = step_into_hook(self.stepper, self.stdin, self.stdout, self.typed)
            if not taken:
                self.say("The step has not been taken.")
        else:
            self.say("This step has run: its formula runs again, to be looked at.")
            run_hook_again(self.stepper, self.stdin, self.stdout, self.typed)
        return self.moved()

    @command("c(ontinue) cont")
    def do_continue(self, argument: str) -> bool:
        """Go on to the next breakpoint, or to the end."""
        refuse_argument("continue", argument)
        if self.stepper.upcoming is None:
            return self.at_the_end("continue")
        if self.stepper.continue_() is None and self.in_program:
            return self.leave("continue")
        return self.moved()

    @command("r(eturn) finish")
    def do_return(self, argument: str) -> bool:
        """Go on until the layer around this node is left.

        Outside of layers: to the end of this pass. Breakpoints on the way stop it.
        """
        refuse_argument("return", argument)
        step = self.current_step()
        scope, phase = step.node.scope, step.phase
        if not scope:
            return self.go_until(lambda s: s.phase != phase)
        return self.go_until(
            lambda s: s.phase != phase or s.node.scope[: len(scope)] != scope
        )

    @command("unt(il)", "[[forward|backward] where]", completes="place")
    def do_until(self, argument: str) -> bool:
        """Go on to a node, layer, operation, or line of yours (as for `break`).

        Without argument: to the next node that another line of yours has made.
        Breakpoints on the way stop it.
        """
        if argument:
            phase, where, _ = self.place_of(argument)
            place = Place(where, self.stepper.graph)
            return self.go_until(
                lambda s: s.phase == (phase or s.phase) and place.fits(s.node)
            )
        line = self.current_step().node.source
        return self.go_until(lambda step: step.node.source != line)

    @command("j(ump)", "index | +count | -count | end")
    def do_jump(self, argument: str) -> bool:
        """Go to an index, in either direction; breakpoints do not matter.

        0 is before the first step; the header shows [index/steps].
        """
        stepper = self.stepper
        text = argument.strip()
        if text in ("end", "$"):
            index = len(stepper)
        elif text.lstrip("+-").isdecimal():
            index = int(text) + (stepper.index if text[0] in "+-" else 0)
        else:
            raise Refused(
                f"jump takes an index from 0 to {len(stepper)}, not {text!r}",
                "Or j +3, j -3, j end. To a node: until name, reverse: rc.",
            )
        if not 0 <= index <= len(stepper):
            raise Refused(
                f"the pass has {len(stepper)} steps: there is no index {index}",
                f"From here, {stepper.index}: j -{stepper.index} to "
                f"j +{len(stepper) - stepper.index}."
                if text[0] in "+-"
                else f"From 0, before all, to {len(stepper)}, behind the last. "
                "To a node: until NAME. Steps back: rn.",
            )
        stepper.seek(index)
        return self.moved()

    @command("restart run")
    def do_restart(self, argument: str) -> bool:
        """Go back to the beginning; breakpoints and edits stay."""
        refuse_argument("restart", argument)
        self.stepper.seek(0)
        return self.moved()

    @command("reverse-next rn", "[count]")
    def do_reverse_next(self, argument: str) -> bool:
        """Take a step back, or several; nothing runs again."""
        return self.backwards(counted(argument))

    @command("reverse-step rs", "[count]")
    def do_reverse_step(self, argument: str) -> bool:
        """Take a step back, as `reverse-next`: formulas do not run backwards."""
        return self.backwards(counted(argument))

    @command("reverse-continue rc")
    def do_reverse_continue(self, argument: str) -> bool:
        """Go back to the breakpoint before, or to the beginning."""
        refuse_argument("reverse-continue", argument)
        if self.stepper.index == 0:
            return self.at_the_beginning()
        self.stepper.reverse_continue()
        return self.moved()

    @command("q(uit) exit")
    def do_quit(self, argument: str) -> bool:
        """Leave the debugger; from inside `expand`, go back to where it was typed."""
        refuse_argument("quit", argument)
        return self.leave("quit")

    # -- how ---------------------------------------------------------------------------
    def forwards(self, count: int) -> bool:
        """Take steps, but for a breakpoint on the way."""
        stepper = self.stepper
        if stepper.upcoming is None:
            return self.at_the_end()
        if count == 1:
            stepper.step()
            return self.moved()
        goal = stepper.index + count
        return self.go_until(lambda step: stepper.index >= goal)

    def backwards(self, count: int) -> bool:
        """Take steps back."""
        if self.stepper.index == 0:
            return self.at_the_beginning()
        self.stepper.back(count)
        return self.moved()

    def go_until(self, is_there: Callable[[Any], bool]) -> bool:
        """Take steps until one fits, there is a breakpoint, or the pass ends."""
        if self.stepper.upcoming is None:
            return self.at_the_end()
        breakpoints = self.stepper.breakpoints

        def stops(step: Step) -> Stop | None:
            found = breakpoints.matches(step)
            return Stop("step") if found is None and is_there(step) else found

        breakpoints.follow(self.stepper.tape)
        self.stepper.run_until(stops)
        return self.moved()

    def moved(self) -> bool:
        """Show where the debugger stands now."""
        self.stopped()
        return False

    def at_the_end(self, ending: str = "next") -> bool:
        """Answer what cannot go on: the program does, if there is one."""
        if self.in_program:
            return self.leave(ending)
        self.say("The pass is at its end. Back: rn, rc, restart. Leave: q")
        return False

    def at_the_beginning(self) -> bool:
        """Answer what cannot go back any more."""
        self.say("The pass is at its beginning. On: n, c. Leave: q")
        return False


def counted(argument: str) -> int:
    """Read a count: 1 where there is none.

    Raises
    ------
    Refused
    """
    text = argument.strip() or "1"
    if not text.isdecimal() or int(text) == 0:
        raise Refused(
            f"a count is a whole number from 1, not {text!r}",
            "To evaluate an expression that begins like a command: p expression",
        )
    return int(text)


def refuse_argument(name: str, argument: str) -> None:
    """Refuse an argument to a command that takes none.

    Raises
    ------
    Refused
    """
    if argument:
        raise Refused(
            f"{name} takes no argument, {argument!r} given",
            "To evaluate an expression that begins like a command: p expression",
        )
