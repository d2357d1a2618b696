"""Marks and notes: what they change, that they are read without colours, and inert."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from graphnn.draw import draw, render, to_dot
from graphnn.draw.formats.markup import in_rows, legend
from graphnn.draw.marking.marks import MARKS, mark_box, swatches_of
from graphnn.draw.scene import Box
from graphnn.draw.themes import LIGHT, THEMES
from graphnn.draw.themes.colours import contrast
from graphnn.errors import ArgumentError, MissingNode
from graphnn.graph import Graph, Input

SVG = "{http://www.w3.org/2000/svg}"
LAST = "dense_2/double"


def node_line(dot: str, full_name: str) -> str:
    (line,) = [
        line
        for line in dot.splitlines()
        if f'tooltip="{full_name} (' in line and " -> " not in line
    ]
    return line


# -- what a mark changes ---------------------------------------------------------------
@pytest.mark.parametrize("name", MARKS)
def test_every_mark_is_in_the_label_and_in_the_legend(two_layers, name):
    mark = MARKS[name]
    dot = to_dot(two_layers, marks={LAST: name})
    line = node_line(dot, LAST)
    label = re.sub(r"</?(b|font|table|tr|td)\b[^>]*>", "", line)
    assert f"label=<{mark.sign} double" in label
    assert mark.word in label
    texts = [e.text or "" for e in ET.fromstring(render(dot, "svg")).iter(f"{SVG}text")]
    assert any(mark.meaning in text for text in texts), texts
    assert sum(text.strip() == mark.sign for text in texts) >= 2, "node and legend"


@pytest.mark.parametrize("name", MARKS)
def test_every_mark_keeps_the_shape_of_the_kind(two_layers, name):
    dot = to_dot(two_layers, marks={LAST: name})
    assert "shape=box" in node_line(dot, LAST)


def test_signs_tell_the_marks_apart():
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)


def test_other_nodes_stay_as_they_are(two_layers):
    plain, now = to_dot(two_layers), to_dot(two_layers, marks={LAST: "current"})
    key = node_line(plain, LAST).split()[0]
    gone = set(plain.splitlines()) - set(now.splitlines())
    came = set(now.splitlines()) - set(plain.splitlines())
    assert [line.split()[0] for line in gone] == [key]
    assert {line.split("=")[0].strip() for line in came} == {"label", f"{key} [label"}


def test_what_is_ahead_is_grey_and_dashed_and_so_are_its_edges(two_layers):
    plain, now = to_dot(two_layers), to_dot(two_layers, marks={LAST: "ahead"})
    key = node_line(now, LAST).split()[0]
    assert "dashed" in node_line(now, LAST)
    into = [line for line in now.splitlines() if f"-> {key} " in line]
    assert into
    assert all("style=dashed" in line for line in into)
    out_of = [line for line in now.splitlines() if f"\t{key} -> " in line]
    assert out_of == [line for line in plain.splitlines() if f"\t{key} -> " in line]


def test_several_marks_on_one_node(two_layers):
    line = node_line(to_dot(two_layers, marks={LAST: ["current", "victim"]}), LAST)
    assert f"{MARKS['current'].sign} {MARKS['victim'].sign}" in re.sub(
        "<[^>]*>", "", line
    )
    assert f'fillcolor="{LIGHT.marks["victim"].fill}"' in line, (
        "the stronger gives the fill"
    )
    assert f'color="{LIGHT.marks["current"].line}"' in line, (
        "the wider gives the outline"
    )


def test_the_order_of_marks_does_not_matter(two_layers):
    names = ["breakpoint", "culprit", "done", "current"]
    one = to_dot(two_layers, marks={LAST: names})
    assert one == to_dot(two_layers, marks={LAST: set(names)})
    assert one == to_dot(
        two_layers, marks={LAST: names[:2], two_layers[LAST]: names[2:]}
    )


def test_nodes_and_names_are_keys(two_layers):
    by_name = to_dot(two_layers, marks={LAST: "done"}, notes={LAST: "3 NaN"})
    node = two_layers[LAST]
    assert by_name == to_dot(two_layers, marks={node: "done"}, notes={node: "3 NaN"})


def test_no_marks_is_the_plain_picture(two_layers):
    assert to_dot(two_layers) == to_dot(two_layers, marks={}, notes={})
    assert to_dot(two_layers) == to_dot(two_layers, marks={LAST: []})


def test_mark_on_every_kind_of_node(two_layers):
    dot = to_dot(two_layers, marks=dict.fromkeys(two_layers.nodes, "returned"))
    assert dot.count(f'fillcolor="{LIGHT.marks["returned"].fill}"') == len(two_layers)
    ET.fromstring(render(dot, "svg"))


# -- legend ----------------------------------------------------------------------------
def test_legend_has_the_marks_that_occur_and_no_other(two_layers):
    dot = to_dot(two_layers, marks={LAST: "done", "x": "edited"})
    meanings = [mark.meaning for mark in MARKS.values() if mark.meaning in dot]
    assert meanings == [MARKS["done"].meaning, MARKS["edited"].meaning]


def test_legend_leaves_out_what_is_not_shown(two_layers):
    dot = to_dot(two_layers, target="dense_1/double", marks={LAST: "failed"})
    assert MARKS["failed"].meaning not in dot


@pytest.mark.parametrize("count", range(1, len(MARKS) + 1))
def test_legend_of_any_length_is_laid_out(count):
    swatches = swatches_of(list(MARKS)[:count], LIGHT)
    table = legend(in_rows(swatches), LIGHT.ink)
    render(f"digraph {{ label=<{table}>; a }}", "svg")
    assert table.count("fixedsize") == count


def test_legend_stands_under_the_name():
    with Graph("mine") as graph:
        x = Input("x", value=np.ones(2))
    dot = to_dot(graph, marks={x: "edited"})
    assert dot.index("<b>mine</b>") < dot.index(MARKS["edited"].meaning)


# -- readable --------------------------------------------------------------------------
@pytest.fixture(params=THEMES)
def theme(request):
    return THEMES[request.param]


def marked(theme, kind, names):
    """Give the look, the inks and the signs of a marked box."""
    box = Box("n0", kind, "name", theme.looks[kind])
    mark_box(box, names, theme)
    ink, faint = box.look.ink or theme.ink, box.look.faint_ink or theme.faint_ink
    return box.look, ink, faint, [sign.ink or ink for sign in box.signs]


def test_every_theme_paints_every_mark(theme):
    assert list(theme.marks) == list(MARKS)


@pytest.mark.parametrize("name", MARKS)
@pytest.mark.parametrize("kind", LIGHT.looks)
def test_contrast_of_marked_nodes_is_aa(theme, kind, name):
    look, ink, faint_ink, sign_inks = marked(theme, kind, [name])
    assert contrast(ink, look.fill) >= 4.5
    assert contrast(faint_ink, look.fill) >= 4.5
    # An outline and a dot are no text: 3 is enough for these (WCAG 2.1, 1.4.11).
    assert min(contrast(each, look.fill) for each in sign_inks) >= 3
    for ground in (theme.paper, theme.frames["scope"].fill):
        assert contrast(look.line, ground) >= 3


@pytest.mark.parametrize("first", MARKS)
@pytest.mark.parametrize("second", MARKS)
def test_contrast_of_two_marks_is_aa(theme, first, second):
    names = [name for name in MARKS if name in (first, second)]
    look, ink, faint_ink, sign_inks = marked(theme, "operation", names)
    assert contrast(ink, look.fill) >= 4.5
    assert contrast(faint_ink, look.fill) >= 4.5
    assert min(contrast(each, look.fill) for each in sign_inks) >= 3


@pytest.mark.parametrize("name", MARKS)
def test_contrast_of_the_legend_is_aa(theme, name):
    (swatch,) = swatches_of([name], theme)
    assert contrast(swatch.sign.ink or swatch.ink or theme.ink, swatch.fill) >= 4.5
    assert contrast(swatch.line, theme.paper) >= 3


# -- notes -----------------------------------------------------------------------------
def test_note_stands_under_the_name(two_layers):
    line = node_line(to_dot(two_layers, notes={LAST: "‖grad‖ 0.12"}), LAST)
    assert line.index("<b>double</b>") < line.index("‖grad‖ 0.12")


@pytest.mark.parametrize(
    "note",
    ["<b>", "\\N", "a\nb", "a\x00b", "x" * 10_000, "</td></tr></table>", '"', " "],
)
def test_note_is_inert_and_short(two_layers, note):
    svg = render(to_dot(two_layers, notes={LAST: note}), "svg")
    root = ET.fromstring(svg)
    assert len([g for g in root.iter(f"{SVG}g") if g.get("class") == "node"]) == 9
    shown = [e.text or "" for e in root.iter(f"{SVG}text")]
    assert max(map(len, shown)) <= 40


# -- refused ---------------------------------------------------------------------------
def test_unknown_mark(two_layers):
    with pytest.raises(
        ArgumentError, match=r"'dense_2/double'.*\n.*Did you mean 'done'"
    ):
        to_dot(two_layers, marks={LAST: "doen"})


def test_unknown_node(two_layers, valueless):
    with pytest.raises(MissingNode, match=r"Did you mean 'dense_2/double'"):
        to_dot(two_layers, marks={"dense_2/doubel": "done"})
    with pytest.raises(MissingNode):
        to_dot(two_layers, notes={valueless.nodes[0]: "elsewhere"})


def test_draw_takes_them_too(two_layers, tmp_path):
    path = tmp_path / "graph.dot"
    draw(two_layers, path, marks={LAST: "current"}, notes={LAST: "here"})
    expected = to_dot(two_layers, marks={LAST: "current"}, notes={LAST: "here"})
    assert path.read_text(encoding="utf-8") == expected
    picture = draw(two_layers, marks={LAST: "current"}, notes={LAST: "here"})
    assert picture.dot == expected


# -- caption ---------------------------------------------------------------------------
def test_caption_is_over_the_legend_and_under_the_name():
    with Graph("mine") as graph:
        x = Input("x", value=np.ones(2))
    dot = to_dot(graph, marks={x: "edited"}, caption="step 3 of 4")
    places = [dot.index(text) for text in ("<b>mine</b>", "step 3 of 4", "✎")]
    assert places == sorted(places)
    assert "step 3 of 4" in to_dot(graph, caption="step 3 of 4")
    assert to_dot(graph, caption="") == to_dot(graph)


@pytest.mark.parametrize(
    "caption", ["<b>", "\\N", "a\nb", "a\x00b", "word " * 999, " "]
)
def test_caption_is_inert_and_short(two_layers, caption):
    svg = render(to_dot(two_layers, caption=caption), "svg")
    shown = [e.text or "" for e in ET.fromstring(svg).iter(f"{SVG}text")]
    assert sum("word" in line for line in shown) in (0, 3)
    assert max(map(len, shown)) <= 56


def test_a_wide_caption_leaves_the_legend_together(two_layers):
    said = {"caption": "w" * 56, "marks": {LAST: ["done", "edited", "current"]}}
    root = ET.fromstring(render(to_dot(two_layers, **said), "svg"))
    texts = list(root.iter(f"{SVG}text"))
    x = {(e.text or "").strip(): float(e.get("x", 0)) for e in texts}
    assert 0 < x["forward done"] - x["✓"] < 30
