"""Small parameters side by side in memory.

An optimizer can then step over all of them at once, and a small network lies in few
lines of the processor's cache.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

PAGE = 1 << 16
"""Bytes that are set aside at a time; they are freed with the last array on them."""

SMALL = 1 << 13
"""Larger arrays lie by themselves: for them a call is a small part of a step."""


class Pages(threading.local):
    """The page that is being filled, for each dtype."""

    def __init__(self) -> None:
        self.open: dict[Any, tuple[np.ndarray, int]] = {}


PAGES = Pages()


def on_page(array: np.ndarray) -> np.ndarray:
    """Copy a small array of floats to where the one before it ends.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    ndarray
        Itself, if it is large, has gaps, or does not hold floats.

    Examples
    --------
    >>> import numpy as np
    >>> one, other = on_page(np.ones((2, 3))), on_page(np.zeros(3))
    >>> one.ctypes.data + one.nbytes == other.ctypes.data
    True
    """
    is_plain = array.dtype.kind == "f" and array.flags.c_contiguous
    if not is_plain or not 0 < array.nbytes <= SMALL:
        return array
    page, used = PAGES.open.get(array.dtype, (np.empty(0), 0))
    if used + array.size > page.size:
        page, used = np.empty(PAGE // array.itemsize, array.dtype), 0
    PAGES.open[array.dtype] = page, used + array.size
    placed = page[used : used + array.size].reshape(array.shape)
    placed[...] = array
    return placed
