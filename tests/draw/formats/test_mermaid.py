"""Mermaid: every box, frame and arrow; texts are inert."""

from __future__ import annotations

import re

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.compose import compose
from graphnn.draw.formats.mermaid import to_mermaid
from graphnn.draw.options import Options
from graphnn.draw.scene import Arrow, Box, Frame, Ramp, Scene, Sign, Swatch
from graphnn.draw.themes import LIGHT
from graphnn.graph import scope

# What the text of a label may consist of: Mermaid reads everything else as syntax, as
# Markdown or as HTML, and writes a character by its code instead.
INERT = re.compile(r"(?:[^\W_]|[ .,_–·×→‖…▸∇✓]|#\d+;|<br>)*")


def network():
    layers = [gn.Dense(8, activation="relu"), gn.Dense(3)]
    net = gn.NeuralNetwork(layers, loss=gn.SoftmaxCrossEntropy(), seed=1)
    net.forward_loss(np.ones((4, 5)), np.array([0, 1, 2, 0]))
    return net


def text_of(graph, **options):
    return to_mermaid(compose(graph, Options(**options)))


def test_every_node_edge_and_scope():
    net = network()
    text = text_of(net.graph)
    assert text.startswith("flowchart TB\n")
    boxes = re.findall(r'^ +(n\d+)[(\[{/]+"', text, flags=re.MULTILINE)
    assert len(boxes) == len(set(boxes)) == len(net.graph)
    assert text.count(" -->") == sum(len(node.input_ids) for node in net.graph.nodes)
    assert re.findall(r'subgraph \w+\["(\w+)"\]', text) == ["dense_1", "dense_2"]
    assert '|"#40;4, 8#41;"|' in text


def test_boxes_lie_in_their_frames():
    lines = text_of(network().graph).splitlines()
    inside = lines[
        lines.index('  subgraph cluster_0["dense_1"]') : lines.index("  end")
    ]
    assert [line.strip().split("(")[0] for line in inside[1:]] == [
        "n1",
        "n2",
        "n3",
        "n4",
        "n5",
    ]


def test_nested_frames_of_any_depth():
    scene = Scene(LIGHT)
    for depth in range(3000):
        parent = f"c{depth - 1}" if depth else None
        scene.frames.append(Frame(f"c{depth}", "inner", parent))
    scene.boxes.append(
        Box("n0", "operation", "exp", LIGHT.looks["operation"], frame="c2999")
    )
    text = to_mermaid(scene)
    assert text.count("subgraph") == text.count("end\n") == 3000


def test_direction_and_colours():
    text = text_of(network().graph, direction="LR")
    assert text.startswith("flowchart LR")
    assert f"fill:{LIGHT.looks['sink'].fill},stroke:{LIGHT.looks['sink'].line}" in text


def test_gradients_are_drawn_from_the_head_in_their_colour():
    scene = Scene(LIGHT)
    for key in ("n0", "n1"):
        scene.boxes.append(Box(key, "operation", key, LIGHT.looks["operation"]))
    scene.arrows += [Arrow("n0", "n1"), Arrow("n0", "n1", role="gradient", label="3")]
    text = to_mermaid(scene)
    assert '  n1 -.->|"3"| n0\n' in text
    assert f"linkStyle 1 stroke:{LIGHT.gradient}" in text


def test_caption_and_legend_are_comments():
    scene = Scene(LIGHT, caption=("step 3 of 4",), title="mine")
    scene.swatches.append(Swatch("here", "#ffe45c", "#000000", Sign("►")))
    scene.ramp = Ramp("‖grad‖", ("#ffffff", "#000000"), ("0.1", "10"))
    text = to_mermaid(scene)
    assert text.startswith('---\ntitle: "mine"\n---\nflowchart TB\n')
    for comment in ("%% step 3 of 4", "%% ► here", "%% ‖grad‖: 0.1 … 10"):
        assert comment in text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<b>bold</b>",
        'say "hi"',
        "a:b",
        "\\N",
        "end",
        "]] --> n0",
        "%%{init: {}}%%",
        "{",
        "a\x00b",
        "a\nb",
        "\u202eabc",
        "שלום",
        "🦊👩‍🚀",
        "`md` **b**",
        "#35;",
        "&amp;",
        "1. list",
        'click n0 href "javascript:alert(1)"',
        "x" * 100_000,
    ],
)
def test_texts_are_inert(text):
    with gn.Graph(text) as graph, scope(text):
        x = gn.Input(text, value=np.ones(2))
        np.exp(x)
    written = text_of(graph, caption=text, notes={x: text})
    assert len(written) < 5000
    for label in re.findall(r'[(\[{|]"(.*?)"[)\]}|]', written):
        assert INERT.fullmatch(label), label
    assert not re.search(r"<(?!br>)", written.partition("flowchart")[2])
    for line in written.partition("flowchart")[2].splitlines():
        if line.lstrip().startswith("%%"):
            assert not set("{}") & set(line)


def test_fan_of_a_label_is_read_back():
    """A code stands for its character, wherever it is."""
    x = gn.Input("a<b", value=np.ones(2))
    text = text_of(np.exp(x).graph)
    codes = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text)
    assert '"a<b<br>Input"' in codes
