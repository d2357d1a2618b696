"""What losses refuse: unknown labels, values out of range, sums that are not 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.dispatch import checking

SLACK = 1e-3
"""How far a number may be outside: rounding, and the steps of a gradient check."""


class Described:
    """What a message begins with: an operation's description, made when it is needed.

    Parameters
    ----------
    operation : Operation
    """

    def __init__(self, operation: Any) -> None:
        self.operation = operation

    def __str__(self) -> str:
        return str(self.operation.describe())


FROM_0 = (
    "Class indices are whole numbers from 0 on, one for each column of the prediction."
)


@checking
def check_labels(
    labels: Any, classes: int, who: object, ignore_index: int | None = None
) -> None:
    """Refuse labels that are not among the classes.

    Parameters
    ----------
    labels : ndarray
        Of any shape.
    classes : int
    who : str or Described
        What the message begins with.
    ignore_index : int, optional
        A label that is allowed beside the classes.

    Raises
    ------
    ArgumentError
    """
    whole = labels.dtype.kind != "f"
    if whole and labels.min() >= 0 and labels.max() < classes:
        return
    numbers = labels if whole else np.rint(labels)
    wrong = ~((numbers >= 0) & (numbers < classes))
    if ignore_index is not None:
        wrong &= numbers != ignore_index
    if not whole:
        with np.errstate(invalid="ignore"):  # infinity from infinity
            wrong |= np.abs(labels - numbers) > SLACK
    if not wrong.any():
        return
    found = labels[wrong]
    fix = FROM_0
    if np.all(found == found[0]) and found[0] < 0:
        fix += f" Targets to be left out are named: ignore_index={found[0]:g}."
    elif np.all(found == classes) and np.min(labels) >= 1:
        fix += " Are these counted from 1? Subtract 1: y - 1."
    raise ArgumentError(
        f"{who}: {found[0]} is not one of the classes 0 … {classes - 1}", fix
    )


@checking
def check_one_hot(target: Any, axis: int, who: object) -> None:
    """Refuse what is one-hot in its form only, and negative probabilities.

    Floats need not add up to 1 (they may be weighted), unless all are 0 or 1.

    Parameters
    ----------
    target : ndarray
    axis : int
        The axis of the classes.
    who : str or Described
        What the message begins with.

    Raises
    ------
    ArgumentError
    """
    fix = "A target of the prediction's shape holds the probability of each class."
    check_range(target, 0.0, np.inf, who, "target", fix)
    sums = target.sum(axis=axis)
    wrong = np.abs(sums - 1) > SLACK
    if not wrong.any():
        return
    if target.dtype.kind == "f" and not np.all((target == 0) | (target == 1)):
        return
    where = place(wrong)
    raise ArgumentError(
        f"{who}: the target has the prediction's shape {target.shape}, so its rows are "
        f"one-hot; but row {list(where)} adds up to {sums[where]:g}",
        "Class indices have shape (rows,). For several classes at once, or none, take "
        "gn.BinaryCrossEntropyWithLogits().",
    )


@checking
def check_range(
    value: Any, low: float, high: float, who: object, what: str, fix: str
) -> None:
    """Refuse numbers outside a closed interval; NaN passes.

    Parameters
    ----------
    value : ndarray
    low, high : float
        The interval.
    who : str or Described
        What the message begins with.
    what : str
        What the numbers are.
    fix : str
        What it ends with.

    Raises
    ------
    ArgumentError
    """
    if value.min() >= low and (high == np.inf or value.max() <= high):
        return
    wrong = (value < low - SLACK) | (value > high + SLACK)
    if wrong.any():
        where = place(wrong)
        limits = (
            f"between {low:g} and {high:g}" if high < np.inf else f"{low:g} or more"
        )
        raise ArgumentError(
            f"{who}: the {what} at {list(where)} is {value[where]:g}, not {limits}", fix
        )


@checking
def check_sums(probabilities: Any, axis: int, who: object, what: str, fix: str) -> None:
    """Refuse probabilities that do not add up to 1; NaN passes.

    Parameters
    ----------
    probabilities : ndarray
    axis : int
        What is summed over.
    who : str or Described
        What the message begins with.
    what : str
        What the probabilities are.
    fix : str
        What it ends with.

    Raises
    ------
    ArgumentError
    """
    sums = np.sum(probabilities, axis=axis)
    allowed = max(10 * SLACK, 16 * float(np.finfo(sums.dtype).eps))
    wrong = np.abs(sums - 1) > allowed
    if wrong.any():
        where = place(wrong)
        raise ArgumentError(
            f"{who}: {what} of row {list(where)} add up to {sums[where]:g}, not to 1",
            fix,
        )


def axis_of(axis: int, shape: tuple[int, ...], what: str, who: object) -> int:
    """Count an axis of a prediction from 0; it is not that of the rows.

    Raises
    ------
    ShapeError
    """
    found = axis + len(shape) if axis < 0 else axis
    if not 0 < found < len(shape):
        raise ShapeError(
            f"{who}: axis {axis} of a prediction of shape {shape} cannot be that of "
            f"the {what}",
            "Axis 0 is that of the rows.",
        )
    return found


def place(wrong: Any) -> tuple[int, ...]:
    """Give the index of the first that is wrong."""
    return tuple(np.argwhere(wrong)[0].tolist())
