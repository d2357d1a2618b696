"""The cross-entropy of two classes, of probabilities and of logits.

Each column of the prediction is a question of its own, to be answered with yes (1) or
no (0): several may be yes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph.dispatch import checking
from graphnn.ops.class_targets import as_weights
from graphnn.ops.loss_checks import Described, check_range
from graphnn.ops.losses import Loss, Reduction

LEAST_LOG = -100.0
LEAST_PRODUCT = 1e-12


class BinaryCrossEntropy(Loss):
    """The cross-entropy of probabilities, such as a sigmoid gives.

    -(target log(p) + (1 - target) log(1 - p)): C. Bishop, "Pattern Recognition and
    Machine Learning", eq. 4.90. With a network that ends without a sigmoid,
    :class:`BinaryCrossEntropyWithLogits` is exact where this one has lost its digits.

    Parameters
    ----------
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Notes
    -----
    Logarithms are never below -100, and the gradient divides by 1e-12 at least, so that
    both are finite for p = 0 and p = 1. PyTorch has the same limits.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.BinaryCrossEntropy()
    >>> round(float(loss.forward(np.array([[0.5], [1.0]]), np.array([[1], [1]]))), 4)
    0.3466
    >>> float(loss.forward(np.array([[0.0]]), np.array([[1]])))
    100.0
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def _output(self) -> Any:
        prediction, target = self._pair()
        fix = "Are they logits? Take gn.BinaryCrossEntropyWithLogits()."
        who = Described(self)
        check_range(prediction, 0.0, 1.0, who, "prediction", fix)
        check_binary(target, who)
        self.log_yes, self.log_no = log_of(prediction), log_of_rest(prediction)
        return self._reduced((target - 1.0) * self.log_no - target * self.log_yes)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        each = self._each(output_grad, prediction.shape)
        both = np.maximum((1.0 - prediction) * prediction, LEAST_PRODUCT)
        target_grad = None
        if self.needs_input_grad[1]:
            target_grad = (self.log_no - self.log_yes) * each
        return (prediction - target) / both * each, target_grad


class BinaryCrossEntropyWithLogits(Loss):
    """The cross-entropy of sigmoid(prediction), exact for large predictions, too.

    Parameters
    ----------
    pos_weight : float or array_like, shape (columns,), optional
        How many times a target of 1 counts: above 1 for recall, below for precision.
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Notes
    -----
    -log(sigmoid(x)) is log(exp(0) + exp(-x)), which ``np.logaddexp`` computes without
    overflow, and sigmoid(x) is exp of its negative.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.BinaryCrossEntropyWithLogits()
    >>> float(loss.forward(np.array([[1000.0], [-1000.0]]), np.array([[1], [1]])))
    500.0
    >>> loss.backward()
    array([[ 0. ],
           [-0.5]])
    """

    takes_logits = True  # and not what sigmoid makes of them

    def __init__(
        self, *, pos_weight: Any = None, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction=reduction)
        name = f"the pos_weight of {type(self).__name__}"
        self.pos_weight = None if pos_weight is None else as_weights(pos_weight, name)

    def _output(self) -> Any:
        prediction, target = self._pair()
        check_binary(target, Described(self))
        weight = self._weight(prediction)
        # minus the logarithms of sigmoid(x) and of 1 - sigmoid(x)
        self.minus_log_yes = np.logaddexp(0.0, -prediction)
        self.minus_log_no = np.logaddexp(0.0, prediction)
        if_yes, if_no = weight * target, 1.0 - target
        return self._reduced(if_yes * self.minus_log_yes + if_no * self.minus_log_no)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        weight = self._weight(prediction)
        each = self._each(output_grad, prediction.shape)
        if_yes, if_no = weight * target, 1.0 - target
        yes, no = np.exp(-self.minus_log_yes), np.exp(-self.minus_log_no)
        gradient = if_no * yes - if_yes * no
        target_grad = None
        if self.needs_input_grad[1]:
            target_grad = (weight * self.minus_log_yes - self.minus_log_no) * each
        return gradient * each, target_grad

    def _weight(self, prediction: Any) -> Any:
        """Give the weight of a target of 1, in the prediction's dtype."""
        weight = self.pos_weight
        if weight is None:
            return 1.0
        if weight.ndim == 0:
            return float(weight)
        if prediction.ndim < 2 or weight.shape != prediction.shape[-1:]:
            raise ShapeError(
                f"{self.describe()}: pos_weight has shape {weight.shape}, the "
                f"prediction {prediction.shape}",
                "Give one number, or one for each column.",
            )
        return weight.astype(prediction.dtype)


@checking
def check_binary(target: Any, who: object) -> None:
    """Refuse targets that are not between 0 and 1."""
    fix = "1 is yes and 0 is no."
    if np.min(target) == -1 and np.max(target) <= 1:
        fix += " From -1 and 1: (y + 1) / 2."
    check_range(target, 0.0, 1.0, who, "target", fix)


def log_of(p: Any) -> Any:
    """Give the logarithm of probabilities, not below -100."""
    none = p <= 0
    logarithm = np.log(np.where(none, 1.0, p))
    return np.maximum(np.where(none, LEAST_LOG, logarithm), LEAST_LOG)


def log_of_rest(p: Any) -> Any:
    """Give the logarithm of 1 - p, not below -100."""
    all_ = p >= 1
    logarithm = np.log1p(-np.where(all_, 0.0, p))
    return np.where(all_, LEAST_LOG, logarithm)
