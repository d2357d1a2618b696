"""One breakpoint: what it waits for, and whether a step is that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphnn.debug.conditions import Expression, Message, explained
from graphnn.debug.places import Place
from graphnn.debug.watchpoints import History, Watch
from graphnn.engine import Step
from graphnn.errors import ArgumentError, did_you_mean
from graphnn.ops.arguments import is_whole

HEADING = "Num Type         Disp Enb   Where"
"""What stands above the texts of breakpoints in a list."""


class Hit(NamedTuple):
    """A breakpoint that a step fits."""

    message: str = ""
    failed: bool = False
    """Whether something raised: it stops there, and is not counted."""

    names: Mapping[str, Any] = {}
    """What a log message may use besides the locals of the step."""


PLAIN = Hit()


class Breakpoint:
    """One breakpoint; made by :meth:`Breakpoints.add` and its like.

    Attributes
    ----------
    number : int
        It never comes again.
    kind : {"breakpoint", "watchpoint", "guard", "logpoint"}
    place : Place
    phase : {"forward", "backward"} or None
    condition : str, callable or None
        May be assigned, as `phase`, `ignore` and `log` may.
    ignore : int
        So many hits are passed over: the first ones in the order of the pass, whichever
        way one goes.
    once : bool
        Whether it is removed where it first stops.
    log : str, callable or None
        What is logged in place of stopping.
    enabled : bool
    hits : int
        At how many steps it was met, ignored ones included; each counts once in a
        pass, however often one goes over it.
    where_text : str
        What it waits for, as it was given.
    text : str
        One line for a list; see ``HEADING``. It is ``str(breakpoint)``, too.
    """

    def __init__(
        self,
        number: int,
        place: Place,
        *,
        phase: str | None = None,
        condition: Any = None,
        ignore: int = 0,
        once: bool = False,
        log: Any = None,
        guard: Any = None,
        watch: Watch | None = None,
    ) -> None:
        self.number, self.place = number, place
        self.guard, self.watch = guard, watch
        self.once, self.enabled = once, True
        self._earlier = 0  # hits of the passes that are over
        self._met: set[int] = set()  # indices of this pass's hits
        self._known: dict[int, tuple[Step, Hit | None]] = {}
        self.phase, self.condition = phase, condition
        self.ignore, self.log = ignore, log

    # -- settings ----------------------------------------------------------------------
    @property
    def phase(self) -> str | None:
        """The phase that it is for; None for both."""
        return self._phase

    @phase.setter
    def phase(self, phase: str | None) -> None:
        if phase not in (None, "forward", "backward"):
            hint = did_you_mean(phase, ("forward", "backward"))
            raise ArgumentError(f"there is no phase {phase!r}", hint)
        self._phase = phase
        self._known.clear()

    @property
    def condition(self) -> Any:
        """What must be true of the step: text over its locals, or a function of it."""
        return self._condition

    @condition.setter
    def condition(self, condition: Any) -> None:
        test = None if condition is None else Expression(condition, "condition")
        self._condition, self._test = condition, test
        self._known.clear()

    @property
    def ignore(self) -> int:
        """How many hits are passed over."""
        return self._ignore

    @ignore.setter
    def ignore(self, ignore: int) -> None:
        if not is_whole(ignore) or ignore < 0:
            raise ArgumentError(f"ignore counts hits, 0 or more, not {ignore!r:.60}")
        self._ignore = int(ignore)

    @property
    def log(self) -> Any:
        """What is logged in place of stopping: text with ``{…}``, or a function."""
        return self._log

    @log.setter
    def log(self, log: Any) -> None:
        self._message = None if log is None else Message(log)
        self._log = log

    # -- showing -----------------------------------------------------------------------
    @property
    def kind(self) -> str:
        """What it is, in a word."""
        if self.watch is not None:
            return "watchpoint"
        if self.guard is not None:
            return "guard"
        return "breakpoint" if self._log is None else "logpoint"

    @property
    def where_text(self) -> str:
        """What it waits for, as it was given."""
        waits = [
            self.watch.text if self.watch is not None else "",
            name_of_guard(self.guard) if self.guard is not None else "",
            self.place.text if self.place.where is not None else "",
        ]
        return " at ".join(filter(None, waits)) or self.place.text

    @property
    def hits(self) -> int:
        """At how many steps it was met."""
        return self._earlier + len(self._met)

    @property
    def text(self) -> str:
        """One line for a list, in pdb's columns."""
        line = f"{self.number:<4}{self.kind:<13}{'del' if self.once else 'keep':<5}"
        line += f"{'yes' if self.enabled else 'no':<6}{self.where_text}"
        if (self.place.count or 0) > 1:
            line += f" ({self.place.count} nodes)"
        if self._phase:
            line += f", {self._phase}"
        if self._test is not None:
            line += f", if {self._test.text}"
        if self._ignore:
            line += f", ignore {self._ignore}"
        if self._message is not None:
            line += f", log {self._message.text!r}"
        hits = self.hits
        return f"{line} (hit {hits} time{'s' if hits > 1 else ''})" if hits else line

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Breakpoint {self.text:.120}>"

    # -- at a step ---------------------------------------------------------------------
    def meet(
        self, step: Step, history: History, names: Mapping[str, Any] | None
    ) -> Hit | None:
        """Say whether to stop behind a step (or to log); count it as a hit."""
        hit = self._look(step, history, names)
        if hit is None:
            if self._met:  # it may have been one before an edit
                self._met.discard(step.index)
            return None
        if hit.failed:
            return hit
        self._met.add(step.index)
        if self._earlier >= self._ignore:
            return hit
        return hit if self._is_late(step, history, names) else None

    def end_pass(self, history: History, names: Mapping[str, Any] | None) -> None:
        """Count the hits of a whole pass."""
        if self.enabled:
            self._met = {
                s.index for s in history if counts(self._look(s, history, names))
            }
        self._earlier += len(self._met)
        self._met, self._known = set(), {}
        self.place.forget()

    def _is_late(
        self, step: Step, history: History, names: Mapping[str, Any] | None
    ) -> bool:
        """Tell whether enough hits come before this one to be ignored."""
        before = self._earlier
        for index in range(step.index):
            if before >= self._ignore:
                return True
            earlier = history.at(index)
            if earlier is not None and counts(self._look(earlier, history, names)):
                before += 1
        return before >= self._ignore

    def _look(
        self, step: Step, history: History, names: Mapping[str, Any] | None
    ) -> Hit | None:
        if self._phase is not None and step.phase != self._phase:
            return None
        if not self.place.fits(step.node):
            return None
        if self._test is None and self.watch is None and self.guard is None:
            return PLAIN
        known = self._known.get(step.index)
        if known is not None and known[0] is step:  # not one that has run again since
            return known[1]
        hit = self._examine(step, history, names)
        self._known[step.index] = step, hit
        return hit

    def _examine(
        self, step: Step, history: History, names: Mapping[str, Any] | None
    ) -> Hit | None:
        message, more = "", {}
        part: Any = self.watch  # what is being asked
        try:
            if self.watch is not None:
                transition = self.watch.transition(step, history, names)
                if transition is None:
                    return None
                message = f"{self.watch.text}: {transition}"
                more = transition._asdict()
            if self.guard is not None:
                part = self.guard
                finding = found_by(self.guard, step, history)
                if finding is None:
                    return None
                message = f"{message}; {finding}" if message else str(finding)
            if self._test is not None:
                part = self._test
                if not self._test.holds(step, names, **more):
                    return None
        except Exception as error:  # it is the user's: it is shown, and stops there
            return Hit(f"{self._name_of(part)} raised {explained(error)}", failed=True)
        return Hit(message, names=more)

    def _name_of(self, part: Any) -> str:
        if part is self.guard:
            return f"the guard {name_of_guard(part)}"
        text = str(part.text)
        return f"watching {text}" if part is self.watch else f"the condition {text!r}"

    def message_at(
        self, step: Step, hit: Hit, names: Mapping[str, Any] | None
    ) -> str | None:
        """Compute what is to be logged at a step; None for nothing."""
        if self._message is None:
            return None
        try:
            text = self._message.of(step, names, **hit.names)
        except Exception as error:  # nothing stops for a message that cannot be made
            return f"breakpoint {self.number}: the log raised {explained(error)}"
        return None if text is None else str(text)


