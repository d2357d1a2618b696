"""The scopes of layers: names of one's own, shared layers, graphs that meet."""

import copy

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def scopes(net):
    return list(dict.fromkeys("/".join(n.scope) for n in net.graph.nodes if n.scope))


def named(name, layer=None):
    layer = gn.Dense(3) if layer is None else layer
    layer.name = name
    return layer


def test_two_layers_of_one_name():
    layers = [named("head"), named("head"), named("dense_2"), gn.Dense(3), gn.Dense(3)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError())
    net.forward(numbers(4, 3))
    names = ["head", "head_2", "dense_2", "dense_1", "dense_3"]
    assert scopes(net) == names
    assert [layer.name for layer in net.layers] == names


def test_a_shared_layer_keeps_its_scope_and_makes_room_in_another_graph():
    shared = gn.Dense(3)
    gn.NeuralNetwork([shared], gn.MeanSquaredError()).forward(numbers(4, 3))
    layers = [gn.Dense(3), shared, gn.Dense(3), shared]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError())
    net.forward(numbers(4, 3))
    # its parameters keep the name that they were made with
    assert [n.scope for n in net.graph.nodes if n.kind == "operation"] == [
        (name,)
        for name in ("dense_1", "dense_1_2", "dense_2", "dense_1_2")
        for _ in range(2)
    ]
    assert shared.name == "dense_1"


def test_copies_of_a_named_layer_have_scopes_of_their_own():
    pattern = named("block", gn.Sequential(gn.Dense(3), gn.Dense(3)))
    layers = [copy.deepcopy(pattern) for _ in range(3)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError())
    net.forward(numbers(4, 3))
    assert [layer.name for layer in layers] == ["block", "block_2", "block_3"]
    assert "block_3/dense_2" in scopes(net)


def test_graphs_that_meet_know_each_others_layers():
    layers = named("head"), named("tail"), named("head"), named("tail")
    one = layers[0](gn.Input("a", value=numbers(4, 3)))
    other = layers[1](gn.Input("b", value=numbers(4, 3)))
    total = one + other
    assert layers[2](total).scope == ("head_2",)
    assert layers[3](total).scope == ("tail_2",)
    assert layers[0](total).scope == ("head",)


@pytest.mark.parametrize("name", ["a/b", "a b", "<b>", "ünïcode", "input", "0"])
def test_any_text_is_a_name(name):
    net = gn.NeuralNetwork([named(name), gn.Dense(1)], gn.MeanSquaredError())
    net.train_batch(numbers(4, 3), numbers(4, 1))
    assert net.layers[0].operations[0].scope == (name,)
    assert net.graph[f"{name}/weight_multiply"] is net.layers[0].operations[0]
    assert net.to_dot().startswith("digraph")
    assert f"{name}/weight" in net.summary()
