"""Layers that fail or are misused: nothing is half-changed, the error says what."""

import copy

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


# -- failures --------------------------------------------------------------------------
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


# -- what cannot be a layer ------------------------------------------------------------
class Holds(gn.Layer):
    def __init__(self, **parts):
        vars(self).update(parts)
        self.dense = gn.Dense(3)

    def _connect(self, input_):
        return self.dense(input_)


def test_a_layer_that_contains_itself():
    itself = Holds()
    itself.again = {"deep": [itself]}
    parent = Holds()
    parent.child = Holds(parent=parent)
    for layer, path in ((itself, "Holds > Holds"), (parent, "Holds > Holds > Holds")):
        for use in (
            lambda layer: layer.forward(numbers(4, 3)),
            lambda layer: layer(gn.Input("x", value=numbers(4, 3))),
            lambda layer: layer.parameters,
            lambda layer: setattr(layer, "trainable", False),
            lambda layer: gn.NeuralNetwork([layer], gn.MeanSquaredError()).params(),
        ):
            with pytest.raises(gn.ArgumentError, match=f"contains itself: {path}\n"):
                use(layer)
    del itself.again
    assert itself.forward(numbers(4, 3)).shape == (4, 3)


def test_a_layer_that_many_share_is_gone_through_once():
    layer = shared = gn.Dense(3)
    for _ in range(40):  # 2**40 ways lead to it
        layer = Holds(one=layer, other=layer)
    layer.forward(numbers(4, 3))
    assert len(layer.parameters) == 2
    layer.trainable = False
    assert not shared.trainable


def test_a_network_is_no_part_of_a_layer():
    teacher = gn.NeuralNetwork([gn.Dense(3)], gn.MeanSquaredError(), seed=0)
    teacher.predict(numbers(4, 3))
    student = Holds(teacher=teacher)
    student.forward(numbers(4, 3))
    assert len(student.parameters) == 2
    assert student.sublayers == [student.dense]
    with pytest.raises(gn.ArgumentError, match=r"is a network, .*\n.*gn\.Sequential"):
        gn.NeuralNetwork([teacher], gn.MeanSquaredError())
    with pytest.raises(gn.ArgumentError, match="layers is a list of layers"):
        gn.NeuralNetwork(teacher, gn.MeanSquaredError())
    for layers in (3, None):
        with pytest.raises(gn.ArgumentError, match="layers is a list of layers"):
            gn.NeuralNetwork(layers, gn.MeanSquaredError())


def test_parts_in_lists_of_lists():
    class Grid(gn.Layer):
        def __init__(self):
            self.rows = [[gn.Dense(3), gn.Dense(3)], ({"last": gn.Dense(2)}, "text", 3)]

        def _connect(self, input_):
            for layer in self.rows[0]:
                input_ = layer(input_)
            return self.rows[1][0]["last"](input_)

    grid = Grid()
    assert len(grid.sublayers) == 3
    grid.trainable = False
    net = gn.NeuralNetwork([grid], gn.MeanSquaredError(), seed=0)
    net.train_batch(numbers(4, 3), numbers(4, 2))
    assert net.param_grads() == [None] * 6
    grid.trainable = True
    net.train_batch(numbers(4, 3), numbers(4, 2))
    assert all(gradient is not None for gradient in net.param_grads())
    twin = copy.deepcopy(net)
    assert twin.layers[0].rows[0][0] is not grid.rows[0][0]
    assert len(twin.parameters) == 6


