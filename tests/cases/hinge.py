"""Sample uses of the losses with a margin."""

import numpy as np
from cases.base import MASK, Case, numbers

from graphnn.ops.hinge import Hinge, MultiClassHinge

SIGNS = np.where(MASK, 1.0, -1.0)
LABELS = np.array([2, 0, 1, 2])

CASES = [
    Case(Hinge, (numbers(2, 3), SIGNS), free=False),
    Case(lambda: Hinge(squared=True), (numbers(2, 3), SIGNS), free=False),
    Case(
        lambda: Hinge(margin=0.65, reduction="rows"),
        (numbers(2, 3), SIGNS.astype(int)),
    ),
    Case(MultiClassHinge, (numbers(4, 3), LABELS)),
    Case(lambda: MultiClassHinge(margin=0.7, squared=True), (numbers(4, 3), LABELS)),
    Case(
        lambda: MultiClassHinge(reduction="rows"),
        (numbers(2, 2, 3), np.array([[0, 1], [2, 2]])),
    ),
]
