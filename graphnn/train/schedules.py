"""Learning rates that depend on the number of the update step.

A schedule is a pure function of the step, from 0: ``schedule(step)``, so it can be
plotted. ``gn.Adam(lr=schedule)`` asks it before each update. Any function will do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from graphnn.errors import ArgumentError, MissingHook
from graphnn.ops.arguments import as_flag, as_whole
from graphnn.train.settings import as_not_negative, as_positive, rate_at


class Schedule:
    """A learning rate for each update step.

    A subclass defines :meth:`rate`. Schedules are multiplied by numbers, for layers
    that learn more slowly, and stretched, to count epochs instead of steps.

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.LinearSchedule(0.1, steps=10)
    >>> schedule(0), schedule(5), schedule(1000)
    (0.1, 0.05, 0.0)
    >>> optimizer = gn.SGD(schedule, groups={"dense_1/*": {"lr": 0.1 * schedule}})
    >>> [schedule.per_epoch(batches=45)(step) for step in (0, 44, 45)]
    [0.1, 0.1, 0.09]
    """

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        raise MissingHook(
            f"{type(self).__name__} defines no rate",
            "def rate(self, step): return the learning rate of an update step.",
        )

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step.

        Parameters
        ----------
        step : int
            The number of updates before this one.
        """
        return self.rate(as_whole(step, "step", 0))

    def inner(self) -> Any:
        """Give the schedule that this one is made of, if there is one."""
        return None

    def observe(self, loss: float) -> None:
        """Hear how good the network is; most schedules do not care."""
        inner = self.inner()
        if callable(getattr(inner, "observe", None)):
            inner.observe(loss)

    def state(self) -> dict[str, float]:
        """Give what the schedule itself remembers: mostly nothing."""
        return {}

    def restore(self, state: Mapping[str, float]) -> None:
        """Take up where :meth:`state` was called."""

    def per_epoch(self, batches: int) -> Schedule:
        """Count epochs: the rate changes every so many steps.

        Parameters
        ----------
        batches : int
            How many an epoch has: the number of rows divided by the batch size, rounded
            up.
        """
        return PerEpoch(self, batches)

    def __mul__(self, factor: Any) -> Schedule:
        return Scaled(self, factor)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        settings = [f"{k}={v!r}" for k, v in vars(self).items() if k[0] != "_"]
        return f"{type(self).__name__}({', '.join(settings)})"


class Scaled(Schedule):
    """A schedule times a number."""

    def __init__(self, of: Any, factor: Any) -> None:
        self.of, self.factor = of, as_positive(factor, "the factor of a schedule")

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        return self.factor * rate_at(self.of, step)

    def inner(self) -> Any:
        """Give the schedule that is scaled."""
        return self.of