# -- what _connect may not do ----------------------------------------------------------
def test_weights_that_no_optimizer_would_see():
    class InPassing(gn.Layer):
        def _connect(self, input_):
            return gn.Dense(2)(input_)

    class ArrayOnly(gn.Layer):
        def _setup_layer(self, input_):
            self.W = np.ones((input_.shape[1], 2))

        def _connect(self, input_):
            return gn.WeightMultiply(self.W)(input_)

    class InASet(gn.Layer):
        def __init__(self):
            self.inner = {gn.Dense(2)}

        def _connect(self, input_):
            return next(iter(self.inner))(input_)

    for kind, weight in ((InPassing, "dense_1/w"), (ArrayOnly, "w"), (InASet, "dense")):
        message = rf"{kind.__name__}\._connect made .* does not keep, .*{weight}"
        layer = kind()
        with pytest.raises(gn.ArgumentError, match=message):
            layer.forward(numbers(4, 3))
        assert layer.first
        net = gn.NeuralNetwork([gn.Dense(3), kind()], gn.MeanSquaredError())
        with pytest.raises(gn.ArgumentError, match="lists, tuples and dicts of layers"):
            net.forward(numbers(4, 3))
        assert net.graph is None
    x = gn.Input("x", value=numbers(4, 3))
    with pytest.raises(gn.ArgumentError, match="does not keep"):
        InPassing()(x)
    assert list(x.graph.nodes) == [x]


def test_parts_made_again_in_each_use():
    class Layers(gn.Layer):
        def _connect(self, input_):
            self.inner = gn.Dense(3)
            return self.inner(input_)

    class Rows(gn.Layer):
        def _connect(self, input_):
            self.operations = [gn.Dense(3)]
            return super()._connect(input_)

    class Weights(gn.Layer):
        def _connect(self, input_):
            self.weight = gn.Parameter(np.ones((3, 3)), name="weight")
            return input_ @ self.weight

    class Operations(gn.Layer):
        def _connect(self, input_):
            self.operations = [gn.WeightMultiply(np.ones((3, 3)))]
            return super()._connect(input_)

    for kind, name in ((Layers, "Dense"), (Rows, "Dense"), (Weights, "weight")):
        layer = kind()
        x = gn.Input("x", value=numbers(4, 3))
        once = layer(x)
        count = len(x.graph)
        message = rf"{kind.__name__}\._connect made parts again .*{name}"
        with pytest.raises(gn.ArgumentError, match=message):
            layer(once)
        assert len(x.graph) == count
    layer = Operations()
    once = layer(gn.Input("x", value=numbers(4, 3)))
    with pytest.raises(gn.ArgumentError, match="made parts again"):
        layer(once)


def test_a_parameter_of_another_layer_may_be_used():
    shared = gn.Parameter(np.full((3, 3), 0.5), name="shared")

    class Uses(gn.Layer):
        def __init__(self, other):
            self.other = other

        def _connect(self, input_):
            return input_ @ shared @ np.transpose(self.other.weight)

    dense = gn.Dense(3)
    net = gn.NeuralNetwork([dense, Uses(dense)], gn.MeanSquaredError(), seed=0)
    net.train_batch(numbers(4, 3), numbers(4, 3))
    assert len(net.params()) == 2
    assert shared.grad is not None


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, r"returned None, not a node\nIs a return missing\?"),
        ([], r"returned \[\], not a node\nReturn the last node, or a tuple"),
        (gn.Sigmoid(), r"a recipe and not a node yet\nCall it on a node"),
        (gn.Sigmoid, "not a node"),
        (gn.Parameter([1.0]), r"which belongs to no graph\n"),
        ((gn.Constant(1.0),), "which belongs to no graph"),
    ],
)
def test_what_connect_returns(returned, message):
    class Wrong(gn.Layer):
        def _connect(self, input_):
            return returned

    with pytest.raises(gn.ArgumentError, match=rf"Wrong\._connect .*{message}"):
        Wrong().forward(numbers(4, 3))


def test_a_recipe_is_no_input():
    with pytest.raises(gn.ArgumentError, match="Dense was called on <Sigmoid recipe>"):
        gn.Dense(2)(gn.Sigmoid())


def test_a_layer_may_hand_its_input_on():
    class Same(gn.Layer):
        def _connect(self, input_):
            return input_

    layer, x = Same(), numbers(4, 3)
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)
    assert layer.forward(x[:2]).shape == (2, 3)
    net = gn.NeuralNetwork([Same()], gn.MeanSquaredError())
    assert net.train_batch(x, x) == 0
