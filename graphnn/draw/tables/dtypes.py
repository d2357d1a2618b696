"""The names of dtypes, quickly."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def dtypes_of(value: Any) -> list[str]:
    """Name the dtype of a value, or of each of several; none where it is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> dtypes_of(np.zeros(2)), dtypes_of((np.zeros(2), 1)), dtypes_of(None)
    (['float64'], ['float64', 'int'], [])
    """
    if value is None:
        return []
    if isinstance(value, tuple):
        return [dtype for part in value for dtype in dtypes_of(part)]
    dtype = getattr(value, "dtype", None)
    return [type(value).__name__ if dtype is None else _name_of(dtype)]


@lru_cache(maxsize=256)  # NumPy takes 10 µs, and there are as many as nodes
def _name_of(dtype: Any) -> str:
    return str(dtype)
