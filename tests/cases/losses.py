"""Sample uses of the losses."""

import numpy as np
from cases.base import Case, numbers, positive

import graphnn as gn
from graphnn.ops import losses

ABSTRACT = {losses.Loss}
PROBABILITIES = positive(4, 3, seed=7) / 3

CASES = [
    Case(gn.MeanSquaredError, (numbers(4, 3), numbers(4, 3, seed=1))),
    Case(gn.MeanSquaredError, (numbers(5, 1), numbers(5, 1, seed=1))),
    Case(
        lambda: gn.MeanSquaredError(reduction="mean"),
        (numbers(4, 3), numbers(4, 3, seed=1)),
    ),
    Case(
        lambda: gn.MeanSquaredError(reduction="sum"),
        (numbers(2, 3, 2), numbers(2, 3, 2, seed=1)),
    ),
    Case(gn.SoftmaxCrossEntropy, (numbers(4, 3), np.array([2, 0, 1, 2]))),
    Case(gn.SoftmaxCrossEntropy, (numbers(4, 3), np.array([[2], [0], [1], [2]]))),
    Case(gn.SoftmaxCrossEntropy, (numbers(4, 3), PROBABILITIES)),
]
