"""Central differences, and what they can and cannot say.

A derivative is measured as the slope between two points at a distance of the cube root
of the precision [1]_. Where a slope disagrees with the gradient that is to be checked,
or where the slopes to both sides disagree with each other, it is measured at a ladder
of distances: a slope that settles is the derivative, two slopes that stay apart are a
kink.

References
----------
.. [1] W. Press, S. Teukolsky, W. Vetterling, B. Flannery, "Numerical Recipes", 3rd ed.,
   Cambridge 2007, §5.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Index = tuple[int, ...]

RUNGS = 9
"""Distances on the ladder, each an eighth of the one before."""


class Tolerance(NamedTuple):
    """How far a gradient may be from the measured slope.

    Attributes
    ----------
    rtol : float
        Relative to the larger of the two.
    atol : float or None
        Absolute; None for `scaled` times the largest slope of the array.
    scaled : float
    unit : float
        The rounding error of the numbers that the gradient was computed in.
    summed : float
        The size of what the gradient is a sum of: what cancels leaves its rounding
        errors.
    """

    rtol: float
    atol: float | None
    scaled: float
    unit: float
    summed: float = 0.0

    def of(self, analytic: Any, numeric: Any, scale: float) -> float:
        """Give the tolerance for one pair; `scale` is the largest slope."""
        atol = self.scaled * scale if self.atol is None else self.atol
        return self.rtol * float(max(abs(analytic), abs(numeric))) + atol


class Slope(NamedTuple):
    """The slope at one distance.

    Attributes
    ----------
    central : float
    gap : float
        How far the slopes to both sides are apart.
    noise : float
        What rounding may have added.
    reach : float
        The sum of all outputs that moved: what the slope is a difference of.
    """

    central: float
    gap: float
    noise: float
    reach: float


class Measured(NamedTuple):
    """A derivative as it was measured.

    Attributes
    ----------
    value : float or complex
    error : float
        What the value may be off by.
    smooth : bool
        False at a kink, at a jump, and at the edge of where the function is defined.
    reach : float
    """

    value: Any
    error: float
    smooth: bool
    reach: float


class Differences:
    """The slopes of ``sum(weights * f)`` along elements of the arrays that ``f`` reads.

    Parameters
    ----------
    evaluate : callable
        Without arguments; returns a tuple of arrays. Reads the arrays that
        :meth:`measure` moves in place and puts back.
    weights : sequence of ndarray
        One for each of the arrays, of its shape.
    eps : float, optional
        The distance, relative to ``max(1, abs(x))``.
    """

    def __init__(
        self,
        evaluate: Callable[[], tuple[Any, ...]],
        weights: Sequence[Any],
        eps: float | None = None,
    ) -> None:
        self.evaluate = evaluate
        outputs = evaluate()
        dtypes = [np.asarray(output).dtype for output in outputs]
        self.unit = max([float(np.finfo(d).eps) for d in dtypes if d.kind in "fc"])
        self.eps = self.unit ** (1 / 3) if eps is None else eps
        # copies: a result may be a view of what is moved
        self.base = [wide(output).copy() for output in outputs]
        self.finite = [np.isfinite(base) for base in self.base]
        self.weights = [wide(weight) for weight in weights]

    # -- one distance ------------------------------------------------------------------
    def moved(self, array: Any, base: Any, step: Any) -> list[Any]:
        """Evaluate with an array moved."""
        np.copyto(array, base + step)
        return [wide(output).copy() for output in self.evaluate()]

    def slope(self, array: Any, direction: Any, distance: float) -> Slope | None:
        """Measure at one distance; None where the outputs are not finite.

        Parameters
        ----------
        array : ndarray
            0-d or a view: what is moved.
        direction : scalar or ndarray
        distance : float
        """
        base = array.copy()
        # the step that is really taken, so that its rounding does not count
        step = np.where(np.isfinite(base), (base + distance * direction) - base, 0)
        try:
            ahead = self.moved(array, base, step)
            behind = self.moved(array, base, -step)
        finally:
            np.copyto(array, base)
        central = gap = reach = 0.0
        for weight, finite, before, at, after in zip(
            self.weights, self.finite, behind, self.base, ahead, strict=True
        ):
            # most outputs do not depend on one element: look at those that moved
            moved = after != at
            moved |= before != at
            moved &= finite
            w, start, middle, end = (
                weight[moved],
                before[moved],
                at[moved],
                after[moved],
            )
            if not (np.all(np.isfinite(start)) and np.all(np.isfinite(end))):
                return None
            central += float(np.sum(w * (end - start)).real)
            gap += float(np.sum(w * ((end - middle) - (middle - start))).real)
            reach += float(np.sum(np.abs(w) * np.abs(middle)))
        if array.ndim == 0:
            distance = float(np.abs(step / direction))
        noise = 2 * self.unit * reach / distance
        if array.ndim:
            noise += self.unit * largest(base) * abs(central) / distance**2
        return Slope(central / (2 * distance), abs(gap) / distance, noise, reach)

    # -- many distances ----------------------------------------------------------------
    def rungs(self, array: Any, direction: Any) -> Iterator[Slope]:
        """Measure on a ladder of distances, from wide to narrow."""
        size = largest(array)
        first = 64 * self.eps * max(1.0, size)
        narrowest = 64 * self.unit * size
        distance = first
        for rung in range(2 * RUNGS):
            # far below 1 the ladder goes on down to the size of the numbers themselves
            if rung >= RUNGS and (size == 0 or distance < self.eps * size / 64):
                return
            if distance <= narrowest:
                return
            slope = self.slope(array, direction, distance)
            if slope is not None:
                yield slope
            distance /= 8

    # -- the derivative ----------------------------------------------------------------
    def at_once(self, array: Any, direction: Any = 1.0) -> Slope | None:
        """Measure at the usual distance."""
        size = largest(array)
        return self.slope(array, direction, self.eps * max(1.0, size))

    def settled(self, array: Any, direction: Any = 1.0) -> Measured:
        """Measure at many distances, and tell a kink."""
        slopes = list(self.rungs(array, direction))
        if len(slopes) < 2:
            return Measured(np.nan, np.inf, False, 0.0)
        reach = max(slope.reach for slope in slopes)
        error, value, noise = min(
            (abs(wider.central - narrower.central) + narrower.noise, *narrower[::2])
            for wider, narrower in pairwise(slopes)
        )
        # at a jump the slope goes on growing
        has_settled = error <= 0.01 * abs(value) + 10 * noise
        return Measured(value, error, has_settled and not is_kink(slopes), reach)


def is_kink(slopes: Sequence[Slope]) -> bool:
    """Tell whether the slopes to both sides stay apart as the distance goes to 0.

    Where the function is smooth, the gap shrinks with the distance.
    """
    widest = max(slope.gap for slope in slopes)
    sure = [slope for slope in slopes if slope.noise < 0.02 * widest]
    if not sure or widest == 0:
        return False
    return sure[-1].gap > 0.3 * widest


def wide(array: Any) -> Any:
    """Give an array in a precision that loses nothing when it is subtracted."""
    array = np.asarray(array)
    return array.astype(np.result_type(array.dtype, np.float64), copy=False)


def largest(array: Any) -> float:
    """Give the largest finite magnitude of an array."""
    magnitudes = np.abs(array)
    return float(np.max(magnitudes, initial=0.0, where=np.isfinite(magnitudes)))
