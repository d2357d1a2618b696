"""Sample uses of casting."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import casting

EIGHTHS = np.arange(-4.0, 2.0).reshape(2, 3) / 8

CASES = [
    Case(lambda: casting.AsType(np.float64), (numbers(2, 3),)),
    Case(lambda: casting.AsType(np.float32), (EIGHTHS,), 2.0**-8),
    Case(lambda: casting.AsType(np.int64), (numbers(2, 3),)),
]
