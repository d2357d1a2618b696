"""Finite differences on one node alone: a wrong formula is found where it is."""

import time

import numpy as np
import pytest
from stepped_graphs import CASES
from untouched import nothing_is_touched

import graphnn as gn
from graphnn.debug import local_check
from graphnn.debug.local_check import check_all, check_node
from graphnn.errors import ArgumentError, GradientShapeError, NotRunError


class WrongTanh(gn.Operation):
    """A sign error, as a tired person makes it."""

    def _output(self):
        return np.tanh(self.input_)

    def _input_grad(self, output_grad):
        return output_grad * (self.output**2 - 1.0)


class WrongScale(gn.ParamOperation):
    """Its parameter's gradient misses the square."""

    def _output(self):
        return self.input_ * self.param**2

    def _input_grad(self, output_grad):
        return output_grad * self.param**2

    def _param_grad(self, output_grad):
        return np.sum(output_grad * self.input_, axis=0) * self.param


def mlp(activation, dtype=float):
    """Build a network of ten operations."""
    rng = np.random.default_rng(3)

    def numbers(*shape):
        return rng.normal(size=shape).astype(dtype)

    x = gn.Input("x", value=numbers(6, 4))
    hidden = gn.BiasAdd(numbers(1, 5))(gn.WeightMultiply(numbers(4, 5))(x))
    hidden = activation(hidden)
    hidden = gn.BiasAdd(numbers(1, 5))(gn.WeightMultiply(numbers(5, 5))(hidden))
    hidden = gn.Sigmoid()(hidden)
    hidden = gn.BiasAdd(numbers(1, 2))(gn.WeightMultiply(numbers(5, 2))(hidden))
    return np.mean(np.square(hidden))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_sign_error_is_found_at_that_node_alone(dtype):
    loss = mlp(WrongTanh(), dtype)
    loss.backward()
    checks = check_all(loss.graph)
    assert len(checks) == 10
    assert not checks.ok
    assert [check.node.name for check in checks.wrong] == ["wrong_tanh"]
    assert checks[0].node.name == "wrong_tanh"  # the wrong ones first
    found = checks[0]
    assert found.argument == "input 0 (bias_add)"
    assert found.analytic == pytest.approx(-found.numeric, rel=1e-4)
    assert found.worst.comparison.factor() == pytest.approx(-1)
    assert [check.ok for check in checks[1:]] == [True] * 9


def test_a_network_without_errors_passes():
    checks = check_all(mlp(gn.Tanh()).graph)
    assert checks.ok
    assert not checks.wrong
    assert repr(checks) == "<Checks of 10 operations, all right>"
    assert str(checks).endswith("16 comparisons, all right")


def test_the_input_that_is_wrong_is_named():
    x = gn.Input("x", value=np.arange(1.0, 7.0).reshape(2, 3))
    node = WrongScale(gn.Parameter([1.0, 2.0, 3.0], name="scale"))(x)
    found = check_node(node)
    assert [(row.argument, row.ok) for row in found.rows] == [
        ("input 0 (x)", True),
        ("param (scale)", False),
    ]
    assert (found.argument, bool(found)) == ("param (scale)", False)
    text = str(found)
    assert "everywhere analytic = 0.5 × numeric" in text
    assert "WrongScale._param_grad (test_local_check.py:" in text
    assert "2nd order" not in text
    assert "param (scale) at [" in repr(found)


@pytest.mark.parametrize("name", CASES)
def test_nodes_of_every_kind_of_graph(name):
    case = CASES[name]()
    case.graph.forward(case.feeds, target=case.target, training=case.training)
    checks = check_all(case.graph)
    assert checks.ok, str(checks)
    assert len(checks) > 1


# -- at the values at hand -------------------------------------------------------------
def test_the_given_gradient_is_used():
    x = gn.Input("x", value=[1.0, 2.0])
    node = WrongTanh()(x)
    assert check_node(node, [0.0, 0.0]).ok  # nothing flows
    found = check_node(node, [0.0, 2.0])
    assert found.index == (1,)
    assert found.analytic == pytest.approx(-2 * (1 - np.tanh(2.0) ** 2))


def test_the_gradient_of_the_pass_can_be_used():
    loss = mlp(WrongTanh())
    loss.backward()
    node = loss.graph["wrong_tanh"]
    assert not check_node(node, node.output_grad).ok
    case = CASES["several_outputs"]()
    case.graph.backward(case.target, wrt=case.wrt)
    for node in case.graph.nodes:
        if isinstance(node.output, tuple) and node.output_grad is not None:
            assert check_node(node, node.output_grad).ok


