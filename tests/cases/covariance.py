"""Sample uses of covariances."""

import numpy as np
from cases.base import Case, numbers, positive

from graphnn.ops.covariance import Cov

FREQUENCIES = np.array([1, 3, 0, 2, 1])
IMPORTANCE = positive(5, seed=3)

CASES = [
    Case(lambda settings=settings: Cov(**settings), inputs)
    for inputs in [
        (numbers(3, 5),),
        (numbers(5),),
        (numbers(2, 5), numbers(3, 5, seed=1)),
        (numbers(5), numbers(5, seed=1)),
    ]
    for settings in [
        {},
        {"bias": True},
        {"fweights": FREQUENCIES, "ddof": 2},
        {"aweights": IMPORTANCE, "fweights": FREQUENCIES},
        {"aweights": IMPORTANCE, "ddof": 0},
    ]
] + [
    Case(lambda: Cov(False), (numbers(5, 3),)),
    Case(lambda: Cov(False), (numbers(5, 2), numbers(5, 3, seed=1))),
    Case(lambda: Cov(False), (numbers(5, 1), numbers(5, seed=1))),
    Case(lambda: Cov(False), (numbers(4, 2), numbers(1, 4, seed=1))),
]
