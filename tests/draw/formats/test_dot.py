"""DOT: what is drawn, that texts are inert, that it is the same in every process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw import render, to_dot
from graphnn.draw.themes import LIGHT
from graphnn.errors import ArgumentError, GraphnnError
from graphnn.graph import Constant, Input, scope

HOSTILE = [
    "<script>alert(1)</script>",
    "<b>bold</b>",
    "</td></tr></table>",
    'say "hi"',
    "it's",
    "a:b:c",
    "a/b",
    "n0",
    "\\N \\G \\L \\E",
    "C:\\new\\table",
    "\\",
    "<>",
    "< >",
    "&lt;b&gt;",
    "&#65;",
    "a & b",
    "-->",
    "]]>",
    "x; n0 -> n1",
    'x" URL="javascript:alert(1)',
    "javascript:alert(1)",
    "🦊👩‍🚀",
    "שלום",
    " padded ",
    " ",
    "%s {0} $x",
]
LOOKS = LIGHT.looks
SVG = "{http://www.w3.org/2000/svg}"


def statements(dot: str, pattern: str) -> list[str]:
    return re.findall(pattern, dot, flags=re.MULTILINE)


def count_nodes(dot: str) -> int:
    return len(statements(dot, r"^\t+n\d+ \["))


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_nodes_edges_and_boxes(two_layers):
    dot = to_dot(two_layers)
    assert count_nodes(dot) == 9
    assert len(statements(dot, r"^\t+n\d+ -> n\d+ ")) == 8
    assert statements(dot, r"^\t+subgraph (\w+)") == ["cluster_0", "cluster_1"]
    assert "<b>dense_1</b>" in dot
    assert "<b>weight_multiply</b>" in dot, "the scope is the box's, not the node's"
    assert (
        "dense_1/weight_multiply (WeightMultiply): (8, 5) float64, conftest.py" in dot
    )
    assert '" (8, 5) "' in dot


def test_kinds_differ_in_shape_and_colour(two_layers):
    dot = to_dot(two_layers)
    kinds = [look for kind, look in LOOKS.items() if kind != "gradient"]
    shapes = {(look.shape, look.dashed, look.peripheries) for look in kinds}
    assert len(shapes) == len({look.fill for look in kinds}) == len(kinds)
    assert len(statements(dot, f'fillcolor="{LOOKS["sink"].fill}"')) == 1
    assert len(statements(dot, f"shape={LOOKS['parameter'].shape}")) == 2
    assert len(statements(dot, f"shape={LOOKS['input'].shape}")) == 2


def test_one_edge_for_each_argument(multiply):
    x = Input("x", value=np.ones(3))
    dot = to_dot(multiply(x, x).graph)
    assert len(statements(dot, r"n0 -> n1 ")) == 2


@pytest.mark.parametrize(
    ("constant", "written"),
    [
        (2.0, "(·, 2.0)"),
        (3, "(·, 3)"),
        (np.float32(0.5), "(·, 0.5)"),
        (np.array(7), "(·, 7)"),
    ],
)
def test_scalar_constant_stands_in_its_consumer(multiply, constant, written):
    x = Input("x", value=np.ones(3))
    dot = to_dot(multiply(x, Constant(constant)).graph)
    assert f"<b>multiply</b>{written}" in dot
    assert count_nodes(dot) == 2


def test_other_constant_is_a_node(multiply):
    x = Input("x", value=np.ones(3))
    dot = to_dot(multiply(x, np.arange(3.0)).graph)
    assert count_nodes(dot) == 3
    assert f"shape={LOOKS['constant'].shape}" in dot


def test_what_is_taken_of_several_outputs_has_its_own_shape():
    q, r = np.linalg.qr(gn.Input("x", value=np.ones((3, 2))))
    dot = to_dot((np.sum(q) + np.sum(r)).graph)
    labels = statements(dot, r'^\t+n1 -> n\d+ \[label="([^"]*)"')
    assert labels == [" (3, 2) ", " (2, 2) "]


def test_scalar_constant_as_target_is_a_node(multiply):
    x = Input("x", value=np.ones(3))
    constant = Constant(2.0)
    graph = multiply(x, constant).graph
    assert count_nodes(to_dot(graph, target=constant)) == 1


def test_target_keeps_the_ids_of_the_whole(two_layers):
    whole, part = to_dot(two_layers), to_dot(two_layers, target="dense_1/double")
    assert count_nodes(part) == 4
    ids = statements(part, r"^\t+(n\d+) \[label=.*dense_1/double")
    assert ids == statements(whole, r"^\t+(n\d+) \[label=.*dense_1/double")


def test_unknown_values_have_no_label(valueless):
    dot = to_dot(valueless)
    assert "no value yet" in dot
    assert 'label=""' in dot
    assert "None" not in dot


def test_class_is_shown_where_the_name_does_not_say_it(multiply):
    x = Input("x", value=np.ones(3))
    node = multiply(x, x)
    assert ">Multiply" not in to_dot(node.graph)
    node.name = "gate"
    assert ">Multiply" in to_dot(node.graph)


@pytest.mark.parametrize(("length", "cut"), [(40, False), (41, True)])
def test_long_names_are_cut(multiply, length, cut):
    x = Input("x" * length, value=np.ones(3))
    dot = to_dot(multiply(x, x).graph)
    expected = "x" * 39 + "…" if cut else "x" * 40
    assert f"<b>{expected}</b>" in dot


def test_nested_scopes(multiply):
    x = Input("x", value=np.ones(3))
    with scope("block"), scope("a/b"):
        node = multiply(x, x)
    dot = to_dot(node.graph)
    assert re.search(r"<b>block</b>.*<b>a/b</b>.*<b>multiply</b>", dot, flags=re.DOTALL)
    assert dot.index("\t\tsubgraph") < dot.index("<b>a/b</b>")


def test_a_frame_is_wide_enough_for_arrows_to_pass_its_title(two_layers):
    assert "<b>dense_1</b>&#8195;&#8195;&#8195;>" in to_dot(two_layers)
    assert "<b>dense_1</b>>" in to_dot(two_layers, direction="LR")


def test_direction(two_layers):
    assert "rankdir=LR" in to_dot(two_layers, direction="LR")
    with pytest.raises(ArgumentError, match="Did you mean 'TB'"):
        to_dot(two_layers, direction="TBB")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_and_does_nothing(named, text):
    graph = named(text)
    dot = to_dot(graph)
    assert count_nodes(dot) == 2
    svg = render(dot, "svg")
    root = ET.fromstring(svg)
    groups = [g for g in root.iter(f"{SVG}g") if g.get("class") == "node"]
    assert len(groups) == 2
    assert not list(root.iter(f"{SVG}script"))
    assert not [e for e in root.iter() if any(key.endswith("href") for key in e.attrib)]
    shown = [line.replace("\xa0", " ").strip() for line in texts(svg)]
    assert shown.count(text.strip()) >= 3, "the graph's name, the box, the input"
    tips = [
        value.replace("\xa0", " ")
        for element in root.iter()
        for key, value in element.attrib.items()
        if key.endswith("title")
    ]
    assert any(f"{text}/{text} (Input)" in tip for tip in tips), tips


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x1bb", "a\nb", "a\x85b", "a\u202eb", "a\u2067b", "a\ud800b"]
)
def test_what_cannot_be_shown_is_replaced(named, text):
    svg = render(to_dot(named(text)), "svg")
    assert texts(svg).count("a\ufffdb") >= 3


@pytest.mark.parametrize("text", ["x", "\\", '"', "<", "é", "🦊", "\\N:", "x y"])
def test_long_texts_are_cut(named, text):
    dot = to_dot(named(text * 100_000))
    assert len(dot) < 100_000
    root = ET.fromstring(render(dot, "svg"))
    classes = [group.get("class") for group in root.iter(f"{SVG}g")]
    assert classes.count("node") == 2


def test_what_is_said_of_many_outputs_is_cut():
    parts = np.split(gn.Input("x", value=np.zeros(3000)), 3000)
    root = ET.fromstring(render(to_dot(parts[0].graph), "svg"))
    classes = [group.get("class") for group in root.iter(f"{SVG}g")]
    assert classes.count("node") == len(parts[0].graph) > 1


def test_scopes_of_great_depth_are_written_at_once():
    x = Input("x", value=np.ones(2))
    with ExitStack() as scopes:
        for number in range(1500):
            scopes.enter_context(scope(f"s{number}"))
            x = np.tanh(x)
    picture = x.graph.draw(max_nodes=None)
    start = time.perf_counter()
    dot = picture.dot
    assert time.perf_counter() - start < 8, (
        "copied level by level it takes half a minute"
    )
    assert dot.count("subgraph cluster_") == 1500
    assert dot.count("\t}\n") == 1500
    assert statements(dot, r"^(\t+)n1500 \[") == ["\t" * 1501]


def test_empty_names(named):
    assert count_nodes(to_dot(named(""))) == 2
    ET.fromstring(render(to_dot(named("")), "svg"))


def test_same_bytes_in_every_process():
    outputs = {
        subprocess.run(
            [sys.executable, str(Path(__file__).parents[1] / "conftest.py")],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONIOENCODING": "utf-8",
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4321")
    }
    assert len(outputs) == 1
    assert b"digraph" in outputs.pop()


def test_chain_of_50_000(chain):
    graph = chain(50_000)
    start = time.perf_counter()
    dot = to_dot(graph)
    assert time.perf_counter() - start < 60, "linear: two seconds or so"
    assert count_nodes(dot) == 50_001


def test_ladder_of_60_diamonds(multiply):
    node = Input("x", value=np.zeros(2))
    for _ in range(60):
        node = multiply(node, node)
    assert len(statements(to_dot(node.graph), r"n\d+ -> n\d+ ")) == 120


def test_importing_the_room_brings_nothing_heavy():
    code = (
        "import sys, graphnn.draw;"
        "print({'graphviz', 'pygraphviz', 'networkx'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


def test_errors_are_ours(two_layers):
    with pytest.raises(GraphnnError):
        to_dot(two_layers, target="nowhere")


def test_a_loss_that_its_gradient_reads_is_the_result():
    x = gn.Input("x", value=[1.0, 2.0])
    loss = np.exp(np.sum(x))
    loss.graph.gradient(loss, x)
    dot = loss.graph.to_dot()
    assert any("exp" in line for line in dot.splitlines() if "peripheries=2" in line)


def test_what_a_traced_function_returned_is_the_result():
    """Not what it computed besides, such as the value behind a gradient."""
    graph = gn.trace(gn.grad(lambda x: np.sum(x * x)))(np.ones(2))
    dot = graph.to_dot()
    (result,) = [line for line in dot.splitlines() if "peripheries=2" in line]
    assert graph.results[0].name.rpartition("/")[2] in result
