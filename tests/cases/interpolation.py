"""Sample uses of interpolation."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import interpolation

XP = np.array([-1.3, -0.6, 0.1, 0.9])
FP = numbers(4, seed=3)

CASES = [
    Case(interpolation.Interp, (numbers(2, 3), XP, FP)),
    Case(interpolation.Interp, (numbers(), XP, FP)),
    Case(lambda: interpolation.Interp(left=True), (numbers(5), XP, FP, np.array(-0.4))),
    Case(
        lambda: interpolation.Interp(left=True, right=True),
        (numbers(2, 3), XP, FP, np.array(0.5), np.array(-0.5)),
    ),
]
