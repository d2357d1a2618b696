"""What a network takes as its loss, and predictions in batches."""

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def squared(prediction, target):
    return np.mean((prediction - target) ** 2)


@pytest.mark.parametrize(
    ("loss", "says"),
    [
        ("mse", "Here it is gn.MeanSquaredError()."),
        ("categorical_crossentropy", "Here it is gn.SoftmaxCrossEntropy()."),
        ("what", "For example gn.MeanSquaredError()"),
        ([squared, squared], "one function of all predictions"),
        (3, "For example"),
        (gn.Dense, "For example"),
    ],
)
def test_what_is_no_loss(loss, says):
    with pytest.raises(gn.ArgumentError) as caught:
        gn.NeuralNetwork([gn.Dense(1)], loss)
    assert says in str(caught.value)


def test_another_loss_after_the_first_batch():
    net = gn.NeuralNetwork([gn.Dense(3)], gn.MeanSquaredError(), seed=0)
    x, y = numbers(5, 4), np.array([0, 1, 2, 1, 0])
    net.train_batch(x, numbers(5, 3))
    weight = net.layers[0].weight
    net.loss = gn.SoftmaxCrossEntropy()
    value = net.train_batch(x, y)
    assert net.layers[0].weight is weight
    assert value == float(gn.SoftmaxCrossEntropy().forward(net.predict(x), y))
    assert [node.name for node in net.graph.nodes][-1] == "softmax_cross_entropy"
    net.loss = "mse"
    with pytest.raises(gn.ArgumentError, match="Here it is"):
        net.train_batch(x, y)


@pytest.mark.parametrize("shapes", [((5, 4), (5,)), ((5, 4), (5, 1, 1))])
def test_a_column_against_a_row_is_warned_of(shapes):
    net = gn.NeuralNetwork([gn.Dense(1)], squared, seed=0)
    with pytest.warns(UserWarning, match=r"matrix of all pairs.*reshape\(-1, 1\)"):
        net.train_batch(numbers(*shapes[0]), numbers(*shapes[1]))


def test_columns_alike_are_not_warned_of():
    net = gn.NeuralNetwork([gn.Dense(2)], squared, seed=0)
    net.train_batch(numbers(5, 4), numbers(5, 2))
    own = gn.NeuralNetwork([gn.Dense(1)], lambda p, t: squared(p, t[:, None]), seed=0)
    with pytest.warns(UserWarning, match="If that is not meant"):
        own.train_batch(numbers(5, 4), numbers(5))


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        ("softmax", gn.SoftmaxCrossEntropy()),
        ("sigmoid", gn.BinaryCrossEntropyWithLogits()),
    ],
)
def test_an_activation_that_the_loss_has_itself_is_warned_of(last, loss):
    net = gn.NeuralNetwork([gn.Dense(2, last)], loss, seed=0)
    with pytest.warns(UserWarning, match="leave the last activation out"):
        net.train_batch(numbers(5, 4), np.eye(2)[[0, 1, 0, 1, 1]])
    plain = gn.NeuralNetwork([gn.Dense(2)], loss, seed=0)
    plain.train_batch(numbers(5, 4), np.eye(2)[[0, 1, 0, 1, 1]])


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_predictions_in_batches(batch_size):
    net = gn.NeuralNetwork([gn.Dense(8, "tanh"), gn.Dense(2)], squared, seed=0)
    x = numbers(7, 4)
    np.testing.assert_allclose(
        net.predict(x, batch_size=batch_size), net.predict(x), rtol=1e-12
    )


def test_predictions_in_batches_of_several_inputs_and_outputs():
    class Both(gn.Layer):
        def _connect(self, one, other):
            return one + other, one * other

    net = gn.NeuralNetwork([Both()], lambda a, b, t: np.mean(a + b - t))
    x = numbers(7, 2), numbers(7, 2, seed=1)
    total, product = net.predict(x, batch_size=3)
    np.testing.assert_array_equal(total, x[0] + x[1])
    np.testing.assert_array_equal(product, x[0] * x[1])
    with pytest.raises(gn.ArgumentError, match="batch_size"):
        net.predict(x, batch_size=0)
