"""JSON and GraphML: networkx reads them back, whatever the texts are."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET

import networkx as nx
import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.compose import compose
from graphnn.draw.formats.exchange import to_graphml, to_json, to_network
from graphnn.draw.options import Options
from graphnn.draw.scene import Arrow, Box, Scene
from graphnn.draw.themes import LIGHT
from graphnn.graph import scope


def small():
    x = gn.Input("x", value=np.ones((2, 3)))
    w = gn.Parameter(np.ones((3, 4)), name="w")
    with scope("block"):
        y = x @ w
    return np.sum(y * y).graph


def read_json(scene):
    return nx.node_link_graph(json.loads(to_json(scene)), edges="edges")


def read_graphml(scene):
    return nx.parse_graphml(to_graphml(scene), force_multigraph=True)


@pytest.mark.parametrize("read", [read_json, read_graphml])
def test_what_is_read_is_what_was_drawn(read):
    scene = compose(small(), Options())
    network, found = to_network(scene), read(scene)
    assert found.is_directed()
    assert found.is_multigraph()
    assert dict(found.nodes(data=True)) == dict(network.nodes(data=True))
    assert sorted(map(str, found.edges(data=True))) == sorted(
        map(str, network.edges(data=True))
    )


def test_what_is_known_of_a_node():
    network = to_network(compose(small(), Options()))
    product = next(
        data for _, data in network.nodes(data=True) if data["label"] == "matmul"
    )
    assert product["name"] == "block/matmul"
    assert product["class"] == "Matmul"
    assert product["kind"] == "operation"
    assert product["scope"] == "block"
    assert product["shape"] == "(2, 4)"
    assert product["dtype"] == "float64"
    assert product["source"].startswith("test_exchange.py:")


def test_both_arguments_of_a_square_are_edges():
    x = gn.Input("x", value=3.0)
    network = to_network(compose((x * x).graph, Options()))
    assert network.number_of_edges("n0", "n1") == 2
    assert {data["argument"] for *_, data in network.edges(data=True)} == {0, 1}


def test_a_gradient_leads_where_it_flows():
    scene = Scene(LIGHT)
    for key in ("n0", "n1"):
        scene.boxes.append(Box(key, "operation", key, LIGHT.looks["operation"]))
    scene.arrows.append(Arrow("n0", "n1", role="gradient", label="3"))
    (edge,) = to_network(scene).edges(data=True)
    assert edge == ("n1", "n0", {"role": "gradient", "label": "3"})


@pytest.mark.parametrize("read", [read_json, read_graphml])
def test_numbers_that_are_none(read):
    facts = {"norm": math.inf, "other": math.nan, "count": 3, "size": 0.5, "is": True}
    box = Box("n0", "operation", "exp", LIGHT.looks["operation"], facts=facts)
    found = dict(read(Scene(LIGHT, boxes=[box])).nodes(data=True))["n0"]
    assert found["norm"] == "inf"
    assert found["other"] == "nan"
    assert (found["count"], found["size"], found["is"]) == (3, 0.5, True)


@pytest.mark.parametrize("read", [read_json, read_graphml])
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        'say "hi"',
        "\\N",
        "a:b",
        "]]>",
        "&amp;",
        "שלום",
        "🦊👩‍🚀",
        "javascript:alert(1)",
        "x" * 100_000,
    ],
)
def test_texts_come_back(read, text):
    with gn.Graph(text) as graph, scope(text):
        np.exp(gn.Input(text, value=np.ones(2)))
    found = dict(read(compose(graph, Options())).nodes(data=True))
    assert found["n0"]["label"] == text
    assert found["n0"]["scope"] == text


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\nb", "a\ud800b", "a\u202eb"])
def test_what_no_format_holds_is_replaced(text):
    with gn.Graph(text) as graph:
        np.exp(gn.Input(text, value=np.ones(2)))
    scene = compose(graph, Options())
    ET.fromstring(to_graphml(scene))
    for read in (read_json, read_graphml):
        assert dict(read(scene).nodes(data=True))["n0"]["label"] == "a\ufffdb"


@pytest.mark.parametrize("suffix", ["json", "graphml", "mmd", "mermaid"])
def test_files(tmp_path, monkeypatch, suffix):
    monkeypatch.setenv("PATH", "")
    path = small().draw(tmp_path / f"graph.{suffix}")
    text = path.read_text(encoding="utf-8")
    assert "matmul" in text
