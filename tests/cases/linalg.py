"""Sample uses of inverses, determinants, and linear equations."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import linalg


def regular(*shape, seed=0):
    """Draw square matrices far from singular ones."""
    return numbers(*shape, seed=seed) + 3 * np.eye(shape[-1])


SQUARE = [regular(3, 3), regular(2, 3, 3, seed=1)]
SOLVE = [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((3, 3), (4, 3, 2))]

CASES = [
    *[Case(linalg.Inv, (a,)) for a in SQUARE],
    *[Case(linalg.Det, (a,)) for a in [*SQUARE, regular(1, 1)]],
    # of degree 2: central differences are exact for any step
    *[Case(linalg.Cofactors, (a,), 1e-4) for a in SQUARE],
    *[Case(linalg.Slogdet, (a,)) for a in SQUARE],
    *[Case(linalg.Solve, (regular(*a), numbers(*b, seed=1))) for a, b in SOLVE],
]
