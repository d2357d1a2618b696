"""The layer of the notebook, in the notebook's words."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn


class MyDense(gn.Layer):
    """As the notebook would write it."""

    def __init__(self, neurons, activation=None):
        super().__init__(neurons)
        self.activation = activation
        self.set_ups = 0

    def _setup_layer(self, input_):
        self.set_ups += 1
        rng = np.random.default_rng(self.set_ups)
        self.W = rng.standard_normal((input_.shape[1], self.neurons))
        self.B = rng.standard_normal((1, self.neurons))
        self.operations = [gn.WeightMultiply(self.W), gn.BiasAdd(self.B)]
        if self.activation is not None:
            self.operations.append(self.activation)


class Forgetful(gn.Layer):
    """Forgets ``super().__init__()``."""

    def __init__(self, neurons):
        self.neurons = neurons

    def _setup_layer(self, input_):
        self.operations = [gn.WeightMultiply(np.ones((input_.shape[1], self.neurons)))]


def x_of(rows=4, columns=3):
    return np.random.default_rng(rows).standard_normal((rows, columns))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_new_layer_is_empty():
    layer = MyDense(2)
    assert layer.first
    assert layer.neurons == 2
    assert layer.operations == []
    assert layer.params == []
    assert layer.param_grads == []
    assert layer.graph is None
    assert layer.input_ is None
    assert layer.output is None
    assert len(layer.parameters) == 0


def test_forward_and_backward_are_the_formulas():
    layer, x = MyDense(2, gn.Sigmoid()), x_of()
    output = layer.forward(x)
    np.testing.assert_allclose(output, sigmoid(x @ layer.W + layer.B), rtol=1e-14)
    assert type(output) is np.ndarray
    assert layer.output is output
    np.testing.assert_array_equal(layer.input_, x)

    gradient = np.random.default_rng(1).standard_normal((4, 2))
    before = gradient.copy()
    input_grad = layer.backward(gradient)
    inner = gradient * output * (1 - output)
    np.testing.assert_allclose(input_grad, inner @ layer.W.T, rtol=1e-12)
    np.testing.assert_allclose(layer.param_grads[0], x.T @ inner, rtol=1e-12)
    np.testing.assert_allclose(
        layer.param_grads[1], inner.sum(axis=0, keepdims=True), rtol=1e-12
    )
    np.testing.assert_array_equal(gradient, before)


def test_the_lists_of_the_notebook():
    layer = MyDense(2, gn.Tanh())
    layer.forward(x_of())
    assert layer.params[0] is layer.W
    assert layer.params[1] is layer.B
    layer.backward(np.ones((4, 2)))
    assert [g.shape for g in layer.param_grads] == [(3, 2), (1, 2)]
    assert type(layer.params) is type(layer.param_grads) is list
    assert [type(p) for p in layer.parameters] == [gn.Parameter] * 2
    for parameter, gradient in zip(layer.parameters, layer.param_grads, strict=True):
        assert parameter.grad is gradient
    for operation in layer.operations[:2]:
        assert operation.param_grad is not None
    # filled afresh when asked to
    layer.params, layer.param_grads = [], []
    layer._params()
    layer._param_grads()
    assert len(layer.params) == len(layer.param_grads) == 2


def test_a_step_written_as_in_the_notebook_is_seen():
    layer, x = MyDense(2), x_of()
    layer.forward(x)
    layer.backward(np.ones((4, 2)))
    for param, gradient in zip(layer.params, layer.param_grads, strict=True):
        param -= 0.1 * gradient
    np.testing.assert_allclose(layer.forward(x), x @ layer.W + layer.B, rtol=1e-14)


def test_set_up_once_and_built_once():
    layer = MyDense(2)
    layer.forward(x_of())
    graph, nodes, operations = layer.graph, len(layer.graph), list(layer.operations)
    for rows in (1, 7, 4):
        assert layer.forward(x_of(rows)).shape == (rows, 2)
        assert layer.backward(np.ones((rows, 2))).shape == (rows, 3)
    assert layer.set_ups == 1
    assert not layer.first
    assert layer.graph is graph
    assert len(graph) == nodes
    assert all(a is b for a, b in zip(operations, layer.operations, strict=True))


def test_operations_become_their_bound_copies():
    activation = gn.Sigmoid()
    layer = MyDense(2, activation)
    layer.forward(x_of())
    assert [op.name for op in layer.operations] == [
        "my_dense_1/weight_multiply",
        "my_dense_1/bias_add",
        "my_dense_1/sigmoid",
    ]
    assert layer.operations[2] is not activation
    assert layer.activation is activation
    assert not activation.id  # a recipe still
    assert all(op in layer.graph for op in layer.operations)
    assert {op.scope for op in layer.operations} == {("my_dense_1",)}
    assert layer.operations[2].output is layer.output


def test_first_starts_afresh():
    layer = MyDense(2)
    layer.forward(x_of())
    weights = layer.W
    layer.first = True
    with pytest.raises(gn.NotRunError):
        layer.backward(np.ones((4, 2)))
    x = x_of(5, 6)
    np.testing.assert_allclose(layer.forward(x), x @ layer.W + layer.B, rtol=1e-14)
    assert layer.set_ups == 2
    assert layer.W is not weights
    assert [p.shape for p in layer.params] == [(6, 2), (1, 2)]
    assert layer.backward(np.ones((5, 2))).shape == (5, 6)


def test_forgetting_super_init():
    layer = Forgetful(2)
    assert layer.first
    np.testing.assert_array_equal(layer.forward(np.ones((4, 3))), np.full((4, 2), 3.0))
    np.testing.assert_array_equal(layer.backward(np.ones((4, 2))), np.full((4, 3), 2.0))
    assert [g.shape for g in layer.param_grads] == [(3, 2)]
    net = gn.NeuralNetwork([Forgetful(2), Forgetful(1)], gn.MeanSquaredError())
    assert net.forward(np.ones((4, 3))).shape == (4, 1)


def test_one_activation_object_in_many_layers_and_twice_in_one():
    class Twice(gn.Layer):
        def _setup_layer(self, input_):
            self.operations = [shared, gn.WeightMultiply(weights), shared]

    shared = gn.Sigmoid()
    weights = np.random.default_rng(0).standard_normal((3, 2))
    layer, x = Twice(2), x_of()
    output = layer.forward(x)
    inner = sigmoid(x)
    np.testing.assert_allclose(output, sigmoid(inner @ weights), rtol=1e-14)
    gradient = np.ones((4, 2))
    g = gradient * output * (1 - output)
    np.testing.assert_allclose(
        layer.backward(gradient), (g @ weights.T) * inner * (1 - inner), rtol=1e-12
    )
    np.testing.assert_allclose(layer.param_grads[0], inner.T @ g, rtol=1e-12)

    first, second = MyDense(5, shared), MyDense(2, shared)
    hidden = first.forward(x)
    second.forward(hidden)
    input_grad = first.backward(second.backward(gradient))

    def value(a):
        hidden = sigmoid(a @ first.W + first.B)
        return np.sum(sigmoid(hidden @ second.W + second.B))

    np.testing.assert_allclose(input_grad, slopes(value, x), rtol=1e-6, atol=1e-9)


def slopes(function, array, step=1e-6):
    """Central differences of a function of one array, with respect to it."""
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = function(array)
        array[index] = kept - step
        gradient[index] = (above - function(array)) / (2 * step)
        array[index] = kept
    return gradient


def test_on_nodes_twice_shares_the_weights():
    layer = MyDense(3, gn.Tanh())
    x = gn.Input("x", value=x_of())
    once = layer(x)
    twice = layer(once)
    assert once.scope == twice.scope == ("my_dense_1",)
    assert layer.set_ups == 1
    assert len(x.graph.parameters) == 2
    loss = np.sum(twice)
    loss.graph.backward(loss, wrt=x)

    def value(W):
        return np.sum(np.tanh(np.tanh(x.output @ W + layer.B) @ W + layer.B))

    np.testing.assert_allclose(
        layer.parameters[0].grad, slopes(value, layer.W), rtol=1e-6, atol=1e-9
    )
    layer._param_grads()
    assert layer.param_grads[0] is layer.parameters[0].grad


def test_on_nodes_and_on_arrays_share_the_weights():
    layer, x = MyDense(2), x_of()
    on_arrays = layer.forward(x)
    node = gn.Input("x", value=x)
    on_nodes = layer(node)
    np.testing.assert_array_equal(on_nodes.output, on_arrays)
    assert on_nodes.graph is node.graph
    assert on_nodes.graph is not layer.graph
    layer.params[0][...] = 0
    np.testing.assert_array_equal(layer.forward(x), np.repeat(layer.B, 4, axis=0))
    np.testing.assert_array_equal(
        node.graph.forward(target=on_nodes), np.repeat(layer.B, 4, axis=0)
    )
    layer.forward(x)
    assert layer.backward(np.ones((4, 2))).shape == (4, 3)


def test_the_last_use_is_shown():
    layer = MyDense(2)
    for rows, use in enumerate(
        [layer.forward, lambda x: layer(gn.Input("x", value=x)), layer.forward], 2
    ):
        use(x_of(rows))
        np.testing.assert_array_equal(layer.input_, x_of(rows))
        assert layer.output.shape == (rows, 2)


def test_the_mode_of_the_first_pass():
    class Mode(gn.Operation):
        def _output(self):
            return self.input_ * (2.0 if self.training else 1.0)

    for training, factor in ((True, 2.0), (False, 1.0)):
        layer = gn.Activation(Mode())
        for _ in range(2):
            output = layer.forward(x_of(), training=training)
            np.testing.assert_array_equal(output, x_of() * factor)


def test_layers_called_on_nodes_get_their_own_scopes():
    x = gn.Input("x", value=x_of())
    y = MyDense(2)(MyDense(3, gn.Tanh())(x))
    assert [n.name for n in y.graph.order() if n.kind == "operation"] == [
        "my_dense_1/weight_multiply",
        "my_dense_1/bias_add",
        "my_dense_1/tanh",
        "my_dense_2/weight_multiply",
        "my_dense_2/bias_add",
    ]


def test_set_up_needs_a_shape():
    layer, x = MyDense(2), gn.Input("x")
    with pytest.raises(gn.ShapeError, match=r"x .*no value"):
        layer(x)
    assert layer.first
    layer(gn.Input("x", value=x_of()))
    # a layer that knows its weights needs no value
    y = layer(x)
    assert y.output is None
    assert y.graph.forward({x: x_of(6)}, target=y).shape == (6, 2)


def test_a_node_does_not_go_into_forward():
    layer, x = MyDense(2), gn.Input("x", value=x_of())
    with pytest.raises(gn.ArgumentError, match="node"):
        layer.forward(x)
    assert layer(x).shape == (4, 2)


def test_the_source_is_the_users_line():
    layer = MyDense(2)
    line = layer._source.line
    output = layer(gn.Input("x", value=x_of()))
    assert output.source.file == __file__
    assert output.source.line == line


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))]
)
def test_copies_are_alive_and_apart(copied):
    layer, x = MyDense(2, gn.Tanh()), x_of()
    layer.forward(x)
    layer.backward(np.ones((4, 2)))
    twin = copied(layer)
    np.testing.assert_array_equal(twin.forward(x), layer.forward(x))
    np.testing.assert_array_equal(
        twin.backward(np.ones((4, 2))), layer.backward(np.ones((4, 2)))
    )
    np.testing.assert_equal(twin.param_grads, layer.param_grads)
    twin.params[0][...] = 0
    assert layer.params[0].any()
    assert not np.array_equal(twin.forward(x), layer.forward(x))
    fresh = copied(MyDense(2))
    assert fresh.forward(x).shape == (4, 2)