def counts(hit: Hit | None) -> bool:
    """Tell a hit that is counted."""
    return hit is not None and not hit.failed


# -- guards ----------------------------------------------------------------------------
def found_by(guard: Any, step: Step, history: History) -> Any:
    """Give what a guard finds at the step where it begins; None anywhere else.

    A victim, which was given something bad that an earlier step has made, is none; one
    that was given a bad leaf is, since leaves take no step.
    """
    finding = guard.check(step)
    if finding is None or getattr(finding, "culprit", True):
        return finding
    if step.phase == "backward":
        handed = [s for s in history if s.index < step.index and hands_to(s, step.node)]
        return finding if not handed and is_bad(guard, step.output_grad, True) else None
    leaves = zip(step.node.inputs, step.inputs, strict=True)
    bad = [n for n, value in leaves if n.kind != "operation" and is_bad(guard, value)]
    if not bad or not guard.blames_leaves:
        return None
    from graphnn.guards.statuses import source_of  # breakpoints do without guards

    return source_of(guard, step) or finding


def is_bad(guard: Any, value: Any, is_gradient: bool = False) -> bool:
    """Ask a guard about what a step was given."""
    return bool(guard.is_bad_value(value, is_gradient))


def hands_to(step: Step, node: Any) -> bool:
    """Tell whether a step hands a gradient to a node."""
    return step.phase == "backward" and node.id in step.node.input_ids


def name_of_guard(guard: Any) -> str:
    """Name a guard in a list, with its settings."""
    name = getattr(guard, "kind", "") or type(guard).__name__
    settings = [
        f"{setting}={getattr(guard, setting)!r}"
        for setting in getattr(guard, "setting_names", ())
    ]
    return f"{name} ({', '.join(settings)})" if settings else str(name)
