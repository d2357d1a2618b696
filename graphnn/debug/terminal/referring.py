"""What the names of a step refer to, for commands that are about a node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from graphnn.debug.terminal.base import Base
from graphnn.debug.terminal.colour import printable
from graphnn.debug.terminal.shell import Refused
from graphnn.errors import GradientError, NotRunError

OWN = {"grad": "grad", "output_grad": "grad", "output": "value", "value": "value"}
INPUTS = {
    **dict.fromkeys(("input_", "inputs", "param"), "value"),
    **dict.fromkeys(("input_grad", "input_grads", "accumulated", "param_grad"), "grad"),
}
"""Names of a step, and whether they are the value or the gradient of a node."""

FORWARD_ONLY = "this pass goes forward only, it has no gradients"
WAY = "c, or until backward NAME."
"""What to type."""

TEXT = re.compile(r"(?P<name>\w+)\s*(?P<index>\[.*\])?", re.DOTALL)


class Referred(NamedTuple):
    """A value or a gradient of a node, or an element of it.

    Attributes
    ----------
    node : node
    what : {"value", "grad"}
    element : str
        In brackets; empty for the whole.
    """

    node: Any
    what: str
    element: str


class Referring(Base):
    """Finds the node that ``grad``, ``input_grads[1]`` and the like belong to."""

    def referred(self, text: str) -> Referred | None:
        """Find out what a name of the step means: the node, or one of its inputs.

        The gradient of an input is that of the node which gives the input.

        Returns
        -------
        Referred or None
            None for what is no name of the step.

        Raises
        ------
        Refused
            Where there is no such input, no parameter, or no step yet.
        """
        found = TEXT.fullmatch(text.strip())
        if found is None or self.names.is_node(found["name"]):
            return None
        name, index = found["name"], found["index"] or ""
        if name not in OWN and name not in INPUTS:
            return None
        node = self.current_step().node
        if name in OWN:
            return Referred(node, OWN[name], index)
        what = INPUTS[name]
        if name in ("param", "param_grad"):
            parameter = getattr(node, "parameter", None)
            if parameter is None:
                raise Refused(f"{printable(node.name)} has no parameter")
            return Referred(parameter, what, index)
        givers = node.inputs
        if name in ("input_", "input_grad") and givers:
            return Referred(givers[0], what, index)
        first = re.match(r"\[\s*(\d+)\s*\]", index)
        if first is None or int(first[1]) >= len(givers):
            raise Refused(f"which of the {len(givers)} {name}?", f"Such as {name}[0]")
        return Referred(givers[int(first[1])], what, index[first.end() :])

    @contextmanager
    def told_at_the_prompt(self, *, gradient: bool) -> Iterator[None]:
        """Say what to type where something has not run, not which method to call.

        Parameters
        ----------
        gradient : bool
            Whether it is a gradient that is missing.
        """
        try:
            yield
        except NotRunError as error:
            fix = "Go on to it: until NAME, or n." if not gradient else ""
            raise refused(error, fix or self.way_to_gradients()) from None
        except GradientError as error:
            if self.has_backward_ahead() and "reached" in str(error):
                raise refused(error, f"If not yet: {WAY}", keep=True) from None
            if self.in_program and FORWARD_ONLY in str(error):
                raise refused(error, self.way_to_gradients()) from None
            raise

    def way_to_gradients(self) -> str:
        """Say how to come to where there are gradients."""
        if self.has_backward_ahead():
            return f"Go on into the backward pass: {WAY}"
        if self.in_program:
            return (
                "The backward pass is still to come, if the program asks for it: "
                "n at the end of this pass stops in the next one."
            )
        return "This stepper goes forward only; gn.Stepper(graph, feeds, target) both."

    def has_backward_ahead(self) -> bool:
        """Tell whether a step of the backward pass is still to come."""
        ahead = self.stepper.timeline[self.stepper.index :]
        return any(moment.phase == "backward" for moment in ahead)


def refused(error: Exception, fix: str, *, keep: bool = False) -> Refused:
    """Refuse with the headline of an error, and another way out."""
    headline, *old = str(error).splitlines()
    headline = headline.replace(FORWARD_ONLY, "there are no gradients yet")
    return Refused(headline, "\n".join([*(old if keep else ()), fix]))