class PerEpoch(Schedule):
    """A schedule that counts epochs."""

    def __init__(self, of: Any, batches: Any) -> None:
        self.of, self.batches = of, as_whole(batches, "batches")

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        return rate_at(self.of, step // self.batches)

    def inner(self) -> Any:
        """Give the schedule of epochs."""
        return self.of


class StepSchedule(Schedule):
    """Multiply by a factor every so many steps, or at certain ones.

    Parameters
    ----------
    lr : float
        The first learning rate.
    every : int, optional
        After how many steps it is multiplied, again and again.
    factor : float
    at : iterable of int, optional
        In place of `every`: the steps at which it is.

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.StepSchedule(0.8, every=100, factor=0.5)
    >>> [schedule(step) for step in (0, 99, 100, 250)]
    [0.8, 0.8, 0.4, 0.2]
    >>> gn.StepSchedule(0.8, at=[30, 80], factor=0.5)(80)
    0.2
    """

    def __init__(
        self,
        lr: float,
        every: int | None = None,
        factor: float = 0.1,
        *,
        at: Any = None,
    ) -> None:
        self.lr, self.factor = as_positive(lr, "lr"), as_positive(factor, "factor")
        if (every is None) == (at is None):
            raise ArgumentError(
                "StepSchedule takes either every= or at=",
                "every=100: at steps 100, 200, …; at=[30, 80]: at these.",
            )
        self.every = None if every is None else as_whole(every, "every")
        self.at = None if at is None else as_steps(at)

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        if self.at is None:
            times = step // (self.every or 1)
        else:
            times = sum(step >= one for one in self.at)
        return self.lr * self.factor**times


class ExponentialSchedule(Schedule):
    """Multiply by a factor at every step.

    To fall from `lr` to `last` over `n` steps, take ``factor=(last / lr) ** (1 / n)``.

    Parameters
    ----------
    lr : float
        The first learning rate.
    factor : float

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.ExponentialSchedule(0.1, factor=0.5)
    >>> [schedule(step) for step in range(3)]
    [0.1, 0.05, 0.025]
    """

    def __init__(self, lr: float, factor: float) -> None:
        self.lr, self.factor = as_positive(lr, "lr"), as_positive(factor, "factor")

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        return self.lr * self.factor**step


class LinearSchedule(Schedule):
    """Go from one learning rate to another in a straight line, and stay there.

    Parameters
    ----------
    lr : float
        The first learning rate.
    steps : int
        How many steps the way takes.
    final : float
        The last learning rate; it may be larger than the first.

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.LinearSchedule(0.4, steps=4, final=0.2)
    >>> [round(schedule(step), 6) for step in (0, 1, 2, 3, 4, 5)]
    [0.4, 0.35, 0.3, 0.25, 0.2, 0.2]
    """

    def __init__(self, lr: float, steps: int, final: float = 0.0) -> None:
        self.lr, self.steps = as_positive(lr, "lr"), as_whole(steps, "steps")
        self.final = as_not_negative(final, "final")

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        return line(self.lr, self.final, min(step / self.steps, 1.0))


class CosineSchedule(Schedule):
    """Fall along half a cosine, and stay there; or start again.

    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    ICLR 2017, eq. 5.

    Parameters
    ----------
    lr : float
        The first learning rate.
    steps : int
        How many steps the fall takes: the number of epochs times that of batches.
    final : float
        The last learning rate.
    restarts : bool
        Start again from `lr` when the end is reached, instead of staying at `final`.
    growth : int
        How many times longer each fall is than the one before, with `restarts`.

    Examples
    --------
    >>> import graphnn as gn
    >>> schedule = gn.CosineSchedule(0.1, steps=100)
    >>> [round(schedule(step), 6) for step in (0, 25, 50, 100, 125)]
    [0.1, 0.085355, 0.05, 0.0, 0.0]
    >>> again = gn.CosineSchedule(0.1, steps=100, restarts=True, growth=2)
    >>> [round(again(step), 6) for step in (50, 100, 200, 300)]
    [0.05, 0.1, 0.05, 0.1]
    """

    def __init__(
        self,
        lr: float,
        steps: int,
        final: float = 0.0,
        *,
        restarts: bool = False,
        growth: int = 1,
    ) -> None:
        self.lr, self.steps = as_positive(lr, "lr"), as_whole(steps, "steps")
        self.final = as_not_negative(final, "final")
        self.restarts = as_flag(restarts, "restarts")
        self.growth = as_whole(growth, "growth")
        if self.growth > 1 and not self.restarts:
            raise ArgumentError("growth goes with restarts=True")

    def rate(self, step: int) -> float:
        """Give the learning rate of a step."""
        length = self.steps
        if not self.restarts:
            return cosine(self.lr, self.final, min(step / length, 1.0))
        if self.growth == 1:
            return cosine(self.lr, self.final, step % length / length)
        while step >= length:
            step, length = step - length, length * self.growth
        return cosine(self.lr, self.final, step / length)


def line(first: float, last: float, part: float) -> float:
    """Go in a straight line; `part` is from 0 to 1."""
    return first + (last - first) * part


def cosine(first: float, last: float, part: float) -> float:
    """Go along half a cosine; `part` is from 0 to 1."""
    return last + (first - last) * (1.0 + math.cos(math.pi * part)) / 2.0


SHAPES = {"cosine": cosine, "linear": line}


def as_steps(at: Any) -> tuple[int, ...]:
    """Take the numbers of steps, each larger than the one before."""
    if isinstance(at, str) or not hasattr(at, "__iter__"):
        raise ArgumentError(f"at is a list of steps, not {at!r:.60}")
    steps = tuple([as_whole(step, "a step in at") for step in at])
    if not steps or any(b <= a for a, b in pairwise(steps)):
        raise ArgumentError(f"at is a list of steps that grow, not {at!r:.60}")
    return steps
