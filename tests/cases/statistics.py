"""Sample uses of averages and spreads."""

from cases.base import Case, numbers, positive
from cases.reductions import masked, reduction, with_nan

from graphnn.ops import statistics

SPREADS = [statistics.Var, statistics.Std]


def spread(cls):
    # the spread of one element, over the axes () or of a 0-d array, is at a kink
    cases = [case for case in reduction(cls) if case.inputs[0].ndim]
    return [case for case in cases if case.make().axis != ()]


CASES = [
    *[case for cls in SPREADS for case in spread(cls)],
    *[case for cls in SPREADS for case in masked(cls)],
    *[
        Case(lambda cls=cls, kw=kw: cls(1, **kw), (numbers(2, 3, 4),))
        for cls in SPREADS
        for kw in ({"ddof": 1}, {"correction": 0.5}, {"keepdims": True})
    ],
    *[
        Case(
            lambda cls=cls, names=names: cls((0, 2), more_inputs=names),
            (numbers(2, 3, 4), *more),
        )
        for cls in SPREADS
        for names, more in [
            (("mean",), (numbers(1, 3, 1, seed=1),)),
            (("where", "mean"), (numbers(2, 3, 4) > -1, numbers(1, 3, 1, seed=1))),
        ]
    ],
    *with_nan(statistics.Nanvar, ddof=1),
    *with_nan(statistics.Nanstd),
    *[
        Case(
            lambda axis=axis, keepdims=keepdims, returned=returned: statistics.Average(
                axis, keepdims, ("weights",), returned
            ),
            (numbers(*shape), positive(*weights, seed=1)),
        )
        for returned in (False, True)
        for axis, keepdims, shape, weights in [
            (None, False, (2, 3), (2, 3)),
            (1, True, (2, 3), (3,)),
            ((2, 0), False, (2, 3, 4), (4, 2)),
        ]
    ],
    Case(lambda: statistics.Average(0, returned=True), (numbers(2, 3),)),
]
