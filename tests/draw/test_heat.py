"""Boxes coloured by what is measured: the order of the shades, the scale, the words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from drawn import boxes

import graphnn as gn
from graphnn.draw.colours import contrast, luminance
from graphnn.draw.compose import compose
from graphnn.draw.heat import Scale, family_of
from graphnn.draw.measures import MEASURES
from graphnn.draw.options import COLOURINGS, Options
from graphnn.draw.render import render
from graphnn.draw.scene import Scene
from graphnn.draw.themes import THEMES
from graphnn.errors import ArgumentError

SVG = "{http://www.w3.org/2000/svg}"
NUMERIC = [word for word in COLOURINGS if word != "dtype"]


def vanishing(depth: int = 6) -> gn.Graph:
    """Sigmoids, one after the other: each makes the gradient smaller."""
    x = gn.Input("x", value=np.linspace(-1.0, 1.0, 12).reshape(4, 3))
    node = x
    for number in range(depth):
        weight = gn.Parameter(np.eye(3), name=f"w{number}")
        node = gn.Sigmoid()(node @ weight)
    loss = np.sum(node)
    loss.backward()
    return loss.graph


def scene_of(graph: gn.Graph, **options) -> Scene:
    return compose(graph, Options(**options))


def fills(graph: gn.Graph, **options) -> dict[str, str]:
    """Read the grounds out of the DOT text, by full name."""
    drawn = boxes(graph, **options)
    return {name: box.attributes["fillcolor"] for name, box in drawn.items()}


def lines(graph: gn.Graph, name: str, **options) -> list[str]:
    return boxes(graph, **options)[name].lines


def distance(colour: str, theme: str) -> float:
    """Tell how much a colour stands out from the paper."""
    return contrast(colour, THEMES[theme].paper)


@pytest.fixture(params=THEMES)
def theme(request) -> str:
    return request.param


# -- the order of the shades -----------------------------------------------------------
def test_smaller_gradients_are_nearer_to_the_paper(theme):
    graph = vanishing()
    found = fills(graph, color_by="grad_norm", theme=theme)
    order = [f"w{number}" for number in range(6)]
    norms = [np.linalg.norm(graph[name].grad) for name in order]
    assert norms == sorted(norms)
    shades = [distance(found[name], theme) for name in order]
    assert all(one < other for one, other in pairwise(shades))


@pytest.mark.parametrize("word", ["grad_norm", "value", "memory"])
def test_order_of_the_shades_is_that_of_the_numbers(word, theme):
    graph = vanishing()
    scene = scene_of(graph, color_by=word, theme=theme)
    found = [(b.facts[word], b.look.fill) for b in scene.boxes if word in b.facts]
    assert len(found) > 6
    for (number, fill), (other, other_fill) in pairwise(sorted(found)):
        assert (number == other) == (fill == other_fill) or luminance(fill)
        assert distance(fill, theme) <= distance(other_fill, theme)


def test_numbers_are_the_norms_the_magnitudes_and_the_bytes():
    graph = vanishing(2)
    w, y = graph["w0"], graph["matmul"]
    by_title = {
        word: {b.title: b.facts for b in scene_of(graph, color_by=word).boxes}
        for word in NUMERIC
    }
    norm = np.linalg.norm(w.grad)
    assert by_title["grad_norm"]["w0"]["grad_norm"] == pytest.approx(norm)
    assert by_title["value"]["matmul"]["value"] == np.abs(y.output).max()
    assert by_title["memory"]["w0"]["memory"] == w.value.nbytes + w.grad.nbytes
    assert 0 < by_title["time"]["matmul"]["time"] < 1
    assert "time" not in by_title["time"]["w0"], "a leaf takes no time"


def test_ends_of_the_scale_are_the_least_and_the_largest(theme):
    graph = vanishing()
    for word in ("grad_norm", "value"):
        scene = scene_of(graph, color_by=word, theme=theme)
        numbers = [box.facts[word] for box in scene.boxes if word in box.facts]
        write = MEASURES[word].write
        low, middle, high = scene.ramp.labels
        assert (low, high) == (write(min(numbers)), write(max(numbers)))
        assert middle == write(np.sqrt(min(numbers) * max(numbers)))
        fill_of = {box.facts.get(word): box.look.fill for box in scene.boxes}
        ramp = THEMES[theme].ramp
        assert fill_of[min(numbers)] == ramp[0] == scene.ramp.colours[0]
        assert fill_of[max(numbers)] == ramp[-1] == scene.ramp.colours[-1]
    scene = scene_of(graph, color_by="memory", theme=theme)
    numbers = [box.facts["memory"] for box in scene.boxes]
    assert scene.ramp.labels[0] == "0 B"
    assert scene.ramp.labels[-1] == MEASURES["memory"].write(max(numbers))


@pytest.mark.parametrize("word", COLOURINGS)
def test_legend_and_figures_are_in_the_svg(word, theme):
    graph = vanishing(3)
    scene = scene_of(graph, color_by=word, theme=theme)
    dot = graph.to_dot(color_by=word, theme=theme)
    root = ET.fromstring(render(dot, "svg"))
    texts = [(e.text or "").strip() for e in root.iter(f"{SVG}text")]
    if word == "dtype":
        assert texts.count("float64") == len(scene.boxes) + 1, "boxes and legend"
        return
    if word != "time":  # which is another one each time
        for label in scene.ramp.labels:
            assert label in texts
    assert any(text.startswith(MEASURES[word].title) for text in texts)
    drawn = {e.get("fill") for e in root.iter(f"{SVG}polygon")}
    assert set(scene.ramp.colours) <= drawn


@pytest.mark.parametrize("word", COLOURINGS)
def test_texts_are_readable_on_every_shade(word, theme):
    scene = scene_of(vanishing(), color_by=word, theme=theme)
    for box in scene.boxes:
        ink = box.look.ink or scene.theme.ink
        assert contrast(ink, box.look.fill) >= 4.5
        faint = box.look.faint_ink or scene.theme.faint_ink
        assert contrast(faint, box.look.fill) >= 4.5
    for swatch in scene.swatches:
        ink = swatch.sign.ink or swatch.ink or scene.theme.ink
        assert contrast(ink, swatch.fill) >= 4.5


def test_kinds_keep_their_shapes_and_lines():
    graph = vanishing(2)
    plain, now = boxes(graph), boxes(graph, color_by="grad_norm")
    for name in ("w0", "matmul", "sum"):
        for attribute in ("shape", "color", "style", "peripheries"):
            drawn = [d[name].attributes.get(attribute) for d in (plain, now)]
            assert drawn[0] == drawn[1], attribute


@pytest.mark.parametrize("word", [w for w in COLOURINGS if w != "time"])
def test_same_graph_same_text(word):
    graph = vanishing(3)
    assert graph.to_dot(color_by=word) == graph.to_dot(color_by=word)


# -- gradients -------------------------------------------------------------------------
def test_before_any_pass_everything_is_unknown_and_nothing_is_0():
    with gn.Graph() as graph:
        x = gn.Input("x")
        np.sum(np.exp(x @ gn.Parameter(np.ones((3, 2)), name="w")))
    for word in NUMERIC:
        drawn = boxes(graph, color_by=word)
        assert "–" in " ".join(drawn["exp"].lines), word
        assert "dashed" in drawn["exp"].attributes["style"]
        assert drawn["exp"].attributes["fillcolor"] == THEMES["light"].paper
        scene = scene_of(graph, color_by=word)
        assert "not computed" in [swatch.meaning for swatch in scene.swatches]
        assert "forward" in " ".join(scene.caption)
    scene = scene_of(graph, color_by="grad_norm")
    assert scene.ramp is None


def test_before_a_backward_pass_the_caption_says_what_to_run():
    y = np.sum(np.exp(gn.Input("x", value=np.ones(3))))
    scene = scene_of(y.graph, color_by="grad_norm")
    assert scene.caption == ("No gradients yet: graph.backward(…) computes them.",)
    assert scene.ramp is None
    y.graph.backward(y, wrt="x")
    assert scene_of(y.graph, color_by="grad_norm").caption == ()


def test_what_can_have_no_gradient_keeps_its_look():
    x = gn.Input("x", value=np.ones(3))
    rows = gn.Input("rows", value=np.array([0, 2]))
    y = np.sum(x[rows] * gn.Parameter(np.ones(2), name="w"))
    y.backward()
    plain = fills(y.graph)
    now = fills(y.graph, color_by="grad_norm")
    assert now["rows"] == plain["rows"]
    assert now["x"] == plain["x"], "nobody has asked for its gradient"
    assert now["w"] != plain["w"]


def test_dead_gradients_have_a_colour_of_their_own(theme):
    x = gn.Input("x", value=np.array([1.0, 2.0]))
    dead = gn.Parameter(np.array([-3.0, -3.0]), name="dead")
    y = np.sum(np.maximum(x + dead, 0.0) + gn.Parameter(np.ones(2), name="alive"))
    y.backward()
    drawn = boxes(y.graph, color_by="grad_norm", theme=theme)
    zero = THEMES[theme].zero
    assert drawn["dead"].attributes["fillcolor"] == zero.fill
    assert float(drawn["dead"].attributes["penwidth"]) > 2
    assert "‖grad‖ 0" in drawn["dead"].lines
    assert drawn["alive"].attributes["fillcolor"] != zero.fill
    scene = scene_of(y.graph, color_by="grad_norm", theme=theme)
    assert "exactly 0" in [swatch.meaning for swatch in scene.swatches]


def test_all_equal_is_one_colour_and_no_scale():
    x = gn.Input("x", value=np.ones(4))
    y = np.sum(x + 0.0)
    y.graph.backward(y, wrt=x)
    graph = (gn.Input("a", value=np.ones(2)) + 0.0).graph
    scene = scene_of(graph, color_by="value")
    assert scene.ramp is None
    assert len({box.look.fill for box in scene.boxes}) == 1
    assert [swatch.meaning for swatch in scene.swatches] == ["largest |value| 1"]
    assert "largest |value| 1" in graph.to_dot(color_by="value")


def test_what_is_written_alike_has_one_colour():
    x = gn.Input("x", value=np.array([1.0]))
    scene = scene_of((x + 1e-12).graph, color_by="value")
    assert scene.ramp is None


@pytest.mark.parametrize("word", COLOURINGS)
def test_one_node_and_none(word, theme):
    one = gn.Input("x", value=np.ones(3)).graph
    assert len(boxes(one, color_by=word, theme=theme)) == 1
    assert boxes(gn.Graph(), color_by=word, theme=theme) == {}
    render(one.to_dot(color_by=word, theme=theme), "svg")
    render(gn.Graph().to_dot(color_by=word, theme=theme), "svg")


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
        for box in scene_of(blocks, color_by="grad_norm", depth=2).boxes
        if box.title == "feed_forward"
    ]
    both = [norm_of(blocks, f"transformer_block_{n}/feed_forward/") for n in (1, 2)]
    assert box.facts["grad_norm"] == pytest.approx(np.hypot(*both))
    assert f"‖grad‖ {np.hypot(*both):.3g} in all 2" in box.lines
    (memory,) = [
        box.facts["memory"]
        for box in scene_of(blocks, color_by="memory", depth=2).boxes
        if box.title == "feed_forward"
    ]
    whole = scene_of(blocks, color_by="memory", max_nodes=None).boxes
    inside = [b for b in whole if "/feed_forward/" in b.facts["name"]]
    assert memory == sum(b.facts["memory"] for b in inside)


def test_equal_blocks_in_one_box_say_how_far_they_lie_apart(blocks):
    scene = scene_of(blocks, color_by="grad_norm", depth=1)
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
        (box,) = [
            box
            for box in scene_of(blocks, color_by="value", depth=2).boxes
            if box.title == "feed_forward"
        ]
        assert "culprit" in " ".join(box.lines)
        assert "NaN" in " ".join(box.lines)
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


# -- refused ---------------------------------------------------------------------------
def test_unknown_word():
    with pytest.raises(ArgumentError, match=r"'grad_nrom'\nDid you mean 'grad_norm'"):
        vanishing(1).to_dot(color_by="grad_nrom")
