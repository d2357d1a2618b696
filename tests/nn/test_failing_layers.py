"""Layers that fail: nothing is half-changed, and the next try is as a first one."""

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


class Fails(gn.Layer):
    """Fails after all its parts are set up, while it is told to."""

    def __init__(self):
        self.before, self.inside, self.fail = gn.Dense(3), [[gn.Dense(3)], {}], True

    def _setup_layer(self, input_):
        self.inside[1]["made"] = gn.Dense(2, "tanh")
        self.scale = gn.Parameter(self.rng.normal(size=2), name="scale")

    def _connect(self, input_):
        value = self.inside[1]["made"](self.inside[0][0](self.before(input_)))
        if self.fail:
            raise RuntimeError("on purpose")
        return value * self.scale


def test_graphs_that_met_in_a_layer_that_fails_keep_their_nodes():
    weight = gn.Parameter(np.ones(3), name="weight")
    third = gn.Input("third", value=numbers(2, 3)) * 4.0

    class Meets(gn.Layer):
        def _setup_layer(self, one, other):
            self.scale = gn.Parameter(np.ones(3), name="scale")

        def _connect(self, one, other):
            one + other * weight * self.scale + third
            raise RuntimeError("on purpose")

    one = gn.Input("one", value=numbers(2, 3)) * 2.0
    other = gn.Input("other", value=numbers(2, 3, seed=1)) * 3.0
    layer = Meets()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="on purpose"):
            layer(one, other)
        for node, factor in ((one, 2.0), (other, 3.0), (third, 4.0)):
            assert node in node.graph
            value = node.graph.forward(target=node)
            np.testing.assert_array_equal(value, node.inputs[0].output * factor)
        kinds = [node.kind for node in one.graph.nodes]
        assert "parameter" not in kinds
        assert kinds.count("operation") == 3


def test_an_array_given_to_a_layer_that_fails_leaves_no_input():
    with gn.Graph() as graph, pytest.raises(RuntimeError, match="on purpose"):
        Fails()(numbers(4, 3))
    assert len(graph) == 0


def test_after_a_failure_the_names_are_those_of_a_first_try():
    class Inner(gn.Layer):
        fail = True

        def _connect(self, input_):
            if self.fail:
                raise RuntimeError("on purpose")
            return input_ * 1.0

    class Outer(gn.Layer):
        def _setup_layer(self, input_):
            self.inner = Inner()

        def _connect(self, input_):
            return self.inner(input_)

    layer, x = Outer(), gn.Input("x", value=numbers(4, 3))
    with pytest.raises(RuntimeError, match="on purpose") as caught:
        layer(x)
    Inner.fail = False
    assert layer(x).scope == ("outer_1", "inner_1")
    assert caught.value.__traceback__  # whose frames hold the first inner layer


@pytest.mark.parametrize("times", [1, 2])
def test_after_a_failure_the_weights_are_those_of_a_first_try(times):
    x = numbers(4, 3)
    layer, other = Fails(), Fails()
    layer.rng, other.rng = np.random.default_rng(1), np.random.default_rng(1)
    for rng in (layer.rng, other.rng):
        rng.spawn(2)  # as a network does that has set others up
    containers = layer.inside, layer.inside[0], layer.inside[1]
    for _ in range(times):
        with pytest.raises(RuntimeError, match="on purpose"):
            layer.forward(x)
        assert layer.first
        assert layer.before.first
        assert layer.name is layer.before.name is None
        assert layer.inside[1] == {}
        assert not hasattr(layer, "scale")
        assert len(layer.parameters) == 0
    layer.fail = other.fail = False
    np.testing.assert_array_equal(layer.forward(x), other.forward(x))
    np.testing.assert_equal(layer.params, other.params)
    assert len(layer.params) == 7
    # whoever holds the lists still holds those of the layer
    assert containers[0] is layer.inside
    assert containers[1] is layer.inside[0]
    assert containers[2] is layer.inside[1]
    assert [p.name for p in layer.parameters] == [p.name for p in other.parameters]


