"""Loss functions: a prediction and a target in, one number out."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.operation import Operation


class Loss(Operation):
    """An operation on (prediction, target) whose output is one number."""

    arity = 2

    def _rows(self) -> int:
        """Count the rows to average over."""
        prediction, target = self.input_values
        if prediction.ndim == 0 or prediction.shape[0] == 0:
            raise ShapeError(
                f"{self.describe()}: a prediction of shape {prediction.shape} has "
                "no rows"
            )
        if target.ndim == 0 or target.shape[0] != prediction.shape[0]:
            raise ShapeError(
                f"{self.describe()}: a prediction of shape {prediction.shape} and a "
                f"target of shape {target.shape} differ in their number of rows"
            )
        return int(prediction.shape[0])


class MeanSquaredError(Loss):
    """The squared error, summed over the columns and averaged over the rows.

    As in S. Weidman, "Deep Learning from Scratch", O'Reilly 2019, ch. 3. For one column
    it is the usual mean of squares.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.MeanSquaredError()
    >>> float(loss.forward(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]])))
    2.0
    >>> loss.backward()
    array([[0.],
           [2.]])
    """

    def _output(self) -> Any:
        rows = self._rows()
        prediction, target = self.input_values
        if prediction.shape != target.shape:
            raise ShapeError(
                f"{self.describe()}: the prediction has shape {prediction.shape}, the "
                f"target {target.shape}",
                "Targets of one column have shape (rows, 1): y.reshape(-1, 1).",
            )
        return np.sum(np.square(prediction - target)) / rows

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self.input_values
        gradient = (prediction - target) * (output_grad * (2.0 / prediction.shape[0]))
        return gradient, -gradient if self.needs_input_grad[1] else None


class SoftmaxCrossEntropy(Loss):
    """The cross-entropy of softmax(prediction), averaged over the rows.

    The target holds the class of each row (integers, shape (rows,) or (rows, 1)), or a
    probability for each class (one-hot, shape (rows, classes)).

    Notes
    -----
    The gradient is softmax minus target (C. Bishop, "Pattern Recognition and Machine
    Learning", eq. 4.109). The row's maximum is taken off first, so nothing overflows.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.SoftmaxCrossEntropy()
    >>> prediction = np.array([[2.0, 0.0], [0.0, 0.0]])
    >>> round(float(loss.forward(prediction, np.array([0, 1]))), 4)
    0.41
    """

    def _output(self) -> Any:
        rows = self._rows()
        prediction, target = self.input_values
        if prediction.ndim != 2:
            raise ShapeError(
                f"{self.describe()}: the prediction has shape {prediction.shape}; "
                "(rows, classes) is needed"
            )
        self.target = self._probabilities(prediction, target)
        shifted = prediction - np.max(prediction, axis=1, keepdims=True)
        log_sum = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        self.log_softmax = shifted - log_sum
        # where the target is 0 nothing is added, also if the logarithm is -inf
        terms = np.where(self.target == 0, 0.0, self.target * self.log_softmax)
        return -np.sum(terms) / rows

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        weight = np.sum(self.target, axis=1, keepdims=True)
        each = output_grad / self.target.shape[0]
        gradient = (np.exp(self.log_softmax) * weight - self.target) * each
        target_grad = None
        if self.needs_input_grad[1] and self._has_probabilities():
            target_grad = -self.log_softmax * each
        return gradient, target_grad

    def _has_probabilities(self) -> bool:
        """Tell a target of probabilities from one of classes, which has no gradient."""
        prediction, target = self.input_values
        return bool(target.shape == prediction.shape)

    def _probabilities(self, prediction: Any, target: Any) -> Any:
        """Write the target as one probability for each class."""
        rows, classes = prediction.shape
        if target.shape == prediction.shape:
            return target.astype(prediction.dtype)
        if target.shape not in ((rows,), (rows, 1)):
            raise ShapeError(
                f"{self.describe()}: a target of shape {target.shape} fits neither "
                f"class indices ({rows},) nor one-hot rows {prediction.shape}"
            )
        indices = np.reshape(target, (rows, 1))
        if isinstance(indices, np.ndarray):
            self._check_labels(indices, classes)
        return (indices == np.arange(classes)).astype(prediction.dtype)

    def _check_labels(self, labels: np.ndarray, classes: int) -> None:
        if labels.dtype.kind == "c":
            raise ArgumentError(
                f"{self.describe()}: {labels.dtype} values are no class indices"
            )
        wrong = labels[
            (labels < 0) | (labels >= classes) | (labels != np.floor(labels))
        ]
        if wrong.size:
            raise ArgumentError(
                f"{self.describe()}: {wrong.flat[0]} is not one of the classes "
                f"0 … {classes - 1}",
                "Class indices are whole numbers from 0 on, one for each column of the "
                "prediction.",
            )
