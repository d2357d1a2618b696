"""Interpolation: inside, beyond the points, and round a circle."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

X = np.array([[-2.0, -1.0, -0.2], [0.45, 1.3, 5.0]])
XP = np.array([-1.3, -0.6, 0.1, 0.9])
FP = numbers(4, seed=3)

USES = {
    "plain": np.interp,
    "left": lambda x, xp, fp: np.interp(x, xp, fp, left=2.0),
    "right": lambda x, xp, fp: np.interp(x, xp, fp, right=-1),
    "positional": lambda x, xp, fp: np.interp(x, xp, fp, 3.0, np.nan),
    "period": lambda x, xp, fp: np.interp(x, xp, fp, period=2.7),
    "negative_period": lambda x, xp, fp: np.interp(x, xp, fp, period=-1.15),
    "lists": lambda x, xp, fp: np.interp(x, [0.0, 1.0], [2.0, -1.0]),
    "float": lambda x, xp, fp: np.interp(0.4, xp, fp),
}


@pytest.mark.parametrize("name", USES)
def test_values(name):
    check_values(USES[name], X, XP, FP)
    check_values(USES[name], X, XP, FP + 1j * FP[::-1])
    check_values(USES[name], X[0, 1], XP, FP)
    check_values(USES[name], *[a.astype(np.float32) for a in (X, XP, FP)])
    check_values(lambda fp: USES[name](X, XP, fp), FP)


@pytest.mark.parametrize("name", [n for n in USES if n != "positional"])
def test_derivatives(name):
    check_function(lambda *a: USES[name](*a) ** 2, X, XP, FP)
    check_function(USES[name], X, XP, FP + 1j * FP[::-1])


def test_values_beyond_the_points_may_be_nodes():
    check_function(np.interp, X, XP, FP, np.array(1.5), np.array(-0.5))
    right = gn.Input("right", value=np.array(1.5))
    with pytest.raises(gn.UnsupportedError, match="node"):  # NumPy does not ask for it
        np.interp(X, XP, FP, right=right)


def test_one_point():
    one = [np.array([0.1]), np.array([2.0])]
    check_values(np.interp, X, *one)
    check_values(lambda x, xp, fp: np.interp(x, xp, fp, 5.0, 6.0), X, *one)
    check_function(lambda x, fp: np.interp(x, one[0], fp) ** 2, X, one[1])


def test_at_the_points_and_at_steps():
    check_values(np.interp, XP, XP, FP)
    x, fp = gn.Input("x", value=XP), gn.Input("fp", value=FP)
    y = np.interp(x, XP, fp)
    y.graph.backward(y, np.arange(4.0), wrt=[x, fp])
    np.testing.assert_allclose(fp.grad, np.arange(4.0), atol=1e-15)
    slopes = np.diff(FP) / np.diff(XP)
    np.testing.assert_allclose(x.grad, np.arange(4.0) * slopes[[0, 1, 2, 2]])
    steps = np.array([0.0, 1.0, 1.0, 2.0, 2.0])
    check_values(lambda x: np.interp(x, steps, [0.0, 1.0, 5.0, 6.0, 9.0]), X)
    check_function(lambda x: np.interp(x, steps, [0.0, 1.0, 5.0, 6.0, 9.0]), X)


def test_bad_uses():
    x = gn.Input("x", value=X)
    with pytest.raises(ValueError, match="period of 0"):
        np.interp(x, XP, FP, period=0)
    with pytest.raises(ValueError, match="not of the same length"):
        np.interp(x, XP, FP[:3])
    assert len(x.graph) == 1
