"""Arrays for what is checked without any: both signs, several rows, no square."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import ArgumentError, GraphnnError, MissingHook, UnsupportedError
from graphnn.testing.twins import Use

Shape = tuple[int, ...]
ROWS = 3


class Range(NamedTuple):
    """What numbers are drawn from."""

    low: float
    high: float
    signs: bool
    words: str


RANGES = (
    Range(0.2, 1.8, True, "of both signs"),
    Range(0.05, 0.95, False, "between 0 and 1"),
    Range(1.1, 2.9, False, "above 1"),
)
"""Tried in turn, until all outputs are finite: ``log`` takes no negative ones."""


def numbers(
    rng: np.random.Generator, shape: Shape, range_: Range = RANGES[0]
) -> np.ndarray:
    """Draw numbers that are all different, and none near 0: no kink is near."""
    size = int(np.prod(shape))
    steps = (rng.permutation(size) + rng.uniform(0.3, 0.7, size)) / max(size, 1)
    values = range_.low + (range_.high - range_.low) * steps
    if range_.signs:
        values *= rng.choice([-1.0, 1.0], size)
        # both signs in any case, also in an array of two elements
        values[: size // 2] *= -np.sign(values[:1].sum() * values[-1:].sum() or 1.0)
    return values.reshape(shape)


def batch(rng: np.random.Generator, *, integers: bool) -> np.ndarray:
    """Draw a batch for a layer."""
    if integers:
        return rng.integers(0, 2, (ROWS, 4))
    return numbers(rng, (ROWS, 4))


def probabilities(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw targets for a prediction: positive, and rows that add up to 1."""
    drawn = numbers(rng, shape, RANGES[1])
    return drawn / drawn.sum(axis=-1, keepdims=True) if shape else drawn


Rows = Callable[[int], Shape]
"""The number of rows to the shape of an input."""


def shapes(counts: Sequence[int], param: Shape | None) -> Iterator[list[Rows]]:
    """List the shapes to try, for each number of inputs."""
    first, *others = rows_for(param)
    for count in counts:
        yield [first] * count
        if count == 2:
            yield [first, lambda n: (4, 5)]  # a product of matrices
        for rows in others:
            yield [rows] * count


def rows_for(param: Shape | None) -> list[Rows]:
    """List the shapes that an input may have, beside a parameter."""
    if not param:
        return [lambda n: (n, 4), lambda n: (n,), lambda n: (n, 2, 5, 6)]
    inner: Rows = lambda n: (n, param[0])  # noqa: E731 -- multiplied by weights
    outer: Rows = lambda n: (n, param[-1])  # noqa: E731 -- a bias added
    several: list[Rows] = [inner, outer]
    if param[0] == 1:
        several.reverse()
    return [*several, lambda n: param, lambda n: (n, *param)]


class Fitting:
    """Looks for arrays that something can be called on.

    Parameters
    ----------
    build : callable
        Calls it on nodes that hold arrays.
    name : str
        For messages.
    """

    def __init__(
        self,
        build: Callable[[Sequence[Any]], Use],
        name: str,
        rng: np.random.Generator,
    ) -> None:
        self.build, self.name, self.rng = build, name, rng
        self.error: Exception | None = None
        self.shapes: list[Shape] = []
        """Of the first that did not fit."""

    def uses(self, candidates: Iterator[list[Rows]], remarks: list[str]) -> list[Use]:
        """Use it with several rows, with one, and with a transposed input."""
        rows, range_, use = self.first_fit(candidates)
        if not all(is_finite(target.output) for target in use.targets):
            remarks.append(
                f"{self.name}: outputs are not finite for any of the inputs that were "
                "drawn. Give arrays."
            )
        elif range_ is not RANGES[0]:
            remarks.append(
                f"{self.name}: with inputs of both signs, outputs are not finite; "
                f"those drawn are {range_.words}."
            )
        uses = [use]
        for words, count, transposed in (
            ("one row", 1, False),
            ("a transposed input", ROWS - 1, True),
        ):
            found = self.attempt([r(count) for r in rows], range_, transposed)
            if isinstance(found, Use):
                uses.append(found)
            else:
                line = str(found).partition("\n")[0]
                remarks.append(f"{self.name} does not take {words}: {line}")
        return uses

    def first_fit(
        self, candidates: Iterator[list[Rows]]
    ) -> tuple[list[Rows], Range, Use]:
        """Try shapes and ranges until the outputs are finite."""
        unfit = None
        for rows in candidates:
            for range_ in RANGES:
                found = self.attempt([r(ROWS) for r in rows], range_, False)
                if isinstance(found, Use):
                    if all(is_finite(target.output) for target in found.targets):
                        return rows, range_, found
                    unfit = unfit or (rows, range_, found)
        if unfit:
            return unfit
        reason = str(self.error).partition("\n")[0]
        raise ArgumentError(
            f"{self.name}: no arrays were given, and none that was drawn fits: with "
            f"{' and '.join(map(str, self.shapes))}, {type(self.error).__name__}: "
            f"{reason}",
            f"Give arrays: gn.check_gradients({self.name}(...), x).",
        ) from self.error

    def attempt(
        self, shapes: Sequence[Shape], range_: Range, transposed: bool
    ) -> Use | Exception:
        """Call it once; give the exception of arrays that do not fit."""
        arrays = [numbers(self.rng, shape, range_) for shape in shapes]
        if transposed:
            arrays = [array.T.copy().T for array in arrays]
        try:
            return self.build(arrays)
        except (MissingHook, UnsupportedError):
            raise
        except (
            GraphnnError,
            ValueError,
            IndexError,
            TypeError,
            AssertionError,
        ) as error:
            if self.error is None:
                self.error, self.shapes = error, list(shapes)
            return error


def is_finite(value: Any) -> bool:
    """Tell whether all outputs are finite."""
    if type(value) is tuple:
        return all(map(is_finite, value))
    return bool(np.all(np.isfinite(value)))
