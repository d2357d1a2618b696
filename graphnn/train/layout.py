"""How parameters of any shape share one flat array."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

PIECE = 1 << 17
"""Bytes of each array that are worked on at a time: several fit into a core's cache."""


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
        return self.shaped(flat[self.start : self.stop])

    def shaped(self, part: np.ndarray) -> np.ndarray:
        """Look at numbers that lie in a row in the parameter's shape."""
        if self.steps == in_order(self.shape):
            return part.reshape(self.shape)
        size = part.itemsize
        return as_strided(part, self.shape, [step * size for step in self.steps])

    def in_a_row(self, array: np.ndarray) -> np.ndarray | None:
        """Look at a parameter's numbers in a row, where they lie in this order."""
        if not array.size or not is_dense(array) or steps_of(array) != self.steps:
            return None
        return as_strided(array, (array.size,), (array.itemsize,))


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


# -- working on a piece at a time ------------------------------------------------------
class Share(NamedTuple):
    """What a piece of the flat arrays has of one parameter.

    Attributes
    ----------
    array : ndarray
        The parameter's own array, or a look at a part of it in a row.
    start, stop : int
        Where its numbers lie in the flat arrays.
    segment : Segment or None
        The shape and strides to look at them in; None for those in a row.
    """

    array: np.ndarray
    start: int
    stop: int
    segment: Segment | None


class Piece(NamedTuple):
    """A piece of the flat arrays, small enough for the cache."""

    start: int
    stop: int
    shares: list[Share]


def pieces_of(
    parameters: list[np.ndarray], segments: list[Segment], itemsize: int
) -> list[Piece]:
    """Cut flat arrays into pieces of about equal size.

    Parameters are cut as well, but for those whose numbers lie in another order.
    """
    size = segments[-1].stop
    count = max(1, round(size * itemsize / PIECE))
    rows = [
        segment.in_a_row(array)
        for segment, array in zip(segments, parameters, strict=True)
    ]
    cuts = [0]
    for number in range(1, count):
        cut = size * number // count
        for segment, row in zip(segments, rows, strict=True):
            if row is None and segment.start < cut < segment.stop:
                cut = segment.stop
        if cuts[-1] < cut < size:
            cuts.append(cut)
    pieces = []
    for start, stop in pairwise([*cuts, size]):
        shares = []
        for segment, array, row in zip(segments, parameters, rows, strict=True):
            if start <= segment.start and segment.stop <= stop:
                shares.append(Share(array, segment.start, segment.stop, segment))
            elif row is not None:
                low, high = max(start, segment.start), min(stop, segment.stop)
                if low < high:
                    part = row[low - segment.start : high - segment.start]
                    shares.append(Share(part, low, high, None))
        shares = [share for share in shares if share.start < share.stop]
        pieces.append(Piece(start, stop, side_by_side(shares)))
    return pieces


def side_by_side(shares: list[Share]) -> list[Share]:
    """Make one share of those whose numbers lie one after the other in memory."""
    joined: list[Share] = []
    for share in shares:
        whole = join(joined[-1], share) if joined else None
        if whole is None:
            joined.append(share)
        else:
            joined[-1] = whole
    return joined


def join(one: Share, other: Share) -> Share | None:
    """Join two shares, where the second begins as the first ends, in one memory."""
    first, second = in_a_row(one), in_a_row(other)
    if first is None or second is None or owner_of(first) is not owner_of(second):
        return None
    if first.ctypes.data + first.nbytes != second.ctypes.data:
        return None
    size = first.size + second.size
    row = as_strided(first, (size,), (first.itemsize,))
    return Share(row, one.start, other.stop, None)


def in_a_row(share: Share) -> np.ndarray | None:
    """Look at the numbers of a share in a row, as they lie in the flat arrays."""
    if share.segment is None:
        return share.array
    return share.segment.in_a_row(share.array)


def owner_of(array: Any) -> Any:
    """Find what has the memory."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array
