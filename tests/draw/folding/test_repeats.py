"""Equal blocks in a row: what is one run, and what breaks it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.compose import compose
from graphnn.draw.options import Options
from graphnn.graph import Input, Parameter, scope

X = np.ones((2, 4))


def runs(graph, **options):
    """The boxes of closed scopes, with how many each stands for."""
    scene = compose(graph, Options(**{"depth": 1, **options}))
    folds = [box for box in scene.boxes if box.kind == "fold"]
    return [(box.title, box.facts["blocks"]) for box in folds]


def lengths(graph, **options):
    return [count for _, count in runs(graph, **options)]


def network(*layers, rows=X):
    net = gn.NeuralNetwork(list(layers), gn.MeanSquaredError(), seed=1)
    net.forward(rows)
    return net.graph


def dense(count, activation="tanh", neurons=4):
    return [gn.Dense(neurons, activation) for _ in range(count)]


def blocks(count, body, start=X):
    """Scopes in a row, each of which makes the next value of the last."""
    value = Input("x", value=start)
    for number in range(1, count + 1):
        with scope(f"block_{number}"):
            value = body(value, number)
    return value


# -- what is one run -------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 2, 3, 12, 50])
def test_equal_blocks_are_one_box(count):
    assert lengths(network(*dense(count))) == [count]


def test_it_has_the_totals_of_all():
    net = gn.NeuralNetwork(dense(12), gn.MeanSquaredError(), seed=1)
    net.train_batch(X, X)
    (box,) = [
        box for box in compose(net.graph, Options(depth=1)).boxes if box.kind == "fold"
    ]
    norm = np.sqrt(sum(np.sum(p.grad**2) for p in net.parameters))
    assert box.title == "dense_1 … dense_12"
    assert box.suffix == " × 12"
    assert box.lines == ("240 parameters", "36 operations", f"‖param grad‖ {norm:.3g}")
    assert box.facts["nodes"] == 60


def test_others_stay_apart():
    layers = [gn.Dense(8, "tanh"), *dense(5, neurons=8), gn.Dense(1)]
    assert lengths(network(*layers)) == [1, 5, 1]


def test_layers_of_layers():
    def part():
        return gn.Residual(gn.Sequential([gn.Dense(4, "relu"), gn.Dense(4)]))

    assert lengths(network(part(), part(), part())) == [3]


def test_a_seed_is_no_difference():
    layers = [gn.Sequential([gn.Dense(4), gn.Dropout(0.5)]) for _ in range(3)]
    assert lengths(network(*layers)) == [3]


def test_the_steps_of_an_unrolled_layer():
    for sequences in (True, False):
        layer = gn.LSTM(4, unroll=True, return_sequences=sequences)
        layer.forward(np.ones((2, 20, 3)))
        scene = compose(layer.graph, Options(depth=2))
        found = {box.title: box.suffix for box in scene.boxes}
        assert found["step_0 … step_19"] == " × 20"
        assert found["x_0 … x_19"] == " × 20"
        names = {box.key: box.title for box in scene.boxes}
        into = [
            names[arrow.tail]
            for arrow in scene.arrows
            if names[arrow.head] == "step_0 … step_19"
        ]
        assert sorted(into) == [
            "bias",
            "initial_state",
            "recurrent_weight",
            "weight",
            "x_0 … x_19",
        ]
        if sequences:
            assert "20 × (2, 4)" in [arrow.label for arrow in scene.arrows]


def test_all_may_take_the_same():
    mask, shared = Input("mask", value=X > 0), Parameter(np.eye(4), "shared")
    y = blocks(5, lambda value, _: np.where(mask, value @ shared, 0.0))
    scene = compose(y.graph, Options(depth=1))
    names = {box.key: box.title for box in scene.boxes}
    assert runs(y.graph) == [("block_1 … block_5", 5)]
    assert [(names[a.tail], a.label) for a in scene.arrows] == [
        ("x", "(2, 4)"),
        ("mask", "(2, 4)"),
    ], "the shared weight lies in the box"
    (box,) = [box for box in scene.boxes if box.kind == "fold"]
    assert box.lines[0] == "16 parameters"


def test_weights_that_the_first_has_made():
    layer = gn.Dense(4, "tanh")
    assert lengths(blocks(5, lambda value, _: layer(value)).graph) == [5]


def test_the_same_layer_again_is_one_scope():
    layer, value = gn.Dense(4, "tanh"), Input("x", value=X)
    for _ in range(5):
        value = layer(value)
    assert runs(value.graph) == [("dense_1", 1)]


def test_two_towers_are_two_runs():
    value = Input("x", value=X)
    towers = []
    for name in "ab":
        top = value
        for number in range(4):
            with scope(f"{name}_{number}"):
                top = np.tanh(top @ Parameter(np.eye(4)))
        towers.append(top)
    assert lengths(np.sum(towers[0] * towers[1]).graph) == [4, 4]


def test_two_results_of_each_that_feed_the_next():
    def body(pair, number):
        one, other = pair if number > 1 else (pair, pair)
        return np.sin(one) + other, np.cos(other)

    one, _ = blocks(6, body)
    assert lengths(one.graph) == [6]


def test_runs_in_runs():
    def inner(value, _):
        for number in range(3):
            with scope(f"inner_{number}"):
                value = np.tanh(value)
        return value

    graph = np.sum(blocks(4, inner)).graph
    scene = compose(graph, Options(depth=2))
    assert [(f.title, f.suffix) for f in scene.frames] == [("block_1 … block_4", "× 4")]
    assert [box.title for box in scene.boxes] == ["x", "inner_0 … inner_2", "sum"]
    assert scene.boxes[1].lines == ("3 operations",), "of one block"
    whole = compose(graph, Options(depth=3))
    assert [(f.title, f.suffix) for f in whole.frames] == [
        ("block_1 … block_4", "× 4"),
        ("inner_0 … inner_2", "× 3"),
    ]
    assert len(whole.arrows) == 2


# -- what breaks it --------------------------------------------------------------------
@pytest.mark.parametrize(
    "odd",
    [
        gn.Dense(4, "relu"),
        gn.Dense(4),
        gn.Dense(4, "tanh", bias=False),
        gn.Dropout(0.5),
    ],
)
def test_another_layer(odd):
    assert lengths(network(*dense(3), odd, *dense(4))) == [3, 1, 4]


def test_another_setting():
    layers = [gn.Dropout(rate) for rate in (0.1, 0.1, 0.2, 0.1)]
    assert lengths(network(*layers)) == [2, 1, 1]
    scaled = blocks(4, lambda value, number: value * (2.0 if number < 4 else 3.0))
    assert lengths(scaled.graph) == [3, 1]


class Configured(gn.Operation):
    def __init__(self, setting):
        super().__init__()
        self.setting = setting

    def _output(self):
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        return output_grad * 2.0


@pytest.mark.parametrize(
    ("make", "other"),
    [
        (lambda: {"a": [1, {2: (3, None)}]}, {"a": [1, {2: (3, 4)}]}),
        (lambda: {"b", "a", 1}, {"b", "a", 2}),
        (lambda: partial(np.clip, a_min=0.0), partial(np.clip, a_min=1.0)),
        (lambda: np.arange(3.0), np.arange(3)),
        (lambda: float("nan"), 0.0),
        (lambda: slice(0, None, 2), slice(0, None, 3)),
    ],
)
def test_settings_of_all_kinds(make, other):
    settings = [make() for _ in range(6)]
    graph = blocks(6, lambda x, i: Configured(settings[i - 1])(x)).graph
    assert lengths(graph) == [6]
    settings[3] = other
    graph = blocks(6, lambda x, i: Configured(settings[i - 1])(x)).graph
    assert lengths(graph) == [3, 1, 2]


def test_a_frozen_layer():
    layers = dense(4)
    layers[1].trainable = False
    assert lengths(network(*layers)) == [1, 1, 2]


def test_another_dtype():
    def body(value, number):
        return np.tanh(value.astype("f4") if number > 2 else value.astype("f8"))

    assert lengths(blocks(5, body).graph) == [2, 1, 2], "the third is given another"


def test_weights_of_another_dtype():
    def body(value, number):
        return value @ Parameter(np.eye(4, dtype="f4" if number == 3 else "f8"))

    assert lengths(blocks(5, body).graph) == [2, 1, 2]


def test_another_wiring():
    def body(value, number):
        one, other = np.sin(value), np.cos(value)
        return one - other if number < 3 else other - one

    assert lengths(blocks(4, body).graph) == [2, 2]


def test_an_inner_value_that_is_used_outside():
    inner = {}

    def body(value, number):
        inner[number] = np.sin(value)
        return np.cos(inner[number])

    y = blocks(9, body)
    np.sum(y + inner[5])
    assert lengths(y.graph) == [4, 1, 4]


def test_an_inner_value_of_the_last_that_is_used_outside():
    inner = {}

    def body(value, number):
        inner[number] = np.sin(value)
        return np.cos(inner[number])

    y = blocks(4, body)
    np.sum(y + inner[4])
    assert lengths(y.graph) == [3, 1]


def test_an_output_that_is_used_further_on():
    outputs = {}

    def body(value, number):
        outputs[number] = np.tanh(value)
        return outputs[number]

    y = blocks(6, body)
    np.sum(y + outputs[3])
    assert lengths(y.graph) == [3, 3], "between the third and the fourth"


def test_a_value_that_is_asked_for():
    def body(value, number):
        return np.cos(np.sin(value))

    graph = blocks(5, body).graph
    targets = [graph["block_5/cos"], graph["block_3/sin"]]
    assert lengths(graph, target=targets) == [2, 1, 2]
    every = [graph[f"block_{number}/sin"] for number in range(1, 6)]
    assert lengths(graph, target=[targets[0], *every]) == [5]


def test_what_stands_between_them():
    value = Input("x", value=X)
    for number in range(3):
        with scope(f"block_{number}"):
            value = np.sin(value)
        value = np.tanh(value)
    assert lengths(value.graph) == [1, 1, 1]


def test_branches_are_no_run():
    value = Input("x", value=X)
    tops = []
    for number in range(3):
        with scope(f"branch_{number}"):
            tops.append(np.tanh(value))
    assert lengths(np.stack(tops).graph) == [1, 1, 1]


def test_what_is_closed_in_only_one():
    graph = network(
        *[gn.Residual(gn.Sequential([gn.Dense(4), gn.Dense(4)])) for _ in range(5)]
    )
    scene = compose(graph, Options(fold="residual_3/sequential_1"))
    assert [frame.suffix for frame in scene.frames if not frame.parent] == [
        "× 2",
        "",
        "× 2",
    ]


# -- drawn once ------------------------------------------------------------------------
def test_arrows_from_one_into_the_next_are_left_out():
    scene = compose(network(*dense(6)), Options(depth=2))
    assert [(frame.title, frame.suffix) for frame in scene.frames] == [
        ("dense_1 … dense_6", "× 6")
    ]
    names = {box.key: box.title for box in scene.boxes}
    assert [(names[a.tail], names[a.head]) for a in scene.arrows] == [
        ("input", "weight_multiply"),
        ("weight", "weight_multiply"),
        ("weight_multiply", "bias_add"),
        ("bias", "bias_add"),
        ("bias_add", "tanh"),
    ]


def test_numbers_are_those_of_the_first():
    graph = network(*dense(6))
    plain = compose(graph, Options(depth=2))
    assert not plain.caption
    for asked in ({"show": "value"}, {"passes": "both"}):
        scene = compose(graph, Options(depth=2, **asked))
        assert "Of equal blocks the first is drawn" in " ".join(scene.caption)


def gradient_boxes(*layers):
    net = gn.NeuralNetwork(list(layers), gn.MeanSquaredError(), seed=1)
    net.train_batch(X, X)
    graph = net.graph
    graph.forward({"input": X, "target": X})
    graph.gradient(graph.sink(), graph.parameters)
    scene = compose(graph, Options(depth=1))
    assert not any(arrow.turns_back for arrow in scene.arrows)
    return [(box.title, box.suffix) for box in scene.boxes if "dense" in box.title]


def test_the_gradients_of_equal_blocks():
    assert gradient_boxes(*dense(6)) == [
        ("dense_1 … dense_6", " × 6"),
        ("dense_6 … dense_2 (gradient)", " × 5"),
        ("dense_1 (gradient)", ""),
    ], "by the input of all none was asked for"


def test_gradients_take_what_their_blocks_took():
    assert gradient_boxes(gn.Dense(4, "relu"), *dense(5)) == [
        ("dense_1", ""),
        ("dense_2 … dense_6", " × 5"),
        ("dense_6 … dense_2 (gradient)", " × 5"),
        ("dense_1 (gradient)", ""),
    ], "the second took what the first gave, which is in no run"


def test_marks_on_any_of_them_are_shown():
    graph = network(*dense(6))
    marked = {graph["dense_4/tanh"]: "failed"}
    (box,) = [
        box
        for box in compose(graph, Options(depth=1, marks=marked)).boxes
        if box.kind == "fold"
    ]
    assert [sign.text for sign in box.signs] == ["✗"]


def test_without_folding_all_are_drawn():
    scene = compose(network(*dense(6)), Options())
    assert len(scene.frames) == 6
