"""Sample uses of products of stacks of vectors and matrices."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import vector_products

ABSTRACT = {vector_products.Stacked}

VECDOT = [((3,), (3,)), ((2, 3), (4, 1, 3)), ((4, 1, 3), (3,))]
MATVEC = [((2, 3), (4, 3)), ((5, 2, 3), (3,)), ((4, 1, 2, 3), (5, 3))]
CROSS = [((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3))]

CASES = [
    *[
        Case(vector_products.Vecdot, (numbers(*a), numbers(*b, seed=1)))
        for a, b in VECDOT
    ],
    *[
        Case(vector_products.Cross, (numbers(*a), numbers(*b, seed=1)))
        for a, b in CROSS
    ],
]
if hasattr(np, "matvec"):  # since NumPy 2.2
    CASES += [
        *[
            Case(vector_products.Matvec, (numbers(*a), numbers(*b, seed=1)))
            for a, b in MATVEC
        ],
        Case(vector_products.Vecmat, (numbers(2), numbers(4, 2, 3, seed=1))),
        Case(vector_products.Vecmat, (numbers(4, 2), numbers(2, 3, seed=1))),
    ]
else:
    ABSTRACT |= {vector_products.Matvec, vector_products.Vecmat}
