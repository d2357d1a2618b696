"""Likely reasons: each formula that gives no number, and only where that is true."""

import numpy as np
import pytest

import graphnn as gn


@pytest.fixture(autouse=True)
def silent():
    with np.errstate(all="ignore"):
        yield


INF, BIG = np.inf, 1e200
VALUES = [
    ("nan", np.log, [[1.0, -2.0]], "the logarithm of a negative number, -2.0"),
    ("inf", np.log2, [[1.0, 0.0]], "the logarithm of 0"),
    ("nan", np.log10, [[-3.0]], "the logarithm of a negative number, -3.0"),
    ("nan", np.log1p, [[-1.5]], "log1p of -1.5, which is below -1"),
    ("inf", np.log1p, [[-1.0]], "log1p of -1, which is the logarithm of 0"),
    ("nan", np.sqrt, [[4.0, -4.0]], "the square root of a negative number, -4.0"),
    ("nan", np.divide, [[1.0, 0.0], [0.0, 0.0]], "0 divided by 0"),
    ("inf", np.divide, [[1.0, 0.0], [0.0, 0.0]], "1.0 divided by 0"),
    ("inf", np.divide, [[[1.0], [2.0]], [4.0, 0.0]], "1.0 divided by 0"),
    ("nan", np.divide, [[INF], [-INF]], "inf divided by -inf"),
    ("inf", np.divide, [[BIG], [1e-200]], "1e+200 divided by 1e-200 is beyond the"),
    ("inf", np.reciprocal, [[0.0]], "1 divided by 0"),
    ("nan", np.remainder, [[3.0], [0.0]], "3.0 divided by 0"),
    ("inf", np.power, [[0.0], [-1.0]], "0 to the power of -1.0"),
    ("nan", np.power, [[-2.0], [0.5]], "a negative number, -2.0, to the power of 0.5"),
    ("inf", np.power, [[10.0], [400.0]], "10.0 to the power of 400.0 is beyond"),
    ("inf", np.exp, [[1.0, 800.0]], "exp of 800.0 is beyond the largest float64, 1.8e"),
    ("inf", np.sinh, [[800.0]], "sinh of 800.0 is beyond"),
    ("inf", np.square, [[BIG]], "the square of 1e+200 is beyond"),
    ("nan", np.multiply, [[0.0], [INF]], "0.0 times inf"),
    ("inf", np.multiply, [[BIG], [BIG]], "1e+200 times 1e+200 is beyond"),
    ("nan", np.add, [[INF], [-INF]], "inf plus -inf"),
    ("nan", np.subtract, [[INF], [INF]], "inf minus inf"),
    ("inf", np.subtract, [[-1.7e308], [1.7e308]], "-1.7e+308 minus 1.7e+308 is beyond"),
    ("nan", np.arcsin, [[1.5]], "arcsin of 1.5, which is not from -1 to 1"),
    ("inf", np.arctanh, [[-1.0]], "arctanh of -1.0"),
    ("nan", np.arccosh, [[0.5]], "arccosh of 0.5, which is below 1"),
    ("nan", np.cos, [[INF]], "cos of inf"),
    (
        "inf",
        np.sum,
        [[1e308, 1e308]],
        "sums and products of finite numbers, up to 1e+308",
    ),
    (
        "inf",
        np.matmul,
        [[[BIG]], [[BIG]]],
        "sums and products of finite numbers, up to",
    ),
]


@pytest.mark.parametrize(("kind", "function", "values", "reason"), VALUES)
def test_values(kind, function, values, reason):
    node = function(*[gn.Input(value=value) for value in values])
    births = gn.origin(node.graph, kind)
    (found,) = [birth for birth in births if birth.node is node]
    assert found.reason.startswith(reason)


SLOPES = [
    ("inf", np.sqrt, [[0.0, 1.0]], "the slope of the square root at 0 is infinite"),
    ("inf", np.cbrt, [[0.0]], "the slope of the cube root at 0 is infinite"),
    ("inf", np.log, [[0.0]], "the slope of log at 0 is infinite"),
    ("inf", np.log1p, [[-1.0]], "the slope of log1p at -1 is infinite"),
    ("inf", np.divide, [[1.0], [0.0]], "a division by 0"),
    ("inf", np.divide, [[[1.0], [0.0]], [0.0, 2.0]], "a division by 0"),
    ("inf", np.reciprocal, [[0.0]], "the slope of 1 / x at 0 is infinite"),
    ("inf", lambda x: x**0.5, [[0.0]], "the slope of x ** 0.5 at 0 is infinite"),
    ("inf", np.arcsin, [[1.0]], "the slope of arcsin at 1.0 is infinite"),
    ("inf", np.arccosh, [[1.0]], "the slope of arccosh at 1 is infinite"),
]


def checked(kind, node, output_grad, guard_values=False):
    wrt = [source for source in node.inputs if source.kind == "input"]
    (step,) = node.graph.backward_steps(node, output_grad, wrt=wrt)
    guard = gn.NaNGuard() if kind == "nan" else gn.InfGuard()
    return guard.check(step)


@pytest.mark.parametrize(("kind", "function", "values", "reason"), SLOPES)
def test_slopes(kind, function, values, reason):
    node = function(*[gn.Input(value=value) for value in values])
    found = checked(kind, node, np.ones(node.shape))
    if np.isfinite(node.output).all():
        assert found.culprit
        assert found.reason == reason
    else:  # the value was there before the gradient
        assert not found.culprit
        assert found.reason == ""


def test_zero_times_infinity_in_a_gradient():
    node = np.sqrt(gn.Input("x", value=[0.0, 4.0]))
    found = checked("nan", node, [0.0, 0.0])
    assert found.reason == (
        "the slope of the square root at 0 is infinite, and a gradient of 0 came in: "
        "0 times infinity"
    )


def test_an_overflow_in_a_gradient():
    node = gn.Input("x", value=[1e300]) * gn.Input("y", value=[1e-300])
    found = checked("inf", node, [1e300])
    assert found.reason.startswith("sums and products of finite numbers, up to 1e+300")


def test_the_number_that_is_named_is_that_of_the_bad_place():
    x = gn.Input("x", value=[[1.0, 2.0], [-0.25, -7.0]])
    (found,) = gn.origin(np.sqrt(x).graph)
    assert found.index == (1, 0)
    assert found.reason.endswith("-0.25")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.log(x * 1j),  # complex: the tables are of real numbers
        lambda x: np.linalg.inv(x),
        lambda x: Odd()(x),
    ],
)
def test_no_reason_where_the_numbers_do_not_tell(function):
    x = gn.Input("x", value=np.full((2, 2), 1e-320))
    node = function(x)
    for kind in ("nan", "inf"):
        for found in gn.origin(node.graph, kind):
            if not isinstance(found.node, type(x)):
                assert found.reason == ""


class Odd(gn.Operation):
    def _output(self):
        return self.input_ * np.nan


def test_other_kinds_and_victims_have_none():
    x = gn.Input("x", value=[-1.0])
    y = np.sqrt(np.sqrt(x))
    victim = gn.NaNGuard().check(next(iter(y.graph.forward_steps(target=y))))
    assert victim.reason  # the first
    (_, second) = y.graph.forward_steps(target=y)
    assert gn.NaNGuard().check(second).reason == ""
    (found,) = gn.origin((x * 1e9).graph, "exploding")
    assert found.reason == ""
