"""Reductions, running totals, order statistics."""

import numpy as np
from opinfo.table import axis_of, counterpart, first_output, unpacked


def reduction(*names, **settings):
    """Register a NumPy function of ``(x, axis=, keepdims=)``."""

    def register(function):
        @counterpart(*names, **settings)
        def reduced(x, dim=None, keepdim=False, *, dtype=None):
            more = {} if dtype is None else {"dtype": dtype}
            return function(x, axis=axis_of(x, dim), keepdims=keepdim, **more)

        return reduced

    return register


for names, function in {
    ("all",): np.all,
    ("amax",): np.max,
    ("amin",): np.min,
    ("any",): np.any,
    ("argmax",): np.argmax,
    ("argmin",): np.argmin,
    ("count_nonzero",): np.count_nonzero,
    ("max/reduction_no_dim",): np.max,
    ("mean",): np.mean,
    ("min/reduction_no_dim",): np.min,
    ("nanmean",): np.nanmean,
    ("nansum",): np.nansum,
    ("prod",): np.prod,
    ("sum",): np.sum,
}.items():
    reduction(*names)(function)


@counterpart("aminmax")
def extremes(x, dim=None, keepdim=False):
    axis = axis_of(x, dim)
    return np.min(x, axis=axis, keepdims=keepdim), np.max(
        x, axis=axis, keepdims=keepdim
    )


@counterpart("max/reduction_with_dim")
def max_and_place(x, dim, keepdim=False):
    axis = axis_of(x, dim)
    return np.max(x, axis, keepdims=keepdim), np.argmax(x, axis, keepdims=keepdim)


@counterpart("min/reduction_with_dim")
def min_and_place(x, dim, keepdim=False):
    axis = axis_of(x, dim)
    return np.min(x, axis, keepdims=keepdim), np.argmin(x, axis, keepdims=keepdim)


# -- spread ----------------------------------------------------------------------------
def spread(function):
    """Translate PyTorch's three ways to write the correction."""

    def with_ddof(x, dim=None, unbiased=None, keepdim=False, *, correction=None):
        if isinstance(dim, bool):  # var(x, unbiased)
            dim, unbiased = None, dim
        ddof = 1 if unbiased is None else int(unbiased)
        ddof = ddof if correction is None else correction
        return function(x, axis=axis_of(x, dim), ddof=ddof, keepdims=keepdim)

    return with_ddof


variance = counterpart("var", "var/unbiased")(spread(np.var))
deviation = counterpart("std", "std/unbiased")(spread(np.std))


@counterpart("var_mean", "var_mean/unbiased")
def variance_and_mean(x, dim=None, unbiased=None, keepdim=False, *, correction=None):
    return variance(x, dim, unbiased, keepdim, correction=correction), np.mean(
        x, axis_of(x, None if isinstance(dim, bool) else dim), keepdims=keepdim
    )


@counterpart("std_mean", "std_mean/unbiased")
def deviation_and_mean(x, dim=None, unbiased=None, keepdim=False, *, correction=None):
    return deviation(x, dim, unbiased, keepdim, correction=correction), np.mean(
        x, axis_of(x, None if isinstance(dim, bool) else dim), keepdims=keepdim
    )


@counterpart("cov")
def covariance(x, correction=1, fweights=None, aweights=None):
    return np.cov(x, ddof=correction, fweights=fweights, aweights=aweights)


@counterpart("corrcoef")
def correlation(x):
    return np.corrcoef(x)


# -- order -----------------------------------------------------------------------------
@counterpart("quantile")
def quantile(x, q, dim=None, keepdim=False, *, interpolation="linear"):
    return np.quantile(x, q, axis_of(x, dim), method=interpolation, keepdims=keepdim)


@counterpart("nanquantile")
def nanquantile(x, q, dim=None, keepdim=False, *, interpolation="linear"):
    axis = axis_of(x, dim)
    return np.nanquantile(x, q, axis, method=interpolation, keepdims=keepdim)


@counterpart("median", of=first_output)
def median(x, dim=None, keepdim=False):
    """Give the lower of two medians, and not their mean, as PyTorch does."""
    axis = axis_of(x, dim)
    count = np.size(x) if axis is None else x.shape[axis]
    if count % 2:
        return np.median(x, axis, keepdims=keepdim)
    return np.quantile(x, 0.5, axis, method="lower", keepdims=keepdim)


@counterpart("nanmedian", of=first_output)
def nanmedian(x, dim=None, keepdim=False):
    axis = axis_of(x, dim)
    count = np.size(x) if axis is None else x.shape[axis]
    if count % 2:
        return np.nanmedian(x, axis, keepdims=keepdim)
    return np.nanquantile(x, 0.5, axis, method="lower", keepdims=keepdim)


@counterpart("sort")
def sort(x, dim=-1, descending=False, *, stable=False):
    if np.ndim(x) == 0:
        return x, np.zeros((), int)
    if not descending:
        return np.sort(x, dim), np.argsort(x, dim)
    return np.flip(np.sort(x, dim), dim), np.argsort(-x, dim)


