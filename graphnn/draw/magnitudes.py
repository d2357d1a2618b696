"""How arrays are written in a picture: small ones whole, others in brief."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.draw.labels import UNKNOWN, Seen, dtype_text
from graphnn.engine.hooks import NUMERIC
from graphnn.engine.norms import euclidean_norm
from graphnn.guards.measures import is_finite

MOST_WRITTEN = 4
"""Numbers of an array that is still written out."""

LONGEST_WRITTEN = 30
"""Characters that these may take."""

LARGEST_INTEGER = 10**9
"""Whole numbers from here on are written with a power of ten."""


def value_line(value: Any) -> str:
    """Write what a value is like: in full, or its norm, and where it begins and ends.

    Parameters
    ----------
    value : ndarray, number, tuple of ndarray or None

    Returns
    -------
    str
        In one short line; of a value with NaN or infinities, how many these are.

    Examples
    --------
    >>> value_line(np.array([1.0, -2.0])), value_line(None)
    ('value [1, -2]', 'value –')
    >>> value_line(np.arange(-3.0, 4.0))
    '‖value‖ 5.29, -3 … 3'
    >>> value_line(np.arange(10)), value_line(np.arange(10) < 4)
    ('value 0 … 9', 'value: 4 of 10 True')
    >>> value_line(np.zeros((2, 3)))
    'value: all 0'
    >>> value_line(np.array([1.0, np.nan, 2.0, 3.0, 4.0]))
    'value: 1 NaN of 5'
    """
    arrays = arrays_in(value)
    if not arrays:
        return f"value {UNKNOWN}"
    if any(array.dtype.kind not in NUMERIC for array in arrays):
        return f"value of {dtype_text(value)}"
    if written := in_full(value):
        return f"value {written}"
    if trouble := trouble_in(value):
        return f"value: {trouble}"
    if len(arrays) > 1:
        return f"‖value‖ {norm_of(arrays)}, {len(arrays)} outputs"
    (array,) = arrays
    if array.dtype.kind == "b":
        return f"value: {np.count_nonzero(array):,} of {array.size:,} True"
    if array.dtype.kind == "c":
        return f"‖value‖ {norm_of(arrays)}"
    least, most = array.min(), array.max()
    if least == most:
        return f"value: all {number_text(least)}"
    if array.dtype.kind in "iu":
        return f"value {number_text(least)} … {number_text(most)}"
    ends = f"{number_text(least, digits=3)} … {number_text(most, digits=3)}"
    return f"‖value‖ {norm_of(arrays)}, {ends}"


NORM = "norm "
"""Stands before a Euclidean norm: what is an element has no word."""


def size_text(value: Any) -> str:
    """Write how large a gradient is: in full where it is small, else its norm.

    Examples
    --------
    >>> size_text(np.array(3.0)), size_text(np.array([1.0, -2.0])), size_text(None)
    ('3', '[1, -2]', '–')
    >>> size_text(np.ones((8, 8))), size_text(np.full(9, np.nan))
    ('norm 8', '9 NaN of 9')
    """
    arrays = arrays_in(value)
    if not arrays:
        return UNKNOWN
    if any(array.dtype.kind not in NUMERIC for array in arrays):
        return dtype_text(value)
    return in_full(value) or trouble_in(value) or f"{NORM}{norm_of(arrays)}"


def in_full(value: Any) -> str:
    """Write all numbers of a value; nothing where that would be long.

    Examples
    --------
    >>> in_full(np.array([[1, 2], [3, 4]])), in_full(np.array([[2.5]]))
    ('[[1, 2], [3, 4]]', '2.5')
    >>> in_full(np.array([[1.0], [2.0]]))
    '[[1], [2]]'
    >>> in_full(np.zeros((0, 3))), in_full(np.arange(5))
    ('empty', '')
    >>> in_full((np.array(1.0), np.array([2.0, 3.0])))
    '1; [2, 3]'
    """
    arrays = arrays_in(value)
    if not arrays or sum(array.size for array in arrays) > MOST_WRITTEN:
        return ""
    text = "; ".join(map(_written, arrays))
    return text if len(text) <= LONGEST_WRITTEN else ""


def _written(array: np.ndarray) -> str:
    if array.size == 0:
        return "empty"
    return _nested(array.reshape(()) if array.size == 1 else array)


def _nested(array: np.ndarray) -> str:
    if array.ndim == 0:
        return number_text(array[()])
    return f"[{', '.join(map(_nested, map(np.asarray, array)))}]"


def number_text(number: Any, digits: int = 4) -> str:
    """Write a number; of one that is not whole, the first digits that count.

    Examples
    --------
    >>> [number_text(n) for n in (3.0, 2 / 3, -1.5e-9, np.nan, -np.inf, -0.0)]
    ['3', '0.6667', '-1.5e-09', 'NaN', '-inf', '0']
    >>> [number_text(n) for n in (True, 1234567, 10**12, 1.0 - 2.0j)]
    ['True', '1234567', '1e+12', '1-2j']
    """
    kind = np.asarray(number).dtype.kind
    if kind == "b":
        return str(bool(number))
    if kind == "c":
        real = number_text(number.real, digits)
        imaginary = number_text(number.imag, digits)
        return f"{real}{'' if imaginary[0] in '+-' else '+'}{imaginary}j"
    if kind == "f":
        number = float(number) + 0.0  # no -0
        return "NaN" if np.isnan(number) else f"{number:.{digits}g}"
    whole = int(number)
    return str(whole) if abs(whole) < LARGEST_INTEGER else f"{float(whole):.{digits}g}"


def norm_of(arrays: list[np.ndarray]) -> str:
    """Write the Euclidean norm of arrays, taken together as one vector."""
    return f"{euclidean_norm(*arrays):.3g}"


def arrays_in(value: Any) -> list[np.ndarray]:
    """Give the arrays of a value whose numbers are at hand: none, one, or several."""
    parts = value if isinstance(value, tuple) else (value,)
    return [
        np.asarray(part)
        for part in parts
        if part is not None and not isinstance(part, Seen)
    ]


# -- what is no finite number ----------------------------------------------------------
def trouble_in(value: Any) -> str:
    """Count what is no finite number; empty where all are.

    Examples
    --------
    >>> trouble_in(np.array([1.0, np.nan, np.inf, np.nan]))
    '2 NaN, 1 inf of 4'
    >>> trouble_in(np.zeros(3)), trouble_in(None)
    ('', '')
    """
    if all(map(is_finite, floats_in(value))):
        return ""
    found = [
        f"{number:,} {what}"
        for what, number in (
            ("NaN", count(np.isnan, value)),
            ("inf", count(np.isinf, value)),
        )
        if number
    ]
    size = sum(array.size for array in floats_in(value))
    return f"{', '.join(found)} of {size:,}" if found else ""


def count(test: Callable[[np.ndarray], np.ndarray], value: Any) -> int:
    """Count the numbers of a value, over all its parts, that pass a test.

    Examples
    --------
    >>> count(np.isnan, (np.array([1.0, np.nan]), None))
    1
    """
    return sum(int(np.count_nonzero(test(array))) for array in floats_in(value))


def floats_in(value: Any) -> list[np.ndarray]:
    """Give the arrays of a value that can hold what is no number."""
    return [array for array in arrays_in(value) if array.dtype.kind in "fc"]
