"""The tree that ``print(graph)``, ``print(network)`` and ``print(layer)`` show."""

from __future__ import annotations

import re

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.labels import width_of
from graphnn.draw.tables.tree import tree
from graphnn.graph import Graph, Input, Parameter, scope

ACROSS = re.compile(r"  +")


def network(*layers: object, loss: object = None) -> gn.NeuralNetwork:
    net = gn.NeuralNetwork(layers, loss or gn.MeanSquaredError(), seed=0)
    net.forward_loss(np.ones((2, 4)), np.ones((2, 4)))
    return net


def line(text: str, name: str) -> list[str]:
    """The cells of the line of a name."""
    (found,) = [
        row
        for row in text.splitlines()
        if re.match(rf"[│├└ ]*{re.escape(name)}(  |$)", row)
    ]
    return ACROSS.split(found.strip("│├└ "))


def test_the_whole_tree():
    net = network(gn.Dense(4, "tanh"), gn.Dense(4))
    assert str(net.graph).splitlines() == [
        "Graph: 6 operations, 40 parameters (320 bytes), values 456 bytes, float64",
        "                      output  parameters",
        "├ input               (2, 4)",
        "├ dense_1                             20",
        "│ ├ weight_multiply   (2, 4)          16",
        "│ ├ bias_add          (2, 4)           4",
        "│ └ tanh              (2, 4)",
        "├ dense_2                             20",
        "│ ├ weight_multiply   (2, 4)          16",
        "│ └ bias_add          (2, 4)           4",
        "├ target: Input       (2, 4)",
        "└ mean_squared_error  ()                  ← dense_2/bias_add, target",
    ]
    assert repr(net.graph) == f"<Graph: {len(net.graph)} nodes>"


def test_what_a_line_takes(multiply):
    x = Input("x", value=np.ones(4))
    w = Parameter(np.ones(4), name="w")
    twice = multiply(x, x)  # not just what the line before it gives: it takes it twice
    plain = gn.Tanh()(twice)
    text = str((plain * w * 2.0 - twice).graph)
    assert line(text, "multiply") == ["multiply", "(4,)", "← x, x"]
    assert line(text, "tanh") == ["tanh", "(4,)"]
    assert line(text, "multiply_2") == ["multiply_2", "(4,)", "4", "← tanh, w"]
    assert line(text, "multiply_3") == ["multiply_3", "(4,)", "← multiply_2, 2.0"]
    assert line(text, "subtract")[-1] == "← multiply_3, multiply"


def test_a_weight_from_another_layer_is_told():
    class Tied(gn.Layer):
        def __init__(self) -> None:
            self.one, self.other = gn.Dense(4), gn.Dense(4)

        def _connect(self, input_):
            node = self.one(input_)
            self.other.weight = self.one.weight
            return np.tanh(node) @ self.one.weight

    text = str(network(Tied()).graph)
    assert line(text, "matmul")[-1] == "← tanh, dense_1/weight"
    assert "dense_1/weight" not in "".join(line(text, "weight_multiply"))


def test_the_class_where_the_name_does_not_say_it():
    sigmoid = gn.Sigmoid()(Input("sigmoid_2", value=np.ones(2)))
    sigmoid.name = "gate"
    text = str(sigmoid.graph)
    assert line(text, "gate: Sigmoid")
    assert line(text, "sigmoid_2: Input")


def test_the_class_of_a_layer():
    layer = gn.Dense(4, "relu")
    layer.name = "encoder"
    assert line(str(network(layer)), "encoder: Dense") == ["encoder: Dense", "20"]


def test_unknown_shapes_are_dashes(valueless):
    text = str(valueless)
    assert line(text, "x: Input") == ["x: Input", "–"]
    assert "values" not in text.splitlines()[0]


def test_shapes_that_a_plan_has_taken_off_stay():
    net = gn.NeuralNetwork([gn.Dense(4, "tanh")], gn.MeanSquaredError(), seed=0)
    for _ in range(4):
        net.train_batch(np.ones((2, 4)), np.ones((2, 4)))
    assert net.graph["dense_1/tanh"].output is None
    assert line(str(net), "tanh")[1] == "(2, 4)"


def test_a_dtype_stands_where_it_is_not_that_of_most():
    ids = Input("ids", value=np.zeros((2, 3), int))
    text = str(np.tanh(gn.Embedding(5, 4)(ids)).graph)
    assert line(text, "ids: Input")[1] == "(2, 3) int64"
    assert line(text, "tanh")[1] == "(2, 3, 4)"
    assert text.splitlines()[0].endswith("mostly float64")