@counterpart("argsort")
def argsort(x, dim=-1, descending=False, *, stable=False):
    if np.ndim(x) == 0:
        return np.zeros((), int)
    return np.argsort(-x if descending else x, dim, stable=True)


@counterpart("msort")
def msort(x):
    return np.sort(x, axis=0)


@counterpart("topk")
def largest(x, k, dim=-1, largest=True, sorted=True):
    if np.ndim(x) == 0:
        return x, np.zeros((), int)
    order = np.argsort(-x if largest else x, dim)
    places = np.take(order, np.arange(k), dim)
    return np.take_along_axis(x, places, dim), places


@counterpart("kthvalue")
def kth_value(x, k, dim=-1, keepdim=False):
    if np.ndim(x) == 0:
        return x, np.zeros((), int)
    which = [k - 1] if keepdim else k - 1
    parted = np.partition(x, k - 1, dim)
    return np.take(parted, which, dim), np.take(np.argsort(x, dim), which, dim)


@counterpart(
    "searchsorted",
    unless={
        "searchsorted: NumPy wants one row of edges": lambda edges, *_, **__: (
            edges.ndim != 1
        )
    },
)
def searchsorted(edges, x, *, out_int32=False, right=False, side=None, sorter=None):
    side = side or ("right" if right else "left")
    return np.searchsorted(edges, x, side, sorter)


@counterpart("bucketize")
def bucketize(x, edges, *, out_int32=False, right=False):
    return np.digitize(x, edges, right=not right)


@counterpart("isin")
def isin(x, among):
    return np.isin(x, among)


@counterpart("unique")
def unique(x, sorted=True, return_inverse=False, return_counts=False, dim=None):
    return np.unique(
        x, return_inverse=return_inverse, return_counts=return_counts, axis=dim
    )


@counterpart("histogram")
def histogram(x, bins, *, range=None, weight=None, density=False):
    return np.histogram(x, bins, range, density, weight)


@counterpart("histc")
def histc(x, bins=100, min=0, max=0):
    return np.histogram(x, bins, None if min == max == 0 else (min, max))[0]


# -- running totals --------------------------------------------------------------------
@counterpart("cumsum")
def cumsum(x, dim, *, dtype=None):
    more = {} if dtype is None else {"dtype": dtype}
    return np.cumsum(x, dim, **more) if np.ndim(x) else np.copy(x)


@counterpart("cumprod")
def cumprod(x, dim, *, dtype=None):
    more = {} if dtype is None else {"dtype": dtype}
    return np.cumprod(x, dim, **more) if np.ndim(x) else np.copy(x)


@counterpart("cummax", of=first_output)
def cummax(x, dim):
    return np.maximum.accumulate(x, dim) if np.ndim(x) else np.copy(x)


@counterpart("cummin", of=first_output)
def cummin(x, dim):
    return np.minimum.accumulate(x, dim) if np.ndim(x) else np.copy(x)


OTHER_BRANCHES = {
    "complex logarithms of the same number differ by 2 pi i": lambda x, *_: (
        np.iscomplexobj(x)
    )
}


@counterpart("logcumsumexp", unless=OTHER_BRANCHES)
def logcumsumexp(x, dim):
    return np.logaddexp.accumulate(x, dim) if np.ndim(x) else np.copy(x)


@counterpart("diff")
def diff(x, n=1, dim=-1, prepend=None, append=None):
    more = {"prepend": prepend, "append": append}
    return np.diff(x, n, dim, **{k: v for k, v in more.items() if v is not None})


@counterpart("gradient")
def gradient(x, *, spacing=None, dim=None, edge_order=1):
    spacing = 1.0 if spacing is None else spacing
    spacing = spacing if isinstance(spacing, list | tuple) else (spacing,)
    found = np.gradient(x, *spacing, axis=dim, edge_order=edge_order)
    return found if isinstance(found, list | tuple) else (found,)


@counterpart("trapezoid", "trapz")
def trapezoid(y, x=None, *, dx=1.0, dim=-1):
    return np.trapezoid(y, x, dx, axis=dim)


@counterpart("sum_to_size")
def sum_to_size(x, *shape):
    shape = unpacked(shape)
    leading = x.ndim - len(shape)
    axes = [
        axis
        for axis, size in enumerate(x.shape)
        if axis < leading or (shape[axis - leading] == 1 != size)
    ]
    return np.reshape(np.sum(x, tuple(axes)), shape)


# -- formulas of a few NumPy functions -------------------------------------------------
@counterpart("logsumexp", unless=OTHER_BRANCHES)
def logsumexp(x, dim, keepdim=False):
    axis = axis_of(x, dim)
    top = np.max(x, axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - top), axis, keepdims=True)) + top
    return total if keepdim else np.squeeze(total, axis)


@counterpart("softmax")
def softmax(x, dim):
    axis = axis_of(x, dim)
    powers = np.exp(x - np.max(x, axis, keepdims=True)) if x.size else np.exp(x)
    return powers / np.sum(powers, axis, keepdims=True)


@counterpart("log_softmax")
def log_softmax(x, dim):
    axis = axis_of(x, dim)
    shifted = x - np.max(x, axis, keepdims=True) if x.size else x
    return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))
