"""Whether a ufunc gives the same bits when many small arrays run as one.

Nearly every one does, as it works on each element alone. Yet a loop that takes several
elements at once may treat those that are left over in another way, and which loops do
so depends on the processor: so each is tried, once, on numbers that tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

APART = frozenset({np.fmax, np.fmin})
"""These differ between 0.0 and -0.0, too rarely to be found."""

POWERS = frozenset({np.power, np.float_power})
"""These look whether all exponents are one number; then they may do something else."""

ROWS = 160
"""On how many small arrays a function is tried."""


def stacks(
    alone: Any,
    together: Any,
    dtypes: tuple[str, ...],
    shape: tuple[int, ...],
    arguments: tuple[Any, ...],
) -> bool:
    """Tell whether stacked arrays give the bits that each gives alone.

    Parameters
    ----------
    alone, together : callable
        What is called with small arrays, and what with stacked ones.
    dtypes : tuple of str
        The dtype of each operand that is an array.
    shape : tuple of int
        The shape of each of the small arrays.
    arguments : tuple
        For each argument of `together` the number that it is; None for an array.

    Returns
    -------
    bool

    Examples
    --------
    >>> import numpy as np
    >>> stacks(np.add, np.add, ("f", "f"), (4,), (None, None))
    True
    >>> stacks(np.fmax, np.fmax, ("d", "d"), (4,), (None, None))
    False
    """
    if together in APART or (together in POWERS and len(dtypes) > 1):
        return False
    rng = np.random.default_rng(len(shape))
    kinds = iter(dtypes)
    stacked = [
        telling(rng, next(kinds), (ROWS, *shape)) if each is None else each
        for each in arguments
    ]
    with np.errstate(all="ignore"):
        given = together(*stacked)
        for row in range(ROWS):
            one = alone(
                *[
                    stack[row, ...] if each is None else each
                    for each, stack in zip(arguments, stacked, strict=True)
                ]
            )
            if one.dtype != given.dtype or bits(one) != bits(given[row]):
                return False
    return True


def bits(array: Any) -> bytes:
    """List the bits of numbers; of all that are none, NumPy may choose the sign."""
    if array.dtype.kind in "fc":
        array = np.where(np.isnan(array), np.nan, array)
    return bytes(array.tobytes())


def telling(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Draw numbers of every magnitude, among them those that are special."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.random(shape) < 0.5
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        special = np.array([0, 1, 2, 3, limits.min, limits.max], kind)
        return rng.choice(special, shape)
    if kind.kind == "c":
        part = kind.char.lower()
        real, imaginary = telling(rng, part, shape), telling(rng, part, shape)
        made = np.empty(shape, kind)
        made.real, made.imag = real, imaginary
        return made
    facts = np.finfo(kind)
    extreme = [
        float(each) for each in (facts.max, facts.tiny, facts.smallest_subnormal)
    ]
    simple = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e3, -1e4]
    special = np.array([*simple, *extreme, np.inf, -np.inf, np.nan], kind)
    drawn = rng.standard_normal(shape) * 10.0 ** rng.integers(-4, 5, shape)
    with np.errstate(all="ignore"):
        usual = drawn.astype(kind)
    return np.where(rng.random(shape) < 0.4, rng.choice(special, shape), usual)
