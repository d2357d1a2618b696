"""A value in a few words, for what debuggers show of every variable in sight.

They ask again at every step, so the answer is short, costs about the same for every
value (some 10 µs), and never raises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.engine.norms import euclidean_norm

LOOKED_AT = 2**13
"""The most elements that a norm is computed of; larger arrays are shown without one."""

PARTS = 3
"""How many of several outputs are shown."""

LENGTH = 60
"""The most characters of a name, a shape or a number that are shown."""


def brief(value: Any) -> str:
    """Describe a value: dtype, shape and Euclidean norm, or the number that it is.

    Parameters
    ----------
    value : object
        An array or a number; a tuple of them, of an operation with several outputs; in
        a trace a node; None. Anything else is named by its type.

    Returns
    -------
    str
        One line of at most a few hundred characters. The norm of an array of more
        than :data:`LOOKED_AT` elements is left out.

    Examples
    --------
    >>> import numpy as np
    >>> brief(np.array([[3.0, 4.0]]))
    'float64 (1, 2), norm 5'
    >>> brief(np.float32(0.5)), brief(2), brief(None)
    ('float32 () 0.5', '2', 'None')
    >>> brief((np.zeros(3), np.zeros(4)))
    '2 values: float64 (3,), norm 0; float64 (4,), norm 0'
    >>> brief(np.ones((1000, 1000), np.float32))
    'float32 (1000, 1000)'
    """
    try:
        return described(value)
    except Exception:  # whatever it is, a debugger has to show something
        return f"a {type(value).__name__[:LENGTH]}"


def described(value: Any) -> str:
    """Do what :func:`brief` does; it may raise."""
    if isinstance(value, np.ndarray | np.generic):
        return array_in_brief(np.asarray(value))
    if value is None or isinstance(value, int | float | complex):
        return shortened(repr(value))
    if isinstance(value, tuple):
        shown = [brief(part) for part in value[:PARTS]]
        more = ["…"] if len(value) > PARTS else []
        return f"{len(value)} values: " + "; ".join(shown + more)
    name = getattr(type(value), "name", None)
    if name is not None and hasattr(type(value), "__array_ufunc__"):
        return f"node {shortened(repr(value.name))}"  # in a trace
    return f"a {type(value).__name__[:LENGTH]}"


def array_in_brief(array: np.ndarray) -> str:
    """Describe an array; of one element, by the element."""
    if array.ndim == 0 and array.dtype.kind in "biufc":
        return shortened(f"{array.dtype} () {number(array[()])}")
    words = shortened(f"{array.dtype} {array.shape}")
    norm = norm_in_brief(array)
    return words if norm is None else f"{words}, norm {number(norm)}"


def norm_in_brief(array: np.ndarray) -> float | None:
    """Compute the Euclidean norm where it is cheap; None where it is not."""
    if array.size > LOOKED_AT or array.size == 0 or array.dtype.kind not in "iufc":
        return None
    return euclidean_norm(array)


def number(value: Any, digits: int = 4) -> str:
    """Write a number with so many digits; a whole number and a bool as they are."""
    if isinstance(value, float | np.inexact):
        return f"{value:.{digits}g}"
    return str(value)


def shortened(text: str) -> str:
    """Cut a text that is too long to be shown."""
    return text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
