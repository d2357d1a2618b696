"""Timing hooks: they run on copies, and nothing of a graph is touched."""

from __future__ import annotations

import copy
import random
import warnings
from time import sleep

import numpy as np
import pytest
from drawn import boxes

import graphnn as gn
from graphnn.draw.heat.timing import RUNS, seconds_of
from graphnn.graph.watching import Watcher, watched_by

CALLS: list[str] = []


class Careless(gn.Operation):
    """Does all that a hook should not: on itself, on its input, and in the world."""

    def __init__(self) -> None:
        self.count = 0
        self.log: list[int] = []
        self.helper = gn.Sigmoid()
        self.generator = np.random.default_rng(3)

    def _output(self):
        CALLS.append("output")
        self.helper.forward(np.ones(2))  # which tells those who watch
        self.count += 1
        self.log.append(self.count)
        self.noise = self.generator.normal() + np.random.rand() + random.random()  # noqa: NPY002
        warnings.warn("I do as I like", stacklevel=1)
        value = self.input_ + 0.0
        given = self.input_
        given += 1.0
        return value

    def _input_grad(self, output_grad):
        CALLS.append("input_grad")
        output_grad *= 2.0
        return output_grad


def bits(value):
    """Copy what an attribute holds, so that its bits can be compared."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, tuple):
        return tuple(map(bits, value))
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, list | dict | int | float | str | None):
        return repr(value)
    return id(value)


def snapshot(graph: gn.Graph) -> dict:
    """Take down everything that the nodes of a graph hold."""
    found = {}
    for node in graph.nodes:
        held = {key: bits(value) for key, value in vars(node).items()}
        objects = {key: id(value) for key, value in vars(node).items()}
        grads = bits(node.output_grad), bits(graph.input_grads_of(node) or ())
        found[node.name] = held, objects, grads
    return found


def streams() -> tuple:
    legacy = np.random.get_state()  # noqa: NPY002
    return random.getstate(), legacy[1].tobytes(), legacy[2:]


@pytest.fixture
def careless():
    x = gn.Input("x", value=np.array([1.0, 2.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.sum(Careless()(x * 3.0) * gn.Parameter(np.ones(2), name="w"))
        y.graph.backward(y, wrt=[x, "w"])
    return y.graph


def test_nothing_of_the_graph_changes(careless):
    before, world = snapshot(careless), streams()
    CALLS.clear()
    careless.to_dot(color_by="time")
    assert {"output", "input_grad"} == set(CALLS), "both hooks have run"
    assert snapshot(careless) == before
    assert streams() == world
    assert careless["careless"].count == 1


@pytest.mark.parametrize("word", ["grad_norm", "value", "memory", "dtype"])
def test_other_colours_run_nothing(careless, word):
    before, world = snapshot(careless), streams()
    CALLS.clear()
    careless.to_dot(color_by=word)
    assert not CALLS
    assert snapshot(careless) == before
    assert streams() == world


def test_states_and_the_number_of_the_pass_stay():
    network = gn.NeuralNetwork(
        [gn.Dense(5, "relu"), gn.BatchNorm(), gn.Dropout(0.5), gn.Dense(3)],
        gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    X, y = np.random.default_rng(0).normal(size=(8, 4)), np.arange(8) % 3
    network.forward_loss(X, y, training=True)
    network.graph.backward()
    twin = copy.deepcopy(network)
    before = snapshot(network.graph)
    dot = network.graph.to_dot(color_by="time")
    assert snapshot(network.graph) == before
    assert "time –" not in dot, "each hook could be measured"
    losses = [n.forward_loss(X, y, training=True) for n in (network, twin)]
    assert losses[0] == losses[1]


def test_nobody_is_told(careless):
    told = []

    class Told(Watcher):
        def step(self, step):
            told.append(step)

    with watched_by(Told()):
        dot = careless.to_dot(color_by="time")
    assert not told
    assert "time –" not in dot


def test_best_of_a_few_runs():
    class Slow(gn.Operation):
        runs = 0

        def _output(self):
            Slow.runs += 1
            sleep(0.012 if Slow.runs == 2 else 0.002)
            return self.input_

    y = Slow()(gn.Input("x", value=1.0))
    assert 0.0019 < seconds_of(y) < 0.011
    assert Slow.runs == 1 + RUNS


def test_a_slow_hook_runs_once_more_and_no_oftener():
    class Slower(gn.Operation):
        runs = 0

        def _output(self):
            Slower.runs += 1
            sleep(0.06)
            return self.input_

    y = Slower()(gn.Input("x", value=1.0))
    assert seconds_of(y) > 0.06
    assert Slower.runs == 2


def test_backward_counts_where_its_gradient_is_there():
    class SlowBack(gn.Operation):
        def _output(self):
            return self.input_ * 1.0

        def _input_grad(self, output_grad):
            sleep(0.005)
            return output_grad

    x = gn.Input("x", value=1.0)
    y = SlowBack()(x)
    assert seconds_of(y) < 0.005
    y.graph.backward(y, wrt=x)
    assert seconds_of(y) > 0.005


def test_a_hook_that_raises_has_no_time():
    class Once(gn.Operation):
        ran = False

        def _output(self):
            if Once.ran:
                raise RuntimeError("only once")
            Once.ran = True
            return self.input_

    y = Once()(gn.Input("x", value=1.0))
    assert seconds_of(y) is None
    assert "time –" in boxes(y.graph, color_by="time")["once"].lines


def test_what_is_measured_is_what_ran():
    x = gn.Input("x", value=np.array([[2.0, 1.0], [0.5, 3.0]]))
    q, r = np.linalg.qr(x)
    y = np.sum(q @ r)
    y.graph.backward(y, wrt=x)
    for node in y.graph.nodes:
        assert (seconds_of(node) is None) == (node.kind != "operation"), node.name


def test_drawn_in_an_open_graph_nothing_is_added():
    x = gn.Input("x", value=np.ones(3))
    y = np.sum(gn.Sigmoid()(x))
    with gn.Graph() as other, gn.scope("inside"):
        y.graph.to_dot(color_by="time")
    assert len(other) == 0
    assert len(y.graph) == 3
