"""What is shown around a node of a large graph, and what stands for the rest."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw import draw, render, to_dot
from graphnn.draw.neighbourhood import MOST, neighbourhood
from graphnn.errors import ArgumentError, MissingNode


def names(part) -> list[str]:
    return [node.name for node in part.nodes]


def stubs(part) -> list[tuple[int, list[str], list[str]]]:
    name = {node.id: node.name for node in part.nodes}
    return [
        (stub.size, [name[i] for i in stub.givers], [name[i] for i in stub.takers])
        for stub in part.stubs
    ]


def test_radius_counts_steps_both_ways(chain):
    nodes = chain(20).nodes
    for radius in range(4):
        part = neighbourhood(nodes, nodes[10], radius)
        expected = range(10 - radius, 10 + radius + 1)
        assert names(part) == [nodes[i].name for i in expected]
        assert stubs(part) == [
            (10 - radius, [], [nodes[10 - radius].name]),
            (10 - radius, [nodes[10 + radius].name], []),
        ]


def test_all_of_a_small_graph_has_no_stubs(two_layers):
    part = neighbourhood(two_layers.nodes, two_layers.nodes[0], 100)
    assert part.nodes == two_layers.nodes
    assert part.stubs == []


def test_parameters_come_along_and_lead_nowhere():
    """Every step of an unrolled net uses one weight: they are no neighbours by that."""
    w = gn.Parameter(np.eye(2), name="w")
    node = gn.Input("x", value=np.ones((1, 2)))
    steps = [node := node @ w for _ in range(30)]
    part = neighbourhood(node.graph.nodes, steps[15], 1)
    assert names(part) == ["w", *[step.name for step in steps[14:17]]]
    before, after = stubs(part)
    assert before == (15, [], [steps[14].name])
    assert after == (13, [steps[16].name], [])
    assert len(neighbourhood(node.graph.nodes, steps[15], 3).nodes) == 1 + 7


def test_before_and_after_stay_apart():
    """A connection that leads past what is shown does not make them one."""
    made = [gn.Input("x", value=np.ones(2))]
    for _ in range(20):
        made.append(np.sin(made[-1]) if len(made) != 18 else made[-1] * made[2])
    part = neighbourhood(made[0].graph.nodes, made[10], 1)
    assert stubs(part) == [(9, [], [made[9].name]), (9, [made[11].name], [])]


def test_in_the_middle_of_a_parameter():
    w = gn.Parameter(np.eye(2), name="w")
    node = gn.Input("x", value=np.ones((1, 2)))
    for _ in range(5):
        node = node @ w
    part = neighbourhood(node.graph.nodes, w, 1)
    assert len(part.nodes) == 7
    assert part.stubs == []
    (stub,) = neighbourhood(node.graph.nodes, w, 0).stubs
    assert stub.size == 6
    assert stub.givers == (w.id,)


def test_what_is_used_a_thousand_times_does_not_fill_the_picture():
    x = gn.Input("x", value=np.ones(2))
    y = np.exp(x)
    total = np.sum(np.stack([np.exp(y) for _ in range(1000)]))
    part = neighbourhood(total.graph.nodes, y, 3)
    assert len(part.nodes) == MOST
    assert sum(stub.size for stub in part.stubs) == len(total.graph) - MOST


def test_every_node_is_shown_or_counted():
    rng = np.random.default_rng(0)
    made = [gn.Input("x", value=np.ones(2))]
    for _ in range(60):
        one, other = rng.integers(max(0, len(made) - 6), len(made), 2)
        made.append(made[one] * made[other])
    nodes = made[0].graph.nodes
    for middle in made:
        for radius in (0, 1, 3):
            part = neighbourhood(nodes, middle, radius)
            shown = {node.id for node in part.nodes}
            assert middle.id in shown
            for stub in part.stubs:
                assert shown.issuperset(stub.givers + stub.takers)
            borders = {
                (node.id in shown, input_id in shown)
                for node in nodes
                for input_id in node.input_ids
            }
            assert ((True, False) in borders) == any(s.takers for s in part.stubs)


def test_in_the_picture(chain):
    graph = chain(20)
    dot = to_dot(graph, around=graph.nodes[10], radius=2)
    assert len(re.findall(r"^\t+n\d+ \[", dot, flags=re.MULTILINE)) == 5
    assert dot.count("… 8 nodes") == 4, "two stubs, each with its tooltip"
    assert "cut0 -> n8 " in dot
    assert "n12 -> cut1 " in dot
    assert "8 nodes" in render(dot, "svg").decode()
    assert "peripheries=2" not in dot, "the last one that is shown is no result"


def test_a_stub_stands_for_three_nodes_or_more(chain):
    graph = chain(7)
    part = neighbourhood(graph.nodes, graph.nodes[3], 1)
    assert names(part) == [node.name for node in graph.nodes[:5]]
    assert [stub.size for stub in part.stubs] == [3]


def test_as_many_steps_as_can_be_taken_in(chain):
    graph = chain(100)
    assert len(neighbourhood(graph.nodes, graph.nodes[50]).nodes) == 9
    for crowd, shown in [
        (10, 2 + 20),  # two steps: with a third it would be 32
        (60, 2 + 60),  # one step, in any case
    ]:
        y = np.exp(gn.Input("x", value=np.ones(2)))
        parts = [np.sin(np.cos(np.sin(np.cos(y)))) for _ in range(crowd)]
        part = neighbourhood(np.sum(np.stack(parts)).graph.nodes, y)
        assert len(part.nodes) == shown


def test_name_target_and_default_radius(chain):
    graph = chain(30)
    names_ = [graph.name_of(node) for node in graph.nodes]
    by_name = to_dot(graph, around=names_[10])
    assert by_name == to_dot(graph, around=graph.nodes[10], radius=4)
    part = to_dot(graph, around=names_[10], target=names_[12], radius=5)
    assert "n12 [" in part
    assert "n13 [" not in part


@pytest.mark.parametrize("radius", [-1, 1.5, True, "2"])
def test_no_radius(chain, radius):
    graph = chain(3)
    with pytest.raises(ArgumentError, match="number of steps"):
        to_dot(graph, around=graph.nodes[0], radius=radius)


def test_a_radius_goes_with_a_node_in_the_middle(chain):
    with pytest.raises(ArgumentError, match=r"goes with `around`\nSay .* around=node"):
        chain(3).draw(radius=2)


def test_around_a_node_of_a_scope_that_is_shown_alone():
    x = gn.Input("x", value=np.ones(2))
    for number in range(3):
        with gn.scope(f"block_{number}"):
            for _ in range(8):
                x = np.tanh(x)
    scene = x.graph.draw(within="block_1", around="block_1/tanh", radius=2).scene
    assert [box.title for box in scene.boxes if box.kind != "cut"] == [
        *("tanh_8", "tanh", "tanh_2", "tanh_3")
    ]
    assert [box.title for box in scene.boxes if box.kind == "cut"] == ["… 5 nodes"]
    with pytest.raises(ArgumentError, match=r"no scope 'block_4'\nDid you mean"):
        x.graph.draw(within="block_4")
    with pytest.raises(ArgumentError, match=r"no scope 'any'\n.*gn\.scope"):
        (gn.Input("x") + 1.0).graph.draw(within="any")


def test_around_what_the_target_does_not_need(chain):
    graph = chain(3)
    with pytest.raises(MissingNode, match="not needed"):
        to_dot(graph, around=graph.nodes[3], target=graph.nodes[1])


def test_a_part_of_a_large_graph_is_shown_at_once(chain):
    graph = chain(20_000)
    start = time.perf_counter()
    picture = draw(graph, around=graph.nodes[10_000])
    assert "image/svg+xml" in picture._repr_mimebundle_(include=["image/svg+xml"])
    assert time.perf_counter() - start < 30, "linear: a third of a second or so"
    assert "a part of a graph of 20001 nodes" in repr(picture)