def test_an_error_that_shows_at_some_values_only():
    class Half(gn.Operation):
        def _output(self):
            return np.abs(self.input_)

        def _input_grad(self, output_grad):
            return output_grad  # forgets the negative ones

    x = gn.Input("x", value=[1.0, 2.0])
    node = Half()(x)
    assert check_node(node).ok
    node.graph.forward(x=[1.0, -2.0])
    assert check_node(node).index == (1,)


def test_ahead_of_the_cursor_the_inputs_are_enough():
    w = gn.Parameter([0.5, 2.0], name="w")
    stepper = gn.Stepper(np.sum(WrongTanh()(w * 2.0)).graph)
    stepper.step()
    assert stepper.upcoming.node.output is None
    assert not check_node(stepper.upcoming.node).ok
    stepper.back()
    with pytest.raises(NotRunError, match="cannot run yet: multiply has no value"):
        check_node(stepper.graph["wrong_tanh"])


# -- kinks, states, modes --------------------------------------------------------------
def test_a_kink_is_told_apart():
    node = gn.ReLU()(gn.Input("x", value=[0.0, 1.0, -1.0]))
    found = check_node(node)
    assert found.ok
    assert found.kinks == 1
    assert "2 + 1 kink" in str(found)
    assert check_node(gn.ReLU()(gn.Input("x", value=[0.0]))).ok


def test_dropout_and_running_means_work_and_keep_their_states():
    case = CASES["network"]()
    graph = case.graph
    graph.forward(case.feeds, target=case.target, training=True)
    before = [(state, state.value, state.output) for state in graph.states]
    assert before
    assert check_all(graph).ok
    for state, value, output in before:
        assert state.value is value
        assert state.output is output


@pytest.mark.parametrize("training", [False, True])
def test_the_mode_is_that_of_the_pass(training):
    class Moody(gn.Operation):
        def _output(self):
            return self.input_ * (2.0 if self.training else 3.0)

        def _input_grad(self, output_grad):
            return output_grad * 2.0

    node = Moody()(gn.Input("x", value=[1.0, 2.0]))
    node.graph.forward(training=training)
    assert check_node(node).ok is training


def test_no_gradient_is_asked_of_states():
    case = CASES["network"](training=False)
    case.graph.forward(case.feeds, target=case.target)  # the running means are used
    assert any(state.dtype == float for state in case.graph.states)
    assert check_all(case.graph).ok


def test_the_parameter_of_an_operation_with_states_is_called_one():
    class Counting(WrongScale):
        def __init__(self, param):
            super().__init__(param)
            self.states = (gn.State(0.0, name="count"),)

        def _next_states(self, count):
            return (count + 1.0,)

    node = Counting(gn.Parameter([1.0, 2.0], name="scale"))(
        gn.Input("x", value=[[3.0, 4.0]])
    )
    assert check_node(node).argument == "param (scale)"


def test_a_parameter_read_under_another_name_is_moved():
    class Roundabout(gn.ParamOperation):
        def _output(self):
            return self.input_ * self.parameter.value

        def _input_grad(self, output_grad):
            return output_grad * self.parameter.value

        def _param_grad(self, output_grad):
            return output_grad * self.input_

    node = Roundabout(np.array([2.0, 3.0]))(gn.Input("x", value=[1.0, 5.0]))
    assert check_node(node).ok


def test_complex_numbers():
    z = gn.Input("z", value=np.array([1.0 + 2.0j, -0.5 + 1.0j]))

    class WrongSquare(gn.Operation):
        def _output(self):
            return self.input_**2

        def _input_grad(self, output_grad):
            return 2.0 * np.conjugate(self.input_) * output_grad

    assert check_node(np.exp(z)).ok
    assert not check_node(WrongSquare()(z)).ok


# -- large inputs ----------------------------------------------------------------------
class OneWrong(gn.Operation):
    """Wrong at one element of many."""

    def _output(self):
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        gradient = output_grad * 2.0
        gradient[123, 45] *= 1.5
        return gradient


def test_one_wrong_element_of_many_is_found():
    x = gn.Input("x", value=np.random.default_rng(0).normal(size=(300, 200)))
    began = time.perf_counter()
    found = check_node(OneWrong()(x))
    assert time.perf_counter() - began < 5
    assert (found.ok, found.index) == (False, (123, 45))


