"""How long the gradients are, and what shortens them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from graphnn.errors import NotFiniteError

MARGIN = 1e-6
"""Added to the norm, as PyTorch's ``clip_grad_norm_`` does."""


def norm_of(arrays: Iterable[np.ndarray]) -> float:
    """Give the Euclidean norm of arrays, taken as one vector.

    Examples
    --------
    >>> norm_of([np.array([3.0]), np.array([[4.0]])])
    5.0
    >>> norm_of([np.array([3e200, 0.0])])  # its square would be infinite
    3e+200
    """
    arrays = list(arrays)
    with np.errstate(all="ignore"):
        squares = sum(float(np.vdot(array, array).real) for array in arrays)
        if math.isfinite(squares):
            return math.sqrt(squares)
        # squares overflow long before the norm does
        sizes = [np.abs(array).astype(np.float64) for array in arrays]
        largest = max(float(size.max(initial=0.0)) for size in sizes)
        if not math.isfinite(largest):
            return largest
        return largest * math.sqrt(
            sum(float(np.sum((size / largest) ** 2)) for size in sizes)
        )


def scale_for(
    due: list[tuple[Any, Any, np.ndarray]], limit: float
) -> tuple[float, float]:
    """Give the norm of all gradients, and what to multiply them by.

    R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural
    networks", ICML 2013, algorithm 1; over all parameters together.

    Parameters
    ----------
    due : list of (parameter, group, gradient)
    limit : float

    Raises
    ------
    NotFiniteError
        One bad gradient would otherwise spoil every parameter.
    """
    norm = norm_of([gradient for _, _, gradient in due])
    if not math.isfinite(norm):
        bad = [p.name for p, _, gradient in due if not np.isfinite(gradient).all()]
        names = ", ".join(bad[:3]) + (", …" if len(bad) > 3 else "")
        raise NotFiniteError(
            f"the gradients cannot be clipped to a norm of {limit:g}: their norm is "
            f"{norm}, because of {names}",
            "No parameter was changed. A smaller learning rate may help.",
        )
    return norm, min(1.0, limit / (norm + MARGIN))
