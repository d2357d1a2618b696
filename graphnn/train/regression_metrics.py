"""How far predicted numbers are off.

Metrics take (prediction, target) in this order, of the same shape, and average over
all elements.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import as_values
from graphnn.ops.losses import how_to_fit


def mean_absolute_error(prediction: Any, target: Any) -> float:
    """Give the mean of ``abs(prediction - target)`` over all elements.

    Parameters
    ----------
    prediction, target : array_like
        Of the same shape.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        For different shapes, and no rows.
    ArgumentError
        For targets that are no finite numbers.

    Examples
    --------
    >>> mean_absolute_error([[1.0], [4.0]], [[2.0], [2.0]])
    1.5
    """
    found, wanted = pair(prediction, target, "mean_absolute_error")
    return float(np.mean(np.abs(found - wanted)))


def mean_squared_error(prediction: Any, target: Any) -> float:
    """Give the mean of ``(prediction - target)**2`` over all elements.

    The loss :class:`graphnn.MeanSquaredError` sums over the columns, unless its
    reduction is ``"mean"``.

    Parameters
    ----------
    prediction, target : array_like
        Of the same shape.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        For different shapes, and no rows.
    ArgumentError
        For targets that are no finite numbers.

    Examples
    --------
    >>> mean_squared_error([[1.0], [4.0]], [[2.0], [2.0]])
    2.5
    """
    found, wanted = pair(prediction, target, "mean_squared_error")
    return float(np.mean(np.square(found - wanted)))


def root_mean_squared_error(prediction: Any, target: Any) -> float:
    """Give the root of :func:`mean_squared_error`, in the unit of the target.

    Parameters
    ----------
    prediction, target : array_like
        Of the same shape.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        For different shapes, and no rows.
    ArgumentError
        For targets that are no finite numbers.

    Examples
    --------
    >>> root_mean_squared_error([[1.0], [5.0]], [[2.0], [-2.0]])
    5.0
    """
    found, wanted = pair(prediction, target, "root_mean_squared_error")
    return math.sqrt(float(np.mean(np.square(found - wanted))))


def r2(prediction: Any, target: Any) -> float:
    """Give the share of the targets' variance that is predicted.

    1 - sum((target - prediction)²) / sum((target - mean)²), for each column; their
    mean. 1 is perfect, 0 no better than the targets' mean, below 0 worse.

    Parameters
    ----------
    prediction, target : array_like
        Of the same shape, with two rows at least.

    Returns
    -------
    float
        A column whose targets are all the same counts 1 if it is predicted exactly,
        else 0.

    Raises
    ------
    ShapeError
        For different shapes, and fewer than two rows.
    ArgumentError
        For targets that are no finite numbers.

    Examples
    --------
    >>> r2([[1.0], [2.0], [3.0]], [[1.0], [2.0], [4.0]])  # doctest: +ELLIPSIS
    0.78...
    """
    found, wanted = pair(prediction, target, "r2")
    if len(wanted) < 2:
        raise ShapeError("r2 needs two rows at least: one has no variance")
    wrong = np.sum(np.square(wanted - found), axis=0)
    spread = np.sum(np.square(wanted - np.mean(wanted, axis=0)), axis=0)
    flat = spread == 0
    share = 1.0 - wrong / np.where(flat, 1.0, spread)
    share = np.where(flat & ~np.isnan(wrong), (wrong == 0).astype(float), share)
    return float(np.mean(share))


def pair(prediction: Any, target: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Take two arrays of the same shape, in double precision.

    Raises
    ------
    ShapeError, ArgumentError
    """
    found = as_values(prediction, f"the prediction of {name}")
    wanted = as_values(target, f"the target of {name}")
    if found.shape != wanted.shape:
        fix = how_to_fit(found, wanted) if found.ndim and wanted.ndim else ""
        raise ShapeError(
            f"{name}: the prediction has shape {found.shape}, the target "
            f"{wanted.shape}",
            fix,
        )
    if found.ndim == 0 or found.size == 0:
        raise ShapeError(f"{name}: a prediction of shape {found.shape} has no rows")
    for values, what in ((found, "prediction"), (wanted, "target")):
        if values.dtype.kind == "c":
            raise ArgumentError(
                f"{name}: the {what} is {values.dtype}; real numbers are needed"
            )
    unknown = ~np.isfinite(wanted)
    if unknown.any():
        place = tuple(np.argwhere(unknown)[0].tolist())
        raise ArgumentError(f"{name}: the target at {list(place)} is {wanted[place]}")
    return found.astype(np.float64), wanted.astype(np.float64)
