"""The reverse pass as a graph: the stepped numbers, as nodes, to any order."""

import copy
import pickle

import notebook
import numpy as np
import pytest
from cases import CASES

import graphnn as gn
from graphnn.graph.tracing import InputGrads


def parts_of(node):
    return node.output if type(node.output) is tuple else (node.output,)


def cotangents(node):
    """Draw a gradient for each output of a node; None for whole numbers."""
    rng = np.random.default_rng(1)
    drawn = []
    for part in parts_of(node):
        if part.dtype.kind not in "fc":
            drawn.append(None)
            continue
        seed = rng.normal(size=part.shape)
        if part.dtype.kind == "c":
            seed = seed + 1j * rng.normal(size=part.shape)
        drawn.append(seed.astype(part.dtype))
    return tuple(drawn) if type(node.output) is tuple else drawn[0]


def floats(nodes):
    unique = {n.id: n for n in nodes if n.output is not None and n.dtype.kind in "fc"}
    return list(unique.values())


DIFFERENTIABLE = [
    case
    for case in CASES
    if any(
        part.dtype.kind in "fc"
        for part in parts_of(
            case.make()(*[gn.Input(value=np.array(a)) for a in case.inputs])
        )
    )
]


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=str)
def test_every_operation_has_its_stepped_gradients_as_nodes(case):
    inputs = [gn.Input(f"x{i}", value=a) for i, a in enumerate(case.inputs)]
    node = case.make()(*inputs)
    others = [n for n in node.inputs if n.kind != "state"]
    graph, wrt, seed = node.graph, floats(others), cotangents(node)
    before = {n.id: n.output for n in graph.nodes}
    gradients = graph.gradient(node, wrt, seed)
    graph.backward(node, seed, wrt=wrt)
    for leaf, gradient in zip(wrt, gradients, strict=True):
        nothing = np.zeros(leaf.shape, leaf.dtype)
        stepped = nothing if leaf.grad is None else leaf.grad
        assert gradient in graph
        assert gradient.dtype == leaf.dtype
        np.testing.assert_array_equal(gradient.output, stepped, strict=True)
    for n in graph.nodes:
        assert not isinstance(n, InputGrads)  # all of it was traced
        if n.id in before:
            assert n.output is before[n.id]  # the stepped nodes were left alone


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_notebooks_classes(dtype):
    rng = np.random.default_rng(0)

    def draw(*shape):
        return rng.normal(size=shape).astype(dtype)

    x = gn.Input("x", value=draw(5, 3))
    activation = notebook.Sigmoid()
    hidden = notebook.weightMultiply(draw(3, 4))(x)
    hidden = activation(notebook.BiasAdd(draw(1, 4))(hidden))
    loss = np.sum(activation(notebook.weightMultiply(draw(4, 2))(hidden)) ** 2)
    graph = loss.graph
    parameters = list(graph.parameters)
    gradients = graph.gradient(loss, parameters)
    graph.backward(loss)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        assert gradient.dtype == dtype
        np.testing.assert_array_equal(gradient.output, parameter.grad, strict=True)
    # fed again, they follow
    graph.forward(x=draw(5, 3), target=[loss, *gradients])
    graph.backward(loss)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        np.testing.assert_array_equal(gradient.output, parameter.grad, strict=True)


def test_first_second_and_third_derivative():
    x = gn.Input("x", value=[1.0, -2.0])
    y = np.sum(x**4)
    (first,) = y.graph.gradient(y, x)
    (second,) = y.graph.gradient(np.sum(first), x)
    (third,) = y.graph.gradient(np.sum(second), x)
    np.testing.assert_allclose(first.output, [4.0, -32.0])
    np.testing.assert_allclose(second.output, [12.0, 48.0])
    np.testing.assert_allclose(third.output, [24.0, -48.0])
    y.graph.backward(second, np.ones(2), wrt=x)
    np.testing.assert_allclose(x.grad, [24.0, -48.0])


