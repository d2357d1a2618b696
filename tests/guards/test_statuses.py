"""Births, what is propagated, what is healed; where it began, as a report."""

import copy

import numpy as np
import pytest

import graphnn as gn
from graphnn.guards.statuses import STATUSES


@pytest.fixture(autouse=True)
def silent():
    with np.errstate(all="ignore"):
        yield


def by_name(statuses):
    return {node.name: status for node, status in statuses.items()}


def healing():
    """``log(x)`` is NaN for x < 0, which ``where`` heals; b + c stays fine."""
    with gn.Graph() as graph:
        x = gn.Input("x", value=[2.0, -1.0])
        b = gn.Parameter([1.0, 1.0], name="b")
        bad = np.log(x * b)
        healed = np.where(x > 0, bad, 0.0)
        np.sum(healed * b)
    return graph


def test_values():
    assert by_name(gn.statuses(healing(), "nan").values) == {
        "x": "clean",
        "b": "clean",
        "multiply": "clean",
        "log": "birth",
        "constant": "clean",
        "greater": "clean",
        "constant_2": "clean",
        "where": "healed",
        "multiply_2": "clean",
        "sum": "clean",
    }


def test_gradients_through_where():
    # the trap: where() hands 0 back, and 0 * NaN is NaN
    graph = healing()
    assert gn.statuses(graph, "nan").gradients == {}
    graph.backward(wrt="x")
    gradients = by_name(gn.statuses(graph, "nan").gradients)
    assert next(iter(gradients)) == "sum"
    assert set(gradients.values()) <= set(STATUSES)
    assert gradients["log"] == "healed"  # 0 / -1 is a number again
    assert gradients["b"] == "clean"


def test_leaves_that_are_bad():
    graph = healing()
    graph["x"].value = [np.nan, 1.0]
    graph.forward()
    values = by_name(gn.statuses(graph, "nan").values)
    assert (values["x"], values["multiply"], values["greater"]) == (
        "birth",
        "propagated",
        "healed",
    )
    (born,) = gn.origin(graph, "nan")
    assert (born.node, born.what, born.step) == (graph["x"], "value", None)
    assert "its value holds 1 NaN of 2 numbers, the first at index (0,)" in str(born)


def test_a_gradient_that_was_given():
    graph = healing()
    graph["x"].value = [2.0, 3.0]
    graph.forward()
    graph.backward(output_grad=np.nan)
    gradients = by_name(gn.statuses(graph, "nan").gradients)
    assert gradients.pop("sum") == "birth"
    assert set(gradients.values()) == {"propagated"}
    (born,) = gn.origin(graph, "nan")
    assert born.what == "the gradient that the pass began with"
    assert born.node.name == "sum"


def test_gradients_that_meet_in_a_sum():
    x = gn.Input("x", value=0.0)
    y = np.sqrt(x) - np.log(x)  # inf - inf
    y.graph.backward(y, wrt=x)
    gradients = by_name(gn.statuses(y.graph, "nan").gradients)
    assert gradients["x"] == "birth"
    assert {gradients["sqrt"], gradients["log"]} == {"clean"}
    (born,) = [f for f in gn.origin(y.graph, "nan") if f.phase == "backward"]
    assert (born.node, born.what) == (x, "the sum of its gradients")
    assert by_name(gn.statuses(y.graph, "inf").gradients)["x"] == "clean"


def test_nan_among_the_values_is_not_born_in_the_gradient():
    graph = healing()
    graph.forward(x=[-1.0, -1.0])
    graph.backward("log", [1.0, 1.0], wrt="b")
    found = gn.statuses(graph, "nan")
    assert found.values[graph["log"]] == "birth"
    assert found.gradients[graph["log"]] == "healed"  # 1 / -1
    y = np.sum(np.exp(graph["log"]))
    graph.backward(y, wrt="b")
    assert gn.statuses(graph, "nan").gradients[y.inputs[0]] == "propagated"


def test_it_can_be_asked_in_the_middle_of_a_pass():
    graph = healing()
    graph.forward()
    steps = graph.backward_steps(wrt="x")
    next(steps)
    gradients = by_name(gn.statuses(graph, "nan").gradients)
    assert gradients == {"sum": "clean", "multiply_2": "clean"}
    with gn.Graph() as unfed:
        x = gn.Input("x")
        np.log(x)
    assert gn.statuses(unfed, "nan") == ({}, {})
    assert len(gn.origin(unfed, "nan")) == 0
    assert str(gn.origin(unfed, "nan")) == "NaNGuard() finds nothing."


