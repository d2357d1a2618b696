"""What is measured: values, NaN, costs, dtypes, of nodes and of what is folded."""

from __future__ import annotations

import re

import numpy as np
import pytest
from drawn import boxes
from shaded import distance, fills, lines, scene_of

import graphnn as gn
from graphnn.draw.heat.colouring import Scale, family_of
from graphnn.draw.heat.measures import MEASURES
from graphnn.draw.options import COLOURINGS
from graphnn.draw.themes import THEMES

SVG = "{http://www.w3.org/2000/svg}"
NUMERIC = [word for word in COLOURINGS if word != "dtype"]


@pytest.fixture(params=THEMES)
def theme(request) -> str:
    return request.param


# -- values ----------------------------------------------------------------------------
def test_values_are_written_from_end_to_end():
    with gn.Graph() as graph:
        gn.Input("x", value=np.array([-0.25, 3.0]))
        gn.Input("scalar", value=1.5)
        gn.Input("empty", value=np.zeros((0, 3)))
        gn.Input("whole", value=np.array([2, 3]))
        gn.Input("truth", value=np.array([True, False]))
        gn.Input("half", value=np.array([1.0, 60000.0], dtype=np.float16))
        gn.Input("complex", value=np.array([3.0 + 4.0j]))
    expected = {
        "x": "value -0.25 … 3",
        "scalar": "value 1.5",
        "empty": "value empty",
        "whole": "value 2 … 3",
        "truth": "value 0 … 1",
        "half": "value 1 … 6e+04",
        "complex": "|value| ≤ 5",
    }
    drawn = boxes(graph, color_by="value")
    for name, text in expected.items():
        assert text in drawn[name].lines, name


def test_magnitudes_of_any_size(theme):
    with gn.Graph() as graph:
        for name, value in {
            "tiny": 1e-300,
            "small": -1e-5,
            "huge": 1e300,
            "least": 5e-324,
        }.items():
            gn.Input(name, value=np.array([0.0, value]))
    found = fills(graph, color_by="value", theme=theme)
    order = ["least", "tiny", "small", "huge"]
    shades = [distance(found[name], theme) for name in order]
    assert shades == sorted(shades)
    assert found["least"] == THEMES[theme].ramp[0]
    assert found["huge"] == THEMES[theme].ramp[-1]
    assert scene_of(graph, color_by="value").ramp.labels[::2] == ("4.94e-324", "1e+300")


def test_gradients_of_any_size():
    w = gn.Parameter(np.full(3, 2.0), name="w")
    y = np.sum(w * 1e-300) * 1e150 * 1e150
    y.backward()
    scene = scene_of(y.graph, color_by="grad_norm")
    found = {box.title: box.facts.get("grad_norm") for box in scene.boxes}
    assert found["multiply"] == pytest.approx(np.sqrt(3) * 1e300)
    assert found["w"] == pytest.approx(np.sqrt(3))
    assert scene.ramp.labels[::2] == ("1", "1.73e+300")


def test_more_than_a_double_holds_is_the_most():
    large = np.array([np.finfo(np.longdouble).max])
    graph = gn.Input("x", value=np.ones(1)).graph
    with graph:
        gn.Input("large", value=large)
    found = fills(graph, color_by="value")
    assert found["large"] == THEMES["light"].ramp[-1]


def test_values_of_several_outputs():
    q, r = np.linalg.qr(gn.Input("x", value=np.array([[2.0, 1.0], [0.0, 1.0]])))
    for word in COLOURINGS:
        drawn = boxes((np.sum(q) + np.sum(r)).graph, color_by=word)
        assert "qr" in drawn


# -- folded ----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def blocks() -> gn.Graph:
    """Two equal blocks between two layers, after a training pass."""
    layers = [gn.Embedding(9, 8), gn.TransformerBlock(8, 2), gn.TransformerBlock(8, 2)]
    net = gn.NeuralNetwork([*layers, gn.Dense(9)], gn.SoftmaxCrossEntropy(), seed=1)
    X = np.arange(8).reshape(2, 4)
    net.forward_loss(X, X, training=True)
    net.graph.backward()
    return net.graph


