"""Sample uses of the functions that take elements out by their place."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import taking

PLACES = np.array([[2, 0], [-1, 2]])
FAR = np.array([[4, -7], [1, -1]])

CASES = [
    Case(taking.Take, (numbers(2, 3), PLACES)),
    Case(lambda: taking.Take(1), (numbers(2, 3), PLACES)),
    Case(lambda: taking.Take(-1), (numbers(2, 3, 4), np.array(1))),
    Case(lambda: taking.Take(0, "wrap"), (numbers(3, 2), FAR)),
    Case(lambda: taking.Take(-2, "clip"), (numbers(3, 2), FAR)),
    Case(lambda: taking.Take(None, "wrap"), (numbers(3, 2), FAR)),
    Case(lambda: taking.Take(None, "clip"), (numbers(3, 2), np.array([True, False]))),
    Case(taking.TakeAlongAxis, (numbers(2, 3), PLACES)),
    Case(lambda: taking.TakeAlongAxis(0), (numbers(3, 2, 1), np.array([[[1, 1, 0]]]))),
    Case(lambda: taking.TakeAlongAxis(None), (numbers(2, 3), np.array([5, 0, 5]))),
    Case(taking.Choose, (np.array([1, 0, 1]), numbers(2, 3), numbers(3, seed=1))),
    Case(
        lambda: taking.Choose("wrap"),
        (np.array([[4], [-1]]), numbers(3), numbers(seed=1), numbers(2, 3, seed=2)),
    ),
    Case(
        lambda: taking.Choose("clip"),
        (np.array([4, -1, 0]), numbers(2, 3), numbers(2, 3, seed=1)),
    ),
]
