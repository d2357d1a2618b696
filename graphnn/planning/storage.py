"""Memory for the values of a plan: handed out, given back, handed out again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

ALIGNMENT = 64
"""Bytes: a line of the processor's cache."""

WASTE = 1.3
"""How much larger than needed a piece of memory may be."""


class Storage:
    """Pieces of memory; the one given back last is handed out first, still in cache.

    Attributes
    ----------
    size : int
        Bytes in all.
    without_reuse : int
        What it would be if none were handed out twice.
    """

    def __init__(self) -> None:
        self.size = self.without_reuse = 0
        self.pieces: list[np.ndarray] = []
        self._free: list[int] = []

    def take(self, nbytes: int) -> int:
        """Hand out the number of a piece of at least so many bytes."""
        wanted = whole_lines(nbytes)
        self.without_reuse += wanted
        for place in range(len(self._free) - 1, -1, -1):
            size = self.pieces[self._free[place]].nbytes
            if wanted <= size <= WASTE * wanted:
                return self._free.pop(place)
        raw = np.empty(wanted + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        self.pieces.append(raw[start : start + wanted])
        self.size += wanted
        return len(self.pieces) - 1

    def do_without(self, nbytes: int) -> None:
        """Count what needs no memory of its own: it is written over an operand."""
        self.without_reuse += whole_lines(nbytes)

    def give_back(self, number: int) -> None:
        """Let a piece be handed out again."""
        self._free.append(number)

    def array(self, number: int, like: Any, start: int = 0) -> np.ndarray:
        """Lay an array over a piece: shape, dtype and strides as those of another."""
        return laid_over(self.pieces[number][start:], like)


def whole_lines(nbytes: int) -> int:
    """Round up to lines of the cache."""
    return max(ALIGNMENT, -(-nbytes // ALIGNMENT) * ALIGNMENT)


def extent_of(value: Any) -> int:
    """Count the bytes from the first to the end of the last element."""
    array = np.asarray(value)
    if not array.size:
        return 0
    reach = [
        (count - 1) * abs(stride)
        for count, stride in zip(array.shape, array.strides, strict=True)
    ]
    return int(sum(reach)) + array.itemsize


def laid_over(memory: np.ndarray, like: Any) -> np.ndarray:
    """Lay an array over memory, as another one lies over its own."""
    array = np.asarray(like)
    if array.flags.c_contiguous:
        return memory[: array.nbytes].view(array.dtype).reshape(array.shape)
    extent = extent_of(array)
    # where strides are negative the first element does not come first
    start = -sum(
        [
            (count - 1) * stride
            for count, stride in zip(array.shape, array.strides, strict=True)
            if stride < 0
        ]
    )
    flat = memory[start:extent]
    flat = flat[: len(flat) // array.itemsize * array.itemsize].view(array.dtype)
    return as_strided(flat, array.shape, array.strides)
