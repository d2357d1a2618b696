"""Initial weights."""

import copy
import functools
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest

import graphnn as gn
from graphnn.nn import initializers as init
from graphnn.nn.distributions import ALIASES, INITIALIZERS
from graphnn.nn.initializers import as_initializer, fans, initial_weights

KERNEL = (3, 3, 100, 150)  # fans 900 and 1350


def drawn(initializer, shape, dtype=np.float64, seed=0):
    return initial_weights(initializer, np.random.default_rng(seed), shape, dtype)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), (1, 1)),
        ((7,), (7, 7)),
        ((0,), (1, 1)),
        ((4, 3), (4, 3)),
        ((0, 3), (1, 3)),
        ((5, 4, 3), (20, 15)),
        ((3, 5, 4, 2), (60, 30)),
        ((2, 3, 5, 4, 2), (120, 60)),
    ],
)
def test_fans(shape, expected):
    assert fans(shape) == expected


# -- distributions ---------------------------------------------------------------------
SPREADS = [
    ("glorot", 2 / 2250, np.inf),
    ("Xavier", 2 / 2250, np.inf),
    ("glorot_normal", 2 / 2250, np.inf),
    ("glorot_uniform", 2 / 2250, math.sqrt(6 / 2250)),
    ("he", 2 / 900, np.inf),
    ("kaiming_normal", 2 / 900, np.inf),
    ("he_uniform", 2 / 900, math.sqrt(6 / 900)),
    ("lecun", 1 / 900, np.inf),
    ("lecun_uniform", 1 / 900, math.sqrt(3 / 900)),
    ("fan_in_uniform", 1 / 2700, 1 / 30),
    ("standard", 1.0, np.inf),
    ("normal", 0.05**2, np.inf),
    ("uniform", 0.05**2 / 3, 0.05),
    ("truncated_normal", (0.05 * 0.87962566) ** 2, 0.1),
    (init.glorot_normal(2.0), 8 / 2250, np.inf),
    (init.glorot_uniform(0.5), 0.5 / 2250, 0.5 * math.sqrt(6 / 2250)),
    (init.he_normal(slope=1.0), 1 / 900, np.inf),
    (init.he_uniform(slope=0.5), 1.6 / 900, math.sqrt(4.8 / 900)),
    (init.lecun_normal(3.0), 9 / 900, np.inf),
    (init.fan_in_uniform(2.0), 4 / 2700, 2 / 30),
    (init.truncated_normal(2.0), (2 * 0.87962566) ** 2, 4.0),
    (init.variance_scaling(3.0, "fan_out"), 3 / 1350, np.inf),
    (
        init.variance_scaling(1.0, "fan_avg", "truncated_normal"),
        1 / 1125,
        2 / 0.87962566 / math.sqrt(1125),
    ),
]


@pytest.mark.parametrize(
    ("initializer", "variance", "limit"), SPREADS, ids=[str(s[0])[:40] for s in SPREADS]
)
def test_variance_and_limits(initializer, variance, limit):
    weights = drawn(initializer, KERNEL)
    size = weights.size
    assert weights.shape == KERNEL
    # 4.5 standard errors; the variance of squares of a normal is twice their square
    assert abs(weights.mean()) < 4.5 * math.sqrt(variance / size)
    assert weights.var() == pytest.approx(variance, rel=4.5 * math.sqrt(2 / size))
    largest = np.abs(weights).max()
    assert largest <= limit
    if limit < np.inf:
        assert largest > 0.99 * limit


def test_means():
    shape = (200, 200)
    assert drawn(init.normal(0.1, 3.0), shape).mean() == pytest.approx(3, abs=3e-3)
    weights = drawn(init.truncated_normal(0.1, -1.0), shape)
    assert weights.mean() == pytest.approx(-1, abs=3e-3)
    assert np.abs(weights + 1).max() <= 0.2
    weights = drawn(init.uniform(1, 3), shape)
    assert weights.min() >= 1
    assert weights.max() <= 3
    assert weights.mean() == pytest.approx(2, abs=0.02)


@pytest.mark.parametrize(
    "shape", [(5, 5), (7, 4), (4, 7), (1, 3), (3, 3, 2, 20), (3, 3, 2, 10), (2, 6, 5)]
)
@pytest.mark.parametrize("gain", [1.0, 1.5])
def test_orthogonal(shape, gain):
    weights = drawn(init.orthogonal(gain), shape)
    assert weights.shape == shape
    matrix = weights.reshape(-1, shape[-1])
    if len(matrix) < shape[-1]:
        matrix = matrix.T
    product = matrix.T @ matrix
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-14)


