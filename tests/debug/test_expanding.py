"""An operation's formula as a graph of its own: the same value, the same gradients."""

import numpy as np
import pytest
from cases import CASES as OPERATIONS
from stepped_graphs import CASES
from untouched import nothing_is_touched

import graphnn as gn
from graphnn.debug.expanding import expand_node
from graphnn.errors import ArgumentError, GradientShapeError, NotRunError
from graphnn.graph.gradients import is_differentiable

COMPOSITES = [case for case in OPERATIONS if case.make()(*case.inputs).expandable]


def draw_like(value, rng):
    if isinstance(value, tuple):
        return tuple(draw_like(part, rng) for part in value)
    if not is_differentiable(value):
        return None
    drawn = rng.normal(size=value.shape)
    if value.dtype.kind == "c":
        drawn = drawn + 1j * rng.normal(size=value.shape)
    return drawn.astype(value.dtype)


def same(one, other):
    if isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)


def check(node, training=False):
    """Run an expanded node and compare it with the node."""
    graph, target, output_grad = expanded = expand_node(node)
    assert same(graph.forward(target=target, training=training), node.output)
    if output_grad is None:
        return
    graph.backward(target, output_grad, wrt=expanded.wrt)
    gradients = {}
    for source, gradient in zip(node.inputs, node.input_grads, strict=True):
        if gradient is not None:
            gradients[source.name] = gradients.get(source.name, 0.0) + gradient
    for name, gradient in gradients.items():
        leaf = graph[name]
        found = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad
        size = max(1.0, float(np.max(np.abs(gradient), initial=0.0)))
        assert found == pytest.approx(gradient, rel=1e-9, abs=1e-11 * size)


@pytest.mark.parametrize("case", COMPOSITES, ids=str)
def test_every_composite_operation(case):
    node = case.make()(*case.inputs)
    output_grad = draw_like(node.output, np.random.default_rng(1))
    if is_differentiable(node.output):
        leaves = [n for n in node.inputs if is_differentiable(n.output)]
        wrt = [n for n in leaves if n.kind in ("input", "parameter")]
        node.graph.backward(node, output_grad, wrt=wrt)
    check(node)


@pytest.mark.parametrize("name", [name for name in CASES if name != "forward_only"])
def test_nodes_inside_of_graphs(name):
    case = CASES[name]()
    graph = case.graph
    graph.forward(case.feeds, target=case.target, training=case.training)
    graph.backward(case.target, case.output_grad, wrt=case.wrt or None)
    for node in graph.nodes:
        if node.kind == "operation" and node.expandable:
            check(node, case.training)


# -- what it looks like ----------------------------------------------------------------
def test_names_are_those_of_the_node_and_its_inputs():
    net = gn.NeuralNetwork([gn.Dense(2, gn.Sigmoid())], gn.MeanSquaredError(), seed=0)
    feeds, loss = net.prepare(np.ones((3, 2)), np.zeros((3, 2)))
    loss.graph.forward(feeds, target=loss)
    node = loss.graph["dense_1/sigmoid"]
    graph, target, output_grad = expand_node(node)
    assert output_grad is None
    assert [n.name for n in graph.nodes if n.kind == "input"] == ["dense_1/bias_add"]
    names = [n.name for n in graph.nodes if n.kind == "operation"]
    assert "dense_1/sigmoid/exp" in names
    assert all(name.startswith("dense_1/sigmoid/") for name in names)
    assert target is graph.sink()
    assert {n.source for n in graph.nodes if n.kind == "operation"} == {node.source}


def test_an_input_used_twice_is_one_input():
    class Product(gn.Operation):
        arity = 2

        def _output(self):
            one, other = self.input_values
            return np.exp(one) * np.sin(other)

        def _input_grads(self, output_grad):
            one, other = self.input_values
            return (
                output_grad * self.output,
                output_grad * np.exp(one) * np.cos(other),
            )

    x = gn.Input("x", value=[0.5, 1.0])
    node = Product()(x, x)
    node.graph.backward(node, [1.0, 2.0], wrt=x)
    graph, _, _ = expand_node(node)
    assert [n.name for n in graph.nodes if n.kind == "input"] == ["x"]
    check(node)


def test_several_outputs_end_in_one_node():
    class Both(gn.Operation):
        def _output(self):
            root = np.sqrt(self.input_ + 1.0)
            return root, np.argmax(root), root * 2.0

        def _input_grad(self, output_grad):
            root, _, double = output_grad
            return (root + 2.0 * double) * 0.5 / np.sqrt(self.input_ + 1.0)

    x = gn.Input("x", value=[0.0, 3.0])
    first, _, third = Both()(x)
    loss = np.sum(first * third)
    loss.graph.backward(loss, wrt=x)
    node = first.inputs[0]
    check(node)
    graph, target, output_grad = expand_node(node)
    assert target.name == node.name == "both"
    assert same(target.output, node.output)
    assert same(output_grad[0], node.output_grad[0])
    assert output_grad[1] is None
    assert graph.sink() is target


