"""What a trace takes for granted, and what it must notice."""

import math
import threading

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph.tracing import InputGrads


class MaskInSettings(gn.Operation):
    """The mask is first set in `__init__`, as many people write it."""

    def __init__(self):
        self.mask = None

    def _output(self):
        self.mask = self.input_ > 0
        return self.input_ * self.mask

    def _input_grad(self, output_grad):
        return output_grad * self.mask


class SquareInSettings(gn.Operation):
    def __init__(self):
        self.square = None

    def _output(self):
        self.square = self.input_**2
        return self.square * self.input_

    def _input_grad(self, output_grad):
        return output_grad * 3.0 * self.square


def test_an_attribute_that_init_has_set_and_output_sets_again():
    x = gn.Input("x", value=[1.0, -1.0])
    y = np.sum(MaskInSettings()(x))
    (gradient,) = y.graph.gradient(y, x)
    y.graph.forward(x=[-1.0, 1.0], target=[y, gradient])
    np.testing.assert_array_equal(gradient.output, [0.0, 1.0])
    second = gn.grad(gn.grad(lambda x: SquareInSettings()(x)))
    assert second(2.0) == 12.0


class Halves(gn.Operation):
    def _output(self):
        return self.input_ * (0.5 if self.training else 1.0)

    def _input_grad(self, output_grad):
        return output_grad * (0.5 if self.training else 1.0)


class HalvesBranching(Halves):
    def _input_grad(self, output_grad):
        if output_grad.sum() == 0:
            return output_grad
        return output_grad * (0.5 if self.training else 1.0)


@pytest.mark.parametrize("operation", [Halves, HalvesBranching])
def test_the_mode_of_the_pass(operation):
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(operation()(x))
    graph = y.graph
    graph.forward(training=True)
    (gradient,) = graph.gradient(y, x)
    np.testing.assert_array_equal(gradient.output, [0.5, 0.5])
    if operation is Halves:  # the mode is a constant of what was traced
        with pytest.raises(gn.GraphError, match="training=True, which a hook has read"):
            graph.forward(target=gradient)
        graph.forward(target=gradient, training=True)
    else:  # one that calls the hook as a whole asks again
        graph.forward(target=gradient)
        np.testing.assert_array_equal(gradient.output, [1.0, 1.0])


def test_shapes_that_depend_on_values():
    x = gn.Input("x", value=[1.0, -1.0, -2.0])
    y = np.mean(x[x > 0])
    (gradient,) = y.graph.gradient(y, x)
    with pytest.raises(gn.ShapeError, match=r"get_item of shape \(1,\).*shape \(3,\)"):
        y.graph.forward(x=[1.0, 2.0, 3.0], target=gradient)
    y.graph.forward(x=[-1.0, 5.0, -2.0], target=gradient)
    np.testing.assert_array_equal(gradient.output, [0.0, 1.0, 0.0])


def test_dtypes_that_depend_on_values():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(np.abs(x) ** 2)
    (gradient,) = y.graph.gradient(y, x)
    with pytest.raises(gn.ShapeError, match="now has dtype complex128"):
        y.graph.forward(x=[1j, 2.0], target=gradient)


def test_other_inputs_may_change():
    x, z = gn.Input("x", value=[1.0, 2.0]), gn.Input("z", value=[1.0, 2.0])
    y, other = np.sum(x**2), np.sum(z)
    total = y + 0.0 * other  # one graph
    (gradient,) = total.graph.gradient(y, x)
    total.graph.forward(z=np.ones(5), x=[3.0, 4.0], target=gradient)
    np.testing.assert_array_equal(gradient.output, [6.0, 8.0])


class Dropout(gn.Operation):
    """Not pure: each run draws another mask."""

    rng = np.random.default_rng(0)

    def _output(self):
        self.mask = self.rng.random(self.input_.shape) > 0.5
        return self.input_ * self.mask

    def _input_grad(self, output_grad):
        return output_grad * self.mask


def test_an_impure_hook_is_refused():
    x = gn.Input("x", value=np.ones(50))
    y = np.sum(Dropout()(x))
    count = len(y.graph)
    with pytest.raises(gn.ImpureHook, match=r"Dropout\._output gives other values"):
        y.graph.gradient(y, x)
    assert len(y.graph) == count
    y.graph.backward(y, wrt=x)  # the stepped pass runs it once


