"""Sample uses of medians and quantiles."""

import numpy as np
from cases.base import Case, numbers
from cases.reductions import reduction, with_nan

from graphnn.ops import quantiles

ABSTRACT = {quantiles.OrderStatistic}
METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]


def several(cls, scale):
    return [
        Case(
            lambda kw=kw: cls(1, q=np.array([0.1, 0.55], np.float32) * scale, **kw),
            (numbers(2, 5, 3),),
        )
        for kw in ({}, {"keepdims": True}, {"method": "hazen"})
    ]


CASES = [
    *reduction(quantiles.Median),
    *with_nan(quantiles.NanMedian),
    *reduction(lambda *axis, **kw: quantiles.Quantile(*axis, q=0.3, **kw)),
    *several(quantiles.Quantile, 1),
    *[
        Case(lambda m=m: quantiles.Quantile(-1, q=0.37, method=m), (numbers(2, 5),))
        for m in METHODS
    ],
    *with_nan(lambda *axis, **kw: quantiles.NanQuantile(*axis, q=0.3, **kw)),
    *several(quantiles.NanQuantile, 1),
    *several(quantiles.Percentile, 100),
    *with_nan(lambda *axis, **kw: quantiles.NanPercentile(*axis, q=30, **kw)),
]
