"""Sample uses of matrix products and of what a dense layer is made of."""

from cases.base import Case, numbers

import graphnn as gn
from graphnn.ops import linear

MATMUL = [
    ((2, 3), (3, 4)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((3,), (3,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
]

CASES = [
    *[Case(linear.Matmul, (numbers(*a), numbers(*b, seed=1))) for a, b in MATMUL],
    Case(lambda: gn.WeightMultiply(numbers(3, 4, seed=1)), (numbers(2, 3),)),
    Case(lambda: gn.WeightMultiply(numbers(3, 2, seed=1)), (numbers(5, 2, 3),)),
    Case(lambda: gn.BiasAdd(numbers(1, 3, seed=1)), (numbers(2, 3),)),
    Case(lambda: gn.BiasAdd(numbers(3, seed=1)), (numbers(4, 2, 3),)),
]
