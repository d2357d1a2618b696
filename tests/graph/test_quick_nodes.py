"""Nodes that are made the short way are those that the long way makes."""

import sys
import threading

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph import quick
from graphnn.graph.source import KNOWN_LINES
from graphnn.graph.watching import Watcher, watched_by

MAKERS = [
    lambda x: np.tanh(x),
    lambda x: x + x,
    lambda x: x * np.exp(x),
    lambda x: np.less(x, x),
    lambda x: np.isnan(x),
    lambda x: x**x,
]


@pytest.fixture
def long_way(monkeypatch):
    """Note what goes the long way."""
    gone = []
    bind = quick.bind

    def noted(node, arguments, *rest):
        gone.append(type(node).__name__)
        return bind(node, arguments, *rest)

    monkeypatch.setattr(quick, "bind", noted)
    return gone


def x_of(value, **settings):
    return gn.Input("x", value=value, **settings)


def described(node):
    assert node.graph[node.name] is node
    return {
        "class": type(node),
        "attributes": set(vars(node)),
        "inputs": [type(n) for n in node.inputs],
        "values": [np.asarray(v).tobytes() for v in node.input_values],
        "output": (type(node.output), node.output.dtype, node.output.tobytes()),
        "name": node.name,
        "scope": node.scope,
        "source": (node.source.file, node.source.function),
        "nodes": [n.name for n in node.graph.nodes],
    }


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("value", [0.5, [1.0, 2.0], np.ones((2, 3), np.float32)])
def test_both_ways(long_way, make, value):
    short = make(x_of(value))
    assert long_way == []
    with watched_by(Watcher()):
        long = make(x_of(value))
    assert long_way != []
    assert described(short) == described(long)
    with gn.scope("block"):
        assert make(x_of(value)).name == f"block/{short.name}"


def test_what_goes_the_long_way(long_way):
    x, w = x_of([1.0, 2.0]), gn.Parameter([3.0, 4.0])
    empty = gn.Input("empty")
    other = x_of([1.0, 1.0])
    w * w  # of no graph yet
    x * 2.0  # a constant is to be made
    np.array([1.0, 2.0]) * x
    empty * empty  # no value
    x + other  # two graphs
    with gn.paused():
        x + x
    assert long_way == ["Multiply"] * 4 + ["Add", "Add"]


@pytest.mark.parametrize("make", [lambda x, w: x * w, lambda x, w: w * x])
def test_a_parameter_and_a_node(long_way, make):
    x, w = x_of([1.0, 2.0]), gn.Parameter([3.0, 4.0])
    node = make(x, w)
    assert node.graph is x.graph
    assert {n.kind for n in node.inputs} == {"input", "parameter"}
    assert w in x.graph
    assert w.graph is None
    assert long_way == []


def test_an_open_graph(long_way):
    x = x_of([1.0, 2.0])
    with x.graph:
        x + x
    assert long_way == []
    with gn.Graph():
        y = x + x
    assert y.graph is x.graph  # they have met
    assert len(long_way) == 1


def test_a_graph_that_was_merged_into_another():
    x, y = x_of([1.0]), gn.Input("y", value=[2.0])
    handles = x.graph, y.graph
    x + y
    with handles[0]:
        first = np.tanh(x)
    with handles[1]:
        second = np.tanh(y)
    assert first.graph[second.name] is second


def test_a_comparison_that_was_set_aside_is_brought_back():
    x = x_of([1.0])
    less = x < 2.0
    with pytest.raises(TypeError):
        bool(less)
    assert less not in x.graph
    both = np.logical_and(less, less)
    assert less in x.graph
    assert x.graph.forward(x=[3.0], target=both).tolist() == [False]


def test_the_user_line(long_way):
    x = x_of([1.0])
    for _ in range(2):  # the second time, the line is known
        nodes = [
            x + x,
            np.tanh(x),
            np.add(x, x),
        ]
        here = sys._getframe().f_lineno
        lines = [node.source.line for node in nodes]
        assert lines == [here - 4, here - 3, here - 2]
        assert {node.source.file for node in nodes} == {__file__}
        assert {node.source.function for node in nodes} == {"test_the_user_line"}
    assert long_way == []


def test_two_functions_with_the_same_instructions():
    def one(x):
        return x + x

    def other(x):
        return x + x

    x = x_of([1.0])
    for function in (one, other, one, other):
        node = function(x)
        assert node.source.function == function.__name__
        assert node.source.line == function.__code__.co_firstlineno + 1
    assert len(KNOWN_LINES) < 100_000


def test_the_line_of_what_is_traced():
    x = x_of([[1.0, 2.0]])
    y = np.tanh(x)
    (gradient,) = y.graph.gradient(y, x, np.ones((1, 2)))
    assert gradient.source == y.source


def test_an_error_is_explained_and_leaves_the_graph_as_it_was():
    x = x_of(np.ones(2))
    other = gn.Parameter(np.ones(3))
    count = len(x.graph)
    with pytest.raises(gn.ShapeError, match=r"add.*do not broadcast") as caught:
        x + other
    assert isinstance(caught.value.__cause__, ValueError)
    assert len(x.graph) == count
    assert other not in x.graph


def test_floating_point_errors():
    x = x_of([1e300])
    count = len(x.graph)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError) as caught:
        x * x
    assert "in _output of multiply" in caught.value.__notes__[0]
    assert len(x.graph) == count
    with pytest.warns(RuntimeWarning, match="overflow") as warned:
        x * x
    assert len(warned) == 1


def test_watchers_are_told():
    told = []

    class Noting(Watcher):
        def step(self, step):
            told.append(step.node)

    x = x_of([1.0])
    with watched_by(Noting()):
        nodes = [x + x, np.tanh(x)]
    assert all(a is b for a, b in zip(told, nodes, strict=True))


def test_threads():
    x = x_of([1.0])
    nodes = []

    def work():
        nodes.extend(x + x for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({n.id for n in nodes}) == 800
    assert all(n in x.graph for n in nodes)
    assert len({n.name for n in nodes}) == 800
