"""Which classes are taken for which: precision, recall, and their mean."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.train.metrics import Labels, as_labels

Average = Literal["binary", "macro", "micro", "weighted"] | None
"""How the figures of several classes become one."""


def confusion_matrix(
    prediction: Any, target: Any, *, threshold: float = 0.5, classes: int | None = None
) -> np.ndarray:
    """Count for each class how often it is taken for which.

    Parameters
    ----------
    prediction, target : array_like
        As for :func:`graphnn.accuracy`.
    threshold : float
        From where on one number predicts class 1.
    classes : int, optional
        How many there are, where the predictions are classes themselves; by default
        one more than the largest.

    Returns
    -------
    ndarray of int, shape (classes, classes)
        A row for each class that is wanted, a column for each that is predicted.

    Raises
    ------
    ShapeError, ArgumentError

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 1, 1]])
    """
    labels = Labels.of(prediction, target, "confusion_matrix", threshold)
    count = labels.classes
    if classes is not None:
        if isinstance(classes, bool) or not isinstance(classes, int | np.integer):
            raise ArgumentError(f"classes is a whole number, not {classes!r}")
        if classes < count and labels.scores is not None:
            raise ArgumentError(
                f"confusion_matrix: classes={classes}, but there are scores for {count}"
            )
        count = int(classes)
        for values in (labels.wanted, labels.predicted):
            as_labels(values, "confusion_matrix", count)
    pairs = labels.wanted * count + labels.predicted
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def precision(
    prediction: Any,
    target: Any,
    *,
    average: Average = "binary",
    zero_division: float = 0.0,
    threshold: float = 0.5,
) -> Any:
    """Give the share of right ones among those predicted: true / (true + false).

    Parameters
    ----------
    prediction, target : array_like
        As for :func:`graphnn.accuracy`.
    average : {"binary", "macro", "micro", "weighted", None}
        ``"binary"``: of class 1, where there are two. ``"macro"``: the mean over all
        classes. ``"weighted"``: the same, weighted by how often each is wanted.
        ``"micro"``: of all classes together, which is the accuracy. None: an array, a
        number for each class.
    zero_division : float
        What a class has that is never predicted (for recall: never wanted; for F1:
        neither). NaN leaves it out of the mean.
    threshold : float
        From where on one number predicts class 1.

    Returns
    -------
    float, or ndarray of shape (classes,) with ``average=None``

    Raises
    ------
    ShapeError, ArgumentError

    Notes
    -----
    Each column of the scores is a class, also one that is never wanted: ``"macro"``
    averages over all of them.

    Examples
    --------
    >>> precision([0.9, 0.8, 0.3], [1, 0, 1])
    0.5
    >>> precision([0, 1, 1, 2], [0, 1, 2, 2], average=None)
    array([1. , 0.5, 1. ])
    """
    counts = Counts(prediction, target, "precision", average, threshold)
    return counts.ratio(counts.right, counts.predicted, zero_division)


def recall(
    prediction: Any,
    target: Any,
    *,
    average: Average = "binary",
    zero_division: float = 0.0,
    threshold: float = 0.5,
) -> Any:
    """Give the share of those predicted among the wanted: true / (true + missed).

    Parameters
    ----------
    prediction, target, average, zero_division, threshold
        As for :func:`precision`.

    Returns
    -------
    float, or ndarray of shape (classes,) with ``average=None``

    Raises
    ------
    ShapeError, ArgumentError

    Examples
    --------
    >>> recall([0.9, 0.8, 0.3], [1, 0, 1])
    0.5
    >>> recall([0, 1, 1, 2], [0, 1, 2, 2], average="macro")  # doctest: +ELLIPSIS
    0.83...
    """
    counts = Counts(prediction, target, "recall", average, threshold)
    return counts.ratio(counts.right, counts.wanted, zero_division)


def f1(
    prediction: Any,
    target: Any,
    *,
    average: Average = "binary",
    zero_division: float = 0.0,
    threshold: float = 0.5,
) -> Any:
    """Give the harmonic mean of precision and recall.

    C. van Rijsbergen, "Information Retrieval", 2nd ed. 1979, ch. 7: 2 true / (2 true +
    false + missed).

    Parameters
    ----------
    prediction, target, average, zero_division, threshold
        As for :func:`precision`; the average is that of the classes' F1.

    Returns
    -------
    float, or ndarray of shape (classes,) with ``average=None``

    Raises
    ------
    ShapeError, ArgumentError

    Examples
    --------
    >>> f1([0.9, 0.8, 0.3], [1, 0, 1])
    0.5
    """
    counts = Counts(prediction, target, "f1", average, threshold)
    return counts.ratio(
        2 * counts.right, counts.predicted + counts.wanted, zero_division
    )


class Counts:
    """How often each class is wanted, predicted, and both."""

    def __init__(
        self, prediction: Any, target: Any, name: str, average: Any, threshold: float
    ) -> None:
        known = (*get_args(Average)[0].__args__, None)
        if average not in known:
            raise ArgumentError(
                f"{name}: unknown average {average!r}",
                did_you_mean(average, [str(k) for k in known]),
            )
        labels = Labels.of(prediction, target, name, threshold)
        if average == "binary" and labels.classes != 2:
            raise ArgumentError(
                f"{name} of {labels.classes} classes is not binary",
                'Choose an average: average="macro" (or "micro", "weighted", None).',
            )
        self.average, self.name = average, name
        size = labels.classes
        self.wanted = np.bincount(labels.wanted, minlength=size)
        self.predicted = np.bincount(labels.predicted, minlength=size)
        right = labels.wanted[labels.wanted == labels.predicted]
        self.right = np.bincount(right, minlength=size)

    def ratio(self, part: np.ndarray, whole: np.ndarray, zero_division: float) -> Any:
        """Divide for each class, and average."""
        if not isinstance(zero_division, int | float | np.floating):
            raise ArgumentError(
                f"{self.name}: zero_division is a number, not {zero_division!r}"
            )
        if self.average == "micro":
            part, whole = part.sum(keepdims=True), whole.sum(keepdims=True)
        none = whole == 0
        each = np.where(none, zero_division, part / np.where(none, 1, whole))
        if self.average is None:
            return each
        if self.average == "binary":
            return float(each[1])
        weights = self.wanted if self.average == "weighted" else np.ones(each.size)
        kept = ~np.isnan(each)
        total = weights[kept].sum()
        return float(each[kept] @ weights[kept] / total) if total else float("nan")
