"""The angle between what is predicted and what is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ShapeError
from graphnn.ops.losses import Loss, Reduction


class CosineLoss(Loss):
    """One minus the cosine of the angle between prediction and target.

    The vectors lie along the last axis: 0 for one direction, 2 for opposite ones.

    Parameters
    ----------
    reduction : {"mean", "rows", "sum"}
        Average over all vectors, sum over all but the rows and average over those, or
        sum.

    Notes
    -----
    A vector of zeros has no direction: its cosine is taken as 0, without a gradient.
    Elsewhere that of a prediction p is -(t - cos p) / norm(p), with p and t of length 1
    on the right.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.CosineLoss()
    >>> prediction = np.array([[3.0, 0.0], [0.0, 0.0]])
    >>> float(loss.forward(prediction, np.array([[0.0, 2.0], [1.0, 0.0]])))
    1.0
    >>> loss.backward()
    array([[-0.        , -0.16666667],
           [ 0.        ,  0.        ]])
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def _output(self) -> Any:
        prediction, target = self._pair()
        if prediction.ndim < 2:
            raise ShapeError(
                f"{self.describe()}: the prediction has shape {prediction.shape}; "
                "(rows, columns) is needed",
                "One vector is a batch of one: x.reshape(1, -1).",
            )
        self.prediction_norm = np.linalg.norm(prediction, axis=-1, keepdims=True)
        self.target_norm = np.linalg.norm(target, axis=-1, keepdims=True)
        self.prediction_unit = prediction / not_zero(self.prediction_norm)
        self.target_unit = target / not_zero(self.target_norm)
        self.cosine = np.sum(self.prediction_unit * self.target_unit, axis=-1)
        return self._reduced(1.0 - self.cosine)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        each = -self._each(output_grad, self.cosine.shape)
        cosine = np.expand_dims(self.cosine, -1)
        gradient = self.target_unit - cosine * self.prediction_unit
        target_grad = None
        if self.needs_input_grad[1]:
            target_grad = self.prediction_unit - cosine * self.target_unit
            target_grad = by_norm(target_grad * each, self.target_norm)
        return by_norm(gradient * each, self.prediction_norm), target_grad


def not_zero(norm: Any) -> Any:
    """Put 1 where a length is 0."""
    return np.where(norm == 0, 1.0, norm)


def by_norm(gradient: Any, norm: Any) -> Any:
    """Divide by a length; 0 where that is 0."""
    return np.where(norm == 0, 0.0, gradient / not_zero(norm))
