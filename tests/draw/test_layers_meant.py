"""Layers where a picture is asked about nodes: a layer stands for its scope."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import boxes

import graphnn as gn
from graphnn.draw.marking.marks import MARKS

STAR = MARKS["highlight"].sign
BATCH = np.linspace(-1.0, 1.0, 15).reshape(5, 3)


@pytest.fixture
def net():
    layers = [gn.Dense(4, "tanh"), gn.Dense(2, "tanh"), gn.Dense(1)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    net.train_batch(BATCH, np.ones((5, 1)))
    return net


def starting_with(graph, sign, **options):
    drawn = boxes(graph, **options)
    return [name for name, box in drawn.items() if box.lines[0].startswith(sign)]


def test_a_layer_is_highlighted_as_its_name_is(net):
    first, second, _ = net.layers
    inside = starting_with(net, STAR, highlight="dense_2")
    assert "dense_2/weight" in inside
    assert starting_with(net, STAR, highlight=second) == inside
    both = starting_with(net, STAR, highlight=["input", first, second])
    assert both == ["input", *starting_with(net, STAR, highlight=first), *inside]
    assert starting_with(net, "►", highlight={second: "current"}) == inside
    generator = (layer for layer in (first, second))
    assert starting_with(net, STAR, highlight=generator) == both[1:]


def test_layers_are_closed_and_opened(net):
    first, second, _ = net.layers
    assert net.to_dot(fold=second) == net.to_dot(fold="dense_2")
    assert net.to_dot(fold=[first, "dense_2"]) == net.to_dot(fold="dense_[12]")
    opened = net.to_dot(depth=1, expand=second)
    assert opened == net.to_dot(depth=1, expand="dense_2")
    assert opened != net.to_dot(depth=1)


@pytest.mark.parametrize("by_name", [False, True])
def test_around_and_target_are_the_last_operation(net, by_name):
    layer = "dense_2" if by_name else net.layers[1]
    last = net.graph["dense_2/tanh"]
    assert net.to_dot(target=layer) == net.to_dot(target=last)
    assert net.to_dot(target=[layer]) == net.to_dot(target=[last])
    assert net.to_dot(around=layer, radius=1) == net.to_dot(around=last, radius=1)


@pytest.mark.parametrize("by_name", [False, True])
def test_notes_stand_in_the_closed_box_or_at_the_last_operation(net, by_name):
    layer = "dense_2" if by_name else net.layers[1]
    noted = [
        name
        for name, box in boxes(net, notes={layer: "mine"}).items()
        if "mine" in box.lines
    ]
    assert noted == ["dense_2/tanh"]
    folded = boxes(net, notes={layer: "mine"}, depth=1, repeats=False)
    (box,) = [box for box in folded.values() if "mine" in box.lines]
    assert box.lines[0] == "dense_2"


@pytest.mark.parametrize("by_name", [False, True])
def test_marks_lie_on_all_of_a_layer(net, by_name):
    layer = "dense_2" if by_name else net.layers[1]
    inside = starting_with(net, STAR, highlight="dense_2")
    assert starting_with(net, "►", marks={layer: "current"}) == inside


def test_a_layer_that_is_called_twice_stands_for_both_scopes():
    layer = gn.Dense(3)
    with gn.scope("a"):
        one = layer(gn.Input("x", value=BATCH))
    with gn.scope("b"):
        graph = layer(one).graph
    assert {name[0] for name in starting_with(graph, STAR, highlight=layer)} == {*"ab"}


def test_a_layer_of_layers_stands_for_all_in_it():
    block = gn.Sequential(gn.Dense(3, "tanh"), gn.Dense(3))
    graph = np.sum(block(gn.Input("x", value=BATCH))).graph
    starred = starting_with(graph, STAR, highlight=block)
    assert {"sequential_1/dense_1/weight", "sequential_1/dense_2/weight"} <= {*starred}
    assert "sum" not in starred
    inner = starting_with(graph, STAR, highlight=block.layers[0])
    assert inner
    assert all(name.startswith("sequential_1/dense_1/") for name in inner)


def test_a_layer_of_another_graph_is_refused(net):
    other = gn.Dense(3)
    for option in ("highlight", "fold", "expand", "around", "target"):
        with pytest.raises(gn.MissingNode, match="has added nothing to"):
            net.to_dot(**{option: other})


def test_a_name_of_nothing_is_refused_as_before(net):
    for option in ("around", "target"):
        with pytest.raises(gn.MissingNode, match="no node 'dense_9'"):
            net.to_dot(**{option: "dense_9"})
    with pytest.raises(gn.MissingNode, match="no node 'dense_9'"):
        net.to_dot(notes={"dense_9": "text"})


def test_after_a_failure_layers_are_found(net):
    with pytest.raises(gn.ShapeError):
        net.graph.forward({"input": np.ones((5, 7))})
    starred = starting_with(net, STAR, highlight=net.layers[1])
    assert starred == starting_with(net, STAR, highlight="dense_2")


def test_the_last_operation_is_one_of_the_forward_pass(net):
    graph = net.graph
    graph.forward()
    last = graph["dense_2/tanh"]
    graph.gradient("mean_squared_error", "dense_2/weight")
    noted = boxes(graph, notes={"dense_2": "mine"})
    assert [n for n, box in noted.items() if "mine" in box.lines] == [last.name]
