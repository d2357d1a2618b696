"""Sample uses of largest and smallest elements, and of log(sum(exp(x)))."""

from cases.base import Case, numbers
from cases.reductions import masked, reduction, with_nan

from graphnn.ops import extremes

ABSTRACT = {extremes.Extreme}

CASES = [
    *reduction(extremes.Max),
    *masked(extremes.Max, initial=0.5),
    *with_nan(extremes.Nanmax),
    *reduction(extremes.Min),
    *masked(extremes.Min, initial=0.5),
    *with_nan(extremes.Nanmin),
    *[
        Case(lambda kw=kw: extremes.LogSumExp(**kw), (numbers(2, 3, 4),))
        for kw in ({}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)})
    ],
    *masked(extremes.LogSumExp, initial=0.5),
]
