"""Reductions with all their arguments, order statistics, running totals."""

import numpy as np
from jaxnumpy.table import MASK, complex_, positive, real, use, uses

HOLES = np.array([[0, np.nan, 0], [0, 0, np.nan]])

uses(
    "sum",
    [
        lambda xp, x: xp.sum(x, where=MASK),
        lambda xp, x: xp.sum(x, axis=1, initial=2.0, where=MASK),
        lambda xp, x: xp.sum(x, axis=(0, -1), keepdims=True),
        lambda xp, x: xp.sum(x, dtype=np.complex128),
        lambda xp, x: xp.add.reduce(x, axis=-1),
        lambda xp, x: xp.add.reduce(x),
        lambda xp, x: xp.add.reduce(x, axis=None, keepdims=True),
    ],
    real(2, 3),
)
uses(
    "prod",
    [
        lambda xp, x: xp.prod(x, axis=1, where=MASK),
        lambda xp, x: xp.prod(x, axis=0, initial=2.0, keepdims=True),
        lambda xp, x: xp.multiply.reduce(x, axis=-1),
        lambda xp, x: xp.prod(x * np.array([[0, 1, 1], [1, 0, 0]]), axis=1),
    ],
    real(2, 3),
)
use("prod, complex", lambda xp, x: xp.prod(x, axis=0), complex_(2, 3))
uses(
    "mean",
    [
        lambda xp, x: xp.mean(x, axis=1, where=MASK, keepdims=True),
        lambda xp, x: xp.mean(x, dtype=np.complex128),
        lambda xp, x: xp.average(x),
        lambda xp, x: xp.average(x, axis=1, weights=np.array([1.0, 2.0, 4.0])),
        lambda xp, x: xp.average(x, axis=0, weights=x[:, 0] ** 2, returned=True),
    ],
    real(2, 3),
)
for name in ("std", "var"):
    uses(
        name,
        [
            lambda xp, x, n=name: getattr(xp, n)(x, axis=1, ddof=1, keepdims=True),
            lambda xp, x, n=name: getattr(xp, n)(x, axis=(0, 1)),
            lambda xp, x, n=name: getattr(xp, n)(x, where=MASK),
            lambda xp, x, n=name: getattr(xp, n)(x, correction=1),
        ],
        real(2, 3),
    )
    use(
        f"{name}, complex",
        lambda xp, x, n=name: getattr(xp, n)(x, axis=0),
        complex_(3, 2),
    )
    use(
        f"nan{name}",
        lambda xp, x, n=name: getattr(xp, f"nan{n}")(x + HOLES, axis=1, ddof=0),
        real(2, 3),
    )
for name in ("max", "min"):
    uses(
        name,
        [
            lambda xp, x, n=name: getattr(xp, n)(x, axis=(0, 1), keepdims=True),
            lambda xp, x, n=name: getattr(xp, n)(x, axis=0, initial=0.4),
            lambda xp, x, n=name: getattr(xp, n)(x, axis=1, initial=0.0, where=MASK),
            lambda xp, x, n=name: getattr(xp, f"a{n}")(x, axis=1),
            lambda xp, x, n=name: getattr(xp, f"nan{n}")(x + HOLES, axis=1),
            lambda xp, x, n=name: getattr(xp, f"{n}imum").reduce(x, axis=1),
            lambda xp, x, n=name: getattr(xp, f"{n}imum").accumulate(x, axis=1),
        ],
        real(2, 3),
    )
