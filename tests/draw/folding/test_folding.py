"""Scopes that are closed: depth=, fold=, expand=, max_nodes=."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw import render
from graphnn.draw.compose import compose
from graphnn.draw.options import Options
from graphnn.errors import ArgumentError, MissingNode
from graphnn.graph import Graph, Input, Parameter, scope


def scene_of(graph, **options):
    return compose(graph, Options(**options))


def boxes(scene):
    """The boxes by title: that no two have the same is a part of the tests."""
    found = {box.title: box for box in scene.boxes}
    assert len(found) == len(scene.boxes)
    return found


def titles(scene):
    return [box.title for box in scene.boxes]


def frames(scene):
    return [(frame.title + " " + frame.suffix).strip() for frame in scene.frames]


def flows(scene):
    """The arrows of values: from title to title, with their labels."""
    names = {box.key: box.title for box in scene.boxes}
    return [
        (names[arrow.tail], names[arrow.head], arrow.label)
        for arrow in scene.arrows
        if arrow.role == "value"
    ]


def trained(layers, features=13, outputs=1, seed=1):
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=seed)
    net.train_batch(np.ones((8, features)), np.ones((8, outputs)))
    return net


@pytest.fixture
def mlp():
    return trained([gn.Dense(5, "tanh"), gn.Dense(3, "tanh"), gn.Dense(1)])


@pytest.fixture
def transformer():
    layers = [
        gn.Embedding(20, 8),
        gn.PositionEmbedding(6),
        *[gn.TransformerBlock(heads=2, causal=True) for _ in range(12)],
        gn.Dense(20),
    ]
    net = gn.NeuralNetwork(layers, gn.SoftmaxCrossEntropy(), seed=1)
    numbers = np.arange(12).reshape(2, 6)
    net.train_batch(numbers, numbers)
    return net


# -- depth -----------------------------------------------------------------------------
def test_each_layer_is_one_box(mlp):
    scene = scene_of(mlp.graph, depth=1)
    assert titles(scene) == [
        "input",
        "dense_1",
        "dense_2",
        "dense_3",
        "target",
        "mean_squared_error",
    ]
    assert not scene.frames
    assert flows(scene) == [
        ("input", "dense_1", "(8, 13)"),
        ("dense_1", "dense_2", "(8, 5)"),
        ("dense_2", "dense_3", "(8, 3)"),
        ("dense_3", "mean_squared_error", "(8, 1)"),
        ("target", "mean_squared_error", "(8, 1)"),
    ]


def test_the_box_of_a_layer_counts_and_measures(mlp):
    box = boxes(scene_of(mlp.graph, depth=1))["dense_1"]
    assert box.kind == "fold"
    weight, bias = mlp.layers[0].parameters
    norm = np.sqrt(np.sum(weight.grad**2) + np.sum(bias.grad**2))
    assert box.lines == ("70 parameters", "3 operations", f"‖param grad‖ {norm:.3g}")
    assert box.tip == "dense_1: 3 operations, 2 arrays of parameters"
    assert box.facts == {
        "name": "dense_1",
        "nodes": 5,
        "operations": 3,
        "parameters": 70,
        "blocks": 1,
    }


def test_depth_zero_is_one_box_between_inputs_and_the_loss(mlp):
    scene = scene_of(mlp.graph, depth=0)
    assert titles(scene) == ["input", "graph", "target", "mean_squared_error"]
    assert boxes(scene)["graph"].lines[:2] == ("92 parameters", "8 operations")
    assert flows(scene) == [
        ("input", "graph", "(8, 13)"),
        ("graph", "mean_squared_error", "(8, 1)"),
        ("target", "mean_squared_error", "(8, 1)"),
    ]


def test_depth_zero_is_called_as_the_graph_is():
    with Graph("parabola") as graph:
        x = Input("x", value=np.ones(3))
        np.sum(x * x + x)
    scene = scene_of(graph, depth=0)
    assert titles(scene) == ["x", "parabola", "sum"]
    assert flows(scene)[0] == ("x", "parabola", "(3,)"), "three uses, one arrow"


def test_a_target_has_a_box_of_its_own(mlp):
    product = mlp.graph["dense_2/weight_multiply"]
    scene = scene_of(mlp.graph, depth=0, target=product)
    assert titles(scene) == ["input", "graph"], "it lies in a layer"
    assert boxes(scene)["graph"].lines[-1] == "→ (8, 3)"


@pytest.mark.parametrize("depth", [2, 3, 99])
def test_open_levels_are_drawn_as_ever(mlp, depth):
    whole, deep = scene_of(mlp.graph), scene_of(mlp.graph, depth=depth)
    assert titles(deep) == titles(whole)
    assert flows(deep) == flows(whole)
    assert frames(deep) == frames(whole)


@pytest.mark.parametrize("depth", [-1, 1.0, "1", True])
def test_a_depth_is_a_number_of_levels(mlp, depth):
    with pytest.raises(ArgumentError, match="depth="):
        scene_of(mlp.graph, depth=depth)


def test_a_residual_network_by_depth():
    def part():
        one, other = [gn.Conv2D(4, 3, padding="same") for _ in range(2)]
        return gn.Sequential([one, gn.ReLU(), other])

    layers = [gn.Conv2D(4, 3), gn.Residual(part()), gn.Flatten(), gn.Dense(2)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    net.forward(np.ones((2, 6, 6, 1)))
    one = scene_of(net.graph, depth=1)
    assert titles(one) == ["input", "conv2d_1", "residual_1", "flatten_1", "dense_1"]
    assert boxes(one)["flatten_1"].lines == ("Flatten",)
    assert boxes(one)["dense_1"].lines[-1] == "→ (2, 2)"
    two = scene_of(net.graph, depth=2)
    assert frames(two) == ["conv2d_1", "residual_1", "flatten_1", "dense_1"]
    assert boxes_in(two, "residual_1") == ["sequential_1", "add"]
    three = scene_of(net.graph, depth=3)
    assert boxes_in(three, "sequential_1") == ["conv2d_1", "activation_1", "conv2d_2"]


def boxes_in(scene, frame):
    (key,) = [each.key for each in scene.frames if each.title == frame]
    return [box.title for box in scene.boxes if box.frame == key]


def test_a_transformer_by_depth(transformer):
    one = scene_of(transformer.graph, depth=1)
    row = boxes(one)["transformer_block_1 … _12"]
    assert row.suffix == " × 12"
    blocks = [p for p in transformer.parameters if "block" in p.name]
    assert row.lines[0] == f"{sum(p.value.size for p in blocks):,} parameters"
    two = scene_of(transformer.graph, depth=2)
    assert "transformer_block_1 … _12 × 12" in frames(two)
    inside = boxes_in(two, "transformer_block_1 … _12")
    assert inside == [
        "attention_norm",
        "attention",
        "add",
        "feed_forward_norm",
        "feed_forward",
        "add_2",
    ]
    (attention,) = [box for box in two.boxes if box.title == "attention"]
    assert attention.lines[0] == "288 parameters", "those of one block"
    assert ("add_2", "weight_multiply", "(2, 6, 8)") in flows(two)
    assert not [f for f in flows(two) if f[:2] == ("add_2", "attention_norm")]


# -- what a picture shows of gradients -------------------------------------------------
def test_gradients_that_are_not_there(mlp):
    net = gn.NeuralNetwork([gn.Dense(2)], gn.MeanSquaredError(), seed=1)
    net.forward(np.ones((2, 3)))
    assert boxes(scene_of(net.graph, depth=1))["dense_1"].lines == (
        "8 parameters",
        "2 operations",
        "→ (2, 2)",
    )
    for asked in ({"show": "grad"}, {"passes": "both"}, {"color_by": "grad_norm"}):
        lines = boxes(scene_of(net.graph, depth=1, **asked))["dense_1"].lines
        assert "‖param grad‖ –" in lines, "never a 0"


def test_gradient_arrows_between_folds(mlp):
    scene = scene_of(mlp.graph, depth=1, passes="both")
    names = {box.key: box.title for box in scene.boxes}
    back = [
        (names[a.tail], names[a.head]) for a in scene.arrows if a.role == "gradient"
    ]
    assert back == [
        ("dense_1", "dense_2"),
        ("dense_2", "dense_3"),
        ("dense_3", "mean_squared_error"),
    ]


def gradient_graph(count):
    net = trained([gn.Dense(4, "tanh") for _ in range(count)], 4, 4)
    graph = net.graph
    graph.forward({"input": np.ones((8, 4)), "target": np.ones((8, 4))})
    graph.gradient(graph.sink(), graph.parameters)
    return graph


def test_the_reverse_pass_has_boxes_of_its_own():
    scene = scene_of(gradient_graph(1), depth=1)
    assert titles(scene) == [
        "input",
        "dense_1",
        "target",
        "mean_squared_error",
        "mean_squared_error_grad",
        "dense_1 (gradient)",
    ]
    kinds = {box.title: box.kind for box in scene.boxes}
    assert kinds["dense_1"] == "fold"
    assert kinds["dense_1 (gradient)"] == kinds["mean_squared_error_grad"] == "gradient"
    assert not any(arrow.turns_back for arrow in scene.arrows)
    assert ("dense_1", "dense_1 (gradient)") in [ends[:2] for ends in flows(scene)]


def test_the_reverse_pass_has_frames_of_its_own():
    scene = scene_of(gradient_graph(1), depth=2)
    assert [(frame.title, frame.kind) for frame in scene.frames] == [
        ("dense_1", "scope"),
        ("mean_squared_error_grad", "gradient"),
        ("dense_1 (gradient)", "gradient"),
    ]
    assert boxes_in(scene, "dense_1 (gradient)") == [
        "tanh_grad",
        "bias_add_grad",
        "weight_multiply_grad",
    ]


def test_each_reverse_pass_has_boxes_of_its_own():
    x = Input("x", value=np.ones(3))
    with scope("cube"):
        y = np.sum(x**3)
    graph = y.graph
    (first,) = graph.gradient(y, x)
    graph.gradient(np.sum(first), x)
    scene = scene_of(graph, depth=1)
    names = titles(scene)
    assert names[:3] == ["x", "cube", "cube (gradient 1)"]
    assert "cube (gradient 2)" in names
    assert not any(arrow.turns_back for arrow in scene.arrows)


# -- fold and expand -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fold", "closed"),
    [
        ("dense_1", ["dense_1"]),
        ("dense_[13]", ["dense_1", "dense_3"]),
        (["dense_1", "dense_2"], ["dense_1", "dense_2"]),
        ("*", ["dense_1", "dense_2", "dense_3"]),
        ("**/dense_2", ["dense_2"]),
        (lambda path: path > "dense_1", ["dense_2", "dense_3"]),
        (lambda path: False, []),
        ((), []),
    ],
)
def test_what_is_closed(mlp, fold, closed):
    scene = scene_of(mlp.graph, fold=fold)
    folds = [box.title for box in scene.boxes if box.kind == "fold"]
    assert folds == closed
    assert len(scene.frames) == 3 - len(closed)


def test_a_scope_is_closed_at_any_depth(transformer):
    scene = scene_of(transformer.graph, fold="*/attention", max_nodes=None)
    folds = [box for box in scene.boxes if box.kind == "fold"]
    assert [box.title for box in folds] == ["attention"], "twelve, drawn once"
    assert "transformer_block_1 … _12 × 12" in frames(scene)


@pytest.mark.parametrize(
    ("expand", "opened"),
    [
        ("dense_1", ["dense_1"]),
        ("dense_?", ["dense_1", "dense_2", "dense_3"]),
        (lambda path: path == "dense_2", ["dense_2"]),
    ],
)
def test_what_is_opened(mlp, expand, opened):
    scene = scene_of(mlp.graph, depth=1, expand=expand)
    assert frames(scene) == opened
    again = scene_of(mlp.graph, fold="*", expand=expand)
    assert frames(again) == opened, "it wins over fold="


def test_what_lies_around_is_opened_too(transformer):
    path = "transformer_block_3/attention/query"
    scene = scene_of(transformer.graph, depth=1, expand=path)
    assert frames(scene) == ["transformer_block_3", "attention", "query"]
    assert "key" in boxes_in(scene, "attention"), "closed beside it"
    rows = [(b.title, b.suffix) for b in scene.boxes if "block" in b.title]
    assert rows == [
        ("transformer_block_1 … _2", " × 2"),
        ("transformer_block_4 … _12", " × 9"),
    ]


def test_one_of_equal_blocks_is_taken_out(transformer):
    scene = scene_of(transformer.graph, depth=1, expand="transformer_block_3")
    suffixes = [box.suffix for box in scene.boxes if "block" in box.title]
    assert suffixes == [" × 2", " × 9"]
    assert frames(scene) == ["transformer_block_3"]
    deeper = scene_of(transformer.graph, depth=2, expand="transformer_block_3")
    assert [f for f in frames(deeper) if "block" in f] == [
        "transformer_block_1 … _2 × 2",
        "transformer_block_3",
        "transformer_block_4 … _12 × 9",
    ]


@pytest.mark.parametrize("keyword", ["fold", "expand"])
def test_a_name_that_nothing_has(mlp, keyword):
    with pytest.raises(MissingNode, match=r"dense_9[\s\S]*Did you mean 'dense_[123]'"):
        scene_of(mlp.graph, **{keyword: "dense_9"})
    with pytest.raises(MissingNode, match="conv"):
        scene_of(mlp.graph, **{keyword: ["dense_1", "conv*"]})
    with pytest.raises(ArgumentError, match=keyword):
        scene_of(mlp.graph, **{keyword: 3})


def test_an_operation_cannot_be_closed(mlp):
    with pytest.raises(MissingNode, match="dense_1"):
        scene_of(mlp.graph, fold="dense_1/tanh")


def test_a_scope_that_is_not_shown_may_be_named(mlp):
    target = mlp.graph["dense_1/tanh"]
    scene = scene_of(mlp.graph, target=target, fold="dense_*", expand="dense_3")
    assert titles(scene) == ["input", "dense_1"]


def test_an_exact_name_wins_over_a_glob():
    x = Input("x", value=np.ones(2))
    with scope("[ab]"):
        y = np.exp(x)
    with scope("a"):
        y = np.exp(y)
    scene = scene_of(y.graph, fold="[ab]")
    assert [box.title for box in scene.boxes if box.kind == "fold"] == ["[ab]"]
    scene = scene_of(y.graph, fold="[a-b]")
    assert [box.title for box in scene.boxes if box.kind == "fold"] == ["a"]


# -- what belongs to a box -------------------------------------------------------------
def test_inputs_are_never_swallowed():
    with scope("outer"):
        x = Input("x", value=np.ones(2))
        y = np.exp(x)
    scene = scene_of(np.sum(y).graph, depth=1)
    assert titles(scene) == ["x", "outer", "sum"]
    assert scene.boxes[0].frame is None


def test_a_parameter_without_a_scope_goes_where_it_is_used():
    x = Input("x", value=np.ones((2, 3)))
    own, shared = Parameter(np.ones((3, 3)), "own"), Parameter(np.ones(3), "shared")
    with scope("a"):
        y = x @ own + shared
    with scope("b"):
        y = np.tanh(y) + shared
    scene = scene_of(y.graph, depth=1)
    assert titles(scene) == ["x", "a", "shared", "b"]
    assert boxes(scene)["a"].lines[0] == "9 parameters"


def test_arrows_that_are_merged_count_what_flows():
    x = Input("x", value=np.ones((2, 4)))
    with scope("a"):
        one, other = np.exp(x), np.sin(x)
        total = np.sum(x)
    with scope("b"):
        y = one * other * total + one
    scene = scene_of(y.graph, depth=1)
    assert flows(scene) == [
        ("x", "a", "(2, 4)"),
        ("a", "b", "2 × (2, 4), ()"),
    ]
    (arrow,) = [a for a in scene.arrows if "×" in a.label]
    assert arrow.facts == {"arguments": 3}
    assert arrow.tip == "2 × (2, 4) float64, () float64"


def test_a_scope_that_is_left_and_entered_again():
    shared = gn.Dense(4, "tanh")
    x = Input("x", value=np.ones((2, 4)))
    y = np.exp(shared(x))
    y = np.sum(shared(y))
    scene = scene_of(y.graph, depth=1)
    assert titles(scene) == ["x", "dense_1", "exp", "sum"]
    assert boxes(scene)["dense_1"].lines[0] == "20 parameters", "counted once"
    turning = [(a.tail, a.head) for a in scene.arrows if a.turns_back]
    keys = {box.title: box.key for box in scene.boxes}
    assert turning == [(keys["exp"], keys["dense_1"])]
    assert b"dense_1" in render(scene, "svg")


def test_before_any_value_is_known(valueless):
    scene = scene_of(valueless, depth=1)
    assert titles(scene) == ["x", "y", "dense_1", "dense_2", "loss"]
    assert [label for _, _, label in flows(scene)] == [""] * 4


def test_after_a_plan_has_run(mlp):
    before = flows(scene_of(mlp.graph, depth=1))
    for _ in range(4):
        mlp.train_batch(np.ones((8, 13)), np.ones((8, 1)))
    assert mlp.graph["dense_1/tanh"].output is None
    scene = scene_of(mlp.graph, depth=1)
    assert flows(scene) == before
    assert boxes(scene)["dense_1"].lines[-1].startswith("‖param grad‖ ")


def test_part_of_a_graph(transformer):
    graph = transformer.graph
    middle = graph["transformer_block_4/add"]
    scene = scene_of(graph, depth=1, around=middle, radius=6)
    assert all(arrow.tail and arrow.head for arrow in scene.arrows)
    assert any(box.kind == "cut" for box in scene.boxes)


def test_hostile_names_stay_text():
    name = '<b>"x"</b>\\N'
    x = Input("x", value=np.ones(2))
    with scope(name):
        y = np.exp(x)
    dot = np.sum(y).graph.to_dot(depth=1)
    assert "&lt;b&gt;" in dot
    assert "<b><b>" not in dot


# -- DOT -------------------------------------------------------------------------------
def test_twelve_equal_layers_in_dot():
    layers = [gn.Dense(8, "tanh") for _ in range(13)] + [gn.Dense(1)]
    net = trained(layers)
    for dot in (net.graph.to_dot(depth=1), net.to_dot(depth=1)):
        names = re.findall(r"^\t+(\w+) \[label=<.*?<b>(.*?)</b>", dot, re.MULTILINE)
        assert [name for _, name in names] == [
            "input",
            "dense_1",
            "dense_2 … dense_13",
            "dense_14",
            "target",
            "mean_squared_error",
        ]
        assert dot.count("× 12") >= 1
        assert len(re.findall(r"^\t\w+ -> \w+", dot, re.MULTILINE)) == 5


def test_the_same_bytes_again(transformer):
    for options in ({"depth": 1}, {"depth": 2}, {"fold": "*/attention"}, {}):
        one = transformer.graph.to_dot(**options)
        assert one == transformer.graph.to_dot(**options)


# -- large graphs ----------------------------------------------------------------------
def test_above_max_nodes_the_deepest_are_closed(transformer):
    assert len(transformer.graph) > 200
    scene = scene_of(transformer.graph)
    assert len(scene.boxes) < 200
    count = f"{len(transformer.graph)} nodes in {len(scene.boxes)} boxes:"
    assert count in " ".join(scene.caption)
    assert "depth= or expand= opens more" in " ".join(scene.caption)
    assert any(frame.title == "query" for frame in scene.frames), "all that fits"


@pytest.mark.parametrize(("most", "levels"), [(40, 3), (20, 2), (10, 1), (1, 1)])
def test_as_deep_as_fits(transformer, most, levels):
    scene = scene_of(transformer.graph, max_nodes=most)
    assert titles(scene) == titles(scene_of(transformer.graph, depth=levels))
    if levels > 1:
        assert len(scene.boxes) <= most
    assert len(scene_of(transformer.graph, depth=levels + 1).boxes) > most


def test_max_nodes_none_draws_all(transformer):
    scene = scene_of(transformer.graph, max_nodes=None)
    assert len(scene.boxes) == len(transformer.graph)
    assert not scene.caption


def test_what_was_asked_for_is_not_overruled(transformer):
    deep = scene_of(transformer.graph, depth=9, max_nodes=5)
    assert len(deep.boxes) > 5
    assert not deep.caption
    opened = scene_of(transformer.graph, max_nodes=10, expand="dense_1")
    assert "dense_1" in frames(opened)


def test_without_scopes_all_is_drawn(chain):
    scene = scene_of(chain(300))
    assert len(scene.boxes) == 301
    assert scene.caption[0].startswith("301 nodes in no scopes: nothing folds.")


def build_towers(scopes, each):
    node = Input("x", value=np.zeros(2))
    for number in range(scopes):
        with scope(f"part_{number}"):
            for _ in range(each):
                node = np.sin(node) if number % 2 else np.cos(node)
    return node.graph


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def test_time_grows_with_the_nodes():
    small, large = build_towers(50, 40), build_towers(500, 40)
    few = min(seconds(lambda: scene_of(small, depth=1)) for _ in range(3))
    many = seconds(lambda: scene_of(large, depth=1))
    assert many < 30 * few + 0.5
    assert len(scene_of(large, depth=1).boxes) == 501


def test_scopes_in_scopes_need_no_recursion():
    node = Input("x", value=np.zeros(2))
    with ExitStack() as stack:
        for number in range(2000):
            stack.enter_context(scope(f"s{number}"))
            node = np.sin(node)
    graph = node.graph
    assert titles(scene_of(graph, depth=1)) == ["x", "s0"]
    assert len(scene_of(graph, depth=1500).boxes) == 1501
    assert len(scene_of(graph).boxes) == 200


@pytest.mark.parametrize("color_by", ["grad_norm", "value", "time", "memory"])
def test_blocks_that_are_compared_stay_apart(color_by):
    layers = [gn.Dense(4, "tanh") for _ in range(12)]
    network = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    network.train_batch(np.ones((2, 4)), np.zeros((2, 4)))
    network.graph.forward()
    dot = network.to_dot(depth=1, color_by=color_by)
    assert "×" not in dot
    assert dot.count("shape=box3d") == 12
    assert "× 12" in network.to_dot(depth=1, color_by="dtype")
    assert "× 12" in network.to_dot(max_nodes=20, color_by=color_by), "too many"


def test_equal_blocks_are_drawn_each_where_that_is_asked_for():
    layers = [gn.Dense(4, "tanh") for _ in range(12)]
    network = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    network.forward(np.ones((2, 4)))
    assert network.to_dot(depth=1).count("shape=box3d") == 1
    assert network.to_dot(depth=1, repeats=False).count("shape=box3d") == 12
    assert network.to_dot(max_nodes=20, repeats=False).count("shape=box3d") == 12


def test_within_a_scope():
    network = gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.Dense(3)], gn.MeanSquaredError(), seed=1
    )
    network.train_batch(np.ones((2, 5)), np.ones((2, 3)))
    scene = compose(network.graph, Options(within="dense_2"))
    assert [box.facts["name"] for box in scene.boxes] == [
        "dense_1/tanh",
        "dense_2/weight",
        "dense_2/bias",
        "dense_2/weight_multiply",
        "dense_2/bias_add",
    ]
    assert [box.title for box in scene.boxes if box.kind == "sink"] == ["bias_add"]
    with pytest.raises(gn.ArgumentError, match="Did you mean 'dense_2'"):
        network.to_dot(within="dense_22")


def test_a_target_is_the_result_and_no_other():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(np.sin(x) ** 2)
    (first,) = y.graph.gradient(y, x)
    (second,) = y.graph.gradient(np.sum(first), x)
    scene = compose(y.graph, Options(target=second))
    ends = [box.facts["name"] for box in scene.boxes if box.look.peripheries == 2]
    assert ends == [second.name]


@pytest.mark.parametrize("options", [{"depth": 0}, {"depth": 1}, {"max_nodes": 1}])
def test_a_graph_without_nodes_is_folded_as_well(options):
    scene = scene_of(Graph("nothing"), **options)
    assert scene.boxes == scene.frames == scene.arrows == []
    assert scene.title == "nothing"
