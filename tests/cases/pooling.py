"""Sample uses of pooling."""

from cases.base import Case, numbers

from graphnn.ops import pooling

ABSTRACT = {pooling.Pooling, pooling.GlobalPooling}

WINDOWS = [
    ((2, 4, 5, 2), {"pool_size": 2}),
    (
        (2, 3, 4, 2),
        {"pool_size": (3, 2), "stride": (1, 2), "padding": ((1, 0), (1, 1))},
    ),
    ((2, 3, 5, 1), {"pool_size": (2, 3), "stride": 2, "padding": "same"}),
    ((2, 2, 4, 3), {"pool_size": 2, "stride": 1, "data_format": "NCHW"}),
    ((2, 5, 2), {"pool_size": 3, "stride": 2, "rank": 1, "padding": 1}),
]
WHOLE = [
    ((2, 3, 4, 2), {}),
    ((2, 3, 4, 2), {"data_format": "NCHW"}),
    ((2, 4, 3), {"rank": 1}),
]
ALONE = {"count_include_pad": False}


def uses(cls, uses, more=()):
    return [
        Case(
            lambda settings=settings: cls(**settings, **dict(more)),
            (numbers(*shape),),
        )
        for shape, settings in uses
    ]


CASES = [
    *uses(pooling.MaxPool, WINDOWS),
    *uses(pooling.AveragePool, WINDOWS),
    *uses(pooling.AveragePool, WINDOWS, ALONE),
    *uses(pooling.GlobalAveragePool, WHOLE),
    *uses(pooling.GlobalMaxPool, WHOLE),
]