def test_several_outputs_have_their_shapes():
    class Halves(gn.Operation):
        def _output(self):
            return self.input_[:2], self.input_[2:]

        def _input_grads(self, output_grad):
            return (np.concatenate(output_grad),)

    one, _other = Halves()(Input("x", value=np.ones(5)))
    assert line(str(one.graph), "halves")[1] == "(2,), (3,)"


# -- equal blocks ----------------------------------------------------------------------
def test_equal_blocks_are_told_once():
    text = str(network(*[gn.Dense(4, "tanh") for _ in range(12)], gn.Dense(4)))
    assert line(text, "dense_1…12 × 12")[1:] == ["(2, 4)", "12 × 20"]
    assert line(text, "dense_13")[1:] == ["20"]
    assert text.count("tanh") == 1
    # what stands behind a run takes what its last block gives
    (after,) = re.findall("dense_13.*\n.*weight_multiply(.*)", text)
    assert "←" not in after


def test_blocks_that_differ_are_no_run():
    dropouts = [gn.Dropout(rate) for rate in (0.1, 0.2, 0.3, 0.4)]
    text = str(network(*dropouts))
    assert "×" not in text
    assert "× 4" in str(network(*[gn.Dropout(0.1) for _ in range(4)]))


def test_blocks_wired_otherwise_are_no_run(multiply):
    x = node = Input("x", value=np.ones(4))
    seen = [x]
    for number in range(6):
        with scope(f"block_{number}"):
            node = np.tanh(multiply(node, seen[number // 2]))
            node = np.exp(np.tanh(node))
        seen.append(node)
    # each takes the one before it, and a second one whose distance grows
    text = str(node.graph)
    assert "× 6" not in text


def test_blocks_that_share_what_they_take_are_a_run(multiply):
    memory = Input("memory", value=np.ones(4))
    node = Input("x", value=np.ones(4))
    for number in range(6):
        with scope(f"block_{number}"):
            node = np.exp(np.tanh(multiply(node, memory)))
    text = str(node.graph)
    assert line(text, "block_0…5 × 6")
    assert line(text, "multiply")[-1] == "← x, memory"


def test_several_things_in_turn_are_a_run():
    node = Input("x", value=np.ones(4))
    for _ in range(5):
        node = np.exp(np.tanh(np.negative(node)))
    text = str(np.sum(node).graph)
    run = line(text, "negative … exp_5 × 5")
    assert run[1] == "(4,)"
    assert re.search("│ ├ negative .*\n│ ├ tanh .*\n│ └ exp ", text)
    assert line(text, "sum") == ["sum", "()"]


def test_a_layer_that_is_used_again_has_its_parameters_once():
    shared = gn.Dense(4, "tanh")

    class Again(gn.Layer):
        def __init__(self) -> None:
            self.shared = shared

        def _connect(self, input_):
            for _ in range(4):
                input_ = self.shared(input_)
            return input_

    text = str(network(Again()))
    assert "20 parameters" in text
    assert "× 20" not in text


# -- how long, how wide ----------------------------------------------------------------
def ragged(count: int) -> Graph:
    node = Input("x", value=np.ones(2))
    for number in range(count):
        with scope(f"a{number}x"), scope("inner"):
            for _ in range(number % 5 + 1):
                node = np.exp(np.tanh(node))
    return node.graph


def test_a_long_one_is_told_by_scopes():
    text = str(ragged(30))
    assert len(text.splitlines()) == 2 + 31
    assert line(text, "a3x/inner")[:2] == ["a3x/inner", "(2,)"]
    assert len(ragged(30).tree(max_lines=None).splitlines()) > 100


def test_of_too_many_the_middle_is_counted():
    text = ragged(500).tree()
    assert len(text.splitlines()) == 2 + 60
    assert "⋮ 442 more lines" in text
    assert line(text, "a499x/inner")


@pytest.mark.parametrize(("depth", "lines"), [(0, 1), (1, 4), (2, 9), (None, 9)])
def test_depth(depth, lines):
    graph = network(gn.Dense(4, "tanh"), gn.Dense(4), gn.Dense(4)).graph
    text = graph.tree(depth=depth)
    assert len(text.splitlines()) > lines
    if depth == 1:
        assert line(text, "dense_1") == ["dense_1", "(2, 4)", "20"]
        assert line(text, "mean_squared_error")[-1].startswith("← dense_")


@pytest.mark.parametrize("width", [20, 24, 33, 50, 64, 80, 120])
@pytest.mark.parametrize("name", ["x" * 300, "🦊" * 60, "漢字/" * 40, "é" * 90])
def test_never_wider_than_asked_for(multiply, width, name):
    with Graph(name) as graph, scope("漢字" * 20), scope("b"):
        x = Input(name, value=np.ones(4))
        node = multiply(x, x)
        multiply(np.tanh(node), node)
    assert max(map(width_of, graph.tree(width=width).splitlines())) <= width
    deep = Input("x", value=np.ones(2))
    with scope("a"), scope("b"), scope("c"), scope("d"), scope("e"), scope(name):
        deep = np.exp(np.tanh(deep)) * deep
    assert max(map(width_of, deep.graph.tree(width=width).splitlines())) <= width


def test_the_terminal_decides(monkeypatch):
    graph = network(gn.Dense(4)).graph
    monkeypatch.setenv("COLUMNS", "40")
    assert str(graph) == graph.tree(width=40)
    assert "←" not in str(graph)


def test_a_thousand_scopes_in_one_another():
    node = Input("x", value=np.ones(2))
    with Graph():
        for _ in range(1000):
            scope("s").__enter__()
        node = np.exp(np.tanh(node))
    assert len(str(node.graph).splitlines()) < 8


@pytest.mark.parametrize("text", ["a\nb", "a\u202eb", "a\x00b", "<b>", "\\N", ""])
def test_hostile_names_keep_to_their_line(named, text):
    shown = str(named(text))
    assert len(shown.splitlines()) == 2 + 3
    assert not re.search("[\x00\u202e]", shown)


def test_an_empty_graph():
    assert str(Graph("none")) == "Graph 'none': 0 operations, 0 parameters (0 bytes)"


@pytest.mark.parametrize(
    "settings", [{"width": 3}, {"depth": -1}, {"max_lines": 0}, {"within": "dense_3"}]
)
def test_settings_that_cannot_be(two_layers, settings):
    with pytest.raises(gn.ArgumentError):
        two_layers.tree(**settings)
    with pytest.raises(gn.ArgumentError, match=r"Did you mean 'dense_2'"):
        tree(two_layers, within="dense_22")


# -- networks and layers ---------------------------------------------------------------
def test_a_network_is_titled():
    net = network(gn.Dense(4), gn.Dense(4))
    assert str(net).startswith("NeuralNetwork of 2 layers: 5 operations, 40 param")
    lines = net.graph.tree(width=100).splitlines()[1:]
    assert net.graph.tree(width=100, title="A title").splitlines()[1:] == lines
    assert repr(net) == "<NeuralNetwork: 2 layers>"


def test_a_network_that_has_not_run_lists_its_layers():
    blocks = [gn.Residual([gn.Dense(4), "relu"]) for _ in range(3)]
    net = gn.NeuralNetwork([gn.Dense(4), *blocks, "tanh"], lambda p, t: np.mean(p - t))
    assert str(net).splitlines() == [
        "NeuralNetwork of 5 layers, not run yet",
        "├ Dense: 4 neurons",
        "├ Residual: 2 layers × 3",
        "│ ├ Dense: 4 neurons",
        "│ └ Activation: ReLU",
        "├ Activation: Tanh",
        "└ loss: <lambda>",
    ]


def test_a_layer_shows_its_part_of_the_graph():
    block = gn.Sequential([gn.Dense(4, "tanh"), gn.Dense(4)])
    assert str(block).splitlines()[0] == "Sequential: 2 layers"
    net = network(gn.Dense(4), block)
    text = str(block)
    assert text.startswith("Sequential sequential_1: 5 operations, 40 parameters")
    first, last = block.layers
    assert str(last).startswith("Dense sequential_1/dense_2: 2 operations, 20 param")
    assert line(str(first), "weight_multiply")[-1] == "← dense_1/bias_add"
    assert len(net.layers) == 2


def test_a_layer_inside_itself_ends():
    layer = gn.Sequential([gn.Dense(2)])
    layer.itself = layer
    assert str(layer).splitlines()[-1] == "⋮"


def test_a_list_of_layers_is_no_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "24")
    layer = gn.Dense(4)
    layer.name = "漢字🦊" * 20
    net = gn.NeuralNetwork([layer, gn.Dropout(0.5)], gn.MeanSquaredError())
    assert max(map(width_of, str(net).splitlines())) <= 24