def test_dropout_draws_the_same_numbers():
    case = CASES["network"]()
    case.graph.forward(case.feeds, target=case.target, training=True)
    case.graph.backward(case.target)
    nodes = [n for n in case.graph.nodes if n.kind == "operation" and n.states]
    assert nodes
    for node in nodes:
        if node.expandable:
            check(node, training=True)
            graph = expand_node(node).graph
            assert graph.training
            assert not set(graph.nodes) & set(case.graph.nodes)


# -- stepping --------------------------------------------------------------------------
def test_a_stepper_walks_through_the_formula():
    w = gn.Parameter([0.5, -1.0], name="w")
    loss = np.sum(gn.Sigmoid()(w) * 2.0)
    loss.backward()
    expanded = expand_node(loss.graph["sigmoid"])
    graph, target, output_grad = expanded
    stepper = gn.Stepper(
        graph, target=target, output_grad=output_grad, wrt=expanded.wrt
    )
    assert len([*stepper]) == len(stepper) > 8
    assert same(target.output, loss.graph["sigmoid"].output)
    assert graph["w"].grad == pytest.approx(w.grad)
    stepper.set("w", [9.0, 9.0])
    assert w.value.tolist() == [0.5, -1.0]  # an edit in there stays in there


def test_the_gradient_may_be_given():
    node = gn.Sigmoid()(gn.Input("x", value=[0.0, 1.0]))
    graph, target, output_grad = expanded = expand_node(node, [4.0, 0.0])
    graph.backward(target, output_grad, wrt=expanded.wrt)
    assert graph["x"].grad.tolist() == [1.0, 0.0]
    with pytest.raises(GradientShapeError, match=r"output_grad has shape \(3,\)"):
        expand_node(node, np.ones(3))


def test_integers_get_no_gradient():
    class Picked(gn.Operation):
        arity = 2

        def _output(self):
            values, places = self.input_values
            return np.exp(np.take(values, places))

        def _input_grads(self, output_grad):
            values, places = self.input_values
            gradient = np.zeros(values.shape)
            np.add.at(gradient, places, output_grad * self.output)
            return gradient, None

    x = gn.Input("x", value=[0.0, 1.0, 2.0])
    places = gn.Input("places", value=np.array([2, 2, 0]))
    node = Picked()(x, places)
    node.graph.backward(node, [1.0, 2.0, 3.0], wrt=x)
    expanded = expand_node(node)
    assert [leaf.name for leaf in expanded.wrt] == ["x"]
    assert "places" in [leaf.name for leaf in expanded.graph.nodes]
    check(node)


# -- nothing is touched ----------------------------------------------------------------
def test_the_graph_and_those_who_watch_notice_nothing():
    w = gn.Parameter([0.5, -1.0], name="w")
    loss = np.sum(gn.Sigmoid()(w) * 2.0)
    loss.backward()
    consumers, grad = list(w.consumers), w.grad
    with nothing_is_touched(loss.graph):
        expanded = expand_node(loss.graph["sigmoid"])
    assert list(w.consumers) == consumers
    expanded.graph.backward(expanded.target, [100.0, 100.0], wrt=expanded.wrt)
    assert w.grad is grad
    expanded.graph["w"].output[:] = 7.0
    expanded.output_grad[:] = 7.0
    assert w.value.tolist() == [0.5, -1.0]
    assert loss.graph["sigmoid"].output_grad.tolist() == [2.0, 2.0]


# -- errors ----------------------------------------------------------------------------
def test_what_is_not_made_of_parts_says_why():
    class Branching(gn.Operation):
        def _output(self):
            return -self.input_ if np.sum(self.input_) > 0 else self.input_

    x = gn.Input("x", value=[1.0, 2.0])
    for node, reason in (
        (np.exp(x), r"exp .*cannot be expanded: it is elementary"),
        (gn.stop_gradient(x), "it stops gradients"),
        (gn.Linear()(x), "it adds nothing to what it is given"),
        (Branching()(x), "its _output cannot be traced"),
        (np.split(x, 2)[0], "one of the outputs of another operation"),
    ):
        with pytest.raises(ArgumentError, match=reason):
            expand_node(node)
    with pytest.raises(ArgumentError, match="computes nothing"):
        expand_node(x)
    with pytest.raises(ArgumentError, match="computes nothing"):
        expand_node(gn.Sigmoid())
    empty = gn.Sigmoid()(gn.Input("y"))
    with pytest.raises(NotRunError, match=r"sigmoid .*has no value yet"):
        expand_node(empty)