def last_of(graph: gn.Graph, scope: str) -> gn.Operation:
    """Give the operation whose output is that of a scope."""
    inside = [node for node in graph.nodes if node.name.startswith(f"{scope}/")]
    return [node for node in inside if node.kind == "operation"][-1]


def norm_at(graph: gn.Graph, scope: str) -> float:
    return float(np.linalg.norm(last_of(graph, scope).output_grad))


def norm_of_parameters(graph: gn.Graph, scope: str) -> float:
    found = [n for n in graph.parameters if n.name.startswith(f"{scope}/")]
    return float(np.linalg.norm(np.concatenate([n.grad.ravel() for n in found])))


def lines_in(scene, title: str) -> tuple[str, ...]:
    (box,) = [box for box in scene.boxes if box.title == title]
    return box.lines


def test_a_folded_layer_has_the_norm_of_the_gradient_at_its_output(blocks):
    scene = scene_of(blocks, color_by="grad_norm", depth=1)
    found = {box.title: box for box in scene.boxes}
    assert scene.ramp.title == "norm of the gradient at the output (logarithmic)"
    for title in ("embedding_1", "transformer_block_1", "dense_1"):
        norm = norm_at(blocks, title)
        assert found[title].facts["grad_norm"] == pytest.approx(norm)
        assert found[title].lines.count(f"‖grad‖ {norm:.3g}") == 1, "said once"
        of_parameters = f"‖param grad‖ {norm_of_parameters(blocks, title):.3g}"
        assert of_parameters in found[title].lines
    plain = scene_of(blocks, color_by="grad_norm")
    assert plain.ramp.title == "norm of the gradient (logarithmic)"


def chain(*layers: gn.Layer) -> gn.NeuralNetwork:
    net = gn.NeuralNetwork([*layers, gn.Dense(1)], gn.MeanSquaredError(), seed=1)
    X = np.linspace(-1.0, 1.0, 15).reshape(5, 3)
    net.forward_loss(X, np.ones((5, 1)), training=True)
    net.graph.backward()
    return net


def test_layers_without_parameters_are_on_the_same_scale():
    net = chain(gn.Dense(8, "tanh"), gn.Dropout(0.5), gn.Dense(4, "tanh"))
    scene = scene_of(net.graph, color_by="grad_norm", depth=1)
    norms = {box.title: box.facts.get("grad_norm") for box in scene.boxes}
    for title in ("dense_1", "dropout_1", "dense_2", "dense_3"):
        assert norms[title] == pytest.approx(norm_at(net.graph, title))
    assert not any("param" in line for line in lines_in(scene, "dropout_1"))


def test_after_a_plan_closed_layers_have_the_gradients_of_parameters():
    net = chain(gn.Dense(8, "tanh"), gn.Dropout(0.5), gn.Dense(4, "tanh"))
    for _ in range(4):
        net.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    assert net.graph["dense_1/tanh"].output_grad is None
    scene = scene_of(net.graph, color_by="grad_norm", depth=1)
    assert scene.ramp.title == "norm of the gradient of the parameters (logarithmic)"
    norms = {box.title: box.facts.get("grad_norm") for box in scene.boxes}
    for title in ("dense_1", "dense_2", "dense_3"):
        norm = norm_of_parameters(net.graph, title)
        assert norms[title] == pytest.approx(norm)
        lines = [line for line in lines_in(scene, title) if "grad" in line]
        assert lines == [f"‖param grad‖ {norm:.3g}"], "said once"
    assert norms["dropout_1"] is None
    plain = {box.title: box.look for box in scene_of(net.graph, depth=1).boxes}
    (dropout,) = [box for box in scene.boxes if box.title == "dropout_1"]
    assert dropout.look == plain["dropout_1"], "nothing of it is measured"


def test_before_any_pass_a_closed_layer_says_once_that_there_is_none():
    net = gn.NeuralNetwork([gn.Dense(4)], gn.MeanSquaredError(), seed=1)
    net.forward(np.ones((5, 3)))
    scene = scene_of(net.graph, color_by="grad_norm", depth=1)
    lines = [line for line in lines_in(scene, "dense_1") if "grad" in line]
    assert lines == ["‖param grad‖ –"]


