"""How good predictions are, in figures that people read."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ShapeError


def accuracy(prediction: Any, target: Any) -> float:
    """Give the share of rows whose largest prediction is at the target's class.

    Parameters
    ----------
    prediction : array_like, shape (rows, classes)
    target : array_like
        Class indices (rows,) or (rows, 1), or one-hot rows (rows, classes).

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> accuracy([[0.9, 0.1], [0.2, 0.8]], [0, 0])
    0.5
    """
    scores, wanted = np.asarray(prediction), np.asarray(target)
    rows = len(scores) if scores.ndim == 2 else 0
    if rows == 0 or wanted.shape not in ((rows,), (rows, 1), scores.shape):
        raise ShapeError(
            f"accuracy needs (rows, classes) and as many targets, not {scores.shape} "
            f"and {wanted.shape}"
        )
    if wanted.shape == scores.shape and scores.shape[1] > 1:
        wanted = np.argmax(wanted, axis=1)
    return float(np.mean(np.argmax(scores, axis=1) == np.reshape(wanted, -1)))