def test_gradient_nodes_know_where_they_belong():
    x = gn.Input("x", value=[[1.0, 2.0]])
    with gn.scope("block"):
        y = np.tanh(x)
    z = np.sum(y * y)
    (gradient,) = z.graph.gradient(z, x)
    made = [n for n in z.graph.nodes if n.forward_node is not None]
    assert any(n is gradient for n in made)
    assert gradient.forward_node is y
    assert gradient.name.startswith("block/tanh_grad/")
    assert x.forward_node is y.forward_node is z.forward_node is None
    for node in made:
        assert node.source == node.forward_node.source
    # the sum of what reaches a value used twice belongs to that value
    (total,) = [n for n in made if n.name == "block/tanh_grad/add"]
    assert total.forward_node is y


class Cube(gn.Operation):
    def _output(self):
        return self.input_**3

    def _input_grad(self, output_grad):
        return output_grad * 3.0 * self.input_**2


def test_a_users_hook_gives_nodes_with_the_line_of_the_forward_node():
    y = Cube()(gn.Input("x", value=[2.0]))
    (gradient,) = y.graph.gradient(y, "x")
    assert gradient.output == 12.0
    assert gradient.source == y.source


def test_unreached_and_constant_gradients():
    x, z = gn.Input("x", value=[1.0, 2.0]), gn.Input("z", value=np.ones((2, 1)))
    y = np.sum(x) + 0.0 * np.sum(z)
    other = np.exp(z)
    by_x, by_other = y.graph.gradient(y, [x, other])
    np.testing.assert_array_equal(by_x.output, [1.0, 1.0])
    np.testing.assert_array_equal(by_other.output, np.zeros((2, 1)))
    assert y.graph.gradient(y, y)[0].output == 1.0
    assert by_other in y.graph


def test_output_grad_is_an_array_or_a_node():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.square(x)
    (by_array,) = y.graph.gradient(y, x, [1.0, 10.0])
    np.testing.assert_array_equal(by_array.output, [2.0, 40.0])
    seed = gn.Input("seed", value=[1.0, 10.0])  # in a graph of its own
    (by_node,) = y.graph.gradient(y, x, seed)
    np.testing.assert_array_equal(by_node.output, [2.0, 40.0])
    assert by_node.graph is seed.graph is y.graph
    np.testing.assert_array_equal(
        y.graph.forward(seed=[2.0, 0.0], target=by_node), [4.0, 0.0]
    )
    # linear in what it starts with
    (again,) = y.graph.gradient(by_node, seed, [1.0, 1.0])
    np.testing.assert_array_equal(again.output, [2.0, 4.0])


class Powers(gn.Operation):
    """Two outputs; the first of them need not be used."""

    def _output(self):
        return self.input_**2, self.input_**3

    def _input_grads(self, output_grad):
        by_square, by_cube = output_grad
        return (2.0 * self.input_ * by_square + 3.0 * self.input_**2 * by_cube,)


def test_several_outputs():
    x = gn.Input("x", value=[2.0, -1.0])
    square, cube = Powers()(x)
    y = np.sum(cube * 2.0)
    (first,) = y.graph.gradient(y, x)
    np.testing.assert_array_equal(first.output, [24.0, 6.0])
    (second,) = y.graph.gradient(np.sum(first * square), x)
    np.testing.assert_array_equal(second.output, [192.0, -24.0])
    whole = square.inputs[0]
    (by_both,) = y.graph.gradient(whole, x, ([1.0, 1.0], None))
    np.testing.assert_array_equal(by_both.output, [4.0, -2.0])


def test_unused_outputs_follow_the_others():
    """The gradient of the singular values needs the vectors, which nothing consumes."""
    rng = np.random.default_rng(0)
    x = gn.Input("x", value=rng.normal(size=(3, 2)))
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    y = np.sum(s**3)
    other = rng.normal(size=(3, 2))
    y.graph.forward(x=other, target=y)
    (gradient,) = y.graph.gradient(y, x)
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(gradient.output, x.grad)
    np.testing.assert_array_equal(
        u.output, np.linalg.svd(other, full_matrices=False)[0]
    )
    whole = s.inputs[0]
    y.graph.forward(x=2.0 * other, target=whole)
    np.testing.assert_array_equal(s.output, whole.output[1])


def test_what_no_gradient_needs_is_not_kept():
    x = gn.Input("x", value=np.ones((3, 2)))
    loss = gn.SoftmaxCrossEntropy()(x, np.array([0, 1, 0]))
    count = len(loss.graph)
    (gradient,) = loss.graph.gradient(loss, x)
    kept = {n.id for n in loss.graph.order(gradient)}
    made = [n for n in loss.graph.nodes if n.id > loss.id]
    assert len(made) == len(loss.graph) - count
    assert {n.id for n in made} <= kept