def test_a_closed_layer_has_the_range_of_its_output():
    net = chain(gn.Dense(8, "tanh"), gn.Dropout(0.5), gn.Dense(4, "tanh"))
    scene = scene_of(net.graph, color_by="value", depth=1)
    assert scene.ramp.title == "largest |value| of the output (logarithmic)"
    for title in ("dense_1", "dropout_1", "dense_2"):
        value = last_of(net.graph, title).output
        assert f"output {value.min():.3g} … {value.max():.3g}" in lines_in(scene, title)
    assert "value -1 … 1" in lines_in(scene, "input")


def test_a_range_that_stands_there_is_not_repeated():
    graph = gn.Input("x", value=np.linspace(-2.0, 3.0, 9)).graph
    (box,) = scene_of(graph, color_by="value", show="value").boxes
    assert sum("-2 … 3" in line for line in box.lines) == 1


def test_what_a_gradient_reads_is_no_output():
    with gn.scope("inside"):
        h = np.tanh(gn.Parameter(np.array([0.5, 2.0]), name="w"))
        h = np.tanh(h)
    loss = np.sum(h)
    loss.graph.gradient(loss, "inside/w")
    loss.backward()
    scene = scene_of(loss.graph, color_by="value", depth=1)
    expected = f"output {h.output.min():.3g} … {h.output.max():.3g}"
    assert expected in lines_in(scene, "inside")


def test_a_scale_that_no_box_wears_is_not_in_the_legend():
    with np.errstate(invalid="ignore"):
        loss = np.sum(np.sqrt(gn.Parameter(np.array([-1.0, 1.0]), name="w")))
        loss.backward()
    scene = scene_of(loss.graph, color_by="grad_norm")
    assert scene.ramp is None
    meanings = [swatch.meaning for swatch in scene.swatches]
    assert meanings == ["spoilt by another", "first to go wrong"]


def test_one_line_says_what_is_wrong_in_a_closed_layer():
    net = chain(gn.Dense(8, "tanh"), gn.Dropout(0.5), gn.Dense(4, "tanh"))
    net.graph["dense_2/weight"].value[0, 0] = np.nan
    net.graph.forward(training=True)
    net.graph.backward()
    size = net.graph["dense_2/tanh"].output.size
    wrong = {
        None: {
            "dense_1": ["param grad: 32 NaN of 32"],
            "dropout_1": ["grad: 40 NaN of 40"],
        },
        "grad_norm": {
            "dense_1": ["grad: 40 NaN of 40"],
            "dropout_1": ["grad: 40 NaN of 40"],
            "dense_3": ["grad: 5 NaN of 5"],
        },
        "value": {"dense_3": ["output: 5 NaN of 5"]},
    }
    for word, boxes_wrong in wrong.items():
        scene = scene_of(net.graph, color_by=word, depth=1)
        for title, expected in boxes_wrong.items():
            lines = lines_in(scene, title)
            assert [line for line in lines if "NaN" in line or "nan" in line] == (
                expected
            ), (word, title, lines)
            assert lines.count("victim") == 1
        first = next(box for box in scene.boxes if box.title == "dense_2")
        assert first.lines.count("culprit") == 1
        assert not any("victim" in line for line in first.lines)
        assert [sign.text for sign in first.signs] == ["!!"]
        assert any(" NaN of " in line and "grad" not in line for line in first.lines)
    scene = scene_of(net.graph, color_by="value", depth=1)
    assert f"output: {size // 4} NaN of {size}" in lines_in(scene, "dense_2")


def test_every_box_that_is_bad_has_a_mark():
    x = gn.Parameter(np.array([1.0, 2.0, 3.0]), name="x")
    gate = np.where(np.array([True, True, False]), x * 1.0, 2.0)
    loss = np.sum(gate * gn.Input("scale", value=np.array([1.0, 1.0, np.nan])))
    loss.backward()
    for box in scene_of(loss.graph, color_by="grad_norm").boxes:
        if any("NaN" in line for line in box.lines):
            assert {"victim", "culprit"} & {*box.lines}, box


