"""Activation functions: their values by definition, the far ends, every dtype."""

import numpy as np
import pytest

import graphnn as gn


def test_sigmoid_taken_apart_has_its_slope_at_0():
    x = gn.Input("x", value=[-1.0, 0.0, -0.0, 1.0])
    graph = gn.Sigmoid()(x).graph.expand()
    graph.backward(graph.sink(), np.ones(4), wrt=[graph["x"]])
    s = 1 / (1 + np.exp(-x.value))
    np.testing.assert_allclose(graph["x"].grad, s * (1 - s), rtol=1e-15)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64])
def test_sigmoid_of_whole_numbers(dtype):
    x = np.array([0, 1, 3, 100]).astype(dtype)
    expected = 1 / (1 + np.exp(-x.astype(float)))
    np.testing.assert_allclose(gn.Sigmoid().forward(x), expected, rtol=1e-15)
