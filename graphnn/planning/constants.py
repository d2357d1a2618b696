"""How arrays are made in a program: constants, and memory for what is computed."""

from __future__ import annotations

import ast

import numpy as np

from graphnn.planning.views import dtype_text


def empty(array: np.ndarray) -> str:
    """Make memory for an array."""
    return f"np.empty({shape_text(array)}, {dtype_text(array.dtype)})"


def shape_text(array: np.ndarray) -> str:
    """Write a shape; of one axis, its length."""
    return str(array.shape[0] if array.ndim == 1 else array.shape)


def describe(array: np.ndarray) -> str:
    """Say what an array looks like.

    Examples
    --------
    >>> describe(np.zeros((2, 3)))
    '(2, 3) float64'
    """
    return f"{array.shape} {array.dtype}"


SMALL, LONGEST = 16, 60
"""Elements of a constant that is written out, and characters that they may take."""


def constant_text(array: np.ndarray) -> str | None:
    """Write a constant; None where that takes too much room.

    Examples
    --------
    >>> constant_text(np.ones((2, 30))), constant_text(np.arange(64))
    ('np.ones((2, 30), np.float64)', 'np.arange(64)')
    >>> constant_text(np.array([0.1, 2.0], np.float32))
    'np.array([0.1, 2.0], np.float32)'
    """
    dtype = dtype_text(array.dtype)
    if array.dtype.kind not in "biuf" or not array.flags.c_contiguous or not array.size:
        return None
    if array.dtype.itemsize > 8 or not np.isfinite(array).all():
        return None
    flat = array.reshape(-1)
    if array.size > 1 and not flat.view(np.uint8).any():
        return f"np.zeros({shape_text(array)}, {dtype})"
    if array.size > 1 and (flat == 1).all():
        return f"np.ones({shape_text(array)}, {dtype})"
    counted = np.arange(array.size)
    if array.size > 2 and array.dtype == counted.dtype and (flat == counted).all():
        reshape = f".reshape{array.shape}" if array.ndim > 1 else ""
        return f"np.arange({array.size}){reshape}"
    if array.size > SMALL:
        return None
    text = nested(array)
    if len(text) > LONGEST:
        return None
    is_exact = (
        np.array(ast.literal_eval(text), array.dtype).tobytes() == array.tobytes()
    )
    return f"np.array({text}, {dtype})" if is_exact else None


def nested(array: np.ndarray) -> str:
    """Write numbers as shortly as they can be read again."""
    if array.ndim:
        return f"[{', '.join(map(nested, array))}]"
    return str(array[()])
