"""The cross-entropy of classes, of which one is right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.dispatch import checking
from graphnn.ops.arguments import as_whole, is_number
from graphnn.ops.class_targets import ClassTargets, as_weights
from graphnn.ops.loss_checks import Described, check_sums
from graphnn.ops.losses import Loss, Reduction


class ClassLoss(Loss):
    """A loss of predictions with an axis of classes, for which each class has a weight.

    Parameters
    ----------
    class_weights : array_like, shape (classes,), optional
    ignore_index : int, optional
    axis : int
    reduction : {"mean", "rows", "sum"}
    """

    def __init__(
        self,
        *,
        class_weights: Any = None,
        ignore_index: int | None = None,
        axis: int = -1,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        name = type(self).__name__
        if class_weights is not None:
            class_weights = as_weights(class_weights, f"the class_weights of {name}")
        self.class_weights = class_weights
        if ignore_index is not None:
            ignore_index = as_whole(ignore_index, f"the ignore_index of {name}", None)
        self.ignore_index = ignore_index
        self.axis = as_whole(axis, f"the axis of {name}", None)

    def _prepare(self, smoothing: float = 0.0) -> Any:
        """Give the prediction; keep the weights of the classes for each target.

        ``self.weights`` are those of the classes, ``self.target`` has them in place of
        the right answers, and by ``self.count`` the sum is divided.
        """
        self._rows()
        prediction, target = self.input_values
        if prediction.dtype.kind in "biu":
            prediction = prediction.astype(np.float64)
        targets = ClassTargets(prediction, target, self.axis, Described(self))
        target = targets.probabilities(self.ignore_index)
        self.weights = self._weights(targets)
        self.target = self._weighted(target)
        self.count = self._total(self.target, targets)
        if smoothing:
            kept = np.sum(target, axis=targets.axis, keepdims=True)
            even = smoothing / targets.classes * (kept if targets.indexed else 1.0)
            self.target = self._weighted((1.0 - smoothing) * target + even)
        return prediction

    def _weighted(self, each: Any) -> Any:
        """Multiply by the weights of the classes, if they have some."""
        return each if self.weights is None else each * self.weights

    def _weights(self, targets: ClassTargets) -> Any:
        """Give the weights of the classes, along their axis."""
        weights = self.class_weights
        if weights is None:
            return None
        if weights.shape != (targets.classes,):
            raise ShapeError(
                f"{self.describe()}: class_weights has shape {weights.shape}, a "
                f"prediction of shape {targets.prediction.shape} has "
                f"{targets.classes} classes"
            )
        return targets.along(weights).astype(targets.prediction.dtype)

    def _total(self, right: Any, targets: ClassTargets) -> Any:
        """Tell by how much the sum is divided; by 1 if nothing counts: all is 0 then.

        Parameters
        ----------
        right : ndarray or node
            The weight of each target at its class, 0 elsewhere.
        """
        places = targets.places
        if self.reduction != "mean":
            return places[0] if self.reduction == "rows" else 1
        plain = self.class_weights is None and self.ignore_index is None
        if plain or not targets.indexed:
            return math.prod(places)
        total = np.sum(right)
        return np.where(total == 0, 1.0, total)

    def _summed(self, log_probabilities: Any) -> Any:
        """Sum the log-probabilities, by the weights of the target."""
        # a class without weight adds nothing, also if its logarithm is -inf
        seen = np.where(self.target == 0, 0.0, -log_probabilities)
        return self._known(np.sum(seen * self.target) / self.count)

    def _target_grad(self, log_probabilities: Any, each: Any) -> Any:
        """Give the gradient of probabilities; class indices have none."""
        prediction, target = self.input_values
        if not self.needs_input_grad[1] or target.shape != prediction.shape:
            return None
        return self._weighted(-log_probabilities) * each


class SoftmaxCrossEntropy(ClassLoss):
    """The cross-entropy of softmax(prediction), averaged over all targets.

    The prediction has one number (a logit) for each class, along its last axis: shape
    (rows, classes), or (rows, time, classes) and so on. The target holds class indices,
    of the same shape without the classes (or with one), or a probability for each class
    (one-hot, or smoothed), of the same shape.

    Parameters
    ----------
    label_smoothing : float
        What part of each target is spread evenly over all classes; in [0, 1). C.
        Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, §7.
    class_weights : array_like, shape (classes,), optional
        How much each class counts.
    ignore_index : int, optional
        Targets with this index count nothing: padding, for example.
    axis : int
        The axis of the classes.
    reduction : {"mean", "rows", "sum"}
        Average over all targets, sum over all but the rows and average over those, or
        sum.

    Notes
    -----
    The gradient is softmax minus target (C. Bishop, "Pattern Recognition and Machine
    Learning", eq. 4.109). The largest logit is taken off first, so nothing overflows.

    The average over class indices is weighted: divided by the sum of the weights of the
    targets (not those ignored), as in PyTorch. Over probabilities it is divided by
    their number. Where no target counts, the loss and its gradient are 0.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.SoftmaxCrossEntropy()
    >>> prediction = np.array([[2.0, 0.0], [0.0, 0.0]])
    >>> round(float(loss.forward(prediction, np.array([0, 1]))), 4)
    0.41
    >>> padded = gn.SoftmaxCrossEntropy(ignore_index=-1)
    >>> round(float(padded.forward(prediction, np.array([0, -1]))), 4)
    0.1269
    """

    takes_logits = True  # and not what softmax makes of them

    def __init__(
        self,
        *,
        label_smoothing: float = 0.0,
        class_weights: Any = None,
        ignore_index: int | None = None,
        axis: int = -1,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(
            class_weights=class_weights,
            ignore_index=ignore_index,
            axis=axis,
            reduction=reduction,
        )
        self.label_smoothing = as_smoothing(label_smoothing)

    def _output(self) -> Any:
        prediction = self._prepare(self.label_smoothing)
        axis = self.axis
        shifted = prediction - np.max(prediction, axis=axis, keepdims=True)
        log_sum = np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
        self.log_softmax = shifted - log_sum
        return self._summed(self.log_softmax)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        weight = np.sum(self.target, axis=self.axis, keepdims=True)
        each = output_grad / self.count
        gradient = (np.exp(self.log_softmax) * weight - self.target) * each
        unspread = (1.0 - self.label_smoothing) * each
        return gradient, self._target_grad(self.log_softmax, unspread)


class NegativeLogLikelihood(ClassLoss):
    """Minus the log-probability of the right class, averaged over all targets.

    For a network that ends with a log-softmax; :class:`SoftmaxCrossEntropy` takes the
    logits themselves. Shapes, targets and averages are as there.

    Parameters
    ----------
    class_weights : array_like, shape (classes,), optional
        How much each class counts.
    ignore_index : int, optional
        Targets with this index count nothing.
    axis : int
        The axis of the classes.
    reduction : {"mean", "rows", "sum"}
        Average over all targets, sum over all but the rows and average over those, or
        sum.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.NegativeLogLikelihood()
    >>> prediction = np.log([[0.25, 0.75], [0.5, 0.5]])
    >>> round(float(loss.forward(prediction, np.array([1, 1]))), 4)
    0.4904
    >>> loss.backward()
    array([[-0. , -0.5],
           [-0. , -0.5]])
    """

    def _output(self) -> Any:
        prediction = self._prepare()
        check_log_probabilities(prediction, self.axis, Described(self))
        return self._summed(prediction)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        each = output_grad / self.count
        target_grad = self._target_grad(self.input_values[0], each)
        return -self.target * each, target_grad


@checking
def check_log_probabilities(prediction: Any, axis: int, who: object) -> None:
    """Refuse what are no logarithms of probabilities."""
    with np.errstate(over="ignore"):
        probabilities = np.exp(prediction)
    check_sums(
        probabilities,
        axis,
        who,
        "exp(prediction)",
        "The prediction holds log-probabilities, as log-softmax gives. Of logits, take "
        "gn.SoftmaxCrossEntropy().",
    )


def as_smoothing(smoothing: Any) -> float:
    """Take the part of a target that is spread over all classes.

    Raises
    ------
    ArgumentError
    """
    if not is_number(smoothing) or not 0 <= smoothing < 1:
        raise ArgumentError(
            f"label_smoothing is a number from 0 on and below 1, not {smoothing!r}"
        )
    return float(smoothing)
