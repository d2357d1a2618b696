"""A graph that was built on one batch runs on another: more rows, and before any."""

import numpy as np
import pytest
from cases import numbers, positive

import graphnn as gn

W = positive(4, seed=3)
EDGES = np.array([-1.5, 0.0, 1.0])
BY_ROWS = {
    "sum": lambda x: np.sum(x, axis=1),
    "sum_where": lambda x: np.sum(x, where=x > 0),
    "prod": lambda x: np.prod(x, axis=-1, keepdims=True),
    "nanmean": lambda x: np.nanmean(x, axis=0),
    "max": lambda x: np.max(x, axis=1),
    "ptp": lambda x: np.ptp(x, axis=0),
    "logaddexp": lambda x: np.logaddexp.reduce(x),
    "var": lambda x: np.var(x, axis=1, ddof=1),
    "std": lambda x: np.std(x, axis=0),
    "average": lambda x: np.average(x, 1, W),
    "cov": lambda x: np.cov(x, rowvar=False),
    "median": lambda x: np.median(x, axis=0),
    "quantile": lambda x: np.quantile(x, [0.2, 0.7], axis=0),
    "nanpercentile": lambda x: np.nanpercentile(x, 30, axis=1),
    "cumsum": lambda x: np.cumsum(x),
    "cumprod": lambda x: np.cumprod(x, axis=1),
    "maximum": lambda x: np.maximum.accumulate(x),
    "diff": lambda x: np.diff(x, axis=0),
    "diff_prepend": lambda x: np.diff(x, prepend=0.0, append=1.0),
    "sort": lambda x: np.sort(x, axis=0),
    "sort_all": lambda x: np.sort(x, axis=None),
    "partition": lambda x: np.partition(x, 1, axis=0),
    "unique": np.unique,
    "reduceat": lambda x: np.add.reduceat(x, [0, 2, 1]),
    "histogram_edges": lambda x: np.histogram_bin_edges(x, 3),
    "histogram_weights": lambda x: np.histogram(x * 0.5, 3, weights=x)[0],
}
NEEDS_SHAPE = {
    "average_returned": lambda x: np.average(x, 1, W * x, returned=True)[1],
    "ediff1d": lambda x: np.ediff1d(x, to_end=2.0),
    "gradient": lambda x: np.gradient(x, axis=0),
    "trapezoid": lambda x: np.trapezoid(x, np.cumsum(W)),
    "trapezoid_axis": lambda x: np.trapezoid(x, x[:, 0], axis=0),
    "unique_counts": lambda x: np.unique(x, return_counts=True)[0],
    "histogram": lambda x: np.histogram(x, EDGES, weights=x)[0],
    "corrcoef": lambda x: np.corrcoef(x, rowvar=False),
}
if hasattr(np, "cumulative_sum"):
    BY_ROWS["cumulative_sum"] = lambda x: np.cumulative_sum(
        x, axis=1, include_initial=True
    )


def run(target, x, array):
    value = target.graph.forward({x: array}, target=target)
    target.graph.backward(target, np.ones(value.shape), wrt=x)
    return value, x.grad


@pytest.mark.parametrize("name", [*BY_ROWS, *NEEDS_SHAPE])
def test_more_rows(name):
    function = (BY_ROWS | NEEDS_SHAPE)[name]
    x = gn.Input("x", value=numbers(3, 4))
    y = function(x)
    for rows in (5, 3, 4):
        array = numbers(rows, 4, seed=rows)
        value, grad = run(y, x, array)
        np.testing.assert_array_equal(value, function(array))
        fresh = gn.Input("x", value=array)
        _, expected = run(function(fresh), fresh, array)
        np.testing.assert_array_equal(grad, expected)


@pytest.mark.parametrize("name", BY_ROWS)
def test_before_there_is_a_value(name):
    x = gn.Input("x")
    y = BY_ROWS[name](x)
    assert y.output is None
    array = numbers(3, 4)
    np.testing.assert_array_equal(run(y, x, array)[0], BY_ROWS[name](array))


@pytest.mark.parametrize("name", NEEDS_SHAPE)
def test_what_needs_a_shape_says_so(name):
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        NEEDS_SHAPE[name](gn.Input("x"))
