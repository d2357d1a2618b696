"""Sample uses of eigenvalues and eigenvectors."""

from functools import partial

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import eigenvalues


def apart(*shape, seed=0):
    """Draw matrices with real eigenvalues far from each other."""
    return numbers(*shape, seed=seed) / 5 + np.diag(2.0 * np.arange(shape[-1]))


ONE, STACK = apart(3, 3), apart(2, 3, 3, seed=1)
# reordered: the largest comes first, LAPACK's order is another
ORDERED = np.linalg.eigvals(ONE)[::-1].copy()

CASES = [
    *[
        Case(partial(cls, triangle), (matrices,))
        for cls in (eigenvalues.Eigh, eigenvalues.Eigvalsh)
        for triangle in "LUlu"
        for matrices in (ONE, STACK)
    ],
    *[
        Case(cls, (matrices,))
        for cls in (eigenvalues.Eig, eigenvalues.Eigvals)
        for matrices in (ONE, STACK)
    ],
    Case(eigenvalues.EigInOrder, (ONE, ORDERED)),
]
