"""Sample uses of the reductions."""

from cases.base import Case, numbers

from graphnn.ops import reductions

ABSTRACT = {reductions.Reduction, reductions.Extreme}


def reduction(cls):
    settings = [
        {},
        {"axis": 0},
        {"axis": -1, "keepdims": True},
        {"axis": (0, 2)},
        {"axis": (2, -3), "keepdims": True},
    ]
    return [
        Case(lambda kw=kw: cls(**kw), (numbers(2, 3, 4, seed=i),))
        for i, kw in enumerate(settings)
    ]


CASES = [
    *reduction(reductions.Sum),
    *reduction(reductions.Mean),
    *reduction(reductions.Max),
    *reduction(reductions.Min),
]
