"""Composites taken apart: the same hooks, called with nodes."""

import copy
import pickle

import notebook
import numpy as np
import pytest
from cases import CASES

import graphnn as gn


def outputs(node):
    return node.output if type(node.output) is tuple else (node.output,)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_operation_expands_to_its_own_value(case):
    inputs = [gn.Input(f"x{i}", value=np.array(a)) for i, a in enumerate(case.inputs)]
    node = case.make()(*inputs)
    assert "cannot be traced" not in node.expandable.reason
    graph = node.graph.expand()
    expected = outputs(node)
    found = [n for n in graph.nodes if n.kind == "operation" and not n.consumers]
    if len(expected) == 1 and len(found) == 1:
        np.testing.assert_array_equal(found[0].output, expected[0], strict=True)
    for n in graph.nodes:
        if n.kind == "operation":
            assert not n.expandable, n.expandable


def names(graph):
    return [node.name for node in graph.order()]


def test_the_notebooks_sigmoid():
    x = gn.Input("x", value=[0.0, 1.0])
    y = notebook.Sigmoid()(x)
    graph = y.graph.expand()
    assert [type(n).__name__ for n in graph.nodes if n.kind == "operation"] == [
        "Multiply",
        "Exp",
        "Add",
        "Divide",
    ]
    assert all(n.name.startswith("sigmoid/") for n in graph.nodes if n.name != "x")
    np.testing.assert_array_equal(
        graph.forward(x=[2.0, 3.0]), y.graph.forward(x=[2, 3.0])
    )
    assert y.graph is not graph
    assert names(y.graph) == ["x", "sigmoid"]


def test_a_network_keeps_its_parameters_scopes_and_lines():
    network = gn.NeuralNetwork(
        [gn.Dense(4, activation=gn.Sigmoid()), gn.Dense(3)],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    X, y = np.random.default_rng(0).normal(size=(5, 2)), np.array([0, 1, 2, 1, 0])
    loss = network.train_batch(X, y)
    graph = network.graph
    parameters = list(graph.parameters)
    before = [p.grad.copy() for p in parameters]
    expanded = graph.expand()
    assert list(expanded.parameters) == parameters
    assert expanded.sink().output == loss
    assert "dense_1/sigmoid/exp" in names(expanded)
    assert expanded["dense_1/sigmoid/exp"].source == graph["dense_1/sigmoid"].source
    expanded.backward()
    for parameter, grad in zip(parameters, before, strict=True):
        np.testing.assert_allclose(parameter.grad, grad, rtol=1e-12)


def test_only_one_node():
    x = gn.Input("x", value=[0.5, -0.5])
    first = gn.Sigmoid()(x)
    second = gn.Sigmoid()(first)
    graph = second.graph.expand(second)
    assert names(graph)[:2] == ["x", "sigmoid"]
    assert "sigmoid_2/exp" in names(graph)
    assert (
        names(second.graph.expand("sigmoid"))[-1] == "sigmoid_2"
        or "sigmoid" in (names(second.graph.expand("sigmoid"))[-1])
    )
    both = second.graph.expand(["sigmoid", "sigmoid_2"])
    np.testing.assert_array_equal(both.sink().output, second.output)


class Outer(gn.Operation):
    """A composite whose hook calls other composites."""

    def _output(self):
        return (
            gn.Sigmoid()(self.input_)
            if isinstance(self.input_, gn.Node)
            else (gn.Sigmoid().forward(self.input_))
        )

    def _input_grad(self, output_grad):
        raise AssertionError("not called")


def test_composites_of_composites():
    y = Outer()(gn.Input("x", value=[0.5, -0.5]))
    graph = y.graph.expand()
    assert "outer/sigmoid/exp" in names(graph)
    np.testing.assert_array_equal(graph.sink().output, y.output)


def test_the_gradient_graph_expands_with_the_rest():
    x = gn.Input("x", value=[0.5, -0.5])
    y = np.sum(gn.Sigmoid()(x))
    (gradient,) = y.graph.gradient(y, x)
    graph = y.graph.expand()
    made = [n for n in graph.nodes if n.forward_node is not None]
    assert made
    np.testing.assert_array_equal(made[-1].output, gradient.output)
    assert "sum_grad/broadcast_to" in names(graph)  # though it is of a constant
    assert graph.sink().output == y.output


def test_several_outputs():
    class SumAndDifference(gn.Operation):
        def _output(self):
            left, right = self.input_values
            return left + right, left - right

        def _input_grads(self, output_grad):
            by_sum, by_difference = output_grad
            return by_sum + by_difference, by_sum - by_difference

    x, z = gn.Input("x", value=[1.0, 2.0]), gn.Input("z", value=[3.0, 5.0])
    node = SumAndDifference()(x, z)
    total, difference = node
    y = np.sum(total * difference)
    graph = y.graph.expand()
    assert "sum_and_difference/subtract" in names(graph)
    assert not any("item" in name for name in names(graph))
    assert graph.sink().output == y.output
    kept = y.graph.expand(y)
    assert "sum_and_difference" in names(kept)
    assert float(kept.forward(x=[1.0, 2.0])) == y.output


class Branching(gn.Operation):
    def _output(self):
        return self.input_ if self.input_.sum() > 0 else -self.input_

    def _input_grad(self, output_grad):
        return output_grad


class Scattering(gn.Operation):
    def _output(self):
        out = np.zeros(3)
        out[:2] = self.input_
        return out

    def _input_grad(self, output_grad):
        return output_grad[:2]


@pytest.mark.parametrize("operation", [Branching, Scattering])
def test_a_hook_that_cannot_be_traced_leaves_its_node_whole(operation):
    x = gn.Input("x", value=[1.0, 2.0])
    y = operation()(gn.Sigmoid()(x))
    verdict = y.expandable
    assert not verdict
    assert "cannot be traced" in verdict.reason
    graph = y.graph.expand()
    name = operation.__name__.lower()
    assert name in names(graph)
    assert "sigmoid/exp" in names(graph)
    np.testing.assert_array_equal(graph.sink().output, y.output)


def test_expandable_says_why():
    x = gn.Input("x", value=[1.0, 2.0])
    assert "elementary" in np.exp(x).expandable.reason
    assert not np.exp(x).expandable
    assert gn.Sigmoid()(x).expandable
    assert "exp" in str(gn.Sigmoid()(x).expandable)
    unfed = np.exp(gn.Input("unfed"))
    assert not unfed.expandable
    assert "no value" in unfed.expandable.reason
    assert len(x.graph) == 5  # asking leaves nothing behind


def test_fed_another_batch_size_it_is_stale():
    x, t = gn.Input("x", value=np.ones((4, 2))), gn.Input("t", value=np.zeros((4, 2)))
    loss = gn.MeanSquaredError()(x, t)
    graph = loss.graph.expand()
    with pytest.raises(gn.ShapeError, match=r"graph\.expand"):
        graph.forward(x=np.ones((5, 2)), t=np.zeros((5, 2)))
    assert float(graph.forward(x=np.full((4, 2), 2.0))) == 8.0


def test_without_values():
    y = gn.Sigmoid()(gn.Input("x"))
    with pytest.raises(gn.NotRunError, match="no value yet"):
        y.graph.expand()
    with pytest.raises(gn.MissingNode, match="nothing"):
        y.graph.expand("nothing")


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))]
)
def test_copies(copied):
    x = gn.Input("x", value=[0.5, -0.5])
    graph = gn.Sigmoid()(x).graph.expand()
    twin = copied(graph)
    assert names(twin) == names(graph)
    np.testing.assert_array_equal(twin.forward(x=[1.0, 2.0]), graph.forward(x=[1.0, 2]))
    with pytest.raises(gn.ShapeError, match=r"graph\.expand"):
        twin.forward(x=[1.0])


