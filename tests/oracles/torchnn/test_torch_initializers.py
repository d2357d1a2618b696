"""Initialisers against PyTorch's: gains, limits, variances, orthogonality.

Two generators draw different numbers. What is compared is their distribution: by the
two-sample Kolmogorov-Smirnov statistic, with seeds that are fixed.
"""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from graphnn.nn import initializers as ours  # noqa: E402
from graphnn.nn.initializers import fans, initial_weights  # noqa: E402

pytestmark = pytest.mark.oracle

theirs = torch.nn.init

# theirs are laid out (out, in, places), ours (places, in, out)
SHAPES = [(300, 200), (5, 40, 60), (3, 3, 50, 60)]


def turned(shape):
    return (shape[-1], shape[-2], *shape[:-2])


def drawn(initializer, shape):
    return initial_weights(initializer, np.random.default_rng(0), shape, np.float64)


def filled(function, shape, **settings):
    generator = torch.Generator().manual_seed(0)
    tensor = torch.empty(turned(shape), dtype=torch.float64)
    return function(tensor, generator=generator, **settings).numpy()


def distance(a, b):
    """Give the largest difference of the two distribution functions."""
    a, b = np.sort(a, axis=None), np.sort(b, axis=None)
    both = np.concatenate([a, b])
    below = [np.searchsorted(x, both, side="right") / x.size for x in (a, b)]
    return np.abs(below[0] - below[1]).max()


PAIRS = {
    "xavier_normal": ("xavier_normal", theirs.xavier_normal_, {}),
    "xavier_uniform": ("xavier_uniform", theirs.xavier_uniform_, {}),
    "xavier_gain": (ours.glorot_normal(5 / 3), theirs.xavier_normal_, {"gain": 5 / 3}),
    "kaiming_normal": ("kaiming_normal", theirs.kaiming_normal_, {}),
    "kaiming_uniform": ("kaiming_uniform", theirs.kaiming_uniform_, {}),
    "kaiming_slope": (ours.he_uniform(0.2), theirs.kaiming_uniform_, {"a": 0.2}),
    "kaiming_fan_out": (
        ours.variance_scaling(2.0, "fan_out"),
        theirs.kaiming_normal_,
        {"mode": "fan_out"},
    ),
    "kaiming_linear": (
        "lecun_normal",
        theirs.kaiming_normal_,
        {"nonlinearity": "linear"},
    ),
    "the default": ("fan_in_uniform", theirs.kaiming_uniform_, {"a": math.sqrt(5)}),
    "normal": (ours.normal(0.3, 2.0), theirs.normal_, {"mean": 2.0, "std": 0.3}),
    "uniform": (ours.uniform(-1, 3), theirs.uniform_, {"a": -1.0, "b": 3.0}),
    "truncated": (
        ours.truncated_normal(0.5, 1.0),
        theirs.trunc_normal_,
        {"mean": 1.0, "std": 0.5, "a": 0.0, "b": 2.0},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_distributions(name, shape):
    initializer, function, settings = PAIRS[name]
    a, b = drawn(initializer, shape), filled(function, shape, **settings)
    # beyond 1.95 sqrt(2 / n) two samples of one distribution are in 1 of 1000 cases
    assert distance(a, b) < 1.95 * math.sqrt(2 / a.size)
    scale = b.std()
    assert a.std() == pytest.approx(scale, rel=0.03)
    assert abs(a.mean() - b.mean()) < 6 * scale * math.sqrt(2 / a.size)
    if "uniform" in getattr(function, "__name__", ""):
        assert a.max() == pytest.approx(b.max(), rel=5e-3)
        assert a.min() == pytest.approx(b.min(), rel=5e-3)


def test_the_distance_tells_scales_apart():
    a = drawn(ours.normal(1.0), (300, 200))
    assert distance(a, drawn(ours.normal(1.05), (300, 200))) > 1.95 * math.sqrt(
        2 / a.size
    )


@pytest.mark.parametrize("shape", [*SHAPES, (7, 7), (3, 9), (9, 3)], ids=str)
def test_fans(shape):
    expected = theirs._calculate_fan_in_and_fan_out(torch.empty(turned(shape)))
    assert fans(shape) == expected


@pytest.mark.parametrize("shape", [(6, 6), (8, 3), (3, 8)], ids=str)
def test_orthogonal(shape):
    mine = drawn(ours.orthogonal(1.7), shape)
    other = filled(theirs.orthogonal_, shape, gain=1.7)
    for matrix in (mine, other):
        thin = matrix if len(matrix) >= matrix.shape[1] else matrix.T
        np.testing.assert_allclose(
            thin.T @ thin, 1.7**2 * np.eye(thin.shape[1]), atol=1e-13
        )
    singular = np.linalg.svd(other, compute_uv=False)
    np.testing.assert_allclose(np.linalg.svd(mine, compute_uv=False), singular)


@pytest.mark.parametrize("shape", [(3, 4, 4), (5, 3, 2, 6), (3, 3, 3, 5, 2)], ids=str)
def test_identity(shape):
    expected = theirs.dirac_(torch.empty(turned(shape))).numpy()
    mine = drawn("identity", shape)
    np.testing.assert_array_equal(
        np.moveaxis(mine, (-1, -2), (0, 1)), expected.astype(float)
    )


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("linear", ()),
        ("sigmoid", ()),
        ("tanh", ()),
        ("relu", ()),
        ("leaky_relu", ()),
        ("leaky_relu", (0.3,)),
        ("selu", ()),
    ],
)
def test_gains(name, arguments):
    expected = theirs.calculate_gain(name, *arguments)
    assert ours.calculate_gain(name, *arguments) == pytest.approx(expected, rel=1e-15)
