"""W8: a graph of very many tiny operations, in the style of scalar networks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from side_by_side.arrays import Floats

LEAVES, WINDOW, SIZE = 100, 1000, 4
NODES, SHORT_NODES = 100_000, 10_000
ADD, MULTIPLY = 0, 1


class Recipe(NamedTuple):
    """The graph as data: pairs of an addition or product and the tanh of it.

    The loss is the sum of the last tanh.
    """

    leaves: list[Floats]
    pairs: list[tuple[int, int, int]]
    """(ADD or MULTIPLY, left, right): positions in leaves, then in the tanh nodes."""


def random_graph(short: bool = False) -> Recipe:
    """Draw the graph; a pair reads leaves, or tanh nodes among the last thousand."""
    count = (SHORT_NODES if short else NODES) // 2
    rng = np.random.default_rng(8)
    kinds = rng.integers(0, 2, count).tolist()
    draws = rng.random((count, 2)).tolist()
    pairs = []
    for index, (kind, (left, right)) in enumerate(zip(kinds, draws, strict=True)):
        known = LEAVES + index
        first = max(0, known - WINDOW)
        width = known - first
        pairs.append((kind, first + int(left * width), first + int(right * width)))
    leaves = [rng.standard_normal(SIZE).astype(np.float32) for _ in range(LEAVES)]
    return Recipe(leaves, pairs)
