"""Who is to blame for NaN and infinities in a picture."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import boxes

import graphnn as gn
from graphnn.draw.marking import blame
from graphnn.draw.marking.blame import blamed, trouble_line


def names(graph: gn.Graph, end: str) -> tuple[list[str], list[str]]:
    culprits, victims = blamed(graph, list(graph.nodes), [graph[end]])
    return [n.name for n in culprits], [n.name for n in victims]


def test_nobody_where_all_is_well():
    graph = np.sum(np.exp(gn.Input("x", value=np.ones(3)))).graph
    assert names(graph, "sum") == ([], [])


def test_a_leaf_can_be_the_culprit():
    graph = np.sum(gn.Input("x", value=np.array([1.0, np.nan]))).graph
    assert names(graph, "sum") == (["x"], ["sum"])


def test_an_infinity_is_wrong_once_it_has_come_to_the_end():
    x = gn.Input("x", value=np.array([0.0, 1.0]))
    with np.errstate(divide="ignore"):
        log = np.log(x)
    meant = np.sum(np.exp(log)).graph
    assert names(meant, "sum") == ([], [])
    end = np.sum(log)
    assert names(end.graph, end.name) == (["log"], [end.name])


def test_values_before_gradients_in_the_line():
    x = gn.Input("x", value=np.array([4.0, -1.0]))
    with np.errstate(invalid="ignore"):
        y = np.sum(np.sqrt(x) * 2.0)
        y.graph.backward(y, wrt=x)
    assert trouble_line([y.graph["sqrt"]]) == "1 NaN of 2"
    assert trouble_line([x]) == "grad: 1 NaN of 2"
    assert trouble_line([]) == ""


def test_a_note_that_says_it_is_not_repeated():
    graph = np.sum(gn.Input("x", value=np.array([1.0, np.nan, 0, 0, 0]))).graph
    lines = boxes(graph, show="value")["x"].lines
    assert sum("1 NaN of 5" in line for line in lines) == 1


@pytest.mark.parametrize(("word", "is_found"), [(None, False), ("value", True)])
def test_a_very_large_graph_is_looked_through_if_that_is_asked_for(
    monkeypatch, word, is_found
):
    monkeypatch.setattr(blame, "MOST_LOOKED_AT", 3)
    graph = np.sum(gn.Input("x", value=np.array([1.0, np.nan, 2.0]))).graph
    found = "culprit" in boxes(graph, color_by=word)["x"].lines
    assert found == is_found


def test_only_one_target_counts():
    x = gn.Input("x", value=np.array([0.0, 1.0]))
    with np.errstate(divide="ignore"):
        log = np.log(x)
    fine = np.sum(np.exp(log))
    spoilt = np.max(-log)
    graph = spoilt.graph
    assert "culprit" not in boxes(graph, target=fine)["log"].lines
    assert "culprit" in boxes(graph, target=spoilt)["log"].lines
