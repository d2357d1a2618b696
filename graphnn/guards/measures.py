"""What guards measure: numbers that are not finite, and ranges."""

from __future__ import annotations

from typing import Any

import numpy as np


def is_finite(array: Any) -> bool:
    """Tell whether all numbers are finite; quickly, where they are.

    Examples
    --------
    >>> is_finite(np.array([1.0, 1e300])), is_finite(np.array([1.0, np.nan]))
    (True, False)
    """
    if array.dtype.kind not in "fc":
        return True
    with np.errstate(all="ignore"):
        # one sum is NaN or infinite if any number is; it may overflow, too
        return bool(np.isfinite(np.vdot(array, array)) or np.isfinite(array).all())


def describe(array: np.ndarray) -> str:
    """Count what is not finite, and say where the first is; "" if all is.

    Examples
    --------
    >>> describe(np.array([[1.0, 2.0], [np.nan, np.inf]]))
    '1 NaN and 1 infinity, the first at index (1, 0)'
    """
    if is_finite(array):
        return ""
    nans, bad = int(np.isnan(array).sum()), ~np.isfinite(array)
    infinities = int(bad.sum()) - nans
    counts = [f"{nans:,} NaN"] if nans else []
    if infinities:
        noun = "infinity" if infinities == 1 else "infinities"
        counts.append(f"{infinities:,} {noun}")
    return f"{' and '.join(counts)}, the first at index {first_index(bad)}"


def first_index(mask: np.ndarray) -> tuple[int, ...]:
    """Give the index of the first True, in C order.

    Examples
    --------
    >>> first_index(np.array([[False, False], [True, True]]))
    (1, 0)
    """
    place = np.unravel_index(int(np.argmax(mask)), mask.shape)
    return tuple([int(i) for i in place])


def range_of(array: np.ndarray) -> str:
    """Say from what number to what the finite ones go; "" for complex and for none.

    Examples
    --------
    >>> range_of(np.array([3.0, np.nan, -1.5]))
    'from -1.5 to 3'
    >>> range_of(np.array([2.0, 2.0]))
    'all 2'
    """
    if array.dtype.kind not in "iuf":
        return ""
    numbers = array[np.isfinite(array)]
    if not numbers.size:
        return ""
    low, high = numbers.min(), numbers.max()
    return f"all {low:.4g}" if low == high else f"from {low:.4g} to {high:.4g}"