def test_the_settings_are_passed_on():
    x = gn.Input("x", value=np.ones((10, 10)))
    assert check_node(np.exp(x), samples=3).rows[0].compared == 3
    assert check_node(OneWrongFactor()(x), rtol=0.1).ok
    assert not check_all(OneWrongFactor()(x).graph, samples=2).ok


class OneWrongFactor(gn.Operation):
    def _output(self):
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        return output_grad * 2.02


# -- hooks that misbehave --------------------------------------------------------------
def test_an_impure_hook_is_said_to_be_one():
    class Noisy(gn.Operation):
        def __init__(self):
            self.rng = np.random.default_rng(0)

        def _output(self):
            return self.input_ + self.rng.normal()

        def _input_grad(self, output_grad):
            return output_grad

    node = Noisy()(gn.Input("x", value=[1.0]))
    state = node.rng.bit_generator.state
    found = check_node(node)
    assert not found.ok
    assert "it draws random numbers" in str(found)
    assert node.rng.bit_generator.state == state  # the copy drew, not the node


@pytest.mark.parametrize(
    ("gradient", "told"),
    [
        (lambda g: g[:1], "returned a gradient of shape (1,) for input 0"),
        (lambda g: g + np.ones(7), "ValueError: operands could not be broadcast"),
        (lambda g: None, "_input_grad returned None"),
    ],
)
def test_a_hook_that_fails_is_wrong(gradient, told):
    class Failing(gn.Operation):
        def _output(self):
            return self.input_ * 1.0

        def _input_grad(self, output_grad):
            return gradient(output_grad)

    x = gn.Input("x", value=[1.0, 2.0])
    checks = check_all((np.exp(Failing()(x))).graph)
    assert [check.node.name for check in checks.wrong] == ["failing"]
    assert told in str(checks[0])
    assert checks[0].index is None
    assert "failing" in repr(checks[0])


def test_what_has_no_gradient_is_no_error():
    class Forward(gn.Operation):
        def _output(self):
            return self.input_ * 1.0

    x = gn.Input("x", value=[1.0, 2.0])
    total = Forward()(x) + np.argmax(x) + gn.stop_gradient(x)
    checks = check_all(total.graph)
    assert checks.ok
    text = str(checks)
    assert "Remark: forward (Forward" in text
    assert "does not define _input_grad" in text
    assert "argmax" in text
    first, _ = np.split(x, 2)
    assert "it is an output of split" in str(check_node(first))


# -- nothing is touched ----------------------------------------------------------------
def test_the_graph_and_those_who_watch_notice_nothing():
    case = CASES["network"]()
    graph = case.graph
    graph.forward(case.feeds, target=case.target, training=True)
    graph.backward(case.target)
    with nothing_is_touched(graph):
        check_all(graph)


# -- errors ----------------------------------------------------------------------------
def test_what_cannot_be_checked():
    x = gn.Input("x")
    y = np.exp(x)
    with pytest.raises(NotRunError, match=r"exp .*cannot run yet: x has no value"):
        check_node(y)
    for nothing in (x, "exp", gn.Sigmoid(), None):
        with pytest.raises(ArgumentError, match="computes nothing"):
            check_node(nothing)
    y.graph.forward(x=[1.0, 2.0])
    with pytest.raises(GradientShapeError, match=r"output_grad has shape \(3,\)"):
        check_node(y, np.ones(3))
    with pytest.raises(ArgumentError, match="output_grad is not finite"):
        check_node(y, [np.nan, 1.0])


def test_of_large_arrays_fewer_elements_are_compared(monkeypatch):
    y = np.tanh(gn.Input("x", value=np.linspace(-1.0, 1.0, 40)))
    assert check_node(y).rows[0].compared == 16
    monkeypatch.setattr(local_check, "LARGE", 40)
    found = check_node(y)
    assert found.ok
    assert found.rows[0].compared == 4
    assert check_node(y, samples=7).rows[0].compared == 7


def test_what_is_being_checked_is_told():
    y = np.sum(np.tanh(gn.Input("x", value=[1.0, 2.0])))
    told = []
    check_all(y.graph, each=lambda *place: told.append(place))
    assert told == [(1, 2, y.inputs[0]), (2, 2, y)]
