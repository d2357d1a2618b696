"""Sample uses of Cholesky, singular value and QR decompositions."""

from functools import partial

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import decompositions


def definite(*shape, seed=0):
    """Draw symmetric positive definite matrices."""
    root = numbers(*shape, seed=seed)
    return root @ np.swapaxes(root, -1, -2) + np.eye(shape[-1])


TALL, WIDE, SQUARE = numbers(2, 4, 2), numbers(2, 2, 4), numbers(2, 3, 3)

CASES = [
    Case(decompositions.Cholesky, (definite(3, 3),)),
    Case(partial(decompositions.Cholesky, upper=True), (definite(2, 3, 3),)),
    *[Case(partial(decompositions.Svd, False), (a,)) for a in (TALL, WIDE, SQUARE)],
    # one further column, so that it is determined up to its sign
    Case(decompositions.Svd, (numbers(3, 2),)),
    Case(decompositions.Svd, (numbers(2, 2, 3),)),
    Case(decompositions.Svd, (SQUARE,)),
    *[Case(decompositions.Svdvals, (a,)) for a in (TALL, WIDE, SQUARE)],
    Case(partial(decompositions.Svd, hermitian=True), (definite(3, 3),)),
    Case(partial(decompositions.Svdvals, hermitian=True), (SQUARE,)),
    *[Case(decompositions.Qr, (a,)) for a in (TALL, WIDE, SQUARE)],
    *[Case(partial(decompositions.Qr, "complete"), (a,)) for a in (WIDE, SQUARE)],
]
