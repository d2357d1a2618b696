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


# -- NaN and infinities at once --------------------------------------------------------
def quiet(make):
    with np.errstate(all="ignore"):
        return make()


def told(end):
    culprits, victims = blamed(end.graph, end.graph.nodes, [end])
    return [n.name for n in culprits], [n.name for n in victims]


def test_an_infinity_beside_a_nan_has_its_own_first_one():
    w = gn.Parameter([0.0, 1000.0], name="w")
    bad = gn.Parameter(np.nan, name="bad")
    end = quiet(lambda: np.sum(np.exp(w)) * bad)
    assert told(end) == (["bad", "exp"], ["sum", "multiply"])
    drawn = boxes(end.graph)
    assert {"culprit", "1 inf of 2"} <= {*drawn["exp"].lines}
    assert {"victim", "1 inf of 1"} <= {*drawn["sum"].lines}
    log = quiet(lambda: np.sum(np.log(gn.Input("x", value=[0.0, 1.0]))) * bad)
    assert told(log) == (["bad", "log"], ["sum", "multiply"])


def test_an_infinity_of_which_a_nan_is_made():
    def make():
        log = np.log(gn.Input("x", value=[0.0, 1.0]))
        return np.sum(log - log)

    assert told(quiet(make)) == (["log", "subtract"], ["sum"])


@pytest.mark.parametrize("kind", ["where", "add", "log"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_mask_is_not_blamed_for_a_nan(kind, place):
    seen = np.array([[True, False], [True, True]])
    value = np.ones((2, 2))
    value[0, place] = np.nan
    scores = gn.Input("scores", value=value)

    def make():
        if kind == "where":
            masked = np.where(seen, scores, -np.inf)
        elif kind == "add":
            masked = scores + gn.Input("mask", value=np.where(seen, 0.0, -np.inf))
        else:
            masked = scores + np.log(gn.Input("mask", value=seen.astype(float)))
        return np.sum(gn.Softmax()(masked))

    end = quiet(make)
    culprits, victims = told(end)
    assert culprits == ["scores"]
    assert not {"mask", "log", "constant"} & {*victims}


def test_an_infinity_that_is_tamed_is_not_blamed_for_another_nan():
    x = gn.Input("x", value=[0.0, 1.0])

    def make():
        return np.sum(np.exp(np.log(x))) * gn.Parameter(np.nan, name="bad")

    assert told(quiet(make)) == (["bad"], ["multiply"])


def test_only_the_infinity_that_came_to_the_end_is_wrong():
    x = gn.Input("x", value=[0.0, 1.0])

    def make():
        meant = np.exp(np.log(x))
        return np.sum(meant + np.exp(x * 1000.0))

    assert told(quiet(make)) == (["exp_2"], ["add", "sum"])


def test_an_infinity_in_a_gradient_is_wrong():
    x = gn.Input("x", value=[0.0, 1.0])
    end = quiet(lambda: np.sum(np.sqrt(x)))
    quiet(lambda: end.graph.backward(end, wrt=x))
    assert told(end) == (["sqrt"], ["x"])


def test_a_gradient_that_goes_no_further_is_a_victim():
    x = gn.Parameter(np.ones(3), name="x")
    gate = np.where(np.array([True, True, False]), x * 1.0, 2.0)
    end = np.sum(gate * gn.Input("scale", value=np.array([1.0, 1.0, np.nan])))
    end.backward()
    assert "where" in told(end)[1]


class OwnSoftmax(gn.Operation):
    """Of which nobody knows that it tames infinities."""

    def _output(self):
        shares = np.exp(self.input_ - self.input_.max())
        return shares / shares.sum()

    def _input_grad(self, output_grad):
        return output_grad


def test_a_mask_that_somebody_has_written_is_not_blamed_whatever_tames_it():
    scores = gn.Input("scores", value=[np.nan, 1.0, 2.0])
    mask = gn.Input("mask", value=[0.0, 0.0, -np.inf])
    culprits, victims = told(quiet(lambda: np.sum(OwnSoftmax()(scores + mask))))
    assert culprits == ["scores"]
    assert "mask" not in victims


class Bounded(gn.Operation):
    """Bounds values, and lets gradients through."""

    def _output(self):
        return np.clip(self.input_, -5.0, 5.0)

    def _input_grad(self, output_grad):
        return output_grad


def test_a_value_that_makes_an_infinite_gradient_is_wrong():
    x = gn.Input("x", value=[0.0, 1.0])
    end = quiet(lambda: np.sum(Bounded()(np.log(x))))
    assert told(end) == ([], [])
    quiet(lambda: end.graph.backward(end, wrt=x))
    assert told(end) == (["log"], ["x", "log"])
