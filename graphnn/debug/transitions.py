"""A watched value before and after a step: compared, and shown on a line."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.debug.conditions import explained, norm
from graphnn.errors import ArgumentError
from graphnn.graph.node import Node


class Transition(NamedTuple):
    """A watched value before and after a step."""

    before: Any
    after: Any

    def __str__(self) -> str:
        before, after = brief(self.before), brief(self.after)
        text = f"{before} → {after}"
        if isinstance(self.before, np.ndarray) and isinstance(self.after, np.ndarray):
            text += largest_difference(self.before, self.after)
        return text


class NoValue:
    """What an expression gives at a step where it raises."""

    def __init__(self, error: Exception) -> None:
        self.reason = explained(error)

    def __repr__(self) -> str:
        return f"no value ({self.reason})"


# -- parts of gradients ----------------------------------------------------------------
def part(gradient: Any, element: Any) -> Any:
    """Give the element of a gradient; None where there is no gradient."""
    if gradient is None or (isinstance(element, tuple) and not element):
        return gradient
    if isinstance(gradient, tuple):  # of an operation with several outputs
        first, *rest = element if isinstance(element, tuple) else (element,)
        return part(gradient[first], tuple(rest))
    return gradient[element]


def check_element(node: Any, element: Any) -> None:
    """Refuse an index that the values of a node do not have."""
    value = node.output
    try:
        # a view of one number has the shape, and takes no memory
        stand_in = (
            tuple([np.broadcast_to(0.0, one.shape) for one in value])
            if isinstance(value, tuple)
            else np.broadcast_to(0.0, np.shape(value))
        )
        part(stand_in, element)
    except (IndexError, TypeError, ValueError) as error:
        raise ArgumentError(
            f"{node.describe()} has no element {index_text(element)}: its shape is "
            f"{node.shape} ({error})"
        ) from error


def index_text(element: Any) -> str:
    """Write an index as in Python: ``[2, 3]``, ``[1:, 0]``; nothing for the whole."""
    if isinstance(element, tuple) and not element:
        return ""
    parts = element if isinstance(element, tuple) else (element,)
    return f"[{', '.join([one_index(i) for i in parts])}]"


def one_index(index: Any) -> str:
    """Write one part of an index."""
    if index is Ellipsis:
        return "..."
    if not isinstance(index, slice):
        return str(index)
    start, stop, step = (
        "" if end is None else str(end) for end in (index.start, index.stop, index.step)
    )
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


# -- comparing and showing -------------------------------------------------------------
def is_same(one: Any, other: Any) -> bool:
    """Tell whether two watched values are equal; NaN is equal to NaN.

    Examples
    --------
    >>> is_same(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    True
    >>> is_same(None, np.zeros(2)), is_same(np.zeros(2), np.zeros(3)), is_same(2, 2.0)
    (False, False, True)
    """
    if one is other or (isinstance(one, NoValue) and isinstance(other, NoValue)):
        return True
    if one is None or other is None:
        return False
    if isinstance(one, Node) or isinstance(other, Node):
        return False  # nodes are compared by identity
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(is_same, one, other))
    try:
        if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
            return bool(
                np.array_equal(one, other)
                or (
                    np.result_type(one, other).kind in "fc"
                    and np.array_equal(one, other, equal_nan=True)
                )
            )
        return bool(one == other) or bool(one != one and other != other)
    except Exception:  # whatever a user's own objects do when they are compared
        return False


def brief(value: Any) -> str:
    """Show a watched value on a line: numbers, or the statistics of many.

    Examples
    --------
    >>> brief(None), brief(np.float64(0.25)), brief(np.array([1.0, 0.5]))
    ('nothing', '0.25', '[1.  0.5]')
    >>> brief(np.ones((4, 4)))
    'float64 (4, 4), norm 4'
    """
    if value is None:
        return "nothing"
    if isinstance(value, np.generic):
        return str(value)
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return str(value)
        if value.size <= 6:
            text = np.array2string(value, precision=6, separator=" ")
            return " ".join(text.split())
        return f"{value.dtype} {value.shape}, norm {norm(value):.6g}"
    if isinstance(value, tuple):
        return f"({', '.join(map(brief, value))})"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def largest_difference(before: np.ndarray, after: np.ndarray) -> str:
    """Say where two arrays of one shape differ most."""
    if before.shape != after.shape or before.size < 2:
        return ""
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(after, before, dtype=np.result_type(after, 0.0)))
    apart = np.where(np.isnan(apart), np.inf, apart)
    apart[np.isnan(before) & np.isnan(after)] = 0.0
    place = np.unravel_index(int(np.argmax(apart)), apart.shape)
    index = index_text(tuple(map(int, place)))
    return f" (most at {index}: {brief(before[place])} → {brief(after[place])})"
