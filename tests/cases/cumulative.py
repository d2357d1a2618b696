"""Sample uses of running sums, products and extremes."""

import numpy as np
from cases.base import Case, numbers
from cases.reductions import with_nan, zeros

from graphnn.ops import cumulative

ABSTRACT = {cumulative.Cumulative, cumulative.CumExtreme}


def running(cls, *axes):
    return [
        Case(lambda axis=axis: cls(axis), (numbers(2, 3, 4, seed=seed),))
        for seed, axis in enumerate(axes)
    ]


def with_initial():
    if not hasattr(np, "cumulative_sum"):  # new in NumPy 2.1
        return []
    return [
        Case(lambda cls=cls, kw=kw: cls(**kw), (numbers(*shape),))
        for cls in (cumulative.CumulativeSum, cumulative.CumulativeProd)
        for kw, shape in [
            ({}, (5,)),
            ({"axis": -1, "include_initial": True}, (2, 3)),
            ({"axis": 0, "include_initial": True}, (3, 2)),
        ]
    ]


CASES = [
    *with_initial(),
    *running(cumulative.Cumsum, None, 0, 1, -1),
    Case(cumulative.Cumsum, (numbers(),)),
    *running(cumulative.Cumprod, None, 0, 1, -1),
    Case(lambda: cumulative.Cumprod(0), (numbers(7),)),
    *[
        Case(lambda axis=axis: cumulative.Cumprod(axis), (zeros(*places),))
        for axis in (None, -1)
        for places in [((0, 0, 1),), ((0, 0, 1), (0, 1, 1)), ((0, 0, 1), (0, 0, 2))]
    ],
    *[
        Case(case.make, case.inputs)
        for cls in (cumulative.Nancumsum, cumulative.Nancumprod)
        for axis in (None, 1)
        for case in with_nan(lambda _, cls=cls, axis=axis: cls(axis))[:1]
    ],
    *running(cumulative.Cummax, 0, 1, -1),
    *running(cumulative.Cummin, 0, 1, -1),
    *running(cumulative.LogCumSumExp, 0, 1, -1),
    Case(lambda: cumulative.Recurrence(-1), (numbers(2, 5), numbers(2, 5, seed=1))),
    Case(lambda: cumulative.Recurrence(0), (numbers(4, 2), numbers(4, 2, seed=1))),
    Case(lambda: cumulative.Recurrence(0), (numbers(3), np.zeros(3))),
]
