"""A learning rate that falls when the loss does not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from graphnn.errors import ArgumentError
from graphnn.ops.arguments import as_whole
from graphnn.train.schedules import Schedule
from graphnn.train.settings import as_fraction, as_not_negative, as_positive


class PlateauSchedule(Schedule):
    """Lower the learning rate when the loss has stopped falling.

    It is told the loss by :meth:`observe`: a trainer's ``fit`` does so for each
    evaluated epoch (``eval_every``), with the loss on the test data, without such with
    that on the training data.

    Parameters
    ----------
    lr : float
        The first learning rate.
    factor : float
        What it is multiplied by, above 0 and below 1.
    patience : int
        How many losses in a row may be no better than the best; the next one lowers the
        rate.
    threshold : float
        By what part a loss has to be lower than the best to be better.
    cooldown : int
        How many losses after lowering the rate are not counted.
    min_lr : float
        The rate is not lowered further than that.

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.PlateauSchedule(0.1, factor=0.5, patience=1)
    >>> for loss in (1.0, 0.5, 0.5, 0.5):
    ...     schedule.observe(loss)
    >>> schedule(step=1000)
    0.05
    """

    def __init__(
        self,
        lr: float,
        factor: float = 0.1,
        patience: int = 10,
        *,
        threshold: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        self.lr = as_positive(lr, "lr")
        self.factor = as_fraction(factor, "factor")
        if self.factor == 0:
            raise ArgumentError("factor is above 0 and below 1, not 0")
        self.patience = as_whole(patience, "patience", 0)
        self.threshold = as_fraction(threshold, "threshold")
        self.cooldown = as_whole(cooldown, "cooldown", 0)
        self.min_lr = as_not_negative(min_lr, "min_lr")
        if self.min_lr > self.lr:
            raise ArgumentError(f"min_lr={self.min_lr} is above lr={self.lr}")
        self._rate, self._best = self.lr, math.inf
        self._worse = self._resting = 0

    def rate(self, step: int) -> float:
        """Give the present learning rate, whatever the step."""
        return self._rate

    def observe(self, loss: float) -> None:
        """Hear a loss; NaN is no better than any."""
        loss, bar = float(loss), self._best
        if bar < math.inf:
            bar -= self.threshold * abs(bar)
        if loss < bar:
            self._best, self._worse = loss, 0
        else:
            self._worse += 1
        if self._resting:
            self._resting -= 1
            self._worse = 0
        if self._worse > self.patience:
            self._rate = max(self._rate * self.factor, self.min_lr)
            self._resting, self._worse = self.cooldown, 0

    def state(self) -> dict[str, float]:
        """Give what the schedule remembers: rate, best loss, and its two counts."""
        return {
            "rate": self._rate,
            "best": self._best,
            "worse": self._worse,
            "resting": self._resting,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up where :meth:`state` was called."""
        self._rate, self._best = float(state["rate"]), float(state["best"])
        self._worse, self._resting = int(state["worse"]), int(state["resting"])
