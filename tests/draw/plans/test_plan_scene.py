"""What a plan's picture is made of: looks, legend, facts, in every format and theme."""

import json
import re
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.formats.written import write
from graphnn.draw.plans.plan_colours import FILLS, PLAIN
from graphnn.draw.plans.plan_scene import compose_plan
from graphnn.draw.themes import LIGHT, THEMES
from graphnn.errors import ArgumentError, MissingFolder

HOSTILE = '"]; a --> b <script>\\N{x}`'


def trained(optimizer=None):
    """Plan a step of a small network that has a hook of everything."""
    network = gn.NeuralNetwork(
        [gn.Dense(3, "tanh"), gn.Dropout(0.5), gn.Dense(2)],
        gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    network.train_batch(np.ones((4, 3)), np.array([0, 1, 1, 0]))
    return network.graph.plan(network.loss, optimizer=optimizer or gn.Adam(0.1))


def scene_of(plan, **settings):
    return compose_plan(plan._planned(), plan._update, **settings)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_theme_has_its_fills():
    assert THEMES.keys() <= FILLS.keys() == PLAIN.keys()
    for name, fills in FILLS.items():
        assert len(set(fills) | {PLAIN[name]}) == len(fills) + 1
    assert len({len(fills) for fills in FILLS.values()}) == 1


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_on_its_ground(theme):
    scene = scene_of(trained(), theme=theme)
    inks = {scene.theme.ink, scene.theme.faint_ink}
    grounds = {*FILLS[theme], PLAIN[theme], *(box.look.fill for box in scene.boxes)}
    worst = min((contrast(i, g), i, g) for i in inks for g in grounds)
    assert worst[0] >= 4.5, worst
    for frame in scene.frames:
        look = scene.theme.frames[frame.kind]
        assert contrast(look.ink, look.fill) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_boxes_have_the_colours_of_the_theme(theme):
    scene = scene_of(trained(), theme=theme)
    looks = scene.theme.looks
    known = {*FILLS[theme], PLAIN[theme], scene.theme.paper}
    known |= {look.fill for look in looks.values()}
    assert {box.look.fill for box in scene.boxes} <= known
    leaves = [box for box in scene.boxes if box.kind != "operation"]
    assert all(box.look == looks[box.kind] for box in leaves)
    assert {"input", "parameter", "state"} <= {box.kind for box in leaves}


def test_the_legend_names_each_colour_that_occurs_and_no_other():
    scene = scene_of(trained())
    calls = [box for box in scene.boxes if box.kind == "operation"]
    shown = {(s.fill, s.dashed) for s in scene.swatches}
    assert shown == {(box.look.fill, box.look.dashed) for box in calls}
    assert len(scene.swatches) == len(shown)
    meanings = [swatch.meaning for swatch in scene.swatches]
    assert {"gradient", "parameter", "state", "writes nothing"} <= set(meanings)
    assert scene.caption[-1].endswith("one colour, one buffer")
    for swatch in scene.swatches:
        written = [b for b in calls if b.look.fill == swatch.fill]
        name = swatch.sign.text
        if re.fullmatch(r"b\d+", name):
            goals = [box.facts["writes"] for box in written]
            assert swatch.meaning == f"{len(written)} calls"
            assert all(re.match(rf"{name}\b|{name}_", goal) for goal in goals)


def test_one_colour_is_one_buffer_even_where_buffers_are_many():
    x = gn.Input("x", value=np.ones(3))
    parts = []
    for size in range(1, 15):  # of many shapes, so that no buffer takes two of them
        part = np.exp(np.sin(np.broadcast_to(x, (size, 3)) * 1.0))
        for _ in range(size % 5):
            part = np.tanh(part)
        parts.append(part)
    scene = scene_of(parts[0].graph.plan(parts))
    calls = [box for box in scene.boxes if box.kind == "operation"]
    by_fill = {}
    times = {}
    for box in calls:
        name = re.match(r"b\d+", box.facts["writes"])[0]
        by_fill.setdefault(box.look.fill, set()).add(name)
        times[name] = times.get(name, 0) + 1
    others = by_fill.pop(PLAIN["light"])
    assert len(others) > 1
    assert by_fill.keys() == set(FILLS["light"])
    assert all(len(names) == 1 for names in by_fill.values())
    rarest = min(times[name] for (name,) in by_fill.values())
    assert rarest >= max(times[name] for name in others) > 1
    assert times["b0"] != max(times.values())
    assert scene.swatches[-1].meaning == "any other buffer"


def test_a_plan_that_writes_no_buffer_twice_has_no_word_of_colours():
    x = gn.Input("x", value=np.ones(3))
    scene = scene_of(np.sin(x).graph.plan())
    assert scene.caption == ("1 call",)
    assert [swatch.meaning for swatch in scene.swatches] == ["written once"]


def test_passes_are_framed_on_the_ground_of_the_picture():
    scene = scene_of(trained())
    titles = [frame.title for frame in scene.frames if frame.kind == "pass"]
    assert titles == ["forward", "states", "backward", "update"]
    look = scene.theme.frames["pass"]
    assert (look.fill, look.dashed) == (scene.theme.paper, True)
    assert "pass" not in LIGHT.frames
    keys = [frame.key for frame in scene.frames]
    assert len(set(keys)) == len(keys)
    for place, frame in enumerate(scene.frames):
        assert frame.parent is None or frame.parent in keys[:place]
    frames = {frame.key: frame for frame in scene.frames}
    for box in scene.boxes:
        if box.frame is not None and frames[box.frame].kind == "scope":
            assert box.facts["node"] == frames[box.frame].title
            assert box.facts["node"] not in box.lines
        elif "node" in box.facts:
            assert box.lines[-1] == box.facts["node"]


def test_arrows_run_straight_inside_a_pass_alone():
    scene = scene_of(trained())
    facts = {box.key: box.facts for box in scene.boxes}
    kinds = {box.key: box.kind for box in scene.boxes}
    assert len({(arrow.tail, arrow.head) for arrow in scene.arrows}) == len(
        scene.arrows
    )
    seen = set()
    for arrow in scene.arrows:
        if kinds[arrow.tail] == "operation":
            same = facts[arrow.tail]["pass"] == facts[arrow.head]["pass"]
            assert arrow.weight == (8 if same else 1)
            seen.add(same)
        else:
            assert arrow.weight == {"input": 4}.get(kinds[arrow.tail], 1)
    assert seen == {True, False}


def test_what_is_updated_where_it_lies_needs_no_arrow():
    scene = scene_of(trained())
    boxes = {box.key: box for box in scene.boxes}
    updated = [
        box.key for box in scene.boxes if box.facts.get("writes") == "parameters"
    ]
    assert len(updated) == 1
    into = [boxes[arrow.tail] for arrow in scene.arrows if arrow.head in updated]
    assert [box.kind for box in into] == ["operation"]


def test_boxes_stand_in_the_order_of_the_calls_leaves_before_their_first_reader():
    scene = scene_of(trained())
    keys = [box.key for box in scene.boxes]
    calls = [key for key in keys if key.startswith("c")]
    assert calls == [f"c{number}" for number in range(len(calls))]
    place = {key: rank for rank, key in enumerate(keys)}
    assert all(place[arrow.tail] < place[arrow.head] for arrow in scene.arrows)


def test_facts_say_what_is_called_and_where_it_goes():
    plan = trained()
    scene = scene_of(plan)
    calls = [box for box in scene.boxes if box.kind == "operation"]
    assert [box.facts["call"] for box in calls] == list(range(1, len(calls) + 1))
    first = calls[0].facts
    assert first["code"] == "np.dot(input, dense_1_weight, out=b0)"
    assert first | {"source": ""} == {
        "call": 1,
        "name": "dot",
        "pass": "forward",
        "writes": "b0",
        "shape": "(4, 3)",
        "dtype": "float64",
        "node": "dense_1/weight_multiply",
        "source": "",
        "code": first["code"],
    }
    assert first["source"].startswith(f"{Path(__file__).name}:")
    (result,) = [box for box in calls if "result" in box.facts]
    assert result.look.peripheries == 2
    assert result.tip.endswith("; given back")


@pytest.mark.parametrize("form", ["json", "graphml"])
def test_programs_read_the_same_graph(tmp_path, form):
    plan = trained()
    file = plan.draw(tmp_path / f"plan.{form}")
    if form == "json":
        data = json.loads(file.read_text(encoding="utf-8"))
        network = nx.node_link_graph(data, edges="edges")
    else:
        network = nx.read_graphml(file)
    scene = scene_of(plan)
    assert set(network.nodes) == {box.key for box in scene.boxes}
    ends = sorted((tail, head) for tail, head, *_ in network.edges)
    assert ends == sorted((arrow.tail, arrow.head) for arrow in scene.arrows)
    assert network.nodes["c0"]["name"] == "dot"
    assert network.nodes["c0"]["scope"] == "forward"


def test_mermaid_has_each_call_in_the_colour_of_its_buffer(tmp_path):
    plan = trained()
    text = plan.draw(tmp_path / "plan.mmd", direction="LR").read_text(encoding="utf-8")
    assert "flowchart LR" in text
    for box in scene_of(plan).boxes:
        assert re.search(rf"style {box.key} fill:{box.look.fill}\b", text)
    assert len(re.findall(r"^ *subgraph ", text, re.MULTILINE)) == len(
        scene_of(plan).frames
    )


@pytest.mark.parametrize("form", ["dot", "mermaid", "json", "graphml"])
def test_hostile_names_are_inert_text(form):
    x = gn.Input(HOSTILE, value=np.ones(3))
    node = np.sin(np.exp(x))
    node.name = HOSTILE
    plan = node.graph.plan(node)
    scene = scene_of(plan, caption=HOSTILE)
    assert [len(scene.boxes), len(scene.arrows)] == [3, 2]
    text = write(scene, form)
    if form == "json":
        assert len(json.loads(text)["nodes"]) == 3
        return
    code = [line for line in text.splitlines() if not line.startswith("  %%")]
    assert "<script" not in "".join(code)
    if form == "graphml":
        assert len(nx.parse_graphml(text)) == 3
    elif form == "dot":
        pygraphviz = pytest.importorskip("pygraphviz")
        assert len(pygraphviz.AGraph(string=text).nodes()) == 3
    else:
        assert sum("-->" in line for line in code) == 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"theme": "neon"}, r"theme 'neon'"),
        ({"layout": "pencil"}, r"lay out with 'pencil'"),
        ({"direction": "up"}, r"direction 'up'"),
    ],
)
def test_what_is_no_choice_is_refused(tmp_path, settings, words):
    plan = trained()
    with pytest.raises(ArgumentError, match=words):
        plan.draw(**settings)
    with pytest.raises(ArgumentError, match=words):
        plan.draw(tmp_path / "plan.svg", **settings)
    assert not list(tmp_path.iterdir())


def test_a_path_is_checked_before_the_work(tmp_path, monkeypatch):
    plan = trained()
    monkeypatch.setattr("graphnn.draw.plans.plan_scene.compose_plan", None)
    with pytest.raises(MissingFolder):
        plan.draw(tmp_path / "none" / "plan.svg")


def test_a_layout_is_handed_on(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "graphnn.draw.output.picture.render",
        lambda scene, form, layout: asked.append((form, layout)) or b"<svg/>",
    )
    trained().draw(tmp_path / "plan.svg", layout="dot")
    assert trained().draw(layout="dot").layout == "dot"
    assert asked == [("svg", "dot")]
