"""Telling hooks that compute another thing each time: they are traced twice.

A number that a hook draws, or counts, stands in a trace as a constant; the second trace
has another one there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.graph.tracing import is_of_the_library
from graphnn.planning.trace import Trace
from graphnn.planning.traced import Call


def traced_purely(make: Callable[[set[int]], Trace]) -> Trace:
    """Trace until nothing in the trace is another thing each time.

    Parameters
    ----------
    make : callable
        Traces, given the ids of operations that are to be called as a whole.

    Returns
    -------
    Trace
    """
    whole: set[int] = set()
    trace = make(whole)
    while any(map(is_suspect, trace.order)):
        before = Signature(trace)
        del trace  # it holds every value of the pass
        trace = make(whole)
        differing = before.differences(Signature(trace)) - whole
        if not differing:
            break
        whole |= differing
    return trace


def is_suspect(node: Any) -> bool:
    """Tell an operation of the user's: those of the library are pure."""
    return node.kind == "operation" and not is_of_the_library(node)


class Signature:
    """What hooks of users leave in a trace besides the values of this pass.

    These are functions and constants. The check of a library's loss, say, has an
    argument that is another object in each trace, and means the same.
    """

    def __init__(self, trace: Trace) -> None:
        suspects = {node.id for node in trace.order if is_suspect(node)}
        self.calls: dict[tuple[int, str], list[Any]] = {}
        for call in trace.calls:
            key = (call.owner.node.id, call.owner.phase)
            if key[0] in suspects:
                self.calls.setdefault(key, []).append(parts(call))
        self.untraced = {k: v for k, v in trace.untraced.items() if k[0] in suspects}

    def differences(self, other: Signature) -> set[int]:
        """Find the nodes whose hooks did not do the same twice."""
        return {
            key[0]
            for mine, its in (
                (self.calls, other.calls),
                (self.untraced, other.untraced),
            )
            for key in mine.keys() | its.keys()
            if not alike(mine.get(key), its.get(key))
        }


def parts(call: Call) -> Any:
    """List what a call is made of, without the values that change with each pass."""
    function = call.function
    if getattr(function, "is_called_again", False):
        function = None  # a hook as a whole
    return [function, call.arguments, call.settings]


def alike(one: Any, other: Any) -> bool:
    """Compare constants to the bit."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            alike(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, np.ndarray | np.generic):
        return bool(
            one.shape == other.shape
            and one.dtype == other.dtype
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, slice):
        return alike(
            (one.start, one.stop, one.step), (other.start, other.stop, other.step)
        )
    return repr(one) == repr(other) if isinstance(one, float) else bool(one == other)
