"""Settings of operations, checked."""

from __future__ import annotations

import math
from typing import Any

from graphnn.errors import ArgumentError


def as_number(value: Any, what: str, *, positive: bool = False) -> float:
    """Take a finite real number, as a Python float: it leaves float32 as it is.

    Parameters
    ----------
    value : int, float, or NumPy number
    what : str
        Named in the error: ``"ELU's alpha"``.
    positive : bool
        Refuse numbers that are not above 0.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> as_number(2, "the slope")
    2.0
    """
    try:
        number = float(value)
        sound = not isinstance(value, bool | str | bytes) and math.isfinite(number)
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise ArgumentError(f"{what} is a finite number, not {value!r}")
    if positive and number <= 0:
        raise ArgumentError(f"{what} is above 0, not {value!r}")
    return number
