"""Pointing nodes out: what may be given, what is marked, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from drawn import boxes

import graphnn as gn
from graphnn.draw.marking.highlighting import highlighted, with_marks
from graphnn.draw.marking.marks import MARKS
from graphnn.draw.themes import THEMES
from graphnn.errors import ArgumentError, MissingNode

SIGN = MARKS["highlight"].sign


@pytest.fixture
def graph() -> gn.Graph:
    x = gn.Input("x", value=np.ones((2, 3)))
    node = x
    for number in (1, 2):
        with gn.scope(f"dense_{number}"):
            weight = gn.Parameter(np.eye(3), name="weight")
            node = np.exp(node @ weight)
    return np.sum(node).graph


def starred(graph: gn.Graph, **options) -> list[str]:
    drawn = boxes(graph, **options)
    return [name for name, box in drawn.items() if box.lines[0].startswith(SIGN)]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("sum", ["sum"]),
        ("dense_1/exp", ["dense_1/exp"]),
        ("*/weight", ["dense_1/weight", "dense_2/weight"]),
        ("dense_2", ["dense_2/weight", "dense_2/matmul", "dense_2/exp"]),
        (["x", "dense_?/exp"], ["x", "dense_1/exp", "dense_2/exp"]),
        (lambda name: name.endswith("matmul"), ["dense_1/matmul", "dense_2/matmul"]),
        (lambda name: False, []),
        ([], []),
        (None, []),
    ],
)
def test_what_is_pointed_out(graph, given, names):
    assert starred(graph, highlight=given) == names


def test_nodes_themselves(graph):
    nodes = [graph["x"], graph["sum"]]
    assert starred(graph, highlight=nodes) == ["x", "sum"]
    assert starred(graph, highlight=nodes[1]) == ["sum"]
    assert starred(graph, highlight=[nodes[1], "x"]) == ["x", "sum"]
    assert starred(graph, highlight=iter(nodes)) == ["x", "sum"]


@pytest.mark.parametrize("theme", THEMES)
def test_look_and_legend(graph, theme):
    plain = boxes(graph, theme=theme)["sum"].attributes
    now = boxes(graph, theme=theme, highlight="sum")["sum"].attributes
    assert now["color"] == THEMES[theme].marks["highlight"].line != plain["color"]
    assert float(now["penwidth"]) > 2 * float(plain.get("penwidth", 1.2))
    assert now["fillcolor"] == plain["fillcolor"]
    assert MARKS["highlight"].meaning in graph.to_dot(highlight="sum")
    assert MARKS["highlight"].meaning not in graph.to_dot()


def test_other_marks_by_a_mapping(graph):
    drawn = boxes(graph, highlight={"sum": "current", "dense_1": ["done", "edited"]})
    assert drawn["sum"].lines[0].startswith(MARKS["current"].sign)
    signs = f"{MARKS['done'].sign} {MARKS['edited'].sign}"
    assert drawn["dense_1/exp"].lines[0].startswith(signs)


def test_together_with_marks_and_heat(graph):
    graph.backward("sum")
    drawn = boxes(
        graph, highlight="sum", marks={"sum": "breakpoint"}, color_by="grad_norm"
    )
    first = drawn["sum"].lines[0]
    assert re.match(f"{SIGN} {MARKS['breakpoint'].sign}", first)
    assert drawn["sum"].attributes["fillcolor"] in THEMES["light"].ramp


def test_what_is_not_shown_is_left_alone(graph):
    assert starred(graph, target="dense_1/exp", highlight="dense_2") == []


def test_a_name_with_the_signs_of_a_glob_is_a_name():
    with gn.Graph() as graph:
        gn.Input("a[0]", value=1.0)
        gn.Input("a0", value=1.0)
    assert starred(graph, highlight="a[0]") == ["a[0]"]


def test_marks_are_in_the_order_of_their_strength():
    joined = with_marks({1: ("failed",)}, {1: ("done", "highlight")}, {})
    assert joined == {1: ("done", "highlight", "failed")}


def test_many_nodes_take_linear_time():
    node = gn.Input("x", value=np.zeros(2))
    for _ in range(3000):
        node = np.negative(node)
    assert len(highlighted(node.graph, node.graph.nodes)) == 3001


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("dense_1/exq", r"'dense_1/exq'.*\nDid you mean 'dense_1/exp'"),
        (["x", "*/bias"], r"'\*/bias'"),
    ],
)
def test_unknown_names(graph, given, message):
    with pytest.raises(MissingNode, match=message):
        graph.to_dot(highlight=given)


def test_nodes_of_another_graph(graph):
    with pytest.raises(MissingNode):
        graph.to_dot(highlight=gn.Input("x", value=1.0))


@pytest.mark.parametrize("given", [3, 1.5, [None], [3], object()])
def test_what_is_none_of_these(graph, given):
    with pytest.raises(ArgumentError, match="highlight"):
        graph.to_dot(highlight=given)


def test_unknown_mark(graph):
    with pytest.raises(ArgumentError, match=r"'curent'\nDid you mean 'current'"):
        graph.to_dot(highlight={"sum": "curent"})
