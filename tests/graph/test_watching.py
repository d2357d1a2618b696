"""Watchers see every step of every pass; a driver runs the passes itself."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph.watching import (
    WATCHING,
    Driver,
    Watcher,
    set_driver,
    unwatched,
    watched_by,
)


class Notes(Watcher):
    def __init__(self):
        self.begun, self.steps = [], []

    def begin(self, graph, phase, order):
        self.begun.append((phase, [node.name for node in order]))

    def step(self, step):
        self.steps.append((step.phase, step.node.name))


def parabola():
    x = gn.Input("x", value=[1.0, 2.0])
    return x, np.sum(x * x)


def test_a_watcher_sees_both_passes():
    x, y = parabola()
    notes = Notes()
    with watched_by(notes):
        y.graph.forward(x=[3.0, 4.0])
        y.graph.backward(y, wrt=x)
    order = ["x", "multiply", "sum"]
    assert notes.begun == [("forward", order), ("backward", order)]
    assert notes.steps == [
        ("forward", "multiply"),
        ("forward", "sum"),
        ("backward", "sum"),
        ("backward", "multiply"),
    ]
    y.graph.forward(x=[5.0, 4.0])
    assert len(notes.steps) == 4  # the block is over


def test_a_watcher_sees_what_is_computed_as_it_is_made():
    notes = Notes()
    with watched_by(notes):
        parabola()
    assert notes.steps == [("forward", "multiply"), ("forward", "sum")]


def test_a_watcher_sees_an_operation_that_runs_alone():
    sigmoid, notes = gn.Sigmoid(), Notes()
    with watched_by(notes):
        sigmoid.forward(np.ones(2))
        sigmoid.forward(np.ones(3))
        sigmoid.backward(np.ones(3))
    assert notes.steps == [
        ("forward", "sigmoid"),
        ("forward", "sigmoid"),
        ("backward", "sigmoid"),
    ]


def test_a_watcher_does_not_see_traces():
    x, y = parabola()
    notes = Notes()
    with watched_by(notes):
        y.graph.gradient(y, x)
    assert [name for _, name in notes.steps] == []


def test_a_pass_that_a_watcher_stops_leaves_all_as_it_was():
    class Refusing(Watcher):
        def step(self, step):
            if step.node.name == "sum":
                raise RuntimeError("no sums here")

    _, y = parabola()
    with watched_by(Refusing()), pytest.raises(RuntimeError, match="no sums"):
        y.graph.forward(x=[3.0, 4.0])
    assert y.output == 5.0
    assert y.inputs[0].output.tolist() == [1.0, 4.0]


def test_a_node_that_a_watcher_refuses_is_none():
    class Refusing(Watcher):
        def step(self, step):
            if step.node.name == "log":
                raise RuntimeError("no logarithms here")

    x = gn.Input("x", value=[1.0, 2.0])
    y = np.exp(x)
    with watched_by(Refusing()), pytest.raises(RuntimeError, match="no log"):
        np.log(y)
    assert [node.name for node in x.graph.nodes] == ["x", "exp"]
    assert y.graph.sink() is y
    assert np.log(y).name == "log"


def test_unwatched_passes_are_nobodys_business():
    _, y = parabola()
    notes = Notes()
    with watched_by(notes), unwatched():
        y.graph.forward()
    assert notes.steps == []


def test_a_driver_runs_the_passes_itself():
    calls = []

    class Deaf(Driver):
        def forward(self, graph, fed, targets, training):
            calls.append(("forward", [n.name for n in targets], training))

        def backward(self, graph, target, output_grad, wrt, accumulate):
            calls.append(("backward", target.name, accumulate))

    _, y = parabola()
    try:
        set_driver(Deaf())
        assert y.graph.forward(x=[3.0, 4.0], training=True) == 5.0  # it did not run
        y.graph.backward(accumulate=True)
    finally:
        set_driver(None)
    assert calls == [("forward", ["sum"], True), ("backward", "sum", True)]
    assert y.graph.forward(x=[3.0, 4.0]) == 25.0


def test_nobody_watches_by_default():
    assert WATCHING.get() == ((), None)
