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


Q = ("q",)
LEVELS = np.array([0.13, 0.55])


def several(cls, scale):
    return [
        Case(
            lambda kw=kw: cls(1, more_inputs=Q, **kw),
            (numbers(2, 5, 3), LEVELS * scale),
        )
        for kw in ({}, {"keepdims": True}, {"method": "hazen"})
    ]


def at(q, cases):
    """Let the cases on arrays have a level as well."""
    with_axes = [case for case in cases if np.ndim(case.inputs[0])]
    return [Case(case.make, (*case.inputs, np.array(q))) for case in with_axes]


def quantile(cls):
    return lambda *axis, **settings: cls(*axis, more_inputs=Q, **settings)


CASES = [
    *reduction(quantiles.Median),
    *with_nan(quantiles.Nanmedian),
    *at(0.3, reduction(quantile(quantiles.Quantile))),
    *several(quantiles.Quantile, 1),
    *[
        Case(
            lambda m=m: quantiles.Quantile(-1, more_inputs=Q, method=m),
            (numbers(2, 5), np.array(0.37)),
        )
        for m in METHODS
    ],
    *at(0.31, with_nan(quantile(quantiles.Nanquantile))),
    *several(quantiles.Nanquantile, 1),
    *several(quantiles.Percentile, 100),
    *at(31.0, with_nan(quantile(quantiles.Nanpercentile))),
    Case(lambda: quantiles.Mixture(np.quantile, (1,), {}), (numbers(2, 5), LEVELS)),
    Case(
        lambda: quantiles.Mixture(np.nanpercentile, (0,), {"method": "weibull"}),
        (numbers(4, 2), np.array(37.0)),
    ),
]