def test_orthogonal_matrices_are_drawn_evenly():
    # NumPy's QR alone prefers some signs; Haar's measure has mean 0, variance 1 / n
    rng = np.random.default_rng(0)
    draw = init.orthogonal()
    many = np.array([draw(rng, (4, 4)) for _ in range(4000)])
    np.testing.assert_allclose(many.mean(axis=0), 0, atol=4.5 * 0.5 / math.sqrt(4000))
    np.testing.assert_allclose(many.var(axis=0), 0.25, rtol=0.12)
    signs = np.linalg.det(many)
    assert abs(signs.mean()) < 4.5 / math.sqrt(4000)


def test_identity():
    np.testing.assert_array_equal(drawn("identity", (3, 3)), np.eye(3))
    np.testing.assert_array_equal(drawn(init.identity(2.0), (2, 4)), 2 * np.eye(2, 4))
    kernel = drawn("dirac", (3, 5, 4, 4))
    np.testing.assert_array_equal(kernel[1, 2], np.eye(4))
    assert kernel.sum() == 4
    np.testing.assert_array_equal(drawn("eye", (2, 3, 3))[0], np.eye(3))
    assert drawn("identity", (0, 3)).shape == (0, 3)


def test_constants():
    np.testing.assert_array_equal(drawn("zeros", (2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(drawn("Ones", (3,)), np.ones(3))
    np.testing.assert_array_equal(drawn(init.constant(0.3), (2, 1)), [[0.3], [0.3]])
    array = np.arange(6.0).reshape(2, 3)
    initializer, expected = as_initializer(array), array.copy()
    first = drawn(initializer, (2, 3))
    first += 1
    array += 1
    np.testing.assert_array_equal(drawn(initializer, (2, 3)), expected)


@pytest.mark.parametrize(
    ("arguments", "gain"),
    [
        (("linear",), 1),
        (("Sigmoid",), 1),
        (("tanh",), 5 / 3),
        (("relu",), math.sqrt(2)),
        (("leaky_relu", 0.2), math.sqrt(2 / 1.04)),
        (("LeakyReLU",), math.sqrt(2 / 1.0001)),
        (("selu",), 3 / 4),
    ],
)
def test_gains(arguments, gain):
    assert init.calculate_gain(*arguments) == pytest.approx(gain, rel=1e-15)


# -- names -----------------------------------------------------------------------------
@pytest.mark.parametrize("name", [*INITIALIZERS, *ALIASES])
def test_every_name_in_every_spelling_and_dtype(name):
    expected = drawn(name, (6, 5))
    assert expected.dtype == np.float64
    for spelling in (name.upper(), name.title(), name.replace("_", "")):
        np.testing.assert_array_equal(drawn(spelling, (6, 5)), expected)
    for dtype in (np.float16, np.float32):
        weights = drawn(name, (6, 5), dtype)
        assert weights.dtype == dtype
        np.testing.assert_array_equal(weights, expected.astype(dtype))
    assert drawn(name, (0, 3)).shape == (0, 3)


def test_public_initialisers_are_documented():
    for name in init.__all__:
        assert getattr(init, name).__doc__, name
        assert name in dir(init)
    with pytest.raises(AttributeError, match=r"'ortogonal'.* 'orthogonal'"):
        _ = init.ortogonal


def test_importing_layers_leaves_out_what_draws():
    code = (
        "import sys, graphnn as gn; names = {'numpy.random', 'graphnn.nn.drawing', "
        "'graphnn.nn.distributions'}; assert not names & set(sys.modules); "
        "gn.Dense(3); assert 'numpy.random' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("glorott", "glorot"),
        ("Xavier_Nomral", "xavier_normal"),
        ("ORTHOGONEL", "orthogonal"),
        ("HeUnifrom", "he_uniform"),
        ("zeroes", "zeros"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(name, suggestion):
    pattern = rf"unknown initialiser '{name}'\nDid you mean '{suggestion}'\?"
    with pytest.raises(gn.ArgumentError, match=pattern):
        gn.Dense(3, weight_init=name)


# -- functions of one's own ------------------------------------------------------------
def test_copies_draw_alike():
    for name in INITIALIZERS:
        initializer = as_initializer(name)
        expected = drawn(initializer, (4, 3))
        for again in (
            pickle.loads(pickle.dumps(initializer)),
            copy.deepcopy(initializer),
            as_initializer(initializer),
        ):
            np.testing.assert_array_equal(drawn(again, (4, 3)), expected)


def test_what_a_function_may_return():
    expected = [[1.0, 2.0], [3.0, 4.0]]
    for returned in (
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], np.int8),
        np.asfortranarray(expected),
        np.array(expected, np.float32),
    ):
        weights = drawn(lambda rng, shape, r=returned: r, (2, 2), np.float32)
        np.testing.assert_array_equal(weights, expected)
        assert weights.dtype == np.float32
        assert weights.flags.c_contiguous
        assert weights is not returned
    assert drawn(lambda rng, shape: True, ()).tolist() == 1.0


def bad(returned):
    def mine(rng, shape):
        return returned

    return mine


@pytest.mark.parametrize(
    ("initializer", "error", "message"),
    [
        (
            bad(np.ones((3, 2))),
            gn.ShapeError,
            r"mine returned shape \(3, 2\), \(2, 3\)",
        ),
        (bad(1.0), gn.ShapeError, r"mine returned shape \(\), \(2, 3\) was asked"),
        (np.ones(3), gn.ShapeError, r"given returned shape \(3,\)"),
        (bad(np.full((2, 3), np.nan)), gn.ArgumentError, r"mine returned NaN or inf"),
        (bad(np.full((2, 3), np.inf)), gn.ArgumentError, r"NaN or infinity"),
        (bad(np.ones((2, 3), complex)), gn.ArgumentError, r"returned complex128, not"),
        (bad(np.full((2, 3), "a")), gn.ArgumentError, r"returned <U1, not real"),
        (bad(None), gn.ArgumentError, r"NoneType, not real.*\nIs a return missing"),
        (
            lambda rng, shape: init.orthogonal,
            gn.ArgumentError,
            r"<lambda> returned function",
        ),
    ],
)
def test_what_a_function_may_not_return(initializer, error, message):
    layer = gn.Dense(3, weight_init=initializer)
    x = np.ones((4, 2))
    with pytest.raises(error, match=message):
        layer.forward(x)
    layer.weight_init = as_initializer("zeros")
    assert layer.forward(x).shape == (4, 3)


def test_numbers_too_large_for_the_dtype():
    with pytest.raises(gn.ArgumentError, match=r"fill returned numbers too large"):
        drawn(init.constant(1e6), (2, 3), np.float16)
    assert drawn(init.constant(1e6), (2, 3), np.float32)[0, 0] == 1e6


def test_errors_of_a_function_keep_their_type():
    def broken(rng, shape):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        gn.Dense(3, weight_init=broken).forward(np.ones((2, 2)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (3, r"a name or a function of \(rng, shape\), not 3\n.*constant\(0.5\)"),
        (None, r"function of \(rng, shape\), not None"),
        ([[1.0]], r"function of \(rng, shape\), not \[\[1.0\]\]"),
        (lambda shape: np.ones(shape), r"function of \(rng, shape\), not <lambda>\(sh"),
        (init.orthogonal, r"orthogonal makes an initialiser.*\n.*orthogonal\(\)"),
        (init.normal, r"normal makes an initialiser.*\nCall it: .*normal\(\), with"),
        (functools.partial(bad, 3), r"function of \(rng, shape\), not"),
    ],
)
def test_what_is_no_initialiser(wrong, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.Dense(3, weight_init=wrong)


@pytest.mark.parametrize("name", ["orthogonal", "identity"])
def test_vectors_have_no_rows(name):
    with pytest.raises(gn.ArgumentError, match=rf"'{name}' is for .*two axes.*\(3,\)"):
        drawn(name, (3,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: init.normal(0), r"the std of an initialiser is above 0, not 0"),
        (lambda: init.normal(std="a"), r"the std of an initialiser is a finite number"),
        (lambda: init.truncated_normal(-1), r"std of an initialiser is above 0"),
        (lambda: init.uniform(1, 1), r"low is below high: 1.0 and 1.0"),
        (lambda: init.uniform(0, np.inf), r"high of an initialiser is a finite"),
        (lambda: init.constant(np.nan), r"value of an initialiser is a finite"),
        (lambda: init.orthogonal(np.nan), r"gain of an initialiser is a finite"),
        (lambda: init.glorot_normal(0), r"gain of an initialiser is above 0"),
        (lambda: init.he_normal("relu"), r"slope of an initialiser is a finite"),
        (lambda: init.variance_scaling(0.0), r"scale of an initialiser is above 0"),
        (
            lambda: init.variance_scaling(1.0, "fanin"),
            r"unknown mode 'fanin'\nDid you mean 'fan_in'\?",
        ),
        (
            lambda: init.variance_scaling(1.0, "fan_in", "gaussian"),
            r"unknown distribution 'gaussian'\nKnown: normal, truncated_normal, uni",
        ),
        (lambda: init.calculate_gain("rel"), r"no gain for 'rel'\nDid you mean 'relu'"),
        (lambda: init.calculate_gain(None), r"there is no gain for None"),
    ],
)
def test_settings_that_cannot_be(make, message):
    with pytest.raises(gn.ArgumentError, match=message):
        make()
