"""Learning rates that rise first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.ops.arguments import as_flag, as_number, as_whole
from graphnn.train.schedules import SHAPES, Schedule, line
from graphnn.train.settings import as_positive, as_rate, rate_at


class WarmUp(Schedule):
    """Rise in a straight line to a learning rate or schedule, which then goes on.

    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017,
    section 2.2.

    Parameters
    ----------
    steps : int
        How many steps are below the full rate.
    then : float or callable
        The full rate, or a schedule; its own step 0 comes after the rise.
    start : float, optional
        What part of the full rate the first step has. Without it the rates are evenly
        spaced: 1, 2, 3, … times ``1 / (steps + 1)``.

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.WarmUp(4, then=gn.CosineSchedule(1.0, steps=100))
    >>> [round(schedule(step), 6) for step in (0, 1, 2, 3, 4, 54)]
    [0.2, 0.4, 0.6, 0.8, 1.0, 0.5]
    """

    def __init__(self, steps: int, then: Any, start: float | None = None) -> None:
        self.steps = as_whole(steps, "steps")
        self.then: float | Callable[[int], Any] = as_rate(then, "then")
        self.start = 1.0 / (self.steps + 1)
        if start is not None:
            self.start = as_number(start, "start")
            if not 0 <= self.start <= 1:
                raise ArgumentError(f"start is from 0 to 1, not {start!r}")

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        if step >= self.steps:
            return rate_at(self.then, step - self.steps)
        return line(self.start, 1.0, step / self.steps) * rate_at(self.then, 0)

    def inner(self) -> Any:
        """Give what comes after the rise."""
        return self.then


class OneCycleSchedule(Schedule):
    """Rise to a high learning rate, then fall to a very low one.

    L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks
    using large learning rates", 2018; the momentum stays as it is.

    Parameters
    ----------
    lr : float
        The highest learning rate.
    steps : int
        How many steps the cycle has.
    warm_up : float
        What part of it is the rise, from 0 to 1.
    shape : {"cosine", "linear"}
    div_factor : float
        How many times lower than `lr` the start is.
    final_div_factor : float
        How many times lower than the start the end is.
    three_phase : bool
        Fall to the start first, as long as the rise was, then to the end.

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.OneCycleSchedule(0.5, steps=100, div_factor=10)
    >>> [round(schedule(step), 6) for step in (0, 29, 64, 99, 150)]
    [0.05, 0.5, 0.250003, 5e-06, 5e-06]
    """

    def __init__(
        self,
        lr: float,
        steps: int,
        *,
        warm_up: float = 0.3,
        shape: str = "cosine",
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        self.lr, self.steps = as_positive(lr, "lr"), as_whole(steps, "steps")
        self.warm_up = as_number(warm_up, "warm_up")
        self.div_factor = as_positive(div_factor, "div_factor")
        self.final_div_factor = as_positive(final_div_factor, "final_div_factor")
        self.three_phase = as_flag(three_phase, "three_phase")
        if not 0 <= self.warm_up <= (0.5 if self.three_phase else 1.0):
            raise ArgumentError(
                f"warm_up is a part of the steps, from 0 to 1, not {warm_up!r}",
                "With three phases it is at most 0.5." if self.three_phase else "",
            )
        if not isinstance(shape, str) or shape not in SHAPES:
            raise ArgumentError(
                f"shape is 'cosine' or 'linear', not {shape!r}",
                did_you_mean(shape, SHAPES),
            )
        self.shape = shape

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        begin, between = 0.0, SHAPES[self.shape]
        phases = self._phases()
        for end, first, last in phases:
            if step <= end:
                # a phase between two steps has no length
                part = (step - begin) / (end - begin) if end > begin else 1.0
                return between(first, last, part)
            begin = end
        return phases[-1][2]

    def _phases(self) -> list[tuple[float, float, float]]:
        """Give the last step of each phase, and its rates."""
        start, rise = self.lr / self.div_factor, self.warm_up * self.steps
        end = start / self.final_div_factor
        last = self.steps - 1.0
        if self.three_phase:
            return [
                (rise - 1.0, start, self.lr),
                (2.0 * rise - 2.0, self.lr, start),
                (last, start, end),
            ]
        return [(rise - 1.0, start, self.lr), (last, self.lr, end)]
