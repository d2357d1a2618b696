"""Boxes coloured by what is measured: the order of the shades, the scale, the words."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from drawn import boxes
from shaded import distance, fills, scene_of, vanishing

import graphnn as gn
from graphnn.draw.heat.measures import MEASURES
from graphnn.draw.options import COLOURINGS
from graphnn.draw.output.render import render
from graphnn.draw.themes import THEMES
from graphnn.draw.themes.colours import contrast, luminance
from graphnn.errors import ArgumentError

SVG = "{http://www.w3.org/2000/svg}"
NUMERIC = [word for word in COLOURINGS if word != "dtype"]


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


@pytest.mark.parametrize("caption", ["", "w" * 56])
def test_labels_stand_under_their_ends_of_the_scale(caption):
    graph = vanishing(3)
    scene = scene_of(graph, color_by="grad_norm")
    dot = graph.to_dot(color_by="grad_norm", caption=caption)
    root = ET.fromstring(render(dot, "svg"))
    bar = [
        [float(point.split(",")[0]) for point in e.get("points").split()]
        for colour in scene.ramp.colours[:: len(scene.ramp.colours) - 1]
        for e in root.iter(f"{SVG}polygon")
        if e.get("fill") == colour
    ]
    start, end = min(bar[0]), max(bar[1])
    at = {(e.text or "").strip(): float(e.get("x")) for e in root.iter(f"{SVG}text")}
    places = [(at[label] - start) / (end - start) for label in scene.ramp.labels]
    assert -0.05 < places[0] < 0.15
    assert 0.35 < places[1] < 0.6
    assert 0.8 < places[2] < 1.05


def test_a_gradient_is_said_once(theme):
    graph = vanishing(2)
    drawn = boxes(graph, color_by="grad_norm", show="grad", theme=theme)
    assert drawn["sum"].lines == ["sum", "grad 1"]


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


# -- refused ---------------------------------------------------------------------------
def test_unknown_word():
    with pytest.raises(ArgumentError, match=r"'grad_nrom'\nDid you mean 'grad_norm'"):
        vanishing(1).to_dot(color_by="grad_nrom")
