"""W7: many small operations, each of which waits for the one before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from side_by_side.arrays import Floats

LENGTH, SIZE = 1000, 64


class Chain(NamedTuple):
    """``h * factor``, ``h + shift``, ``tanh(h)``, and again; the loss is the sum."""

    start: Floats
    factor: Floats
    shift: Floats
    learning_rate: float
    length: int = LENGTH
    """How many operations there are."""


def chain(short: bool = False) -> Chain:
    """Draw the two parameters and what the chain starts with, each of shape (64,)."""
    rng = np.random.default_rng(7)
    factor = rng.uniform(0.9, 1.1, SIZE).astype(np.float32)
    shift = rng.uniform(-0.1, 0.1, SIZE).astype(np.float32)
    start = rng.standard_normal(SIZE).astype(np.float32)
    return Chain(start, factor, shift, learning_rate=1e-4)
