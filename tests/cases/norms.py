"""Sample uses of norms of vectors and matrices."""

from functools import partial

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import norms

ABSTRACT = {norms.Norm}

VECTORS = [
    (3,),
    (2, 3, 4, {"axis": 1}),
    (2, 3, {"axis": -1, "keepdims": True}),
]
MATRICES = [
    (2, 3),
    (3, 2, {"keepdims": True}),
    (2, 3, 4, {"axis": (2, 0)}),
    (4, 3, 2, {"axis": (-3, -1), "keepdims": True}),
]


def uses(cls, orders, samples):
    """Make a case for each order and each sample: a shape, and settings."""
    found = []
    for order in orders:
        for sample in samples:
            shape = [part for part in sample if isinstance(part, int)]
            settings = next((s for s in sample if isinstance(s, dict)), {})
            array = numbers(*shape) * numbers(*shape, seed=3)  # no two sums are equal
            found.append(Case(partial(cls, order, **settings), (array,)))
    return found


CASES = [
    *uses(norms.EuclideanNorm, [None], [*VECTORS, *MATRICES, (2, 3, 2), ()]),
    *uses(norms.EuclideanNorm, [2], VECTORS),
    *uses(norms.EuclideanNorm, ["fro"], MATRICES),
    *uses(norms.PowerNorm, [1, 3, 2.5, 0.5, -1], VECTORS),
    *uses(norms.ExtremeNorm, [np.inf, -np.inf], VECTORS),
    *uses(norms.SumNorm, [1, -1, np.inf, -np.inf], MATRICES),
    *uses(norms.SpectralNorm, [2, -2, "nuc"], MATRICES),
    *uses(norms.CountNorm, [0], VECTORS),
]
