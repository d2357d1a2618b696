"""Targets that name a class, and the weights of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import as_values
from graphnn.graph.node import Node
from graphnn.ops.loss_checks import axis_of, check_labels, check_one_hot


class ClassTargets:
    """How a target is told to be class indices or probabilities.

    Parameters
    ----------
    prediction, target : ndarray or node
        A number for each class, along an axis; a class index or probabilities.
    axis : int
        The axis of the classes; not that of the rows.
    who : str or Described
        What messages begin with.

    Attributes
    ----------
    axis : int
        Counted from 0.
    classes : int
    places : tuple of int
        The prediction's shape without the classes.
    indexed : bool
        Whether the target holds class indices.
    """

    def __init__(self, prediction: Any, target: Any, axis: int, who: object) -> None:
        shape, wanted = prediction.shape, target.shape
        if len(shape) < 2:
            raise ShapeError(
                f"{who}: the prediction has shape {shape}; (rows, classes) is needed"
            )
        self.who, self.axis = who, axis_of(axis, shape, "classes", who)
        self.classes = shape[self.axis]
        self.places = shape[: self.axis] + shape[self.axis + 1 :]
        self._single = (*shape[: self.axis], 1, *shape[self.axis + 1 :])
        if prediction.size == 0:
            raise ShapeError(f"{who}: a prediction of shape {shape} holds no numbers")
        for value, what in ((prediction, "prediction"), (target, "target")):
            if value.dtype.kind == "c":
                raise ArgumentError(
                    f"{who}: the {what} is {value.dtype}; real numbers are needed"
                )
        if self.classes == 1:
            raise ShapeError(
                f"{who}: a prediction of shape {shape} has one class, whose "
                "probability is always 1",
                "For yes and no, take gn.BinaryCrossEntropyWithLogits(), or two "
                "columns.",
            )
        self.prediction, self.target = prediction, target
        self.indexed = wanted in (self.places, self._single)
        if not self.indexed and wanted != shape:
            raise self._misfit(shape, wanted)

    def _misfit(self, shape: tuple[int, ...], wanted: tuple[int, ...]) -> ShapeError:
        fix = ""
        if len(wanted) == len(shape):
            width = wanted[self.axis]
            if tuple(np.delete(wanted, self.axis)) == self.places:
                fix = (
                    f"Its one-hot rows have {width} classes, the prediction has "
                    f"{self.classes}: one neuron is needed for each."
                )
        elif len(shape) > len(wanted) + 1:
            fix = (
                "Has the prediction too many axes? A layer such as gn.Flatten(), "
                "gn.GlobalAveragePool2D() or one with return_sequences=False takes "
                "them away."
            )
        return ShapeError(
            f"{self.who}: a target of shape {wanted} fits neither class indices "
            f"{self.places} nor one-hot rows {shape}",
            fix,
        )

    def along(self, weights: np.ndarray) -> np.ndarray:
        """Lay one number for each class along the axis of the classes."""
        shape = [1] * self.prediction.ndim
        shape[self.axis] = self.classes
        return np.reshape(weights, shape)

    def probabilities(self, ignore_index: int | None = None) -> Any:
        """Write the target as a probability for each class; zeros where ignored.

        Raises
        ------
        ArgumentError
            For indices that are not among the classes, and one-hot rows that are none.
        """
        dtype = self.prediction.dtype
        if not self.indexed:
            check_one_hot(self.target, self.axis, self.who)
            if ignore_index is not None:
                raise ArgumentError(
                    f"{self.who}: ignore_index={ignore_index} goes with class indices, "
                    f"not with a target of shape {self.target.shape}"
                )
            same = self.target.dtype == dtype
            return self.target if same else self.target.astype(dtype)
        check_labels(self.target, self.classes, self.who, ignore_index)
        indices = np.reshape(self.target, self._single)
        if indices.dtype.kind == "f":
            indices = np.rint(indices)
        one_hot = indices == self.along(np.arange(self.classes))
        if ignore_index is not None:
            one_hot = one_hot & (indices != ignore_index)
        return one_hot.astype(dtype)


def as_weights(weights: Any, what: str) -> np.ndarray:
    """Take one weight, or one for each class or column: finite, not below 0.

    Raises
    ------
    ArgumentError
    """
    if isinstance(weights, Node):
        raise ArgumentError(f"{what}: numbers are needed, not a node")
    array = as_values(weights, what)
    if array.dtype.kind == "c":
        raise ArgumentError(f"{what}: real numbers are needed, not {array.dtype}")
    array = array.astype(np.float64)
    if array.ndim > 1 or array.size == 0:
        raise ArgumentError(
            f"{what}: one number for each is needed, not shape {array.shape}"
        )
    wrong = array[~(np.isfinite(array) & (array >= 0))]
    if wrong.size:
        raise ArgumentError(f"{what}: {wrong.flat[0]:g} is no weight: 0 or more")
    return array