def test_what_is_drawn_once_for_several_is_measured_over_all(blocks):
    (box,) = [
        box
        for box in scene_of(blocks, color_by="grad_norm", max_nodes=15).boxes
        if box.title == "feed_forward"
    ]
    both = [norm_at(blocks, f"transformer_block_{n}/feed_forward") for n in (1, 2)]
    assert box.facts["grad_norm"] == pytest.approx(np.hypot(*both))
    assert f"‖grad‖ {np.hypot(*both):.3g} in all 2" in box.lines
    (memory,) = [
        box.facts["memory"]
        for box in scene_of(blocks, color_by="memory", max_nodes=15).boxes
        if box.title == "feed_forward"
    ]
    whole = scene_of(blocks, color_by="memory", max_nodes=None).boxes
    inside = [b for b in whole if "/feed_forward/" in b.facts["name"]]
    assert memory == sum(b.facts["memory"] for b in inside)


def test_equal_blocks_in_one_box_say_how_far_they_lie_apart(blocks):
    scene = scene_of(blocks, color_by="grad_norm", max_nodes=6)
    (box,) = [box for box in scene.boxes if box.facts.get("blocks") == 2]
    norms = sorted(norm_at(blocks, f"transformer_block_{n}") for n in (1, 2))
    expected = f"of each {norms[0]:.3g} … {norms[1]:.3g}"
    assert any(line.endswith(expected) for line in box.lines), box.lines
    assert sum("‖grad‖" in line for line in box.lines) == 1


def test_nan_in_a_fold_marks_its_box(blocks):
    weight = blocks["transformer_block_2/feed_forward/hidden/weight"]
    kept = weight.value.copy()
    try:
        weight.value[0, 0] = np.nan
        blocks.forward()
        first, second = [
            box
            for box in scene_of(blocks, color_by="value", depth=2).boxes
            if box.title == "feed_forward"
        ]
        assert "NaN" not in " ".join(first.lines)
        assert "culprit" in " ".join(second.lines)
        assert "NaN" in " ".join(second.lines)
    finally:
        weight.value = kept
        blocks.forward()


# -- what is no number -----------------------------------------------------------------
def infected() -> gn.Graph:
    x = gn.Input("x", value=np.array([4.0, -1.0, 1.0]))
    with np.errstate(invalid="ignore"):
        root = np.sqrt(x)
        loss = np.sum(root * gn.Parameter(np.ones(3), name="w"))
        loss.backward()
    return loss.graph


@pytest.mark.parametrize("word", [*COLOURINGS, None])
def test_nan_is_red_counted_and_the_first_is_marked(word, theme):
    graph = infected()
    drawn = boxes(graph, color_by=word, theme=theme)
    marks = THEMES[theme].marks
    assert drawn["sqrt"].attributes["fillcolor"] == marks["culprit"].fill
    assert {"culprit", "1 NaN of 3"} <= set(drawn["sqrt"].lines)
    for victim in ("multiply", "sum"):
        assert drawn[victim].attributes["fillcolor"] == marks["victim"].fill
        assert "victim" in drawn[victim].lines
    assert "1 NaN of 1" in drawn["sum"].lines
    assert "victim" not in drawn["x"].lines
    meanings = [s.meaning for s in scene_of(graph, color_by=word).swatches]
    assert {"first to go wrong", "spoilt by another"} <= set(meanings)


def test_nan_of_a_gradient_is_told_from_that_of_a_value():
    x = gn.Input("x", value=np.array([1.0, 0.0]))
    y = np.sum(np.sqrt(x))
    with np.errstate(divide="ignore"):
        y.graph.backward(y, wrt=x)
    drawn = boxes(y.graph, color_by="grad_norm")
    assert "grad: 1 inf of 2" in drawn["x"].lines
    assert "victim" in drawn["x"].lines
    assert "culprit" in drawn["sqrt"].lines


def test_infinities_that_are_meant_are_told_but_nobody_is_blamed():
    x = gn.Input("x", value=np.array([0.0, 1.0, 2.0]))
    mask = gn.Input("mask", value=np.array([0.0, -np.inf, 0.0]))
    y = np.sum(np.exp(x + mask))
    plain = boxes(y.graph)
    assert "victim" not in plain["add"].lines
    drawn = boxes(y.graph, color_by="value")
    assert "1 inf of 3" in drawn["add"].lines
    assert drawn["add"].attributes["fillcolor"] == THEMES["light"].bad.fill
    scene = scene_of(y.graph, color_by="value")
    assert "NaN or infinite" in [swatch.meaning for swatch in scene.swatches]
    assert all(np.isfinite(float(label)) for label in scene.ramp.labels)


