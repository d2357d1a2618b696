"""How long the gradients are, and what shortens them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.engine.norms import euclidean_norm
from graphnn.errors import NotFiniteError

MARGIN = 1e-6
"""Added to the norm, as PyTorch's ``clip_grad_norm_`` does."""


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
    norm = euclidean_norm(*[gradient for _, _, gradient in due])
    if not math.isfinite(norm):
        bad = [p.name for p, _, gradient in due if not np.isfinite(gradient).all()]
        names = ", ".join(bad[:3]) + (", …" if len(bad) > 3 else "")
        raise NotFiniteError(
            f"the gradients cannot be clipped to a norm of {limit:g}: their norm is "
            f"{norm}, because of {names}",
            "No parameter was changed. A smaller learning rate may help.",
        )
    return norm, min(1.0, limit / (norm + MARGIN))
