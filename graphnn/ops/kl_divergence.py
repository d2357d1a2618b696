"""How far one distribution is from another."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.dispatch import checking
from graphnn.ops.arguments import as_flag, as_whole
from graphnn.ops.binary_cross_entropy import LEAST_PRODUCT, log_of
from graphnn.ops.cross_entropy import check_log_probabilities
from graphnn.ops.loss_checks import Described, axis_of, check_range, check_sums
from graphnn.ops.losses import Loss, Reduction


class KLDivergence(Loss):
    """The Kullback-Leibler divergence of the prediction from the target.

    sum(target * (log(target) - log(prediction))): S. Kullback, R. Leibler, "On
    information and sufficiency", Annals of Mathematical Statistics 22, 1951. Where the
    target is 0 it adds nothing.

    Parameters
    ----------
    log_prediction : bool
        The prediction holds log-probabilities, as log-softmax gives; False:
        probabilities, whose logarithm is never taken below -100.
    log_target : bool
        The target holds log-probabilities; False: probabilities.
    axis : int
        Along which the probabilities add up to 1.
    reduction : {"rows", "mean", "sum"}
        Sum over all but the rows and average over those (the divergence itself; PyTorch
        calls it "batchmean"), average over all elements, or sum.

    Notes
    -----
    Where a target is 0, its gradient (which would be infinite) is 0.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.KLDivergence()
    >>> prediction, target = np.log([[0.5, 0.5]]), np.array([[1.0, 0.0]])
    >>> round(float(loss.forward(prediction, target)), 4)
    0.6931
    >>> loss.backward()
    array([[-1., -0.]])
    """

    def __init__(
        self,
        *,
        log_prediction: bool = True,
        log_target: bool = False,
        axis: int = -1,
        reduction: Reduction = "rows",
    ) -> None:
        super().__init__(reduction=reduction)
        self.log_prediction = as_flag(log_prediction, "log_prediction")
        self.log_target = as_flag(log_target, "log_target")
        self.axis = as_whole(axis, "the axis of KLDivergence", None)

    def _output(self) -> Any:
        prediction, target = self._pair()
        self._check(prediction, target)
        self.share = np.exp(target) if self.log_target else target
        wanted = target if self.log_target else log_of(target)
        found = prediction if self.log_prediction else log_of(prediction)
        # zeros on both sides, so that -inf is never taken from -inf
        none = self.share <= 0
        self.log_ratio = np.where(none, 0.0, wanted) - np.where(none, 0.0, found)
        return self._reduced(self.share * self.log_ratio)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, _ = self._pair()
        each = self._each(output_grad, prediction.shape)
        gradient = -self.share * each
        if not self.log_prediction:
            gradient = gradient / np.maximum(prediction, LEAST_PRODUCT)
        target_grad = None
        if self.needs_input_grad[1]:
            slope = self.log_ratio + 1.0
            if self.log_target:
                slope = self.share * slope
            target_grad = np.where(self.share <= 0, 0.0, slope) * each
        return gradient, target_grad

    def _check(self, prediction: Any, target: Any) -> None:
        """Refuse what are no distributions."""
        who = Described(self)
        axis = axis_of(self.axis, prediction.shape, "probabilities", who)
        if self.log_prediction:
            check_log_probabilities(prediction, axis, who)
        else:
            fix = "Of log-probabilities, take gn.KLDivergence(); of logits, softmax."
            check_range(prediction, 0.0, 1.0, who, "prediction", fix)
            check_sums(prediction, axis, who, "the predictions", fix)
        fix = "The target holds probabilities; of their logarithms, log_target=True."
        if not self.log_target:
            check_range(target, 0.0, 1.0, who, "target", fix)
            check_sums(target, axis, who, "the targets", fix)
        else:
            check_log_target(target, axis, who)


@checking
def check_log_target(target: Any, axis: int, who: object) -> None:
    """Refuse a target that holds no logarithms of probabilities."""
    with np.errstate(over="ignore"):
        shares = np.exp(target)
    fix = "With log_target=True the target holds log-probabilities."
    check_sums(shares, axis, who, "exp(target)", fix)
