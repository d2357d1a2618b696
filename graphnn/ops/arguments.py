"""Settings of operations, layers and optimizers, checked: each kind in one place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError


def is_number(value: Any) -> bool:
    """Tell a real number, of Python or NumPy; True and False are none.

    Examples
    --------
    >>> is_number(2), is_number(np.float32(0.5)), is_number(True), is_number("2")
    (True, True, False, False)
    """
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(
        value, bool
    )


def is_whole(value: Any) -> bool:
    """Tell a whole number, of Python or NumPy; True and False are none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def as_number(
    value: Any, what: str, *, positive: bool = False, below: float = math.inf
) -> float:
    """Take a finite real number, as a Python float: it leaves float32 as it is.

    Parameters
    ----------
    value : int, float, NumPy number, or array of no axes
    what : str
        Named in the error: ``"ELU's alpha"``.
    positive : bool
        Refuse numbers that are not above 0.
    below : float
        Refuse numbers that are not below this.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> as_number(2, "the slope")
    2.0
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not is_number(value):
        raise ArgumentError(f"{what} is a finite number, not {value!r:.60}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ArgumentError(f"{what} is a finite number, not {value!r:.60}")
    if (positive and number <= 0) or number >= below:
        limits = ["above 0"] * positive + [f"below {below:g}"] * (below < math.inf)
        raise ArgumentError(f"{what} is {' and '.join(limits)}, not {value!r:.60}")
    return number


def as_whole(value: Any, what: str, least: int | None = 1) -> int:
    """Take a whole number, `least` or more; None for any.

    Raises
    ------
    ArgumentError
    """
    if not is_whole(value) or (least is not None and value < least):
        limit = "" if least is None else f", {least} or more"
        raise ArgumentError(f"{what} is a whole number{limit}, not {value!r:.60}")
    return int(value)


def as_flag(value: Any, what: str) -> bool:
    """Take True or False, and nothing that would only pass for one of them.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> as_flag("no", "the bias of Conv2D")
    Traceback (most recent call last):
    graphnn.errors.ArgumentError: the bias of Conv2D is True or False, not 'no'
    """
    if not isinstance(value, bool | np.bool_):
        raise ArgumentError(f"{what} is True or False, not {value!r:.60}")
    return bool(value)