def test_pictures_with_marks_of_their_own_have_these_only():
    graph = infected()
    drawn = boxes(graph, marks={"w": "done"})
    assert "culprit" not in drawn["sqrt"].lines


def test_all_nan_has_no_scale():
    graph = gn.Input("x", value=np.full(3, np.nan)).graph
    scene = scene_of(graph, color_by="value")
    assert scene.ramp is None
    assert "3 NaN of 3" in scene.boxes[0].lines


# -- time and memory -------------------------------------------------------------------
def test_what_takes_long_stands_out_most(theme):
    x = gn.Input("x", value=np.ones((300, 300)))
    y = np.sum((x @ x) @ x + 1.0)
    found = fills(y.graph, color_by="time", theme=theme)
    assert distance(found["matmul"], theme) > distance(found["sum"], theme)
    assert found["x"] == THEMES[theme].looks["input"].fill
    text = " ".join(lines(y.graph, "matmul", color_by="time"))
    assert re.search(r"\d (ms|µs)", text)


def test_views_own_nothing():
    x = gn.Input("x", value=np.ones((100, 20)))
    y = np.sum(np.exp(x.T))
    assert "0 B, a view" in lines(y.graph, "transpose", color_by="memory")
    assert "16 kB" in lines(y.graph, "exp", color_by="memory")
    y.graph.backward(y, wrt=x)
    # The gradient of a sum is one number, repeated; what comes after it is computed.
    assert "16 kB" in lines(y.graph, "exp", color_by="memory")
    assert "16 kB" in lines(y.graph, "transpose", color_by="memory")


def test_a_scale_of_costs_begins_with_0():
    scale = Scale(MEASURES["memory"], [100.0, 400.0])
    assert [scale.place(n) for n in (0.0, 100.0, 400.0)] == [0.0, 0.25, 1.0]


@pytest.mark.parametrize("word", NUMERIC)
def test_after_a_plan(word):
    with gn.Graph() as graph:
        x = gn.Input("x", value=np.ones((4, 3)))
        np.sum(np.exp(x @ gn.Parameter(np.ones((3, 2)), name="w")))
    graph.forward(x=x.output)
    graph.plan(gradients_of="w").run()
    drawn = boxes(graph, color_by=word)
    assert "–" in " ".join(drawn["exp"].lines)
    assert "plan has kept no values" in " ".join(scene_of(graph, color_by=word).caption)
    assert "(4, 2)" in graph.to_dot(color_by=word)
    assert "float64" in lines(graph, "exp", color_by="dtype")


# -- dtypes ----------------------------------------------------------------------------
def test_each_dtype_has_its_colour_in_every_picture(theme):
    with gn.Graph() as graph:
        for dtype in ("float16", "float32", "float64", "int8", "int64", "bool"):
            gn.Input(dtype, value=np.zeros(2, dtype=dtype))
        gn.Input("unknown")
    found = fills(graph, color_by="dtype", theme=theme)
    grounds = THEMES[theme].dtypes
    for name in ("float16", "float32", "float64", "bool"):
        assert found[name] == grounds[name]
        assert name in lines(graph, name, color_by="dtype")
    assert found["int8"] == found["int64"] == grounds["integer"]
    assert found["unknown"] == THEMES[theme].looks["input"].fill
    scene = scene_of(graph, color_by="dtype", theme=theme)
    meanings = [swatch.meaning for swatch in scene.swatches]
    assert meanings == ["float16", "float32", "float64", "int64, int8", "bool"]
    assert scene.ramp is None


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("uint16", "integer"),
        ("float", "float64"),
        ("complex", "complex128"),
        ("int", "integer"),
        ("float128", "longdouble"),
        ("float32, int64", ""),
    ],
)
def test_families_of_dtypes(name, family):
    assert family_of(name) == family