def test_residuals_are_differentiated_too():
    """An attribute that `_output` leaves for `_input_grad` depends on the input."""

    class Residual(gn.Operation):
        def _output(self):
            self.square = self.input_ * self.input_
            return self.square * self.input_

        def _input_grad(self, output_grad):
            return output_grad * 3.0 * self.square

    x = gn.Input("x", value=[2.0, -1.0])
    y = np.sum(Residual()(x))
    (first,) = y.graph.gradient(y, x)
    (second,) = y.graph.gradient(np.sum(first), x)
    np.testing.assert_array_equal(first.output, [12.0, 3.0])
    np.testing.assert_array_equal(second.output, [12.0, -6.0])


class Branching(gn.Operation):
    """A hook that depends on a value: no trace can follow it."""

    def __init__(self, factor=3.0):
        self.factor = factor

    def _output(self):
        return self.input_ * self.factor

    def _input_grad(self, output_grad):
        if output_grad.sum() > 0:
            return output_grad * self.factor
        return output_grad * self.factor * 1.0


def test_a_hook_that_cannot_be_traced_is_one_node():
    x = gn.Input("x", value=[1.0, 2.0])
    w = gn.Parameter([2.0, 3.0], name="w")
    hidden = Branching()(x * w)
    y = np.sum(hidden * hidden)
    by_x, by_w = y.graph.gradient(y, [x, w])
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(by_x.output, x.grad)
    np.testing.assert_array_equal(by_w.output, w.grad)
    (whole,) = [n for n in y.graph.nodes if isinstance(n, InputGrads)]
    assert whole.forward_node is hidden
    assert "an `if`" in whole.reason
    y.graph.forward(x=[5.0, -1.0], target=[y, by_w])
    y.graph.backward(y)
    np.testing.assert_array_equal(by_w.output, w.grad)


def test_no_second_derivative_through_a_hook_that_cannot_be_traced():
    x = gn.Input("x", value=[1.0, 2.0])
    hidden = Branching()(x)
    y = np.sum(hidden * hidden)
    (first,) = y.graph.gradient(y, x)
    count = len(y.graph)
    with pytest.raises(gn.GradientError) as caught:
        y.graph.gradient(np.sum(first), x)
    message = str(caught.value)
    assert "Branching cannot be differentiated again" in message
    assert "an `if`" in message
    assert "test_gradient_graph.py" in message
    assert len(y.graph) == count + 1  # np.sum(first); the rest was taken back
    (again,) = y.graph.gradient(y, x)  # the graph is usable
    np.testing.assert_array_equal(again.output, first.output)


def test_a_graph_fed_other_shapes_is_stale():
    x = gn.Input("x", value=np.ones((4, 3)))
    w = gn.Parameter(np.ones((3, 2)), name="w")
    y = np.mean(np.tanh(x @ w))
    by_w, by_x = y.graph.gradient(y, [w, x])
    with pytest.raises(gn.ShapeError) as caught:
        y.graph.forward(x=np.ones((5, 3)), target=by_w)
    message = str(caught.value)
    assert "graph.gradient for x of shape (4, 3)" in message
    assert "(5, 3)" in message
    assert "again" in message
    assert x.shape == (4, 3)  # nothing was half-changed
    y.graph.forward(x=np.ones((5, 3)), target=y)  # the forward pass is not stale
    with pytest.raises(gn.ShapeError, match=r"graph\.gradient"):
        y.graph.forward(target=by_x)
    (fresh,) = y.graph.gradient(y, w)
    y.graph.backward(y)
    np.testing.assert_array_equal(fresh.output, w.grad)
    y.graph.forward(x=np.full((4, 3), 0.5), target=by_w)  # of the old shape again


def test_stale_also_where_the_gradient_does_not_depend_on_the_input():
    x = gn.Input("x", value=np.ones(4))
    y = np.mean(x)
    (by_x,) = y.graph.gradient(y, x)
    with pytest.raises(gn.ShapeError, match=r"shape \(4,\).*\(5,\)"):
        y.graph.forward(x=np.ones(5), target=by_x)


