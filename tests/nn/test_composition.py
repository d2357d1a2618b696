"""Layers of layers, with several inputs and outputs, alone and in a network."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn


class TwoTowers(gn.Layer):
    """Two inputs, each through a layer of its own, and a third layer for both."""

    def __init__(self):
        self.left, self.right = gn.Dense(4, "tanh"), gn.Dense(4, "tanh")
        self.head = gn.Dense(2)

    def _connect(self, one, other):
        return self.head(np.concatenate([self.left(one), self.right(other)], axis=1))


class Scaled(gn.Layer):
    """A parameter, a row and a list of layers made in the set-up."""

    def __init__(self, count):
        self.count = count
        self.blocks = []

    def _setup_layer(self, input_):
        self.scale = gn.Parameter(np.full(input_.shape[-1], 2.0), name="scale")
        for _ in range(self.count):
            self.blocks.append(gn.Dense(input_.shape[-1], "tanh"))

    def _connect(self, input_):
        value = input_ * self.scale
        for block in self.blocks:
            value = value + block(value)
        return value


class SumAndDifference(gn.Layer):
    """Two inputs, two outputs."""

    def _connect(self, one, other):
        return one + other, one * other


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def pair(rows=5):
    return numbers(rows, 3, seed=1), numbers(rows, 2, seed=2)


# -- alone -----------------------------------------------------------------------------
def test_several_inputs():
    layer = TwoTowers()
    one, other = pair()
    output = layer.forward(one, other)
    weights = [(p.value, p.name.rpartition("/")[2]) for p in layer.parameters]
    assert [name for _, name in weights] == ["weight", "bias"] * 3
    (w1, b1, w2, b2, w3, b3) = [value for value, _ in weights]
    hidden = np.concatenate([np.tanh(one @ w1 + b1), np.tanh(other @ w2 + b2)], axis=1)
    np.testing.assert_allclose(output, hidden @ w3 + b3, rtol=1e-12)
    grads = layer.backward(np.ones((5, 2)))
    assert [g.shape for g in grads] == [(5, 3), (5, 2)]
    assert [g.shape for g in layer.param_grads] == [p.shape for p in layer.params]
    assert layer.input_[0].shape == (5, 3)
    assert layer.forward(*pair(2)).shape == (2, 2)
    assert gn.check_gradients(TwoTowers(), one, other).ok


def test_several_outputs():
    layer = SumAndDifference()
    a, b = numbers(2, 3), numbers(2, 3, seed=1)
    total, product = layer.forward(a, b)
    np.testing.assert_array_equal(total, a + b)
    np.testing.assert_array_equal(product, a * b)
    g, h = numbers(2, 3, seed=2), numbers(2, 3, seed=3)
    grads = layer.backward((g, h))
    np.testing.assert_array_equal(grads[0], g + h * b)
    np.testing.assert_array_equal(grads[1], g + h * a)
    np.testing.assert_array_equal(layer.backward((None, h))[0], h * b)
    np.testing.assert_array_equal(layer.backward([g, None])[0], g)
    assert gn.check_gradients(layer, a, b).ok


def test_nested_scopes_and_what_they_hold():
    layer = Scaled(2)
    layer.forward(numbers(4, 3))
    names = [node.name for node in layer.graph.nodes if node.kind == "operation"]
    assert names[:2] == ["scaled_1/multiply", "scaled_1/dense_1/weight_multiply"]
    assert "scaled_1/dense_2/tanh" in names
    assert layer.blocks[1].name == "dense_2"
    assert [p.name for p in layer.parameters] == [
        "scaled_1/dense_1/weight",
        "scaled_1/dense_1/bias",
        "scaled_1/dense_2/weight",
        "scaled_1/dense_2/bias",
        "scaled_1/scale",
    ]
    assert layer.sublayers == layer.blocks
    layer.backward(np.ones((4, 3)))
    assert all(g is not None for block in layer.blocks for g in block.param_grads)


def test_two_of_a_kind_in_one_network_have_scopes_of_their_own():
    net = gn.NeuralNetwork([Scaled(1), Scaled(1)], gn.MeanSquaredError(), seed=0)
    net.forward(numbers(4, 3))
    scopes = {node.scope for node in net.graph.nodes if node.scope}
    assert ("scaled_1", "dense_1") in scopes
    assert ("scaled_2", "dense_1") in scopes


def test_the_seed_of_a_network_reaches_every_depth():
    def weights(seed):
        net = gn.NeuralNetwork([Scaled(2), TwoIn()], gn.MeanSquaredError(), seed=seed)
        net.forward(numbers(4, 3))
        return net.params()

    class TwoIn(gn.Layer):
        def __init__(self):
            self.one, self.other = gn.Dense(3), gn.Dense(3)

        def _connect(self, x):
            return self.one(x) + self.other(x)

    first, again, other = weights(1), weights(1), weights(2)
    assert len(first) == 9
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[5], first[7])  # siblings start apart


def test_shared_inside_and_called_twice():
    class Shared(gn.Layer):
        def __init__(self):
            self.inner = gn.Dense(3)

        def _connect(self, x):
            return self.inner(self.inner(x))

    layer = Shared()
    x = numbers(4, 3)
    output = layer.forward(x)
    w, b = layer.params
    np.testing.assert_allclose(output, (x @ w + b) @ w + b, rtol=1e-12)
    assert len(layer.params) == 2
    assert gn.check_gradients(layer).ok


def test_layers_and_names_in_a_row():
    class Row(gn.Layer):
        def _setup_layer(self, input_):
            self.operations = [gn.Dense(4), "relu", gn.Dense(2), gn.Sigmoid]

    row = Row()
    assert row.forward(numbers(5, 3)).shape == (5, 2)
    assert [type(part).__name__ for part in row.operations] == [
        "Dense",
        "ReLU",
        "Dense",
        "Sigmoid",
    ]
    assert len(row.params) == 4


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))]
)
def test_copies_are_alive_and_apart(copied):
    layer = Scaled(2)
    x = numbers(4, 3)
    before = layer.forward(x).copy()
    twin = copied(layer)
    np.testing.assert_array_equal(twin.forward(x), before)
    for parameter in twin.parameters:
        parameter.value += 1
    np.testing.assert_array_equal(layer.forward(x), before)
    assert not np.array_equal(twin.forward(x), before)


def test_states_that_an_operation_brings():
    class Counts(gn.Operation):
        def __init__(self):
            self.states = (gn.State(0, name="count"),)

        def _output(self):
            return self.input_ * 1.0

        def _input_grad(self, output_grad):
            return output_grad * 1.0

        def _next_states(self, count):
            return (count + 1,)

    layer = gn.Activation(Counts())
    net = gn.NeuralNetwork([gn.Sequential(layer)], gn.MeanSquaredError())
    for _ in range(3):
        net.train_batch(numbers(4, 3), numbers(4, 3))
    assert [int(state.value) for state in net.states] == [3]
    assert list(layer.states) == list(net.states)


def test_names_of_ones_own():
    layer = gn.Dense(2)
    layer.name = "head"
    layer.forward(numbers(4, 3))
    assert layer.operations[0].name == "head/weight_multiply"
    with pytest.raises(gn.ArgumentError, match="has its name already"):
        layer.name = "other"
    with pytest.raises(gn.ArgumentError, match="a layer's name is a text"):
        gn.Dense(2).name = 3


def test_freezing():
    net = gn.NeuralNetwork([Scaled(1), gn.Dense(1)], gn.MeanSquaredError(), seed=0)
    net.layers[0].trainable = False  # before it is set up
    net.train_batch(numbers(4, 3), numbers(4, 1))
    frozen = [grad is None for grad in net.param_grads()]
    assert frozen == [True, True, True, False, False]
    net.layers[0].trainable = True
    net.train_batch(numbers(4, 3), numbers(4, 1))
    assert all(grad is not None for grad in net.param_grads())
    net.trainable = False
    net.train_batch(numbers(4, 3), numbers(4, 1))
    assert net.param_grads() == [None] * 5


# -- in a network ----------------------------------------------------------------------
def test_a_network_of_several_inputs_and_outputs():
    class Heads(gn.Layer):
        def __init__(self):
            self.body, self.one, self.other = TwoTowers(), gn.Dense(1), gn.Dense(3)

        def _connect(self, a, b):
            body = self.body(a, b)
            return self.one(body), self.other(body)

    def loss(one, other, target, labels):
        return np.mean((one - target) ** 2) + 0.5 * gn.SoftmaxCrossEntropy()(
            other, labels
        )

    net = gn.NeuralNetwork([Heads()], loss, seed=0)
    y = numbers(5, 1), np.array([0, 2, 1, 1, 0])
    first = net.train_batch(pair(), y)
    one, other = net.predict(pair())
    assert (one.shape, other.shape) == ((5, 1), (5, 3))
    assert all(g is not None for g in net.param_grads())
    assert gn.check_gradients(net.loss).ok
    net.backward((np.ones((5, 1)), None))
    assert net.layers[0].other.param_grads == [None, None]
    history = gn.Trainer(net, gn.SGD(0.1)).fit(
        pair(), y, pair(), y, epochs=20, batch_size=2, seed=0, verbose=False
    )
    assert history["loss"][-1] < first
    assert net.evaluate(pair(), y) < first


def test_a_loss_written_in_numpy():
    net = gn.NeuralNetwork([gn.Dense(1)], lambda p, t: np.mean(np.abs(p - t)), seed=0)
    x, y = numbers(6, 3), numbers(6, 1)
    loss = net.train_batch(x, y)
    assert loss == pytest.approx(np.mean(np.abs(net.predict(x) - y)))


def test_operations_and_names_stand_among_layers():
    net = gn.NeuralNetwork(
        [gn.Dense(4), gn.ReLU(), gn.Dense(4), "tanh", gn.Dense(1), gn.Sigmoid],
        gn.MeanSquaredError(),
    )
    assert net.forward(numbers(5, 3)).shape == (5, 1)
    assert "activation_2/tanh" in [node.name for node in net.graph.nodes]
    assert repr(net.layers[1]) == "<Activation 'activation_1': ReLU>"


def test_sequences_of_another_length():
    net = gn.NeuralNetwork([gn.Dense(2)], gn.MeanSquaredError())
    assert net.forward(numbers(4, 5, 3)).shape == (4, 5, 2)
    assert net.forward(numbers(2, 7, 3)).shape == (2, 7, 2)
    with pytest.raises(gn.ShapeError, match="inner sizes 4 and 3 differ"):
        net.forward(numbers(2, 7, 4))


# -- bad use ---------------------------------------------------------------------------
def test_wrong_numbers_of_inputs_and_gradients():
    layer = TwoTowers()
    layer.forward(*pair())
    with pytest.raises(gn.ArgumentError, match="set up with 2 inputs, 1 given"):
        layer.forward(pair()[0])
    two = SumAndDifference()
    two.forward(numbers(2, 3), numbers(2, 3))
    for wrong in (np.ones((2, 3)), (np.ones((2, 3)),)):
        with pytest.raises(gn.ArgumentError, match="2 outputs: backward takes a tuple"):
            two.backward(wrong)
    with pytest.raises(gn.ArgumentError, match="given no gradient"):
        two.backward((None, None))
    with pytest.raises(gn.ArgumentError, match="TwoTowers takes 2 inputs, 0 given"):
        layer()
    net = gn.NeuralNetwork([TwoTowers()], gn.MeanSquaredError())
    net.forward(pair())
    with pytest.raises(gn.ArgumentError, match=r"X is 1 array, .* set up for 2\nSev"):
        net.forward(pair()[0])
    with pytest.raises(gn.ArgumentError, match=r"X is 3 arrays, .* set up for 2\nSev"):
        net.forward((*pair(), pair()[0]))
    with pytest.raises(gn.ShapeError, match="X holds arrays of 5 and of 4 rows"):
        net.forward((pair()[0], pair(4)[1]))
    assert net.forward(pair(1)).shape == (1, 2)


def test_a_set_up_that_fails_half_way_starts_afresh():
    class Fails(gn.Layer):
        def __init__(self):
            self.first_part, self.fail, self.made = gn.Dense(3), True, []

        def _setup_layer(self, input_):
            self.made.append(gn.Dense(2))

        def _connect(self, x):
            value = self.first_part(x)
            if self.fail:
                raise RuntimeError("on purpose")
            return self.made[0](value)

    layer = Fails()
    x = gn.Input("x", value=numbers(4, 3))
    with pytest.raises(RuntimeError, match="on purpose"):
        layer(x)
    assert len(x.graph) == 1
    assert layer.first
    assert layer.first_part.first
    assert layer.made == []
    layer.fail = False
    assert layer(x).shape == (4, 2)
    assert len(layer.parameters) == 4


@pytest.mark.parametrize("returned", [None, 3.0, np.ones(3), ()])
def test_connect_returns_nodes(returned):
    class Wrong(gn.Layer):
        def _connect(self, x):
            return returned

    with pytest.raises(gn.ArgumentError, match=r"Wrong\._connect returned"):
        Wrong().forward(numbers(2, 2))


def test_a_loss_that_is_no_number():
    for loss in (lambda p, t: p - t, lambda p, t: 3.0):
        net = gn.NeuralNetwork([gn.Dense(2)], loss)
        with pytest.raises(gn.ArgumentError, match="not a node of one number"):
            net.train_batch(numbers(4, 3), numbers(4, 2))
        assert net.predict(numbers(4, 3)).shape == (4, 2)


def test_outputs_that_do_not_share_an_input():
    class Apart(gn.Layer):
        def _connect(self, one, other):
            return one * 2, other * 3

    layer = Apart()
    layer.forward(numbers(2, 3), numbers(2, 3, seed=1))
    one, other = layer.backward((np.ones((2, 3)), np.ones((2, 3))))
    np.testing.assert_array_equal(one, np.full((2, 3), 2.0))
    np.testing.assert_array_equal(other, np.full((2, 3), 3.0))
