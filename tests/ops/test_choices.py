"""Choosing elementwise: ties, bounds, conditions, holes."""

import inspect

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

X = numbers(2, 3)
Y = numbers(3, seed=1)
LOW, HIGH = np.array(-0.5), np.array([0.4, 0.9, 0.7])
HOLES = np.array([[1.0, np.nan, -3.0], [-np.inf, 5.0, np.inf]])
COMPLEX_HOLES = np.stack([HOLES, HOLES[::-1]], axis=-1).view(complex)[..., 0]


def gradients(y, *leaves):
    y.graph.backward(y, np.ones(y.shape), wrt=leaves)
    return [np.zeros(x.shape) if x.grad is None else x.grad for x in leaves]


# -- the larger and the smaller --------------------------------------------------------
@pytest.mark.parametrize("f", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_ties_split_the_gradient(f):
    a = gn.Input("a", value=[1.0, 2.0, 3.0])
    b = gn.Input("b", value=[2.0, 2.0, 2.0])
    left, right = gradients(f(a, b), a, b)
    expected = [0, 0.5, 1] if f in (np.maximum, np.fmax) else [1, 0.5, 0]
    np.testing.assert_array_equal(left, expected)
    np.testing.assert_array_equal(right, np.subtract(1, expected))
    np.testing.assert_array_equal(gradients(f(a, 2.0), a)[0], expected)
    np.testing.assert_array_equal(gradients(f(a, a), a)[0], 1)


@pytest.mark.parametrize("f", [np.fmax, np.fmin])
def test_the_number_beside_a_nan_gets_the_gradient(f):
    a = gn.Input("a", value=[np.nan, 1.0, np.nan])
    b = gn.Input("b", value=[2.0, np.nan, np.nan])
    y = f(a, b)
    np.testing.assert_array_equal(y.output, [2.0, 1.0, np.nan])
    left, right = gradients(y, a, b)
    np.testing.assert_array_equal(left, [0, 1, 0])
    np.testing.assert_array_equal(right, [1, 0, 0])


def test_an_infinite_gradient_stays_with_the_one_that_was_chosen():
    a, b = gn.Input("a", value=[0.0]), gn.Input("b", value=[-1.0])
    y = np.sqrt(np.maximum(a, b))
    with np.errstate(divide="ignore"):
        left, right = gradients(y, a, b)
    np.testing.assert_array_equal(left, np.inf)
    np.testing.assert_array_equal(right, 0)


# -- clip ------------------------------------------------------------------------------
CLIPS = {
    "positional": lambda x: np.clip(x, -0.5, 0.7),
    "a_min_a_max": lambda x: np.clip(x, a_min=-0.5, a_max=0.7),
    "no_low": lambda x: np.clip(x, None, 0.7),
    "no_high": lambda x: np.clip(x, -0.5, None),
    "a_max": lambda x: np.clip(x, a_min=None, a_max=HIGH),
    "arrays": lambda x: np.clip(x, LOW, HIGH),
    "lists": lambda x: np.clip(x, [-0.5, -0.1, 0.2], 0.7),
    "out": lambda x: np.clip(x, -0.5, 0.7, None),
    "out_keyword": lambda x: np.clip(x, -0.5, 0.7, out=None),
    "method": lambda x: x.clip(-0.5, 0.7),
    "method_keywords": lambda x: x.clip(min=-0.5, max=HIGH),
    "method_max": lambda x: x.clip(max=0.7),
    "upside_down": lambda x: np.clip(x, 0.7, -0.5),
    "whole_numbers": lambda x: np.clip(x, 0, 1),
}


SINCE_2_1 = "min" in inspect.signature(np.clip).parameters
if SINCE_2_1:
    CLIPS |= {
        "min_max": lambda x: np.clip(x, min=-0.5, max=0.7),
        "min": lambda x: np.clip(x, min=-0.5),
        "max": lambda x: np.clip(x, max=0.7),
    }


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_clip(name, dtype):
    check_values(CLIPS[name], X.astype(dtype))
    check_values(CLIPS[name], HOLES.astype(dtype))
    if dtype is np.float64:
        check_function(lambda x: CLIPS[name](x) ** 2, X)


def test_clip_without_bounds():
    try:
        np.clip(X, None, None)
    except ValueError:  # before NumPy 2.1
        with pytest.raises(ValueError, match=r"[Oo]ne of max or min"):
            np.clip(gn.Input("x", value=X), None, None)
    else:
        check_values(lambda x: np.clip(x, None, None), X)
        check_values(lambda x: np.clip(x), X)
        check_function(lambda x: np.clip(x) ** 2, X)


def test_bounds_that_are_nodes():
    for f in (
        np.clip,
        lambda x, low, high: np.clip(x, a_min=low, a_max=high),
        lambda x, low, high: x.clip(low, high),
    ):
        check_values(f, X, LOW, HIGH)
        check_values(f, X, HIGH, LOW)
        check_function(f, X, LOW, HIGH)
        check_function(f, X, HIGH, LOW)
    check_function(lambda low: np.clip(X, low, None), LOW)
    check_function(lambda high: np.clip(0.3, LOW, high), HIGH)
    check_values(lambda high: np.clip(X, None, high), HIGH)
    if SINCE_2_1:
        check_values(lambda low: np.clip(X, min=low), LOW)


def test_whole_numbers_are_clipped():
    check_values(lambda x: np.clip(x, 2, 4), np.arange(6))
    check_values(lambda x: np.clip(x, 0.5, 3.5), np.arange(6))
    check_values(lambda x: np.clip(x, 2, 4), np.arange(6, dtype=np.uint8))


def test_clip_at_its_bounds_hands_the_gradient_to_the_value():
    x = gn.Input("x", value=[-1.0, 0.0, 0.5, 1.0, 2.0, np.nan])
    low, high = gn.Input("low", value=0.0), gn.Input("high", value=1.0)
    value, lower, upper = gradients(np.clip(x, low, high), x, low, high)
    np.testing.assert_array_equal(value, [0, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal([lower, upper], [1, 1])
    value, lower, upper = gradients(np.clip(x, high, low), x, low, high)
    np.testing.assert_array_equal([lower, upper], [6, 0])
    assert not value.any()
    one = gn.Input("one", value=1.0)
    value, both = gradients(np.clip(x, one, one), x, one)
    np.testing.assert_array_equal(value, [0, 0, 0, 1, 0, 0])
    assert both == 4


def test_bad_uses_of_clip():
    x = gn.Input("x", value=X)
    with pytest.raises(gn.ArgumentError, match="twice"):
        gn.ops.choices.clip(x, -1.0, min=0.0)
    with pytest.raises(gn.ShapeError, match=r"\(2, 3\) and \(4,\) do not broadcast"):
        np.clip(x, np.zeros(4), None)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.clip(x, 0, 1, np.zeros((2, 3)))
    with pytest.raises(gn.UnsupportedError, match="dtype"):
        np.clip(x, 0, 1, dtype=np.float32)
    with pytest.raises(gn.ArgumentError, match="3 inputs: 1 given"):
        gn.ops.choices.Clip(True, True)(x)
    assert len(x.graph) == 1


# -- conditions ------------------------------------------------------------------------
def test_where():
    check_values(np.where, X > 0, X, Y)
    check_values(lambda x: np.where(x > 0, x, 0), X.astype(np.float32))
    check_values(lambda x: np.where(x, 1.0, x), X)
    check_values(lambda x: np.where(True, x, Y), X)
    check_function(lambda x, y: np.where(x > 0, x * y, y) ** 2, X, Y)
    check_function(lambda x, z: np.where(x > 0, x, z) ** 2, X, Y + 1j)


def test_where_of_a_condition_is_where_it_is_true():
    check_values(lambda x: tuple(np.where(x > 0)), X)
    check_values(lambda x: tuple(np.where(x)), np.array([0.0, 2.0, 0.0, -1.0]))


def test_where_takes_one_or_three():
    x = gn.Input("x", value=X)
    with pytest.raises(ValueError, match="alone, or x and y"):
        np.where(x > 0, x)


def test_an_overflow_that_is_not_chosen_leaves_no_nan():
    x = gn.Input("x", value=[-1.0, 0.0, 4.0])
    safe = np.where(x > 0, x, 1.0)
    with np.errstate(all="raise"):
        (grad,) = gradients(np.where(x > 0, np.sqrt(safe), 0.0), x)
    np.testing.assert_array_equal(grad, [0, 0, 0.25])


SELECTS = {
    "default": lambda x: np.select([x > 1, x > 0], [x, x**2]),
    "number": lambda x: np.select([x > 1, x > 0], [x, x**2], -1.5),
    "array": lambda x: np.select([x > 1, x > 0], [2.0, x], default=Y),
    "first": lambda x: np.select([x > 0, x > 1, x < 0], [x, 7.0, -x]),
    "mask": lambda x: np.select([X > 0.5], [x], 3),
    "tuple": lambda x: np.select((x > 1, x[0] > 0), (x, x[0])),
}


@pytest.mark.parametrize("name", SELECTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_select(name, dtype):
    check_values(SELECTS[name], X.astype(dtype))
    if dtype is np.float64:
        check_function(SELECTS[name], X)


def test_select_among_nodes_by_masks():
    check_values(lambda x, y: np.select([X > 0, X > -1], [x, y], x * y), X, Y)
    check_function(lambda x, y: np.select([X > 0, X > -1], [x, y], x * y), X, Y)
    check_values(lambda n: np.select([n > 2], [n]), np.arange(5))


def test_bad_uses_of_select():
    x = gn.Input("x", value=X)
    with pytest.raises(ValueError, match="2 conditions and 1 choices"):
        np.select([X > 0, X < 0], [x])
    with pytest.raises(TypeError, match="node"):
        np.select([X > 0], [X], x)
    with pytest.raises(TypeError, match="condition of dtype float64"):
        np.select([x], [x])
    assert len(x.graph) == 1


def test_piecewise_is_refused_with_a_way_out():
    x = gn.Input("x", value=X)
    with pytest.raises(gn.UnsupportedError, match=r"np\.where\(x < 0, -x, x\)"):
        np.piecewise(x, [x < 0], [lambda v: -v, lambda v: v])


# -- heaviside, nan_to_num -------------------------------------------------------------
def test_heaviside():
    x, at_0 = np.array([-1.0, 0.0, 2.0, -0.0]), np.array([0.5])
    check_values(np.heaviside, x, at_0)
    check_values(lambda x: np.heaviside(x, 0.5), HOLES)
    a, b = gn.Input("a", value=x), gn.Input("b", value=at_0)
    left, right = gradients(np.heaviside(a, b), a, b)
    assert not left.any()
    np.testing.assert_array_equal(right, [2])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"nan": 7.0},
        {"posinf": 3.0, "neginf": -3.0},
        {"copy": True},
        {"nan": 1, "posinf": 2.5},
    ],
)
def test_nan_to_num(settings):
    check_values(lambda x: np.nan_to_num(x, **settings), HOLES)
    check_values(lambda x: np.nan_to_num(x, **settings), HOLES.astype(np.float32))
    check_values(lambda x: np.nan_to_num(x, **settings), COMPLEX_HOLES)
    check_values(lambda x: np.nan_to_num(x, True, 2.0, 3.0), HOLES)
    x = gn.Input("x", value=HOLES)
    (grad,) = gradients(np.nan_to_num(x, **settings), x)
    np.testing.assert_array_equal(grad, np.isfinite(HOLES))
    check_function(lambda x: np.nan_to_num(x, **settings) ** 2, X)
    check_function(lambda x: np.nan_to_num(x, **settings) ** 2, X + 1j)


def test_nan_to_num_looks_at_each_part():
    z = gn.Input("z", value=np.array([complex(np.nan, 2.0), complex(3.0, np.inf)]))
    loss = np.sum(np.real(np.nan_to_num(z, posinf=5.0) ** 2))
    loss.graph.backward(loss, wrt=z)
    # the real part of the square is x**2 - y**2; by y it is -2y, and -i times that
    np.testing.assert_array_equal(z.grad, [4j, 6.0])


def test_bad_uses_of_nan_to_num():
    x = gn.Input("x", value=HOLES)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.nan_to_num(x, copy=False)
    with pytest.raises(gn.UnsupportedError, match="node"):
        np.nan_to_num(x, nan=np.sum(x))
    np.testing.assert_array_equal(x.value, HOLES)
