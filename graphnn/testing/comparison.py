"""A gradient against measured slopes: which elements are wrong, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graphnn.testing.differences import Differences, Index, Measured, Tolerance, largest


@dataclass(frozen=True)
class Pair:
    """One element: what the hook says, and what was measured.

    Attributes
    ----------
    index : tuple of int
    analytic, numeric : float or complex
    allowed : float
        How far they may be apart.
    """

    index: Index
    analytic: Any
    numeric: Any
    allowed: float

    @property
    def distance(self) -> float:
        """How far they are apart."""
        distance = float(abs(self.analytic - self.numeric))
        return distance if np.isfinite(distance) else np.inf

    @property
    def relative(self) -> float:
        """How far they are apart, relative to the larger of the two."""
        size = float(max(abs(self.analytic), abs(self.numeric)))
        distance = self.distance
        return distance / size if distance and np.isfinite(distance) else distance

    @property
    def excess(self) -> float:
        """The distance in units of the allowed one; above 1 is wrong."""
        distance = self.distance
        if distance == 0 or distance == np.inf:  # what is allowed may be NaN, too
            return distance
        return distance / self.allowed if self.allowed else np.inf


@dataclass(frozen=True)
class Comparison:
    """What comparing one gradient has found.

    Attributes
    ----------
    pairs : tuple of Pair
        The elements that were compared.
    kinks : int
        The number of elements that cannot be: the slopes to both sides differ.
    direction : Pair or None
        All elements at once, along a random direction, where only some were compared
        one by one. The index is that of a wrong element, if it was found.
    not_finite : int
        The number of elements that have no slope, since they, or what is computed from
        them, are not finite.
    """

    pairs: tuple[Pair, ...]
    kinks: int
    direction: Pair | None = None
    not_finite: int = 0

    @property
    def worst(self) -> Pair | None:
        """The pair that is furthest beyond what is allowed."""
        candidates = [*self.pairs, *([self.direction] if self.direction else [])]
        return max(candidates, key=lambda pair: pair.excess, default=None)

    @property
    def wrong(self) -> int:
        """The number of compared elements that are wrong."""
        return sum(pair.excess > 1 for pair in self.pairs)

    def factor(self) -> float | None:
        """Give k, where analytic is k times numeric at every element, and k is not 1.

        The numbers must be good enough to tell.
        """
        sure = [p for p in self.pairs if abs(p.numeric) > 1e3 * p.allowed]
        ratios = np.array([p.analytic / p.numeric for p in sure])
        if len(ratios) < 2 or not np.all(np.isfinite(ratios)):
            return None
        middle = complex(np.mean(ratios))
        if np.max(np.abs(ratios - middle)) > 1e-4 * max(1.0, abs(middle)):
            return None
        return middle.real if middle.imag == 0 and abs(middle - 1) > 1e-4 else None


class Comparer:
    """Compares gradients with slopes.

    Parameters
    ----------
    samples : int
        Arrays of more elements are sampled: so many one by one, and all of them along
        one random direction.
    seed : int
    tolerance : Tolerance
    """

    def __init__(self, samples: int, seed: int, tolerance: Tolerance) -> None:
        self.samples, self.tolerance = samples, tolerance
        self.rng = np.random.default_rng([seed, 2])

    def compare(
        self,
        differences: Differences,
        array: np.ndarray,
        gradient: np.ndarray,
        *,
        finite: bool = True,
    ) -> Comparison:
        """Compare the gradient by an array with the slopes along its elements.

        Parameters
        ----------
        differences : Differences
            Of a function that reads `array`.
        array : ndarray
            Moved, and put back.
        gradient : ndarray
            Of its shape.
        finite : bool
            Whether all is finite that the gradient was computed from; False excuses
            elements of it that are not.
        """
        one = OneGradient(differences, array, gradient, self.tolerance, finite)
        known = flat = np.flatnonzero(one.known)
        if known.size > self.samples:
            flat = np.sort(self.rng.choice(known, self.samples, replace=False))
        pairs = one.elements([unravel(i, array.shape) for i in flat])
        found = tuple([pair for pair in pairs.values() if pair is not None])
        kinks = len(pairs) - len(found)
        direction = None
        if known.size > flat.size and not any(p.excess > 1 for p in found):
            drawn = self.direction(array, pairs)
            drawn[~one.known] = 0
            direction = one.whole(drawn)
        return Comparison(found, kinks, direction, array.size - known.size)

    def direction(self, array: Any, pairs: dict[Index, Pair | None]) -> Any:
        """Draw a direction that leaves out the elements that stand at a kink."""
        drawn = self.rng.uniform(0.5, 1.5, array.shape)
        drawn *= self.rng.choice([-1.0, 1.0], array.shape)
        if array.dtype.kind == "c":
            drawn = drawn + 1j * self.rng.uniform(0.5, 1.5, array.shape)
        for index, pair in pairs.items():
            if pair is None:
                drawn[index] = 0
        return drawn


class OneGradient:
    """The comparison of one gradient."""

    def __init__(
        self,
        differences: Differences,
        array: np.ndarray,
        gradient: np.ndarray,
        tolerance: Tolerance,
        finite: bool,
    ) -> None:
        self.differences, self.array, self.gradient = differences, array, gradient
        self.tolerance = tolerance
        self.scale = 0.0
        """The largest slope that was met."""
        self.known = np.isfinite(array)
        """Where there is something to compare."""
        if not finite or not all(map(np.all, differences.finite)):
            # an output that is not finite has no slope, and may have any gradient
            self.known &= np.isfinite(gradient)

    # -- element by element ------------------------------------------------------------
    def elements(self, indices: list[Index]) -> dict[Index, Pair | None]:
        """Compare elements one by one; None for those at a kink."""
        pairs: dict[Index, Pair | None] = dict.fromkeys(indices)
        slopes = {index: self.quick(index) for index in indices}
        known = [s.value for s in slopes.values() if s is not None]
        self.scale = max(map(abs, known), default=0.0)
        for index, slope in slopes.items():
            pair = None if slope is None else self.pair(index, slope)
            if slope is None or pair is None or pair.excess > 1 or not slope.smooth:
                slope = self.careful(index)
                pair = self.pair(index, slope) if slope.smooth else None
            pairs[index] = pair
        return pairs

    def quick(self, index: Index) -> Measured | None:
        """Measure an element's slope at the usual distance."""
        element = element_of(self.array, index)
        value: Any = 0.0
        gap = noise = reach = 0.0
        for direction, factor in self.directions():
            slope = self.differences.at_once(element, direction)
            if slope is None:
                return None
            value = value + factor * slope.central
            noise, reach = noise + slope.noise, max(reach, slope.reach)
            gap = max(gap, slope.gap)
        # a gap is usual where the slope changes; a ladder of distances tells
        smooth = gap <= 1e-3 * abs(value) + 10 * noise
        return Measured(value, noise, smooth, reach)

    def careful(self, index: Index) -> Measured:
        """Measure an element's slope at many distances."""
        element = element_of(self.array, index)
        value: Any = 0.0
        error = reach = 0.0
        smooth = True
        for direction, factor in self.directions():
            found = self.differences.settled(element, direction)
            value, error = value + factor * found.value, error + found.error
            smooth, reach = smooth and found.smooth, max(reach, found.reach)
        return Measured(value, 3 * error, smooth, reach)

    def directions(self) -> list[tuple[Any, Any]]:
        """List the directions to move an element in, and their share of the gradient.

        The gradient g of a complex number is the one of ``dL = Re(g dz)``.
        """
        return [(1.0, 1.0), (1j, -1j)] if self.array.dtype.kind == "c" else [(1.0, 1.0)]

    def pair(self, index: Index, slope: Measured) -> Pair:
        """Put what the hook says beside what was measured."""
        analytic = self.gradient[index].item()
        tolerance = self.tolerance
        scale = max(self.scale, abs(slope.value))
        allowed = tolerance.of(analytic, slope.value, scale)
        # sums that cancel leave the rounding errors of what was summed
        size = max(1.0, largest(self.array[index]))
        allowed += slope.error + 64 * tolerance.unit * slope.reach / size
        if abs(slope.value) <= slope.error:  # no slope to be seen
            summed = max(tolerance.summed, float(slope.reach == 0))
            allowed += 64 * tolerance.unit * summed
        return Pair(index, analytic, slope.value, allowed)

    # -- all elements at once ----------------------------------------------------------
    def whole(self, direction: Any) -> Pair | None:
        """Compare along a direction; where that is wrong, look for the element."""
        pair = self.along(direction)
        if pair is None or pair.excess <= 1:
            return pair
        index = self.search(direction)
        found = self.elements([index])[index]
        # several small errors may add up, and none of them be wrong by itself
        return found if found is not None and found.excess > 1 else pair

    def along(self, direction: Any) -> Pair | None:
        """Compare along a direction; None at a kink."""
        slope = self.differences.at_once(self.array, direction)
        if slope is not None:
            pair = self.pair_along(direction, slope.central, slope.noise, slope.reach)
            if pair.excess <= 1:
                return pair
        found = self.differences.settled(self.array, direction)
        if not found.smooth:
            return None
        return self.pair_along(direction, found.value, 3 * found.error, found.reach)

    def pair_along(
        self, direction: Any, numeric: float, error: float, reach: float
    ) -> Pair:
        """Put the sum over all elements beside the slope that was measured."""
        moved = direction != 0
        parts = np.real(self.gradient[moved] * direction[moved])
        analytic = float(np.sum(parts))
        allowed = self.tolerance.of(analytic, numeric, self.scale)
        allowed += error + 64 * self.tolerance.unit * (
            reach / max(1.0, largest(self.array)) + float(np.sum(np.abs(parts)))
        )
        return Pair((), analytic, numeric, allowed)

    def search(self, direction: Any) -> Index:
        """Halve the direction, again and again, to where it is most wrong."""
        left = np.flatnonzero(direction)
        while len(left) > 1:
            middle = len(left) // 2
            halves = [left[:middle], left[middle:]]
            excesses = [self.excess_of(direction, half) for half in halves]
            left = halves[int(np.argmax(excesses))]
        return unravel(left[0], self.array.shape)

    def excess_of(self, direction: Any, chosen: Any) -> float:
        """Compare along a part of a direction."""
        part = np.zeros_like(direction)
        part.flat[chosen] = direction.flat[chosen]
        pair = self.along(part)
        return 0.0 if pair is None else pair.excess


def element_of(array: Any, index: Index) -> Any:
    """Give an element as a 0-d view, to be moved."""
    return array[(*index, ...)]


def unravel(flat: Any, shape: Index) -> Index:
    """Give the index of an element by its number in C order."""
    return tuple([int(i) for i in np.unravel_index(int(flat), shape)])
