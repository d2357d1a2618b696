"""A layer draws its part of the graph."""

import numpy as np
import pytest

import graphnn as gn


@pytest.fixture
def network():
    layers = [gn.Dense(4), gn.Residual([gn.Dense(4, "tanh")])]
    network = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    network.train_batch(np.ones((2, 3)), np.ones((2, 4)))
    return network


def names(picture):
    return [box.facts["name"] for box in picture.scene.boxes]


def test_in_a_network_it_is_the_part_of_the_layer_and_what_it_takes(network):
    assert names(network.layers[1].draw()) == [
        "dense_1/bias_add",
        "residual_1/dense_1/weight",
        "residual_1/dense_1/bias",
        "residual_1/dense_1/weight_multiply",
        "residual_1/dense_1/bias_add",
        "residual_1/dense_1/tanh",
        "residual_1/add",
    ]
    assert "residual_1" not in network.layers[0].to_dot()


def test_by_itself_it_is_its_graph(tmp_path):
    layer = gn.Dense(3, "tanh")
    layer.forward(np.ones((2, 2)))
    path = layer.draw(tmp_path / "layer.json", show=("shape", "dtype"))
    assert "(2, 3) float64" in path.read_text(encoding="utf-8")
    assert len(names(layer.draw())) == len(layer.graph) == 6


def test_settings_are_those_of_a_graph(network):
    layer = network.layers[1]
    assert len(layer.draw(depth=1).scene.boxes) == 2
    assert names(layer.draw(within="dense_1")) == names(network.layers[0].draw())


def test_a_notebook_shows_it(network):
    layer = network.layers[0]
    assert "<svg" in layer._repr_mimebundle_()["image/svg+xml"]
    fresh = gn.Dense(2)
    assert fresh._repr_mimebundle_() == {"text/plain": repr(fresh)}


def test_before_the_first_batch():
    with pytest.raises(gn.NotRunError, match="built on the first batch"):
        gn.Dense(2).draw()


def test_after_a_first_batch_that_failed():
    layer = gn.Sequential([gn.Dense(3), gn.Reshape((2, 2))])
    with pytest.raises(gn.ShapeError):
        layer.forward(np.ones((2, 2)))
    assert layer.failure is not None
    assert any("failed" in box.lines for box in layer.draw().scene.boxes)
