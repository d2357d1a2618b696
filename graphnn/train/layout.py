"""How parameters of any shape share one flat array."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided


class Segment(NamedTuple):
    """The part of flat arrays that belongs to one parameter.

    Attributes
    ----------
    start, stop : int
        From which number to before which.
    shape : tuple of int
    steps : tuple of int
        How many numbers lie between neighbours along each axis.
    """

    start: int
    stop: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    def of(self, flat: np.ndarray) -> np.ndarray:
        """Look at the part of a flat array in the parameter's shape."""
        part = flat[self.start : self.stop]
        if self.steps == in_order(self.shape):
            return part.reshape(self.shape)
        size = flat.itemsize
        return as_strided(part, self.shape, [step * size for step in self.steps])


def segments_of(arrays: list[np.ndarray]) -> list[Segment]:
    """Lay arrays one after the other, each with its strides if it has no gaps."""
    segments, start = [], 0
    for array in arrays:
        stop = start + array.size
        segments.append(Segment(start, stop, array.shape, steps_of(array)))
        start = stop
    return segments


def steps_of(array: np.ndarray) -> tuple[int, ...]:
    """Give the strides in numbers; those of a copy, where an array has gaps."""
    if not is_dense(array):
        array = np.empty_like(array)  # with the axes in the same order
    if array.flags.c_contiguous:
        return in_order(array.shape)
    return tuple([stride // array.itemsize for stride in array.strides])


def is_dense(array: np.ndarray) -> bool:
    """Tell an array that fills its memory, with axes in any order."""
    expected = array.itemsize
    for stride, count in sorted(zip(array.strides, array.shape, strict=True)):
        if count != 1:
            if stride != expected:
                return array.size == 0
            expected *= count
    return True


def in_order(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give the steps of an array in C order."""
    steps, step = [], 1
    for count in reversed(shape):
        steps.append(step)
        step *= count
    return tuple(reversed(steps))


def share_memory(arrays: list[Any]) -> bool:
    """Tell whether any two arrays may overlap."""
    ends = sorted([np.lib.array_utils.byte_bounds(each) for each in arrays])
    return any(low < high for (_, high), (low, _) in pairwise(ends))
