"""Initial weights."""

import numpy as np
import pytest

from graphnn.nn.initializers import as_initializer, fans, initial_weights


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


@pytest.mark.parametrize(
    ("name", "variance"),
    [("glorot", 2 / (900 + 1350)), ("he_uniform", 2 / 900), ("lecun", 1 / 900)],
)
def test_the_variance_of_a_kernel(name, variance):
    rng = np.random.default_rng(0)
    shape = (3, 3, 100, 150)
    weights = initial_weights(as_initializer(name), rng, shape, np.float64)
    assert weights.shape == shape
    assert weights.var() == pytest.approx(variance, rel=0.03)
