"""What is still to be seen when planned passes have left no values on the nodes."""

import re

import numpy as np

import graphnn as gn

X = np.linspace(-1.0, 1.0, 24).reshape(2, 4, 3)


def network():
    layers = [gn.MultiHeadAttention(1), gn.Flatten(), gn.Dense(2)]
    return gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=0)


def planned(net, times=5):
    for _ in range(times):
        prediction = net.predict(X)
    assert all(node.output is None for node in net.graph.nodes if node.consumers
               and node.kind == "operation")  # fmt: skip
    return prediction


def test_summaries_and_pictures_keep_the_shapes():
    net, twin = network(), network()
    twin.forward(X)
    planned(net)
    one, other = [
        re.sub(r"_plans\.py:\d+", "", str(each.graph.summary())) for each in (net, twin)
    ]
    assert one == other
    shapes = [line for line in twin.graph.to_dot().splitlines() if 'label=" (' in line]
    assert shapes
    dot = net.graph.to_dot()
    assert all(line.partition("tooltip")[0] in dot for line in shapes)


def test_a_node_says_why_it_has_no_value():
    net = network()
    planned(net)
    node = net.graph["multi_head_attention_1/projection/join_heads"]
    assert "float64 (2, 4, 3), not kept by a plan" in repr(node)
    net.forward(X)
    assert "norm" in repr(node)
    assert "not kept" not in repr(node)


def test_the_weights_of_an_attention_are_computed_where_one_asks_for_them():
    net, twin = network(), network()
    twin.forward(X)
    expected = planned(net)
    weights = net.layers[0].attention_weights
    np.testing.assert_array_equal(weights, twin.layers[0].attention_weights)
    np.testing.assert_array_equal(net.predict(X), expected)


def test_a_large_training_step_keeps_no_values_either():
    rows = np.ones((2048, 16))
    net = gn.NeuralNetwork([gn.Dense(512), gn.Dense(1)], gn.MeanSquaredError(), seed=0)
    trainer = gn.Trainer(net, gn.SGD(0.001))
    losses = [trainer.step(rows, np.ones((2048, 1))) for _ in range(2)]
    assert losses[1] < losses[0]
    assert net.loss.output == losses[1]
    assert net.graph["dense_1/bias_add"].output is None
    assert net.graph["dense_1/bias_add"].shape == (2048, 512)
    assert net.param_grads()[0].shape == (16, 512)


def test_where_somebody_looks_a_large_step_keeps_its_values():
    rows = np.ones((2048, 16))
    net = gn.NeuralNetwork([gn.Dense(512), gn.Dense(1)], gn.MeanSquaredError(), seed=0)
    net.forward(rows)
    net.graph.on_forward(lambda step: None)
    gn.Trainer(net, gn.SGD(0.001)).step(rows, np.ones((2048, 1)))
    assert net.graph["dense_1/bias_add"].output.shape == (2048, 512)
