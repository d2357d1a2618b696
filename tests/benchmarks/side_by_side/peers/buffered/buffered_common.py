"""What several workloads in NumPy over buffers need."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np

from side_by_side.arrays import Floats, Integers, Step

# A global name is looked up faster than an attribute of a module.
add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
matmul, maximum, greater = np.matmul, np.maximum, np.greater
tanh, exp, sqrt, copyto = np.tanh, np.exp, np.sqrt, np.copyto
# NumPy's stubs know no positional `out` of a reduction; it is the fastest way.
sum_of: Callable[..., Any] = np.add.reduce
maximum_of: Callable[..., Any] = np.maximum.reduce


def bound_cross_entropy(logits: Floats, classes: Integers, grad: Floats) -> Step:
    """Make what computes the mean cross-entropy of the logits, and its gradient."""
    rows, count = logits.shape
    row_numbers, total, picked = buffer(rows, 1), buffer(rows, 1), buffer(rows)
    # A flat index is taken much faster than a pair of index arrays.
    targets, flat = np.arange(rows) * count + classes, grad.reshape(-1)
    share = np.float32(1 / rows)

    def compute() -> float:
        maximum_of(logits, 1, None, row_numbers, True)
        subtract(logits, row_numbers, grad)
        flat.take(targets, None, picked, "clip")
        exp(grad, grad)
        sum_of(grad, 1, None, total, True)
        loss = (np.log(total).sum() - picked.sum()) * share
        multiply(total, np.float32(rows), total)
        divide(grad, total, grad)
        flat[targets] -= share
        return float(loss)

    return compute


def buffer(*shape: int) -> Floats:
    """Make an array to write into."""
    return np.empty(shape, np.float32)


def parts(flat: Floats, like: list[Floats]) -> list[Floats]:
    """Cut a flat array into views of the shapes of others."""
    ends = accumulate(array.size for array in like)
    pieces = np.split(flat, list(ends)[:-1])
    return [
        piece.reshape(array.shape) for piece, array in zip(pieces, like, strict=True)
    ]