def test_training_mode_is_seen_by_the_hook():
    class Mode(gn.Operation):
        def _output(self):
            return self.input_ * (2.0 if self.training else 1.0)

        def _input_grad(self, output_grad):
            return output_grad * (2.0 if self.training else 1.0)

    y = Mode()(gn.Input("x", value=[1.0]))
    y.graph.forward(training=True)
    assert y.graph.expand().sink().output == 2.0
    assert y.graph.gradient(y, "x")[0].output == 2.0


def test_what_stops_gradients_stays_whole():
    x = gn.Input("x", value=[3.0, 2.0])
    y = np.sum(x * gn.stop_gradient(x))
    graph = y.graph.expand()
    graph.backward(wrt="x")
    np.testing.assert_array_equal(graph["x"].grad, [3.0, 2.0])
    assert "stops gradients" in y.graph["stop_gradient"].expandable.reason


def test_residuals_are_no_results():
    class Scaled(gn.Operation):
        def _output(self):
            self.scale = np.sqrt(self.input_)
            return self.input_ * 2.0

        def _input_grad(self, output_grad):
            return output_grad * 2.0

    y = Scaled()(gn.Input("x", value=[1.0, 4.0]))
    graph = y.graph.expand()
    np.testing.assert_array_equal(graph.forward(x=[2.0, 3.0]), [4.0, 6.0])


def test_names_stay_where_they_were():
    x = gn.Input("x", value=[0.5, -0.5])
    first = gn.Sigmoid()(x)
    second = gn.Sigmoid()(first)
    y = np.sum(second)
    (gradient,) = y.graph.gradient(y, x)
    graph = y.graph.expand(first)
    np.testing.assert_array_equal(graph["sigmoid_2"].output, second.output)
    np.testing.assert_array_equal(graph[gradient.name].output, gradient.output)
    assert "sigmoid" not in names(graph)


def test_inputs_that_nothing_uses():
    with gn.Graph():
        gn.Input("unused")
        y = gn.Sigmoid()(gn.Input("x", value=[1.0]))
    assert "sigmoid/exp" in names(y.graph.expand())


def test_a_result_of_several_outputs_stays_whole():
    graph = gn.trace(np.linalg.eigh)(np.eye(2))
    assert len(graph.expand().results) == len(graph.results)


def test_a_sink_that_adds_nothing_stays_where_no_other_would_be():
    x = gn.Input("x", value=[1.0, -2.0])
    graph = gn.Linear()(x).graph.expand()
    assert [node.name for node in graph.order()] == ["x", "linear"]
    assert repr(graph["linear"].expandable) == (
        "False: it adds nothing to what it is given"
    )
    assert graph.forward(x=[3.0, 4.0]).tolist() == [3.0, 4.0]
    y = gn.Linear()(gn.Linear()(gn.Input("x", value=[1.0, -2.0])))
    assert [node.name for node in y.graph.expand().order()] == ["x", "linear_2"]

    x = gn.Input("x", value=[1.0, -2.0])
    inner = np.exp(x)
    sinks = gn.Linear()(inner), gn.Linear()(np.sin(inner))
    graph = x.graph.expand()
    assert [node.name for node in graph.order()] == ["x", "exp", "linear", "sin"]
    values = graph.forward(target=["linear", "sin"])
    for value, sink in zip(values, sinks, strict=True):
        np.testing.assert_array_equal(value, sink.output)

    layer = gn.Dropout(0.5)
    layer.forward(np.ones((2, 3)))
    np.testing.assert_array_equal(layer.graph.expand().forward(), np.ones((2, 3)))
