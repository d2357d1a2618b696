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
        "x": "-0.25 … 3",
        "scalar": "1.5",
        "empty": "empty",
        "whole": "2 … 3",
        "truth": "0 … 1",
        "half": "1 … 6e+04",
        "complex": "|x| ≤ 5",
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


def norm_of(graph: gn.Graph, prefix: str) -> float:
    grads = [n.grad for n in graph.nodes if n.kind == "parameter"]
    names = [n.name for n in graph.nodes if n.kind == "parameter"]
    found = [g for g, name in zip(grads, names, strict=True) if name.startswith(prefix)]
    return float(np.linalg.norm(np.concatenate([g.ravel() for g in found])))


def test_a_folded_layer_has_the_norm_of_its_parameters(blocks):
    scene = scene_of(blocks, color_by="grad_norm", depth=1)
    found = {box.title: box for box in scene.boxes}
    norm = norm_of(blocks, "dense_1/")
    assert found["dense_1"].facts["grad_norm"] == pytest.approx(norm)
    assert found["dense_1"].lines.count(f"‖grad‖ {norm:.3g}") == 1, "said once"


def test_what_is_drawn_once_for_several_is_measured_over_all(blocks):
    (box,) = [
        box
        for box in scene_of(blocks, color_by="grad_norm", max_nodes=15).boxes
        if box.title == "feed_forward"
    ]
    both = [norm_of(blocks, f"transformer_block_{n}/feed_forward/") for n in (1, 2)]
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
    norms = sorted(norm_of(blocks, f"transformer_block_{n}/") for n in (1, 2))
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
    assert {"first to go wrong", "spoilt by an input"} <= set(meanings)


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
