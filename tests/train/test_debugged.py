"""Where a debugger may stop in hooks, each hook is called."""

import sys

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph.watching import (
    MONITORING,
    NOBODY,
    WATCHING,
    is_debugged,
    set_driver,
)


class Halved(gn.Operation):
    def _output(self):
        return self.input_ / 2.0

    def _input_grad(self, output_grad):
        return output_grad / 2.0


@pytest.fixture
def traced():
    def trace(frame, event, argument):
        seen.append((frame.f_code.co_name, frame.f_locals.get("self")))

    seen, before = [], sys.gettrace()
    yield lambda: (sys.settrace(trace), seen)[1]
    sys.settrace(before)


def trainer():
    layers = [gn.Dense(3), Halved(), gn.Dense(1)]
    return gn.Trainer(gn.NeuralNetwork(layers, gn.MeanSquaredError(), 0), gn.SGD(0.1))


X, y = np.ones((4, 2)), np.ones((4, 1))


def test_a_planned_training_calls_the_hooks_while_a_debugger_traces(traced):
    twin, trained = trainer(), trainer()
    losses = [twin.step(X, y) for _ in range(8)]
    for loss in losses[:5]:
        assert trained.step(X, y) == loss
    assert trained._planned.known
    seen = traced()
    assert is_debugged()
    assert trained.step(X, y) == losses[5]
    sys.settrace(None)
    called = [name for name, owner in seen if type(owner) is Halved]
    assert called.count("_output") == 1
    assert called.count("_input_grad") == 1
    assert [trained.step(X, y) for _ in range(2)] == losses[6:]


def test_a_large_pass_calls_each_hook_while_a_debugger_traces(traced):
    w = gn.Parameter(np.ones(3))
    value = w
    for _ in range(1000):
        value = np.tanh(value)
    loss = np.sum(value)
    loss.backward()
    gradient = w.grad
    seen = traced()
    loss.backward()
    sys.settrace(None)
    hooks = [
        o for name, o in seen if name == "_input_grad" and type(o).__name__ == "Tanh"
    ]
    assert len(hooks) == 1000
    assert {hook.input_.shape for hook in hooks} == {(3,)}
    np.testing.assert_array_equal(w.grad, gradient)


@pytest.mark.skipif(MONITORING is None, reason="sys.monitoring is there from 3.12 on")
def test_a_debugger_that_monitors_is_one():
    assert not is_debugged()
    MONITORING.use_tool_id(MONITORING.DEBUGGER_ID, "a debugger")
    try:
        assert is_debugged()
    finally:
        MONITORING.free_tool_id(MONITORING.DEBUGGER_ID)


def test_a_tool_that_measures_coverage_is_no_debugger(traced):
    def trace(frame, event, argument):
        return None

    trace.__module__ = "coverage.pytracer"
    sys.settrace(trace)
    assert not is_debugged()


def test_after_a_debugger_has_gone_there_is_nobody():
    set_driver(object())
    assert WATCHING.get() is not NOBODY
    set_driver(None)
    assert WATCHING.get() is NOBODY
