"""Layers that are misused: what cannot be a layer, what _connect may not do."""

import copy

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


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
