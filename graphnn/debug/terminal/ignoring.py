"""What a breakpoint ignores, counted from where one stands, as pdb does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graphnn.debug.breakpoint import counts
from graphnn.debug.watchpoints import History

if TYPE_CHECKING:
    from graphnn.debug.stepper import Stepper


def row_of(stepper: Stepper, point: Any) -> str:
    """Describe a breakpoint; what it ignores, as it is counted from here."""
    left = left_to_ignore(stepper, point)
    with ignoring_none(point):
        row = str(point.text)
    if not left:
        return row
    return f"{row}, ignore next {left} hits" if left > 1 else f"{row}, ignore next hit"


def ignore_next(stepper: Stepper, point: Any, count: int) -> None:
    """Let a breakpoint pass over so many hits from here on."""
    point.ignore = hits_until_here(stepper, point) + count if count else 0


def left_to_ignore(stepper: Stepper, point: Any) -> int:
    """Count the hits from here on that a breakpoint passes over."""
    if not point.ignore:
        return 0
    return max(int(point.ignore) - hits_until_here(stepper, point), 0)


def hits_until_here(stepper: Stepper, point: Any) -> int:
    """Count what `ignore` counts: the hits before here, with earlier passes.

    Those that were stepped over are hits, too; those that lie ahead are none yet.
    """
    breakpoints = stepper.breakpoints
    breakpoints.follow(stepper.tape)
    history, names = History(stepper.tape), breakpoints.names
    with ignoring_none(point):
        hits = [s.index for s in history if counts(point.meet(s, history, names))]
    return int(point.hits) - sum(index >= stepper.index for index in hits)


@contextmanager
def ignoring_none(point: Any) -> Iterator[None]:
    """Let a breakpoint pass over no hit in a block."""
    ignored, point.ignore = point.ignore, 0
    try:
        yield
    finally:
        point.ignore = ignored
