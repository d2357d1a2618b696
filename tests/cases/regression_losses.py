"""Sample uses of the losses of numbers."""

import numpy as np
from cases.base import Case, numbers, positive

from graphnn.ops import regression_losses as losses

PAIR = numbers(4, 3), numbers(4, 3, seed=1)
ONE_COLUMN = numbers(5, 1), numbers(5, 1, seed=1)
COUNTS = np.array([[0, 2, 1], [3, 0, 1]])

CASES = [
    Case(losses.MeanAbsoluteError, PAIR),
    Case(lambda: losses.MeanAbsoluteError(reduction="rows"), PAIR),
    Case(losses.Huber, PAIR),
    Case(lambda: losses.Huber(0.45, reduction="rows"), PAIR),
    Case(lambda: losses.Huber(2.0, reduction="sum"), ONE_COLUMN),
    Case(losses.LogCosh, PAIR),
    Case(lambda: losses.LogCosh(reduction="sum"), ONE_COLUMN),
    Case(losses.QuantileLoss, PAIR),
    Case(lambda: losses.QuantileLoss(0.9, reduction="rows"), PAIR),
    Case(losses.PoissonLoss, (numbers(4, 3), positive(4, 3, seed=1))),
    Case(losses.PoissonLoss, (numbers(2, 3), COUNTS)),
    Case(
        lambda: losses.PoissonLoss(log_prediction=False, reduction="rows"),
        (positive(2, 3), positive(2, 3, seed=1)),
        free=False,
    ),
]
