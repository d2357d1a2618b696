"""Truths, counts and positions: values, and no gradient."""

import copy
import pickle

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_values

import graphnn as gn
from graphnn.ops.discrete import Discrete

FLOAT = np.round(numbers(3, 4, 5), 1) * (numbers(3, 4, 5, seed=1) > -1)
MASK = numbers(3, 4, 5, seed=2) > 0
WITH_NAN = np.where(MASK, FLOAT, np.nan)
WITH_NAN[0] = FLOAT[0]
EDGES = np.array([-1.0, 0.0, 0.5, 1.5])
POSITIONS = {
    "all": np.all,
    "all_axis": lambda x: np.all(x, axis=(0, -1), keepdims=True),
    "all_where": lambda x: np.all(x > 0, axis=1, where=x > 0.5),
    "any": lambda x: np.any(x, 1),
    "any_where": lambda x: np.any(x, where=MASK),
    "argmax": np.argmax,
    "argmax_axis": lambda x: np.argmax(x, -1, keepdims=True),
    "argmin": lambda x: np.argmin(x, axis=0),
    "argsort": lambda x: np.argsort(x, 1, "stable"),
    "argsort_flat": lambda x: np.argsort(x, axis=None, stable=True),
    "argpartition": lambda x: np.argpartition(x, 2, axis=0),
    "argwhere": np.argwhere,
    "count_nonzero": np.count_nonzero,
    "count_nonzero_axis": lambda x: np.count_nonzero(x, axis=(1, 2), keepdims=True),
    "digitize": lambda x: np.digitize(x, EDGES, right=True),
    "flatnonzero": np.flatnonzero,
    "isin": lambda x: np.isin(x, EDGES, invert=True),
    "lexsort": lambda x: np.lexsort((x[0], x[1] > 0), axis=0),
    "searchsorted": lambda x: np.searchsorted(EDGES, x, side="right"),
    "searchsorted_in": lambda x: np.searchsorted(
        x[0, 0], EDGES, sorter=[3, 1, 0, 2, 4]
    ),
    "logical_and": lambda x: np.logical_and.reduce(x, axis=1),
    "logical_or": lambda x: np.logical_or.reduce(x, axis=None, keepdims=True),
    "method_all": lambda x: x.all(axis=1),
    "method_any": lambda x: x.any(),
    "method_argmax": lambda x: x.argmax(-1),
    "method_argmin": lambda x: x.argmin(axis=0, keepdims=True),
    "method_argsort": lambda x: x.argsort(0, kind="stable"),
    "method_argpartition": lambda x: x.argpartition(3),
    "method_searchsorted": lambda x: np.sort(x[0, 0]).searchsorted(EDGES),
}


@pytest.mark.parametrize("name", POSITIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.complex64])
def test_values(name, dtype):
    if dtype is np.complex64 and name == "digitize":
        pytest.skip("complex numbers have no bins")
    check_values(POSITIONS[name], FLOAT.astype(dtype))


@pytest.mark.parametrize("function", [np.nanargmax, np.nanargmin])
def test_positions_among_nan(function):
    check_values(lambda x: function(x, axis=0), WITH_NAN)
    check_values(function, WITH_NAN)


@pytest.mark.parametrize("find", [np.nonzero, lambda x: x.nonzero()])
def test_nonzero(find):
    x = gn.Input("x", value=FLOAT)
    rows, columns, depths = find(x)
    for found, expected in zip((rows, columns, depths), find(FLOAT), strict=True):
        np.testing.assert_array_equal(found.output, expected, strict=True)
    x.graph.forward(x=-FLOAT[:1], target=rows)
    np.testing.assert_array_equal(rows.output, np.nonzero(FLOAT[:1])[0])


@pytest.mark.parametrize("name", POSITIONS)
def test_no_gradient_flows_through(name):
    x = gn.Input("x", value=FLOAT)
    found = POSITIONS[name](x)
    y = np.sum(x) + np.sum(found * 2.0)
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, np.ones(FLOAT.shape))
    with pytest.raises(gn.GradientError, match=r"no gradient for (bool|int)"):
        found.graph.backward(found, np.ones(found.shape))


def test_a_position_follows_its_input():
    x = gn.Input("x", value=FLOAT[0])
    y = np.argsort(x, axis=1, stable=True)
    y.graph.forward(x=-FLOAT[0], target=y)
    np.testing.assert_array_equal(y.output, np.argsort(-FLOAT[0], 1, stable=True))


def test_nodes_among_several_arguments():
    x = gn.Input("x", value=np.sort(FLOAT[0, 0]))
    v = gn.Input("v", value=EDGES)
    y = np.searchsorted(x, v)
    assert [n.name for n in y.inputs] == ["x", "v"]
    assert y.name == "searchsorted"
    assert np.logical_or.reduce(x > 0).name == "logical_or_reduce"
    y.graph.forward(v=EDGES + 0.25, target=y)
    np.testing.assert_array_equal(y.output, np.searchsorted(x.value, EDGES + 0.25))


def test_copies():
    x = gn.Input("x", value=FLOAT)
    y = np.searchsorted(EDGES, x, side="right")
    assert isinstance(y, Discrete)
    for copied in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        copied.graph.forward(x=FLOAT + 1, target=copied)
        expected = np.searchsorted(EDGES, FLOAT + 1, side="right")
        np.testing.assert_array_equal(copied.output, expected)


def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.argmax(x, axis=3)
    with pytest.raises(TypeError, match="unexpected keyword"):
        np.argsort(x, order_by=2)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.argmax(x, out=np.zeros((), int))
    with pytest.raises(ValueError, match="NaN"):
        np.nanargmax(gn.Input("n", value=[np.nan]))
    assert len(x.graph) == 1
    check_values(np.argmax, FLOAT)
