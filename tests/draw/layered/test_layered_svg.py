"""What the built-in layout writes: the right shapes, colours, lines and texts."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from layered_pictures import SVG, box, check, inside, overlap, read, scene, text_area

from graphnn.draw.layered import to_svg
from graphnn.draw.scene import Arrow, Frame, Ramp, Sign, Swatch
from graphnn.draw.themes import LIGHT

DIRECTIONS = ["TB", "LR", "BT", "RL"]

HOSTILE = [
    'say "quoted"',
    "it's",
    "<script>alert(1)</script>",
    "<b>",
    "</svg>",
    "<![CDATA[",
    "&amp; &#0; &",
    r"\N \G \L",
    "a:b:c",
    "nul\x00 bell\x07 line\nend",
    "x" * 100_000,
    "שלום עולם",
    "\u202eturned\u202c",
    "\ud800 half",
    "🦊👩‍👩‍👧",
    "层归一化",
    "e\u0301\u0302\u0303",
    "javascript:alert(1)",
    "",
    " ",
]


def two_layers(direction="TB"):
    """Two layers one after the other, and a loss."""
    boxes, arrows = [box("x", "input", lines=("Input",))], []
    before = "x"
    for number in (1, 2):
        frame = f"f{number}"
        boxes += [
            box(f"w{number}", "parameter", frame, title="weight", lines=("Parameter",)),
            box(f"m{number}", "operation", frame, title="weight_multiply"),
            box(f"s{number}", "operation", frame, title="sigmoid"),
        ]
        arrows += [
            Arrow(before, f"m{number}", label="(8, 3)", span=2),
            Arrow(f"w{number}", f"m{number}", label="(3, 5)", weight=1),
            Arrow(f"m{number}", f"s{number}", label="(8, 5)"),
        ]
        before = f"s{number}"
    boxes.append(box("loss", "sink"))
    arrows.append(Arrow(before, "loss", label="()"))
    frames = [Frame("f1", "dense_1"), Frame("f2", "dense_2")]
    return scene(boxes, arrows, frames, direction)


def middle(area):
    return (area[0] + area[2]) / 2, (area[1] + area[3]) / 2


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_arrows_go_in_the_direction_of_the_scene(direction):
    drawn = check(two_layers(direction))
    axis = 0 if direction in ("LR", "RL") else 1
    sign = -1 if direction in ("BT", "RL") else 1
    way = [middle(drawn.nodes[key].area)[axis] for key in ("x", "m1", "s1", "m2", "s2")]
    assert way == sorted(way, key=lambda place: sign * place)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_flows_through_the_layers_runs_straight(direction):
    drawn = check(two_layers(direction))
    axis = 1 if direction in ("LR", "RL") else 0
    way = [middle(drawn.nodes[key].area)[axis] for key in ("x", "m1", "s1", "m2", "s2")]
    assert max(way) - min(way) < 0.6


def test_a_parameter_stands_one_row_before_what_uses_it():
    boxes = [box(f"n{i}") for i in range(6)] + [box("w", "parameter")]
    drawn = check(
        scene(boxes, [(f"n{i}", f"n{i + 1}") for i in range(5)] + [("w", "n5")])
    )
    assert middle(drawn.nodes["w"].area)[1] == middle(drawn.nodes["n4"].area)[1]


def test_a_span_is_the_least_number_of_rows():
    boxes = [box(key) for key in "abcde"]
    arrows = [("a", "b"), ("b", "c"), ("c", "d"), Arrow("a", "e", span=3)]
    drawn = check(scene(boxes, arrows))
    assert middle(drawn.nodes["e"].area)[1] == middle(drawn.nodes["d"].area)[1]


def test_two_arrows_between_two_boxes_stay_apart():
    for label in ("", "(2,)"):
        drawn = check(scene([box("x"), box("y")], [Arrow("x", "y", label=label)] * 2))
        one, other = (edge.curve for edge in drawn.edges)
        assert all(abs(a[0] - b[0]) > 5 for a, b in zip(one, other, strict=True))


def test_heads_follow_the_roles():
    roles = ["value", "gradient", "both", "cut", "twin"]
    boxes = [box(key) for role in roles for key in (f"{role}0", f"{role}1")]
    arrows = [Arrow(f"{role}0", f"{role}1", role=role) for role in roles]
    drawn = check(scene(boxes, arrows))
    assert [edge.heads for edge in drawn.edges] == [1, 1, 2, 1, 0]
    lines = [edge.element.find(f"{SVG}path") for edge in drawn.edges]
    assert lines[0].get("stroke") == LIGHT.edge
    assert lines[1].get("stroke") == LIGHT.gradient
    assert lines[4].get("stroke-dasharray") == "1 3"
    # The point of a gradient lies at the tail, that of a value at the head.
    for edge, end in ((drawn.edges[0], "value1"), (drawn.edges[1], "gradient0")):
        points = edge.element.find(f"{SVG}polygon").get("points").split()
        x, y = (float(each) for each in points[0].split(","))
        left, top, right, foot = drawn.nodes[end].area
        assert left <= x <= right
        assert min(abs(y - top), abs(y - foot)) < 0.5


def test_what_is_faded_is_dashed_and_an_ink_of_its_own_wins():
    arrows = [
        Arrow("a", "b", faded=True),
        Arrow("b", "c", label="(2,)", ink="#123456"),
    ]
    drawn = check(scene([box(key) for key in "abc"], arrows))
    faded, inked = (edge.element.find(f"{SVG}path") for edge in drawn.edges)
    assert faded.get("stroke") == LIGHT.faded
    assert faded.get("stroke-dasharray")
    assert inked.get("stroke") == "#123456"
    assert drawn.edges[1].element.find(f"{SVG}text").get("fill") == "#123456"


@pytest.mark.parametrize("kind", sorted(LIGHT.looks))
def test_every_look_is_drawn(kind):
    look = LIGHT.looks[kind]
    lines = ("a small line", "and another")
    drawn = check(scene([box("n", kind, title="weight_multiply", lines=lines)]))
    group = drawn.nodes["n"].element
    shapes = [
        child for child in group if child.tag not in (f"{SVG}text", f"{SVG}title")
    ]
    assert shapes[0].get("fill") == look.fill
    assert {shape.get("stroke") for shape in shapes} == {look.line}
    assert bool(shapes[0].get("stroke-dasharray")) == look.dashed
    tag = {"ellipse": "ellipse", "box": "rect", "cylinder": "path"}.get(look.shape)
    assert shapes[0].tag.removeprefix(SVG) == (tag or "polygon")
    if look.shape == "box":
        assert len(shapes) == look.peripheries
        assert bool(shapes[0].get("rx")) == look.rounded
    assert drawn.nodes["n"].texts == ["weight_multiply", *lines]


def test_a_title_has_its_signs_and_its_suffix():
    look = LIGHT.looks["operation"]._replace(ink="#fefefe")
    signs = (Sign("!!", "#ff0000"), Sign("✓"))
    a_box = box("n", title="power", suffix="(·, 2.0)", signs=signs, look=look)
    drawn = check(scene([a_box]))
    assert drawn.nodes["n"].texts == ["!! ✓ power(·, 2.0)"]
    text = drawn.nodes["n"].element.find(f"{SVG}text")
    assert text.get("fill") == "#ff0000"
    inks = {span.text: span.get("fill") for span in text}
    assert inks["power"] == inks["(·, 2.0)"] == "#fefefe"
    weights = {span.text: span.get("font-weight") for span in text}
    assert weights["power"] == "bold"
    assert weights["(·, 2.0)"] is None


def test_a_frame_has_a_title_a_suffix_and_lines():
    frames = [
        Frame("f", "block", suffix="× 12", lines=("84,000 parameters",), tip="tip")
    ]
    drawn = check(scene([box("n", frame="f")], frames=frames))
    assert drawn.clusters["f"].texts == ["block × 12", "84,000 parameters"]
    assert drawn.clusters["f"].tip == "tip"


def test_an_empty_frame_is_there_too():
    frames = [Frame("f", "outer"), Frame("g", "inner", parent="f"), Frame("h", "other")]
    drawn = check(scene([box("n")], frames=frames))
    assert inside(drawn.clusters["g"].area, drawn.clusters["f"].area)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_many_frames_in_one_another(direction):
    frames = [
        Frame(f"f{i}", f"level {i}", parent=f"f{i - 1}" if i else None)
        for i in range(9)
    ]
    boxes = [box("x"), box("n", frame="f8"), box("m", frame="f3"), box("y")]
    check(scene(boxes, [("x", "n"), ("n", "m"), ("m", "y")], frames, direction))


def test_the_heading_stands_over_the_picture_and_touches_nothing():
    swatches = [
        Swatch("not run yet", "#ffffff", "#858f9a", Sign("…"), dashed=True),
        Swatch(
            "raised an error", "#b0261c", "#570f0a", Sign("✗"), wide=True, ink="#ffffff"
        ),
        *[Swatch(f"number {i}", "#ffffff", "#000000") for i in range(3)],
    ]
    ramp = Ramp("norm", ("#ffffff", "#aaaaaa", "#333333"), ("0", "1e-3", "12"))
    more = {"title": "network", "caption": ("one line", "and another")}
    a_scene = scene(
        [box("a"), box("b")], [("a", "b")], swatches=swatches, ramp=ramp, **more
    )
    drawn = check(a_scene)
    heading = next(g for g in drawn.root.iter(f"{SVG}g") if g.get("class") == "heading")
    texts = ["".join(text.itertext()) for text in heading.iter(f"{SVG}text")]
    assert texts[:3] == ["network", "one line", "and another"]
    assert {swatch.meaning for swatch in swatches} <= set(texts)
    assert texts[-4:] == ["norm", "0", "1e-3", "12"]
    areas = [text_area(text) for text in heading.iter(f"{SVG}text")]
    for number, one in enumerate(areas):
        assert not any(overlap(one, other) for other in areas[:number])
    width, height = (float(n) for n in drawn.root.get("viewBox").split()[2:])
    assert all(inside(area, (0, 0, width, height)) for area in areas)
    graph = next(g for g in drawn.root.iter(f"{SVG}g") if g.get("class") == "graph")
    shift = float(graph.get("transform").split()[1].rstrip(")"))
    top = min(node.area[1] for node in drawn.nodes.values()) + shift
    assert max(area[3] for area in areas) < top


def test_the_root_says_what_it_is():
    root = ET.fromstring(to_svg(scene([box("a")], title="my <network>")))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "my <network>"
    assert root.find(f"{SVG}title").text == "my <network>"
    width, height = root.get("viewBox").split()[2:]
    assert (root.get("width"), root.get("height")) == (f"{width}pt", f"{height}pt")
    assert root.get("font-family") == "Helvetica,Arial,sans-serif"


def test_tips_fall_back_to_what_is_written():
    boxes = [box("a", title="exp", tip="exp (Exp): (2,)"), box("b", title="sum")]
    arrows = [
        Arrow("a", "b", label="(2,)", tip="(2,) float64"),
        Arrow("a", "b", label="x"),
    ]
    drawn = check(scene(boxes, arrows))
    assert [node.tip for node in drawn.nodes.values()] == ["exp (Exp): (2,)", "sum"]
    assert [edge.tip for edge in drawn.edges] == ["(2,) float64", "x"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_inert(text):
    more = {"title": text, "lines": (text, text), "tip": text, "suffix": text}
    a_scene = scene(
        [box("a", frame="f", signs=(Sign(text[:3]),), **more), box("b", title=text)],
        [Arrow("a", "b", label=text, tip=text), Arrow("a", "b", label=text)],
        [Frame("f", text, lines=(text,), tip=text)],
        title=text,
        caption=(text,),
        swatches=[Swatch(text, "#ffffff", "#000000", Sign(text[:2]))],
        ramp=Ramp(text, ("#ffffff", "#000000"), (text, text)),
    )
    svg = to_svg(a_scene)
    svg.encode()
    assert len(svg) < 100_000
    drawn = read(svg)
    known = {"svg", "g", "title", "text", "tspan", "rect", "ellipse", "path", "polygon"}
    assert {each.tag.removeprefix(SVG) for each in drawn.root.iter()} <= known
    names = {name for each in drawn.root.iter() for name in each.attrib}
    assert not [name for name in names if "href" in name or name.startswith("on")]
    assert len(drawn.nodes) == 2


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) < 99])
def test_the_picture_of_hostile_texts_is_in_order(text):
    boxes = [box("a", frame="f", title=text), box("b", title=text, lines=(text,))]
    check(scene(boxes, [Arrow("a", "b", label=text)], [Frame("f", text)]))


def test_a_long_title_is_cut():
    drawn = check(scene([box("a", title="weight" * 20)]))
    assert drawn.nodes["a"].texts == [("weight" * 20)[:39] + "…"]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_arrows_in_a_circle_and_to_oneself_are_drawn(direction):
    arrows = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")]
    check(scene([box(key) for key in "abc"], arrows, direction=direction))


def test_a_twin_pulls_nothing_out_of_its_row():
    boxes = [box("a"), box("b"), box("c"), box("g", "gradient")]
    arrows = [("a", "b"), ("b", "c"), ("a", "g"), Arrow("b", "g", role="twin")]
    drawn = check(scene(boxes, arrows))
    assert middle(drawn.nodes["g"].area)[1] == middle(drawn.nodes["b"].area)[1]


def test_the_bytes_are_the_same_in_every_process():
    program = (
        "import sys; from test_layered_svg import two_layers; "
        "from graphnn.draw.layered import to_svg; "
        "sys.stdout.buffer.write(to_svg(two_layers()).encode())"
    )
    here = Path(__file__).parent
    outputs = set()
    for seed in ("0", "1", "2"):
        path = os.pathsep.join([str(here), *filter(None, sys.path)])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        outputs.add(
            subprocess.run(
                [sys.executable, "-c", program],
                env=environment,
                capture_output=True,
                check=True,
            ).stdout
        )
    assert outputs == {to_svg(two_layers()).encode()}


def test_the_head_of_an_arrow_that_turns_back_comes_first():
    arrows = [("a", "b"), ("b", "c"), Arrow("c", "a", turns_back=True)]
    drawn = check(scene([box(key) for key in "cba"], arrows))
    way = [middle(drawn.nodes[key].area)[1] for key in "abc"]
    assert way == sorted(way)
    # It still points at its head.
    assert drawn.edges[2].curve[-1][1] < drawn.edges[2].curve[0][1]
