"""Layers in a row as one layer, shortcuts, rows reshaped."""

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def test_a_row_is_what_a_network_does():
    x, y = numbers(6, 3), numbers(6, 1)
    flat = gn.NeuralNetwork([gn.Dense(4, "tanh"), gn.Dense(1)], gn.MeanSquaredError())
    row = gn.Sequential(gn.Dense(4, "tanh"), gn.Dense(1))
    nested = gn.NeuralNetwork([row], gn.MeanSquaredError())
    flat.forward(x)
    nested.forward(x)
    for parameter, array in zip(nested.parameters, flat.params(), strict=True):
        parameter.value = array
    assert nested.train_batch(x, y) == flat.train_batch(x, y)
    for one, other in zip(nested.param_grads(), flat.param_grads(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_row_can_be_looked_at():
    row = gn.Sequential([gn.Dense(4), "relu", gn.Sequential(gn.Dense(2))])
    assert len(row) == 3
    assert row[0].neurons == 4
    assert [type(layer).__name__ for layer in row] == [
        "Dense",
        "Activation",
        "Sequential",
    ]
    assert repr(row) == "<Sequential: 3 layers>"
    row.forward(numbers(5, 3))
    names = [node.name for node in row.graph.nodes if node.kind == "operation"]
    assert names[-1] == "sequential_1/sequential_1/dense_1/bias_add"


def test_several_inputs_at_the_beginning_and_outputs_in_between():
    class Swap(gn.Layer):
        def _connect(self, one, other):
            return other * 2.0, one

    class Join(gn.Layer):
        def _connect(self, one, other):
            return one - other

    row = gn.Sequential(Swap(), Swap(), Join())
    one, other = numbers(5, 3), numbers(5, 3, seed=1)
    np.testing.assert_array_equal(row.forward(one, other), one * 2.0 - other * 2.0)
    grads = row.backward(np.ones((5, 3)))
    np.testing.assert_array_equal(grads, [np.full((5, 3), 2.0), np.full((5, 3), -2.0)])
    with pytest.raises(gn.ArgumentError, match="Swap takes 2 inputs, 1 given"):
        gn.Sequential(Swap()).forward(one)


def test_residual():
    block = gn.Residual(gn.Dense(8, "relu"), gn.Dense(3))
    x = numbers(5, 3)
    output = block.forward(x)
    w1, b1, w2, b2 = block.params
    np.testing.assert_allclose(
        output, np.maximum(x @ w1 + b1, 0) @ w2 + b2 + x, rtol=1e-12
    )
    assert gn.check_gradients(gn.Residual(gn.Dense(3, "tanh")), x).ok


def test_residual_with_a_shortcut():
    block = gn.Residual([gn.Dense(8, "tanh"), gn.Dense(2)], shortcut=gn.Dense(2))
    x = numbers(5, 3)
    output = block.forward(x)
    w1, b1, w2, b2, w3, b3 = block.params
    np.testing.assert_allclose(
        output, np.tanh(x @ w1 + b1) @ w2 + b2 + x @ w3 + b3, rtol=1e-12
    )


@pytest.mark.parametrize("columns", [1, 4])
def test_residual_of_two_shapes(columns):
    net = gn.NeuralNetwork([gn.Residual(gn.Dense(columns))], gn.MeanSquaredError())
    with pytest.raises(gn.ShapeError, match=r"Residual: the layers give shape \(5, "):
        net.forward(numbers(5, 3))
    assert net.graph is None


def test_flatten_and_reshape():
    x = numbers(5, 2, 3)
    flat = gn.Flatten()
    np.testing.assert_array_equal(flat.forward(x), x.reshape(5, 6))
    assert flat.backward(np.ones((5, 6))).shape == (5, 2, 3)
    assert flat.forward(numbers(2, 2, 3)).shape == (2, 6)
    assert gn.Flatten().forward(numbers(5)).shape == (5, 1)
    back = gn.Reshape((3, -1))
    assert back.forward(x.reshape(5, 6)).shape == (5, 3, 2)
    assert back.forward(numbers(1, 6)).shape == (1, 3, 2)
    assert gn.Reshape(6).forward(x).shape == (5, 6)


def test_rows_that_do_not_fit():
    for row_shape in ((4, 2), (4, -1)):
        with pytest.raises(gn.ShapeError, match="have 6 elements, and do not fit"):
            gn.Reshape(row_shape).forward(numbers(5, 6))
    for row_shape in (0, (2, 0), (2.0, 3), (2, -3), "8", (True, 6)):
        with pytest.raises(gn.ArgumentError, match="whole numbers from 1 on"):
            gn.Reshape(row_shape)
    with pytest.raises(gn.ArgumentError, match="only one size may be -1"):
        gn.Reshape((-1, -1))


def test_what_is_no_layer():
    for kind in (gn.Sequential, gn.Residual):
        with pytest.raises(gn.ArgumentError, match="has at least one layer"):
            kind()
        with pytest.raises(gn.ArgumentError, match="3 is not a Layer"):
            kind(gn.Dense(1), 3)
        with pytest.raises(gn.ArgumentError, match="Dense is a class, not a layer"):
            kind(gn.Dense)
        with pytest.raises(gn.ArgumentError, match="unknown activation"):
            kind("rellu")