def test_after_a_failure_a_network_starts_as_at_once():
    def network():
        layers = [gn.Dense(4), gn.Dropout(0.5), Fails()]
        return gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=3)

    net, other = network(), network()
    x, y = numbers(4, 3), numbers(4, 2)
    with pytest.raises(RuntimeError, match="on purpose") as caught:  # it holds frames
        net.train_batch(x, y)
    assert caught.value
    assert net.graph is None
    net.layers[-1].fail = other.layers[-1].fail = False
    assert net.train_batch(x, y) == other.train_batch(x, y)
    np.testing.assert_equal(net.params(), other.params())
    names = [node.name for node in net.graph.nodes]
    assert names == [node.name for node in other.graph.nodes]


def test_a_generator_of_ones_own_stays_that_of_the_layer():
    rng = np.random.default_rng(5)
    layer = gn.Dense(3, weight_init=lambda rng, shape: rng.normal(size=(9, 9)))
    layer.rng = rng
    for _ in range(2):
        with pytest.raises(gn.GraphnnError):
            layer.forward(numbers(4, 2))
    assert layer.rng is rng
    np.testing.assert_array_equal(rng.normal(), np.random.default_rng(5).normal())


def test_what_is_no_generator():
    layer = gn.Dense(3)
    with pytest.raises(gn.ArgumentError, match=r"rng='one' is no seed"):
        layer.rng = "one"


def test_a_loss_that_cannot_be_leaves_the_values_of_the_last_pass():
    net = gn.NeuralNetwork(
        [gn.Dense(3), gn.Dropout(0.5), gn.Dense(2)], gn.MeanSquaredError(), seed=0
    )
    output = net.forward(numbers(5, 3), training=True).copy()
    before = [(node, node.output) for node in net.graph.nodes]
    with pytest.raises(gn.ShapeError, match=r"the target \(4, 7\)"):
        net.train_batch(numbers(4, 3), numbers(4, 7))
    assert all(node.output is value for node, value in before)
    assert [node for node, _ in before] == list(net.graph.nodes)
    assert net.graph.training
    np.testing.assert_array_equal(net.layers[-1].output, output)
    net.backward(np.ones((5, 2)))
    assert net.train_batch(numbers(4, 3), numbers(4, 2)) > 0


class TwoOutputs(gn.Layer):
    """The gradient of the second one can fail."""

    def __init__(self):
        self.one, self.other, self.double = gn.Dense(2), gn.Dense(2), Double()

    def _connect(self, input_):
        return self.one(input_), self.double(self.other(input_))


class Double(gn.Operation):
    def _output(self):
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        if output_grad.max() > 9:
            raise RuntimeError("on purpose")
        return output_grad * 2.0


@pytest.mark.parametrize("in_a_network", [False, True])
@pytest.mark.parametrize("wrong", [np.ones((3, 2)), np.full((4, 2), 10.0), "text"])
def test_one_of_two_gradients_that_fails_leaves_both(in_a_network, wrong):
    thing = layer = TwoOutputs()
    if in_a_network:
        thing = gn.NeuralNetwork([layer], lambda one, other, y: np.sum(one * y))
    thing.forward(numbers(4, 3))
    thing.backward((np.ones((4, 2)), np.ones((4, 2))))
    before = [(p, p.grad) for p in thing.parameters]
    outputs = [(node, node.output_grad) for node in layer._ends.inputs]
    with pytest.raises((gn.GraphnnError, RuntimeError)):
        thing.backward((np.full((4, 2), 5.0), wrong))
    assert all(p.grad is gradient for p, gradient in before)
    assert all(node.output_grad is gradient for node, gradient in outputs)
    thing.backward((None, np.ones((4, 2))))


def test_a_first_training_pass_whose_states_fail_moves_none():
    class Wrong(gn.Operation):
        def __init__(self, state):
            self.states = (state,)

        def _output(self):
            return self.input_ * 1.0

        def _input_grad(self, output_grad):
            return output_grad

        def _next_states(self, state):
            return state

    class Block(gn.Layer):
        def __init__(self):
            self.dropout, self.state = gn.Dropout(0.5), gn.State(1.0)

        def _connect(self, input_):
            return Wrong(self.state)(self.dropout(input_))

    block = Block()
    for _ in range(2):
        with pytest.raises(gn.GradientError, match="not a tuple of 1"):
            block.forward(numbers(4, 3), training=True)
        assert [float(state.value) for state in block.states] == [0.0, 1.0]
    assert block.forward(numbers(4, 3)).shape == (4, 3)
