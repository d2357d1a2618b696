"""What networks are fed: several inputs, of several dtypes, and what is refused."""

import numpy as np
import pytest

import graphnn as gn


class TwoTowers(gn.Layer):
    def __init__(self):
        self.left, self.right = gn.Dense(2), gn.Dense(2)

    def _connect(self, one, other):
        return self.left(one) * self.right(other)


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def pair(rows=5):
    return numbers(rows, 3, seed=1), numbers(rows, 2, seed=2)


@pytest.mark.parametrize("given", [list, dict, "lists"])
def test_several_inputs_that_are_no_tuple_of_arrays(given):
    one, other = pair()
    X = {list: [one, other], dict: {"one": one, "other": other}}.get(given)
    X = (one.tolist(), other.tolist()) if X is None else X
    for is_first in (True, False):
        net = gn.NeuralNetwork([TwoTowers()], gn.MeanSquaredError())
        if not is_first:
            net.forward((one, other))
        with pytest.raises(
            gn.ArgumentError, match=r"\nSeveral inputs or targets are a"
        ):
            net.forward(X)
        with pytest.raises(
            gn.ArgumentError, match=r"\nSeveral inputs or targets are a"
        ):
            gn.Trainer(net, gn.SGD(0.1)).fit(X, one)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1.0, 2.0], [3.0]], r"X is no array: .*\nAre the rows of equal length"),
        ([np.ones(2), np.ones(3)], r"X is no array: .*\nAre the rows of equal length"),
        ({"a": 1}, "^X is of type dict, not an array$"),
        ((row for row in np.ones((2, 2))), "^X is of type generator, not an array$"),
    ],
)
def test_what_is_no_batch(X, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError()).forward(X)


def test_inputs_of_several_dtypes():
    class Look(gn.Layer):
        def __init__(self):
            self.look, self.dense = gn.Embedding(5, 3), gn.Dense(3)

        def _connect(self, ids, features):
            return self.look(ids) + self.dense(features)

    net = gn.NeuralNetwork([Look()], gn.MeanSquaredError(), seed=0)
    for rows in (4, 3):
        ids = np.arange(rows)
        net.train_batch((ids, numbers(rows, 2)), numbers(rows, 3))
        assert [node.dtype for node in net._inputs] == [ids.dtype, np.float64]
        assert all(gradient is not None for gradient in net.param_grads())
    layer = Look()
    layer.forward(ids, numbers(3, 2))
    grads = layer.backward(np.ones((3, 3)))
    assert grads[0] is None
    assert grads[1].shape == (3, 2)


def test_each_row_needs_its_target_whatever_the_loss():
    net = gn.NeuralNetwork([gn.Dense(2)], lambda p, t: np.mean((p - t) ** 2))
    for y in (numbers(1, 2), numbers(4, 2)):
        with pytest.raises(gn.ShapeError, match="each row needs its target"):
            net.train_batch(numbers(6, 3), y)
    assert net.graph is None


def test_ids_of_another_number():
    layers = [gn.Embedding(9, 3), gn.Dense(2)]
    net = gn.NeuralNetwork(layers, lambda p, t: np.mean((p - t[:, None]) ** 2))
    for length in (4, 7, 1):
        ids = np.arange(2 * length).reshape(2, length) % 9
        assert net.predict(ids).shape == (2, length, 2)
        assert net.train_batch(ids, numbers(2, 2)) > 0
