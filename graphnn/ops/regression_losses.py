"""Losses of numbers: by how much a prediction is off, weighted in several ways."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.ops.arguments import as_flag, as_number
from graphnn.ops.loss_checks import Described, check_range
from graphnn.ops.losses import Loss, Reduction

LOG_2 = math.log(2.0)
TINY_RATE = 1e-8
"""Added to a rate before its logarithm is taken, as PyTorch does."""


class MeanAbsoluteError(Loss):
    """The absolute error, ``abs(prediction - target)``; gradient 0 where both agree.

    Parameters
    ----------
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.MeanAbsoluteError()
    >>> float(loss.forward(np.array([[1.0, 4.0]]), np.array([[2.0, 1.0]])))
    2.0
    >>> loss.backward()
    array([[-0.5,  0.5]])
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def _output(self) -> Any:
        prediction, target = self._pair()
        return self._reduced(np.abs(prediction - target))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        each = self._each(output_grad, prediction.shape)
        gradient = np.sign(prediction - target) * each
        return gradient, -gradient if self.needs_input_grad[1] else None


class Huber(Loss):
    """Half the squared error near the target, beyond ``delta`` a straight line.

    P. Huber, "Robust estimation of a location parameter", Annals of Mathematical
    Statistics 35, 1964: e² / 2 where abs(e) <= delta, else delta (abs(e) - delta / 2).

    Parameters
    ----------
    delta : float
        Where the line begins; above 0.
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Notes
    -----
    With e moved into the interval from -delta to delta, c, both branches are
    c (e - c / 2), and the gradient is c.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.Huber(delta=1.0, reduction="sum")
    >>> float(loss.forward(np.array([[1.0, 5.0]]), np.array([[0.0, 2.0]])))
    3.0
    >>> loss.backward()
    array([[1., 1.]])
    """

    def __init__(self, delta: float = 1.0, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        self.delta = as_number(delta, "the delta of Huber", positive=True)

    def _output(self) -> Any:
        prediction, target = self._pair()
        error = prediction - target
        near = np.clip(error, -self.delta, self.delta)
        return self._reduced(near * (error - 0.5 * near))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        near = np.clip(prediction - target, -self.delta, self.delta)
        gradient = near * self._each(output_grad, prediction.shape)
        return gradient, -gradient if self.needs_input_grad[1] else None


class LogCosh(Loss):
    """The logarithm of the hyperbolic cosine of the error.

    Like half the square near 0, and like the absolute value far from it, smooth
    everywhere.

    Parameters
    ----------
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Notes
    -----
    It is computed as a + log(1 + expm1(-2 a) / 2), with a = abs(error), so nothing
    overflows. The gradient is tanh(error).

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.LogCosh()
    >>> float(loss.forward(np.array([[1000.0]]), np.array([[0.0]]))) + np.log(2)
    np.float64(1000.0)
    >>> loss.backward()
    array([[1.]])
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def _output(self) -> Any:
        prediction, target = self._pair()
        size = np.abs(prediction - target)
        return self._reduced(size + np.log1p(0.5 * np.expm1(-2.0 * size)))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        each = self._each(output_grad, prediction.shape)
        gradient = np.tanh(prediction - target) * each
        return gradient, -gradient if self.needs_input_grad[1] else None


class QuantileLoss(Loss):
    """The absolute error, weighted so that its minimum is a quantile of the targets.

    R. Koenker, G. Bassett, "Regression quantiles", Econometrica 46, 1978: an error
    below the target counts ``quantile`` times, one above ``1 - quantile`` times. Also
    known as the pinball loss.

    Parameters
    ----------
    quantile : float
        Between 0 and 1, exclusively.
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.QuantileLoss(0.75, reduction="sum")
    >>> float(loss.forward(np.array([[0.0, 2.0]]), np.array([[1.0, 1.0]])))
    1.0
    >>> loss.backward()
    array([[-0.75,  0.25]])
    """

    def __init__(self, quantile: float = 0.5, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        self.quantile = as_number(
            quantile, "the quantile of QuantileLoss", positive=True, below=1.0
        )

    def _output(self) -> Any:
        prediction, target = self._pair()
        error = target - prediction
        return self._reduced(self.quantile * error - np.minimum(error, 0.0))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        # sign, so that the gradient is between both slopes where prediction is target
        above = 0.5 * (1.0 + np.sign(prediction - target))
        gradient = (above - self.quantile) * self._each(output_grad, prediction.shape)
        return gradient, -gradient if self.needs_input_grad[1] else None


class PoissonLoss(Loss):
    """The negative log-likelihood of counts, which the rate of a Poisson law predicts.

    rate - target * log(rate); the part that depends on the target alone is left out.

    Parameters
    ----------
    log_prediction : bool
        The prediction is the logarithm of the rate; False: the rate itself, not below
        0, to which 1e-8 is added before its logarithm is taken.
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.PoissonLoss()
    >>> float(loss.forward(np.array([[0.0]]), np.array([[3]])))
    1.0
    >>> loss.backward()
    array([[-2.]])
    """

    def __init__(
        self, *, log_prediction: bool = True, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction=reduction)
        self.log_prediction = as_flag(log_prediction, "log_prediction")

    def _output(self) -> Any:
        prediction, target = self._pair()
        who = Described(self)
        check_range(target, 0.0, np.inf, who, "target", "It holds counts.")
        if self.log_prediction:
            return self._reduced(np.exp(prediction) - target * prediction)
        fix = "A network that gives any number predicts logarithms: gn.PoissonLoss()."
        check_range(prediction, 0.0, np.inf, who, "prediction", fix)
        rate_log = np.log(np.maximum(prediction, 0.0) + TINY_RATE)
        return self._reduced(prediction - target * rate_log)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        each = self._each(output_grad, prediction.shape)
        if self.log_prediction:
            gradient, rate_log = np.exp(prediction) - target, prediction
        else:
            rate = np.maximum(prediction, 0.0) + TINY_RATE
            gradient, rate_log = 1.0 - target / rate, np.log(rate)
        target_grad = -rate_log * each if self.needs_input_grad[1] else None
        return gradient * each, target_grad
