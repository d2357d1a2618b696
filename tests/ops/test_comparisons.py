"""Comparisons, tests and logic: nodes of truths."""

import operator

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_values

import graphnn as gn

X = numbers(2, 3)
Y = numbers(3, seed=1)
SPECIAL = np.array([[np.nan, np.inf, -np.inf], [0.0, -0.0, 1.0]])

TESTS = {
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "isposinf": np.isposinf,
    "isneginf": np.isneginf,
    "signbit": np.signbit,
    "logical_not": np.logical_not,
    "isclose": lambda x: np.isclose(x, 1.0),
    "isclose_nan": lambda x: np.isclose(x, SPECIAL, equal_nan=True),
    "isclose_tolerance": lambda x: np.isclose(1.0, x, 0.5, atol=0.6),
    "allclose": lambda x: np.allclose(x, x + 1e-12),
    "allclose_nan": lambda x: np.allclose(x, SPECIAL, equal_nan=True),
    "array_equal": lambda x: np.array_equal(x, SPECIAL),
    "array_equal_nan": lambda x: np.array_equal(SPECIAL, x, equal_nan=True),
    "array_equiv": lambda x: np.array_equiv(x, x[0]),
    "all": lambda x: np.logical_and.reduce(x > 0),
    "any": lambda x: np.logical_or.reduce(x > 0, axis=1, keepdims=True),
    "odd": lambda x: np.logical_xor.reduce(x > 0, axis=None),
    "so_far": lambda x: np.logical_or.accumulate(x > 0, axis=1),
    "bits": lambda x: np.bitwise_or.reduce(x > 0, -1),
    "bits_so_far": lambda x: np.bitwise_xor.accumulate(x > 0),
}


@pytest.mark.parametrize("name", TESTS)
def test_tests(name):
    for array in (SPECIAL, X, X.astype(np.float32)):
        check_values(
            lambda x: np.asarray(TESTS[name](x)) if not is_node(x) else TESTS[name](x),
            array,
        )


def is_node(x):
    return isinstance(x, gn.Node)


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_comparisons(name):
    sign = getattr(operator, name)
    check_values(sign, X, Y)
    check_values(sign, X, X)
    check_values(lambda x: sign(x, 0.5), SPECIAL)
    check_values(lambda x: sign(Y, x), X)
    if name in ("eq", "ne"):
        check_values(sign, X + 1j, Y + 1j)


def test_a_mask_is_a_factor_without_a_gradient():
    x = gn.Input("x", value=X)
    y = np.sum((x > 0) * x + ~(x > 0) * x * 0.1)
    y.graph.backward(y, wrt=x)
    np.testing.assert_allclose(x.grad, np.where(X > 0, 1.0, 0.1))
    (again,) = y.graph.gradient(y, [x])
    np.testing.assert_array_equal(again.output, x.grad)


def test_bad_uses():
    x = gn.Input("x", value=X)
    with pytest.raises(TypeError, match="bitwise_and"):
        x & x
    with pytest.raises(gn.UnsupportedError, match=r"node\.output"):
        bool(np.allclose(x, X))
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.logical_and.reduce(x > 0, out=np.zeros(3, bool))
    with pytest.raises(gn.UnsupportedError, match=r"np\.less\.reduce"):
        np.less.reduce(x)
