"""Sample uses of covariances."""

import numpy as np
from cases.base import Case, numbers, positive

from graphnn.ops.covariance import Cov

FREQUENCIES = np.array([1, 3, 0, 2, 1])
IMPORTANCE = positive(5, seed=3)

F, A = ("fweights",), ("aweights",)

CASES = [
    Case(
        lambda names=names, settings=settings: Cov(True, names, **settings),
        (*quantities, *weights),
    )
    for quantities in [
        (numbers(3, 5),),
        (numbers(5),),
        (numbers(2, 5), numbers(3, 5, seed=1)),
        (numbers(5), numbers(5, seed=1)),
    ]
    for y in [("y",) * (len(quantities) - 1)]
    for names, weights, settings in [
        (y, (), {}),
        (y, (), {"bias": True}),
        (y + F, (FREQUENCIES,), {"ddof": 2}),
        (y + F + A, (FREQUENCIES, IMPORTANCE), {}),
        (y + A, (IMPORTANCE,), {"ddof": 0}),
    ]
] + [
    Case(lambda: Cov(False), (numbers(5, 3),)),
    Case(lambda: Cov(False, ("y",)), (numbers(5, 2), numbers(5, 3, seed=1))),
    Case(lambda: Cov(False, ("y",)), (numbers(5, 1), numbers(5, seed=1))),
    Case(lambda: Cov(False, ("y",)), (numbers(4, 2), numbers(1, 4, seed=1))),
]
