"""Why a stepper stands where it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from graphnn.debug.breakpoints import Breakpoint


class Stop(NamedTuple):
    """Why a stepper stands where it does.

    Attributes
    ----------
    reason : {"start", "step", "breakpoint", "end"}
        At the beginning of the pass; after a step that was asked for; at a breakpoint;
        at the end.
    breakpoint : Breakpoint or None
        Which one.
    message : str
        What it has to say: of a watchpoint the values, of a guard the finding, of a
        condition that raised the exception.
    """

    reason: str
    breakpoint: Breakpoint | None = None
    message: str = ""