uses(
    "nan reductions",
    [
        lambda xp, x: xp.nansum(x + HOLES, axis=0),
        lambda xp, x: xp.nanprod(x + HOLES, axis=0),
        lambda xp, x: xp.nanmean(x + HOLES, axis=1, keepdims=True),
        lambda xp, x: xp.nancumsum(x + HOLES, axis=1),
        lambda xp, x: xp.nancumprod(x + HOLES, axis=1),
        lambda xp, x: xp.nanmedian(x + HOLES, axis=0),
        lambda xp, x: xp.nanpercentile(x + HOLES, 30, axis=1),
        lambda xp, x: xp.nanquantile(x + HOLES, 0.3),
    ],
    real(2, 3),
)
uses("ptp", [lambda xp, x: xp.ptp(x), lambda xp, x: xp.ptp(x, axis=1)], real(2, 3))
uses(
    "order",
    [
        lambda xp, x: xp.median(x),
        lambda xp, x: xp.median(x, axis=(0, 1), keepdims=True),
        lambda xp, x: xp.percentile(x, np.array([25, 60]), axis=1),
        lambda xp, x: xp.percentile(x, 40, axis=0, method="higher"),
        lambda xp, x: xp.quantile(x, np.array([0.1, 0.5, 1]), axis=1),
        lambda xp, x: xp.quantile(x, 0.6, axis=0, method="nearest", keepdims=True),
        lambda xp, x: xp.sort(x, axis=None),
        lambda xp, x: xp.sort(x, axis=0),
        lambda xp, x: x.ravel()[xp.argsort(np.array([3, 1, 2, 0]))],
    ],
    real(3, 4),
)
uses(
    "running totals",
    [
        lambda xp, x: xp.cumsum(x),
        lambda xp, x: xp.cumprod(x),
        lambda xp, x: xp.cumprod(x, axis=1),
        lambda xp, x: xp.cumulative_sum(x, axis=1, include_initial=True),
        lambda xp, x: xp.cumulative_prod(x, axis=0, include_initial=True),
        lambda xp, x: xp.add.accumulate(x, axis=1),
        lambda xp, x: xp.multiply.accumulate(x, axis=0),
        lambda xp, x: xp.cumprod(x * np.array([1, 0, 1, 0]), axis=1),
    ],
    real(3, 4),
)
use("cumsum, complex", lambda xp, x: xp.cumsum(x, axis=1), complex_(2, 3))
use("cumprod, complex", lambda xp, x: xp.cumprod(x, axis=1), complex_(2, 3))
use("logaddexp.reduce", lambda xp, x: xp.logaddexp.reduce(x, axis=1), real(2, 3))
use("logaddexp2.reduce", lambda xp, x: xp.logaddexp2.reduce(x, axis=0), real(2, 3))
use("add.reduceat", lambda xp, x: xp.add.reduceat(x, np.array([0, 2, 3])), real(5))
uses(
    "outer of ufuncs",
    [
        lambda xp, x, y: xp.add.outer(x, y),
        lambda xp, x, y: xp.subtract.outer(x, y),
        lambda xp, x, y: xp.multiply.outer(x, y),
        lambda xp, x, y: xp.logaddexp.outer(x, y),
    ],
    positive(2, 3),
    positive(2, seed=1),
)
uses(
    "differences",
    [
        lambda xp, x: xp.diff(x, n=2, axis=0),
        lambda xp, x: xp.diff(x, prepend=0.5, append=1.5),
        lambda xp, x: xp.ediff1d(x),
        lambda xp, x: xp.ediff1d(x, to_begin=1.0, to_end=np.array([2.0, 3.0])),
        lambda xp, x: xp.gradient(x),
        lambda xp, x: xp.gradient(x, 0.5, axis=1),
        lambda xp, x: xp.trapezoid(x, dx=0.3, axis=0),
        lambda xp, x: xp.trapezoid(x, x**2, axis=1),
    ],
    real(4, 5),
)
uses(
    "covariance",
    [
        lambda xp, x, y: xp.cov(x, y, rowvar=False),
        lambda xp, x, y: xp.cov(x, bias=True),
        lambda xp, x, y: xp.cov(x, aweights=np.array([1.0, 2, 3]), ddof=0),
        lambda xp, x, y: xp.corrcoef(x, y),
        lambda xp, x, y: xp.corrcoef(x, rowvar=False),
    ],
    real(4, 3),
    real(4, 3, seed=1),
)
use("cov, complex", lambda xp, x: xp.cov(x), complex_(2, 4))
use(
    "bincount, weights",
    lambda xp, w: xp.bincount(np.array([0, 2, 2, 1]), w, minlength=5),
    real(4),
    jit=False,
)
use(
    "histogram, weights",
    lambda xp, w: xp.histogram(np.array([0.1, 0.4, 0.9]), 3, weights=w)[0],
    real(3),
    jit=False,
)
use("tied max", lambda xp, x: xp.max(xp.stack([x, x, 0 * x]), axis=0), positive(3))
use("tied maximum", lambda xp, x: xp.maximum(x, 1.0 * x), real(3))
