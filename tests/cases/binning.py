"""Sample uses of sums by bin and by segment, and of distinct elements."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import binning

BINS = np.array([3, 0, 3, 1, 0, 3])

CASES = [
    Case(binning.Bincount, (BINS, numbers(6))),
    Case(lambda: binning.Bincount(minlength=7), (BINS, numbers(6))),
    Case(lambda: binning.AddReduceAt([0, 2, 3]), (numbers(5, 2),)),
    Case(lambda: binning.AddReduceAt([1, 4, 2, 2, 0], -1), (numbers(2, 5),)),
    Case(lambda: binning.AddReduceAt([0, 1], 1), (numbers(2, 3, 4),)),
    Case(binning.Unique, (numbers(2, 3),)),
    Case(binning.Unique, (numbers(5),)),
    Case(lambda: binning.Unique(0), (numbers(3, 2),)),
    Case(lambda: binning.Unique(-2), (numbers(2, 3, 2),)),
]