class Scaled(gn.Operation):
    def __init__(self, value=1.0, gradient=1.0):
        self.value, self.gradient = value, gradient

    def _output(self):
        return self.input_ * self.value

    def _input_grad(self, output_grad):
        return output_grad * self.gradient


@pytest.mark.parametrize(
    ("kind", "make", "values"),
    [
        ("inf", lambda x: x / np.float32(0.0), ["birth", "healed", "clean"]),
        ("exploding", Scaled(value=1e9), ["birth", "healed", "clean"]),
        ("dead", lambda x: np.maximum(x, 0.0), ["birth", "propagated", "propagated"]),
        ("dtype", lambda x: x * np.float64(1.0), ["birth", "clean", "clean"]),
        ("vanishing", Scaled(gradient=1e-12), ["clean", "clean", "clean"]),
    ],
)
def test_every_kind(kind, make, values):
    x = gn.Input("x", value=np.array([[1.0, -1.0], [2.0, -1.0]], np.float32))
    made = make(x)
    after = np.tanh(made)
    last = after * 2.0
    y = np.sum(last)
    y.graph.backward(y, wrt=x)
    found = gn.statuses(y.graph, kind)
    assert found.values[x] == "clean"
    assert [found.values[node] for node in (made, after, last)] == values
    gradients = [found.gradients[node] for node in (after, made, x)]
    if kind == "vanishing":
        assert gradients == ["clean", "birth", "propagated"]
    (born,) = gn.origin(y.graph, kind)
    assert (born.node, born.kind) == (made, kind)
    assert born.phase == ("backward" if kind == "vanishing" else "forward")


def test_gradients_that_are_too_small_and_recover():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(Scaled(gradient=1e-9)(Scaled(gradient=1e12)(x)))
    y.graph.backward(y, wrt=x)
    gradients = by_name(gn.statuses(y.graph, "vanishing", limit=1e-6).gradients)
    assert list(gradients.items()) == [
        ("sum", "clean"),
        ("scaled_2", "birth"),
        ("scaled", "healed"),
        ("x", "clean"),
    ]


@pytest.mark.parametrize("ask", [gn.statuses, gn.origin])
def test_only_a_graph_is_looked_into(ask):
    graph = healing()
    for wrong in (graph["x"], None):
        with pytest.raises(
            gn.ArgumentError, match=r"in a Graph, not in .*\nnode\.graph"
        ):
            ask(wrong)


def test_settings_are_handed_on():
    graph = healing()
    assert gn.statuses(graph, "exploding", limit=1.0).values[graph["x"]] == "birth"
    assert len(gn.origin(graph, "exploding", limit=100.0)) == 0
    with pytest.raises(gn.ArgumentError, match="Did you mean 'limit'"):
        gn.origin(graph, "exploding", limt=3)


def test_the_report():
    x = gn.Input("x", value=[4.0, -1.0])
    y = np.sum(np.sqrt(x) * 2.0)
    y.graph.backward(y, wrt=x)
    births = gn.origin(y.graph)
    assert (len(births), births.victims) == (1, 4)
    assert births[0].node.name == "sqrt"
    assert list(births[:1]) == [births[0]]
    lines = str(births).splitlines()
    assert lines[0].startswith("sqrt (Sqrt, test_statuses.py:")
    assert lines[1:] == [
        "Likely reason: the square root of a negative number, -1.0.",
        "  output: float64 (2,), norm nan, all 2",
        "  input x: float64 (2,), norm 4.123, from -1 to 4",
        "Values and gradients that are bad because of it: 4.",
    ]
    assert repr(births) == "<Origin of nan: 1 births, 4 victims>"
    assert len(str(births[0])) > len(repr(births[0]))


def test_it_leaves_everything_as_it_is():
    graph = healing()
    graph.backward(wrt="x")
    before = copy.deepcopy([(n.output, n.output_grad) for n in graph.nodes])
    names = [node.name for node in graph.nodes]
    gn.statuses(graph, "nan")
    str(gn.origin(graph, "nan"))
    assert [node.name for node in graph.nodes] == names
    np.testing.assert_equal([(n.output, n.output_grad) for n in graph.nodes], before)
