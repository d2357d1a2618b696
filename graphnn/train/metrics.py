"""How often predictions are right.

Metrics take (prediction, target) in this order, as losses do and unlike scikit-learn:
they serve in ``Trainer.fit(..., metrics={"accuracy": gn.accuracy})``. Those that tell
kinds of mistakes apart are in ``confusion``, those of numbers in
``regression_metrics``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import as_values


def accuracy(prediction: Any, target: Any, *, threshold: float = 0.5) -> float:
    """Give the share of the targets that are predicted.

    Parameters
    ----------
    prediction : array_like
        Scores, shape (rows, classes) or (rows, ..., classes): the largest is predicted.
        Or one number for each target, such as the probability of class 1: shape (rows,)
        or (rows, 1). Whole numbers of shape (rows,) are taken as classes themselves.
    target : array_like
        Class indices, of the prediction's shape without the classes (or with one), or
        one-hot rows, of the same shape.
    threshold : float
        From where on one number predicts class 1; of logits, that is 0.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ShapeError
        For shapes that do not fit, and no rows.
    ArgumentError
        For targets that are not among the classes, and predictions of NaN.

    Examples
    --------
    >>> accuracy([[0.9, 0.1], [0.2, 0.8]], [0, 0])
    0.5
    >>> accuracy([[0.9], [0.2], [0.6]], [[1], [0], [0]])  # doctest: +ELLIPSIS
    0.66...
    """
    labels = Labels.of(prediction, target, "accuracy", threshold)
    return float(np.mean(labels.predicted == labels.wanted))


def top_k_accuracy(prediction: Any, target: Any, k: int = 5) -> float:
    """Give the share of the targets that are among the k largest scores.

    Of equal scores those of the first classes count as larger, as in :func:`accuracy`,
    which is the same with ``k=1``.

    Parameters
    ----------
    prediction : array_like, shape (rows, classes) or (rows, ..., classes)
    target : array_like
        Class indices or one-hot rows, as for :func:`accuracy`.
    k : int
        From 1 to the number of classes.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ShapeError, ArgumentError

    Examples
    --------
    >>> scores = [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]
    >>> top_k_accuracy(scores, [1, 0], k=2)
    0.5
    """
    labels = Labels.of(prediction, target, "top_k_accuracy")
    scores = labels.scores
    if scores is None:
        raise ShapeError(
            "top_k_accuracy needs a score for each class, (rows, classes), not "
            f"{np.shape(prediction)}"
        )
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise ArgumentError(f"top_k_accuracy: k is a whole number, not {k!r}")
    if not 1 <= k <= labels.classes:
        raise ArgumentError(
            f"top_k_accuracy: k={k} is not from 1 to the {labels.classes} classes"
        )
    wanted = labels.wanted[:, None]
    score = np.take_along_axis(scores, wanted, axis=1)
    before = np.arange(labels.classes) < wanted
    rank = np.sum((scores > score) | ((scores == score) & before), axis=1)
    return float(np.mean(rank < k))


class Labels(NamedTuple):
    """Predicted and wanted classes, as whole numbers.

    Attributes
    ----------
    predicted, wanted : ndarray, shape (targets,)
    classes : int
    scores : ndarray, shape (targets, classes), or None
    """

    predicted: np.ndarray
    wanted: np.ndarray
    classes: int
    scores: np.ndarray | None

    @classmethod
    def of(
        cls, prediction: Any, target: Any, name: str, threshold: float = 0.5
    ) -> Labels:
        """Read predictions and targets in all their forms.

        Raises
        ------
        ShapeError, ArgumentError
        """
        found = as_values(prediction, f"the prediction of {name}")
        wanted = as_values(target, f"the target of {name}")
        for values, what in ((found, "prediction"), (wanted, "target")):
            if values.dtype.kind == "c":
                raise ArgumentError(f"{name}: the {what} is {values.dtype}")
        if found.ndim == 0 or found.size == 0:
            raise misfit(name, found, wanted)
        if found.dtype.kind == "f" and np.isnan(found).any():
            raise ArgumentError(
                f"{name}: {np.sum(np.isnan(found))} predictions are NaN, which is no "
                "class",
                "Has the training diverged? Look at its loss.",
            )
        if found.ndim >= 2 and found.shape[-1] > 1:
            return cls._of_scores(found, wanted, name)
        return cls._of_numbers(found, wanted, name, threshold)

    @classmethod
    def _of_scores(cls, scores: np.ndarray, wanted: np.ndarray, name: str) -> Labels:
        *places, classes = scores.shape
        if wanted.shape == scores.shape:
            if not np.all((wanted == 0) | (wanted == 1)) or np.any(
                np.sum(wanted, axis=-1) != 1
            ):
                raise ArgumentError(
                    f"{name}: a target of the prediction's shape {scores.shape} is "
                    "one-hot, and not all rows of this one are",
                    "A row has a single 1. Class indices have shape (rows,).",
                )
            wanted = np.argmax(wanted, axis=-1)
        elif wanted.shape not in (tuple(places), (*places, 1)):
            raise misfit(name, scores, wanted)
        labels = as_labels(wanted, name, classes)
        scores = np.reshape(scores, (-1, classes))
        return cls(np.argmax(scores, axis=1), labels, classes, scores)

    @classmethod
    def _of_numbers(
        cls, numbers: np.ndarray, wanted: np.ndarray, name: str, threshold: float
    ) -> Labels:
        rows = numbers.shape[:1]
        if numbers.shape not in (rows, (*rows, 1)) or wanted.shape not in (
            rows,
            (*rows, 1),
        ):
            raise misfit(name, numbers, wanted)
        if numbers.dtype.kind == "f":
            labels = as_labels(wanted, name, 2)
            predicted = (np.reshape(numbers, -1) >= threshold).astype(np.intp)
            return cls(predicted, labels, 2, None)
        labels, predicted = as_labels(wanted, name), as_labels(numbers, name)
        classes = 1 + max(int(labels.max()), int(predicted.max()), 1)
        return cls(predicted, labels, classes, None)


def as_labels(values: np.ndarray, name: str, classes: int | None = None) -> np.ndarray:
    """Take class indices of any dtype as a vector of whole numbers.

    Raises
    ------
    ArgumentError
        For what is not a whole number from 0 on, below the number of classes.
    """
    from graphnn.ops.loss_checks import check_labels  # a loss may have it, or may not

    if classes is None:
        largest = np.max(values)
        classes = max(int(largest), 0) + 1 if np.isfinite(largest) else 1
    check_labels(values, classes, name)
    return np.reshape(values, -1).astype(np.intp)


def misfit(name: str, prediction: np.ndarray, target: np.ndarray) -> ShapeError:
    """Say that shapes do not fit."""
    return ShapeError(
        f"{name} needs (rows, classes) and as many targets, not {prediction.shape} "
        f"and {target.shape}",
        "Targets are class indices, (rows,), or one-hot rows, (rows, classes); for two "
        "classes, predictions may be one column.",
    )
