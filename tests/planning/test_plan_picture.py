"""The picture of a plan, read from its DOT and its SVG."""

import html
import re
import xml.etree.ElementTree as ET

import networkx as nx
import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.formats.written import write
from graphnn.draw.plans.plan_colours import FILLS, PLAIN
from graphnn.draw.plans.plan_scene import MOST_CALLS, compose_plan
from graphnn.draw.themes import LIGHT
from graphnn.errors import ArgumentError, MissingFolder

SVG = "{http://www.w3.org/2000/svg}"


def small_plan(**settings):
    x = gn.Input("x", value=np.ones((4, 3)))
    w = gn.Parameter(np.full((3, 2), 0.5), name="w")
    loss = np.sum(np.tanh(x @ w))
    return loss.graph.plan(loss, gradients_of=[w], **settings)


def drawn(plan):
    """Read the picture: networkx's graph of the boxes, with their DOT attributes."""
    pygraphviz = pytest.importorskip("pygraphviz")
    text = write(compose_plan(plan._planned(), plan._update), "dot")
    return pygraphviz.AGraph(string=text), text


def words_of(label):
    """Give the text of an HTML-like label."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", str(label)))
    return re.sub(r"\s+", " ", text).strip()


def box(picture, words):
    """Find the one box that says this, or what is drawn for a leaf of this text."""
    said = {node: words_of(node.attr["label"]) for node in picture.nodes()}
    exact = [node for node, text in said.items() if text == words]
    (found,) = exact or [node for node, text in said.items() if words in text]
    return found


def test_each_call_is_a_box_in_its_order():
    plan = small_plan()
    picture, _ = drawn(plan)
    calls = [node for node in picture.nodes() if node.startswith("c")]
    count = len(plan._planned().bound)
    assert len(calls) == count
    said = {words_of(node.attr["label"]) for node in calls}
    assert {"1 matmul → b0 (4, 2) matmul", "2 tanh → b0 (4, 2) tanh"} <= said
    assert all(
        words_of(picture.get_node(f"c{number}").attr["label"]).startswith(
            f"{number + 1} "
        )
        for number in range(count)
    )


def test_arrows_lead_from_who_wrote_a_value_to_who_reads_it():
    picture, _ = drawn(small_plan())
    x, w = box(picture, "x (4, 3)"), box(picture, "w (3, 2)")
    product, tanh = box(picture, "1 matmul"), box(picture, "2 tanh")
    gradient = box(picture, "grad_w (3, 2)")
    edges = set(picture.edges())
    assert {(x, product), (w, product), (product, tanh), (x, gradient)} <= edges
    # what was in the buffer before is not what is read
    total = box(picture, "add.reduce")
    assert (tanh, total) in edges
    assert (product, total) not in edges
    graph = nx.DiGraph(list(edges))
    assert nx.is_directed_acyclic_graph(graph)
    assert nx.has_path(graph, product, gradient)


def test_calls_that_write_the_same_memory_have_one_colour():
    picture, _ = drawn(small_plan())
    fills = {}
    for node in picture.nodes():
        found = re.search(r"→ (b\d+)", words_of(node.attr["label"]))
        if found:
            fills.setdefault(found[1], set()).add(node.attr["fillcolor"])
    assert all(len(colours) == 1 for colours in fills.values())
    again = [colour for (colour,) in fills.values() if colour != PLAIN["light"]]
    assert len(set(again)) == len(again) >= 1
    assert set(again) <= set(FILLS["light"])
    assert box(picture, "1 matmul").attr["fillcolor"] == again[0]


def test_what_reads_a_part_of_a_block_depends_on_who_wrote_that_part():
    x = gn.Input("x", value=np.linspace(0.0, 1.0, 128))
    nodes = [np.sin(np.exp(np.tanh(x[place]))) for place in range(128)]
    for _ in range(7):
        nodes = [np.cos(node) for node in nodes]
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [one + other for one, other in pairs]
    picture, _ = drawn(nodes[0].graph.plan())
    tanh, exp, sin = (box(picture, name) for name in (" tanh ", " exp ", " sin "))
    edges = set(picture.edges())
    assert {(tanh, exp), (exp, sin)} <= edges
    assert (tanh, sin) not in edges


def test_results_gradients_and_checks_look_different():
    x = gn.Input("x", value=np.ones((4, 3)))
    loss = gn.SoftmaxCrossEntropy()(x, gn.Input("y", value=np.array([0, 1, 2, 0])))
    picture, _ = drawn(loss.graph.plan(loss, gradients_of=[x]))
    results = [n for n in picture.nodes() if n.attr["peripheries"] == "2"]
    assert ["divide" in words_of(node.attr["label"]) for node in results] == [True]
    gradient = box(picture, "grad_x")
    assert gradient.attr["fillcolor"] == LIGHT.looks["sink"].fill
    assert "dashed" in box(picture, "check_labels").attr["style"]
    assert box(picture, "x (4, 3)").attr["shape"] == "hexagon"


def test_passes_and_hooks_are_boxes_around_the_calls():
    network = gn.NeuralNetwork(
        [gn.Dense(3, "tanh"), gn.Dropout(0.5), gn.Dense(2)],
        gn.MeanSquaredError(),
        seed=1,
    )
    network.train_batch(np.ones((4, 3)), np.ones((4, 2)))
    plan = network.graph.plan(network.loss, optimizer=gn.Adam(0.1))
    picture, _ = drawn(plan)
    outer = {words_of(part.graph_attr["label"]): part for part in picture.subgraphs()}
    assert list(outer) == ["forward", "states", "backward", "update"]
    titles = {
        name: [
            words_of(inner.graph_attr["label"]).replace("\xa0", " ").strip()
            for inner in part.subgraphs()
        ]
        for name, part in outer.items()
    }
    assert "mean_squared_error" in titles["forward"]
    assert "dense_1/tanh" in titles["backward"]
    updated = [
        words_of(node.attr["label"])
        for node in outer["update"].nodes()
        if node.attr["fillcolor"] == LIGHT.looks["parameter"].fill
    ]
    # the four lie side by side, and are updated by one call
    assert len(updated) == 1
    assert "parameters" in updated[0]


@pytest.mark.parametrize("form", ["svg", "png", "pdf", "dot"])
def test_it_is_written_in_the_formats_of_a_graph(tmp_path, form):
    pytest.importorskip("pygraphviz")
    file = tmp_path / f"plan.{form}"
    assert small_plan().draw(file, caption="a <small> plan") == file
    data = file.read_bytes()
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}
    assert data.startswith(start[form])
    if form == "svg":
        root = ET.fromstring(data)
        assert "a <small> plan" in "".join(root.itertext())
        titles = [value for e in root.iter() for value in e.attrib.values()]
        assert any("np.matmul(x, w, out=b0), matmul" in title for title in titles)


def test_a_notebook_shows_it_and_falls_back_on_the_source():
    plan = small_plan()
    picture = plan.draw()
    calls = len(plan._planned().bound)
    assert repr(picture) == (
        f"<Picture of a plan of {calls} calls; .save('plan.svg') writes it>"
    )
    assert picture._repr_mimebundle_(include=["text/plain"]) == {
        "text/plain": plan.source()
    }


def test_a_very_long_plan_is_refused_with_the_way_out():
    node = gn.Input("x", value=np.ones(3))
    for _ in range(MOST_CALLS + 1):
        node = np.sin(node)
    plan = node.graph.plan(node)
    with pytest.raises(
        ArgumentError, match=r"a plan of 301 calls .* up to 300"
    ) as info:
        plan.draw()
    assert "plan.graph.draw(" in str(info.value)
    assert "plan.source()" in str(info.value)


def test_what_cannot_be_written_is_refused_before_the_work(tmp_path):
    plan = small_plan()
    with pytest.raises(ArgumentError, match="suffix"):
        plan.draw(tmp_path / "plan.jpeg")
    with pytest.raises(MissingFolder):
        plan.draw(tmp_path / "none" / "plan.svg")
    with pytest.raises(ArgumentError, match="direction 'up'"):
        plan.draw(direction="up")


def test_text_of_the_users_is_inert():
    x = gn.Input("<b> \\N", value=np.ones(3))
    node = np.sin(np.exp(x))
    node.name = '"]; a -> b <'
    picture, _ = drawn(node.graph.plan(node))
    assert len([n for n in picture.nodes() if n.startswith("c")]) == 2
    assert len(picture.edges()) == 2


def test_the_text_is_the_same_each_time():
    plan = small_plan()
    texts = {write(compose_plan(plan._planned()), "dot") for _ in range(3)}
    assert len(texts) == 1