def test_a_parameter_changed_since_the_pass_is_noticed_where_a_hook_runs_again():
    w = gn.Parameter([1.0, 2.0], name="w")
    y = np.sum(SquareInSettings()(w))
    w.value -= 0.5
    with pytest.raises(gn.ImpureHook, match="a parameter was changed"):
        y.graph.gradient(y, w)
    y.graph.forward()
    (gradient,) = y.graph.gradient(y, w)
    np.testing.assert_array_equal(gradient.output, 3.0 * w.value**2)


class Finite(gn.Operation):
    def _output(self):
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        return output_grad * (2.0 if math.isfinite(float(output_grad)) else 0.0)


def test_float_in_a_hook_leaves_the_node_whole():
    x = gn.Input("x", value=1.0)
    y = np.exp(Finite()(x))
    (gradient,) = y.graph.gradient(y, x)
    assert gradient.output == 2.0 * np.exp(2.0)
    (whole,) = [n for n in y.graph.nodes if isinstance(n, InputGrads)]
    assert whole.forward_node.name == "finite"


class TakesANode(gn.Operation):
    def __init__(self, w):
        self.w = w

    def _output(self):
        return self.input_ * self.w

    def _input_grad(self, output_grad):
        return output_grad * self.w


def test_a_node_among_the_settings_is_no_value():
    with pytest.raises(gn.GradientError, match="given arrays and returned a node"):
        TakesANode(gn.Parameter([2.0]))(gn.Input("x", value=[1.0]))


def test_what_no_gradient_passes_is_added_to_nothing():
    x = gn.Input("x", value=1.3)
    y = x + np.floor(x)
    (gradient,) = y.graph.gradient(y, x)
    assert gradient.output == 1.0
    assert gn.grad(gn.grad(lambda x: x**2 + np.round(x)))(1.3) == 2.0


def test_constants():
    x, c = gn.Input("x", value=[1.0, 2.0]), gn.Constant(np.array([3.0, 4.0]))
    y = np.sum(x * c)
    with pytest.raises(gn.GradientError, match="is a constant"):
        y.graph.gradient(y, c)
    with pytest.raises(gn.GradientError, match=r"gn\.Input"):
        y.graph.backward(y, wrt=c)
    flat = np.sum(np.floor(x))
    (zeros,) = flat.graph.gradient(flat, x)
    assert zeros.graph is flat.graph
    assert zeros.forward_node is x
    (second,) = flat.graph.gradient(np.sum(zeros), x)
    np.testing.assert_array_equal(second.output, [0.0, 0.0])


def test_a_seed_that_is_the_gradient_belongs_to_its_shape():
    x = gn.Input("x", value=np.ones(3))
    y = x + 1.0
    (gradient,) = y.graph.gradient(y, x, np.ones(3))
    with pytest.raises(gn.ShapeError, match=r"graph\.gradient"):
        y.graph.forward(x=np.ones(5), target=gradient)


def test_dags_keep_what_was_traced():
    x = gn.Input("x", value=np.ones(3))
    y = np.mean(x * x)
    (gradient,) = y.graph.gradient(y, x)
    graph = gn.Graph.from_dag(y.graph.dag)
    twin = graph[gradient.name]
    assert twin.forward_node is graph["x"]
    with pytest.raises(gn.ShapeError, match=r"graph\.gradient"):
        graph.forward(x=np.ones(1), target=twin)


def test_stale_gradients_are_not_expanded():
    x = gn.Input("x", value=np.ones(3))
    y = np.mean(x * x)
    y.graph.gradient(y, x)
    y.graph.forward(x=np.ones(1), target=y)
    with pytest.raises(gn.ShapeError, match=r"graph\.gradient"):
        y.graph.expand()


def test_a_hook_that_opens_a_larger_graph():
    """Merging moves nodes about; what was there before stays."""

    def block(x):
        with gn.Graph("inner"):
            c = gn.Input("c", value=1.0)
            for _ in range(4):
                c = np.sin(c)
        return x * c

    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(gn.checkpoint(block)(x))
    (gradient,) = y.graph.gradient(y, x)
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(gradient.output, x.grad)
    assert y in y.graph


def test_a_stepped_pass_goes_on_after_a_gradient():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(np.exp(x))
    steps = y.graph.forward_steps(x=[0.0, 0.0], target=y)
    next(steps)
    y.graph.gradient(y, x)
    assert next(steps).node is y


def test_threads_with_a_shared_parameter():
    w = gn.Parameter(np.ones(3), name="w")
    failures = []

    def work():
        try:
            for _ in range(100):
                x = gn.Input("x", value=np.ones(3))
                y = np.sum(np.tanh(x * w))
                y.graph.gradient(y, [x, w])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
