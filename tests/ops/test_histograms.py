"""Histograms."""

import numpy as np
import pytest
from cases import numbers, positive
from cases.checks import check_function, check_values
from cases.histograms import EDGES

import graphnn as gn

FLOAT = numbers(3, 4)
WEIGHTS = positive(3, 4, seed=1)
ARRAYS = [FLOAT, FLOAT.astype(np.float32), (FLOAT * 3).astype(np.int8)]
BINS = [
    {},
    {"bins": 3},
    {"bins": EDGES},
    {"bins": [-1, 0, 0, 1]},
    {"range": (-1, 1)},
    {"bins": np.int64(4), "range": [0, 1.5]},
    {"density": True},
    {"bins": EDGES, "density": True},
]
NAMED = [{"bins": "auto"}, {"bins": "sturges", "range": (-1, 1)}]


@pytest.mark.parametrize("settings", [*BINS, *NAMED], ids=str)
def test_values(settings):
    for array in ARRAYS:
        check_values(lambda x: np.histogram(x, **settings), array)
    if not settings.get("density"):
        check_values(lambda x: np.histogram(x[:0], **settings), FLOAT)


@pytest.mark.parametrize("settings", BINS, ids=str)
@pytest.mark.parametrize("weights", [WEIGHTS, WEIGHTS.astype(np.float32), WEIGHTS * 1j])
def test_values_with_weights(settings, weights):
    check_values(lambda x: np.histogram(x, **settings, weights=weights), FLOAT)
    check_values(lambda w: np.histogram(FLOAT, **settings, weights=w), weights)


@pytest.mark.parametrize("settings", [*BINS, *NAMED], ids=str)
def test_edges(settings):
    settings = {k: v for k, v in settings.items() if k != "density"}
    for array in ARRAYS:
        check_values(lambda x: np.histogram_bin_edges(x, **settings), array)


@pytest.mark.parametrize("settings", BINS, ids=str)
def test_gradients(settings):
    def sums(x, w):
        return np.histogram(x, **settings, weights=w)[0]

    check_function(sums, FLOAT, WEIGHTS)
    check_function(
        lambda w: np.histogram(FLOAT, **settings, weights=w)[0], WEIGHTS * 1j
    )


def test_edges_that_follow_the_data():
    check_function(lambda x: np.histogram(x, 3)[1], FLOAT)
    check_function(lambda x: np.histogram(x, "sturges", density=True)[0], FLOAT)
    x = gn.Input("x", value=[[2.0, 2.0]])
    counts, edges = np.histogram(x, 2)
    edges.graph.backward(edges, np.array([1.0, 4.0, 9.0]), wrt=x)
    np.testing.assert_array_equal(x.grad, [[7.0, 7.0]])
    x.graph.forward(x=np.array([[0.0, 1.0]]), target=[counts, edges])
    np.testing.assert_array_equal(edges.output, [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(counts.output, [1, 1])


def test_edges_that_are_a_node():
    def density(x, edges):
        return np.histogram(x, edges, density=True)

    check_values(density, FLOAT, EDGES)
    check_function(lambda edges: density(FLOAT, edges)[0], EDGES)
    x, edges = gn.Input("x", value=FLOAT), gn.Input("edges", value=EDGES)
    assert density(x, edges)[1] is edges


def test_counts_have_no_gradient():
    x = gn.Input("x", value=FLOAT)
    counts, edges = np.histogram(x, EDGES)
    assert isinstance(edges, np.ndarray)
    with pytest.raises(gn.GradientError, match="no gradient for int"):
        counts.graph.backward(counts, np.ones(counts.shape))


def test_bad_use():
    x = gn.Input("x", value=FLOAT)
    end = x[0, 0]
    with pytest.raises(gn.UnsupportedError, match="end of the range is a node"):
        np.histogram(x, range=(0, end))
    with pytest.raises(gn.UnsupportedError, match=r"'auto'.*no bins for weights"):
        np.histogram(x, "auto", weights=WEIGHTS)
    with pytest.raises(ValueError, match="monotonically"):
        np.histogram(x, [2, 1])
    with pytest.raises(ValueError, match="same shape"):
        np.histogram(x, EDGES, weights=WEIGHTS[0])
    with pytest.raises(TypeError, match="integer"):
        np.histogram(x, 2.5)
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        np.histogram(gn.Input("y"), range=(0, 1))
    with pytest.raises(gn.UnsupportedError, match=r"np\.histogram2d"):
        np.histogram2d(x[0], x[1])
    check_values(np.histogram, FLOAT)