def test_gradient_nodes_are_not_the_result():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(np.exp(x) ** 2)
    y.graph.gradient(y, x)
    assert y.graph.sink() is y
    assert float(y.graph.forward(x=[0.0, 0.0])) == 2.0
    y.graph.backward()
    np.testing.assert_array_equal(x.output, [0.0, 0.0])


def test_a_penalty_on_the_gradient():
    x = gn.Input("x", value=[[0.3, -0.2], [0.1, 0.4]])
    w = gn.Parameter([[1.0], [2.0]], name="w")
    y = np.sum(np.tanh(x @ w))
    (by_x,) = y.graph.gradient(y, x)
    loss = y + np.sum(by_x**2)
    loss.backward()

    def value(array):
        slope = 1.0 - np.tanh(x.value @ array) ** 2
        return np.sum(np.tanh(x.value @ array)) + np.sum((slope @ array.T) ** 2)

    for index in np.ndindex(2, 1):
        step = np.zeros((2, 1))
        step[index] = 1e-6
        change = (value(w.value + step) - value(w.value - step)) / 2e-6
        assert w.grad[index] == pytest.approx(change, rel=1e-7)


def test_a_trained_network():
    network = gn.NeuralNetwork(
        [gn.Dense(4, activation=gn.Tanh()), gn.Dense(3)],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    network.train_batch(
        np.random.default_rng(0).normal(size=(5, 2)), np.array([0, 1, 2, 1, 0])
    )
    graph = network.graph
    gradients = graph.gradient(graph.sink(), list(graph.parameters))
    for parameter, gradient in zip(graph.parameters, gradients, strict=True):
        np.testing.assert_array_equal(gradient.output, parameter.grad, strict=True)
    assert gradients[0].name.startswith("dense_1/")


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))]
)
def test_copies_keep_what_was_traced(copied):
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(x**3)
    (gradient,) = y.graph.gradient(y, x)
    twin = copied(y.graph)
    their = twin[gradient.name]
    assert their.forward_node is twin["power"]
    assert twin.sink() is twin["sum"]
    np.testing.assert_array_equal(twin.forward(x=[2.0, 0.0], target=their), [12.0, 0.0])
    with pytest.raises(gn.ShapeError, match=r"graph\.gradient"):
        twin.forward(x=[1.0, 2.0, 3.0], target=their)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (lambda g, x: ("y", "nothing"), gn.MissingNode, "nothing"),
        (lambda g, x: ("y", 3), gn.MissingNode, "int"),
        (lambda g, x: ("y", "labels"), gn.GradientError, "no gradient for int"),
        (lambda g, x: ("labels", "x"), gn.GradientError, "no gradient for int"),
        (lambda g, x: ("y", "x", [1.0]), gn.GradientShapeError, r"\(1,\)"),
        (lambda g, x: ("y", "x"), gn.GradientError, "size ≠ 1"),
        (lambda g, x: ("y", "x", gn.Input(value=[1.0])), gn.ShapeError, r"\(1,\)"),
        (lambda g, x: ("y", "x", gn.Input("unfed")), gn.GradientError, "one value"),
        (lambda g, x: ("late", "x"), gn.NotRunError, "no value yet"),
    ],
)
def test_bad_arguments(arguments, kind, message):
    x = gn.Input("x", value=[1.0, 2.0])
    labels = gn.Input("labels", value=[1, 2])
    y = x * labels
    y.name = "y"
    late = y + gn.Input("late_input")
    late.name = "late"
    graph = y.graph
    count = len(graph)
    with pytest.raises(kind, match=message):
        graph.gradient(*arguments(graph, x))
    assert len(graph) == count
    assert graph.gradient("y", "x", [1.0, 1.0])[0].output.tolist() == [1.0, 2.0]


def test_a_pause_leaves_no_trace():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(x * x)
    count = len(y.graph)
    with gn.paused(), pytest.raises(gn.GraphError, match="pause"):
        y.graph.gradient(y, x)
    assert len(y.graph) == count


def test_a_deep_chain():
    x = gn.Input("x", value=[0.5])
    y = x
    for _ in range(5_000):
        y = y * 1.0001
    (gradient,) = y.graph.gradient(y, x)
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(gradient.output, x.grad)
