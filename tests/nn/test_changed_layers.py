"""Layers that are replaced, added, shared or begun afresh after a graph was built."""

import copy
import functools
import pickle

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def network(seed=0, loss=None):
    row = gn.Sequential(gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dropout(0.5))
    loss = gn.MeanSquaredError() if loss is None else loss
    return gn.NeuralNetwork([row, gn.Dense(2)], loss, seed=seed)


def data(rows=6, columns=3, targets=2):
    return numbers(rows, columns), numbers(rows, targets, seed=1)


class Block(gn.Layer):
    """One layer from the start, one made in the set-up."""

    def __init__(self):
        self.given = gn.Dense(4)

    def _setup_layer(self, input_):
        self.made = gn.Dense(input_.shape[-1])

    def _connect(self, input_):
        return self.made(self.given(input_))


class Optional(gn.Layer):
    """Holds a layer that is not in use."""

    def __init__(self):
        self.used, self.unused = gn.Dense(2), gn.Dense(2)

    def _connect(self, input_):
        return self.used(input_)


# -- first = True ----------------------------------------------------------------------
def test_first_goes_for_the_layers_inside():
    row = gn.Sequential(gn.Dense(4), gn.BatchNorm(), gn.Dropout(0.5), Block())
    row.rng = 0
    row.forward(numbers(6, 3), training=True)
    names = [parameter.name for parameter in row.parameters]
    before = [p.value for p in row.parameters]
    assert [int(s.value.any()) for s in row.states] == [1, 1, 1]
    row.first = True
    assert row[0].first
    assert row[3].given.first
    with pytest.raises(gn.NotRunError, match=r"Run layer\.forward"):
        row.backward(np.ones((6, 4)))
    assert row.forward(numbers(6, 5)).shape == (6, 4)  # of another width
    assert [p.name for p in row.parameters] == names
    assert len(row.states) == 3
    assert row[0].weight.shape == (5, 4)
    assert not np.array_equal(row[3].given.weight.value, before[4])
    np.testing.assert_array_equal(row.states[0].value, np.zeros(4))
    assert row[2].passes.value == 0
    assert row.backward(np.ones((6, 4))).shape == (6, 5)
    assert all(gradient is not None for gradient in row.param_grads)


def test_first_keeps_what_was_frozen():
    row = gn.Sequential(gn.Dense(4), gn.Dense(2))
    row[0].trainable = False
    row.forward(numbers(6, 3))
    row.first = True
    row.forward(numbers(6, 3))
    row.backward(np.ones((6, 2)))
    frozen = [gradient is None for gradient in row.param_grads]
    assert frozen == [True, True, False, False]


def test_first_of_one_layer_inside_another():
    row = gn.Sequential(gn.Dense(4), gn.Dense(2))
    row.forward(numbers(6, 3))
    kept, gone = row[1].weight, row[0].weight
    row[0].first = True
    row.forward(numbers(6, 7))
    assert row[1].weight is kept
    assert row[0].weight is not gone
    assert row[0].weight.shape == (7, 4)


def test_first_of_a_layer_in_a_network():
    net = network()
    x, y = data()
    net.train_batch(x, y)
    graph, last = net.graph, net.layers[1].weight
    net.layers[0].first = True
    assert net.graph is graph
    assert np.isfinite(net.train_batch(numbers(6, 5), y))
    assert net.graph is not graph
    assert net.layers[1].weight is last
    assert net.params()[0].shape == (5, 4)
    assert [int(s.value) for s in net.states if s.ndim == 0] == [1]
    assert not np.any(net.layers[0].first)


# -- layers replaced, added, taken away ------------------------------------------------
@pytest.mark.parametrize("loss", [None, lambda p, t: np.mean((p - t) ** 2)])
def test_another_last_layer(loss):
    net = network(loss=loss)
    trainer = gn.Trainer(net, gn.SGDMomentum(0.1))
    for _ in range(3):
        trainer.step(*data())
    body = list(net.layers[0].parameters)
    net.layers[-1] = gn.Dense(5)
    x, y = data(targets=5)
    assert net.predict(x).shape == (6, 5)
    assert not isinstance(net.loss, gn.Node) or not net.loss.id  # not the old node
    before = [p.value.copy() for p in net.parameters]
    trainer.step(x, y)
    assert len(net.params()) == 6
    for parameter, kept in zip(net.parameters, body, strict=False):
        assert parameter is kept
    for parameter, value in zip(net.parameters, before, strict=True):
        assert not np.array_equal(parameter.value, value)
    assert gn.check_gradients(net, x, y).ok


def test_layers_in_and_out_of_the_list():
    net = gn.NeuralNetwork([gn.Dense(4), gn.Dense(2)], gn.MeanSquaredError(), seed=0)
    x, y = data()
    net.train_batch(x, y)
    net.layers.insert(1, "relu")
    w, b, v, c = net.params()
    np.testing.assert_allclose(net.predict(x), np.maximum(x @ w + b, 0) @ v + c)
    net.layers.append(gn.Dense(2))
    assert len(net.param_grads()) == 4
    net.train_batch(x, y)
    assert all(gradient is not None for gradient in net.param_grads())
    assert len(net.params()) == 6
    del net.layers[-1]
    del net.layers[1]
    np.testing.assert_allclose(net.predict(x), (x @ w + b) @ v + c)
    net.layers = tuple(net.layers[:1])
    np.testing.assert_allclose(net.predict(x), x @ w + b)
    net.layers = []
    for wrong in (x, np.ones((4, 3), int)):
        with pytest.raises(gn.ArgumentError, match="at least one layer"):
            net.predict(wrong)


def test_names_put_in_before_the_first_batch():
    net = gn.NeuralNetwork([gn.Dense(4)], gn.MeanSquaredError(), seed=0)
    net.layers.insert(0, "relu")
    assert net.predict(np.full((3, 2), -1)).tolist() == np.zeros((3, 4)).tolist()


def test_what_is_put_into_a_seeded_network_is_seeded():
    def weights(seed):
        net = network(seed)
        net.train_batch(*data())
        net.layers.append(gn.Dense(2))
        net.train_batch(*data())
        return net.params()[-2]

    np.testing.assert_array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))


def test_a_part_of_a_part_is_replaced():
    block = Block()
    net = gn.NeuralNetwork([gn.Sequential(block)], gn.MeanSquaredError(), seed=0)
    x = numbers(6, 3)
    net.predict(x)
    block.given = gn.Dense(8)
    block.made = gn.Dense(5)
    assert net.predict(x).shape == (6, 5)
    assert [p.shape for p in net.parameters] == [(3, 8), (1, 8), (8, 5), (1, 5)]
    alone = gn.Sequential(block)
    assert alone.forward(x).shape == (6, 5)
    block.made = gn.Dense(2)
    assert alone.forward(x).shape == (6, 2)
    assert alone.backward(np.ones((6, 2))).shape == (6, 3)


def test_weights_tied_after_the_set_up():
    one, other = gn.Dense(3, "tanh"), gn.Dense(3)
    net = gn.NeuralNetwork([one, other], gn.MeanSquaredError(), seed=0)
    x, y = data(targets=3)
    net.train_batch(x, y)
    other.weight = one.weight
    net.train_batch(x, y)
    weight, b, c = net.params()
    np.testing.assert_allclose(
        net.predict(x), np.tanh(x @ weight + b) @ weight + c, rtol=1e-12
    )
    assert len(net.param_grads()) == 3
    assert gn.check_gradients(net, x, y).ok


def test_a_part_comes_where_none_was():
    class Grows(gn.Layer):
        def __init__(self):
            self.rows = {"first": [gn.Dense(3, bias=False)]}

        def _connect(self, input_):
            value = self.rows["first"][0](input_)
            for more in self.rows["first"][1:]:
                value = more(value)
            return value * getattr(self, "scale", 1.0)

    layer = Grows()
    net = gn.NeuralNetwork([layer], gn.MeanSquaredError(), seed=0)
    x, y = data(targets=3)
    net.train_batch(x, y)
    output = net.predict(x)
    layer.rows["first"][0].bias = gn.Parameter(np.ones((1, 3)))
    np.testing.assert_array_equal(net.predict(x), output + 1.0)
    layer.scale = gn.Parameter(np.full(3, 2.0))
    np.testing.assert_array_equal(net.predict(x), (output + 1.0) * 2.0)
    layer.rows["first"].append(gn.Activation("tanh"))
    np.testing.assert_array_equal(net.predict(x), np.tanh(output + 1.0) * 2.0)
    layer.rows["first"][1] = gn.Activation("relu")
    np.testing.assert_array_equal(net.predict(x), np.maximum(output + 1.0, 0) * 2.0)
    net.train_batch(x, y)
    assert len(net.params()) == 3
    assert all(gradient is not None for gradient in net.param_grads())


def test_a_graph_is_kept_where_nothing_has_changed():
    shared = gn.Dense(3, "prelu")
    net = gn.NeuralNetwork(
        [shared, shared, Optional()], lambda p, t: np.sum((p - t) ** 2), seed=0
    )
    x, y = data()
    net.train_batch(x, y)
    graph = net.graph
    for other in (
        lambda: net.train_batch(x, y),
        lambda: net.predict(x),
        lambda: net.evaluate(x[:2], y[:2]),
        lambda: shared.forward(x),
        lambda: shared(gn.Input("x", value=x)),
        lambda: gn.NeuralNetwork([shared], gn.MeanSquaredError()).train_batch(x, x),
        lambda: setattr(net.layers[-1], "note", "text"),
        lambda: copy.deepcopy(net).train_batch(x, y),
        lambda: setattr(net, "trainable", True),
        lambda: gn.check_gradients(net),
    ):
        other()
        net.train_batch(x, y)
        assert net.graph is graph
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        graph = twin.graph
        twin.train_batch(x, y)
        assert twin.graph is graph
    alone = gn.Sequential(gn.Dense(3), gn.Dropout(0.5))
    alone.forward(x, training=True)
    graph = alone.graph
    alone.forward(x)
    assert alone.graph is graph


def test_a_change_that_cannot_be_built_is_refused_until_it_can():
    net = network()
    x, y = data()
    net.train_batch(x, y)
    net.layers.insert(1, gn.Residual(gn.Dense(3)))
    for _ in range(2):
        with pytest.raises(gn.ShapeError, match="Residual"):
            net.train_batch(x, y)
    del net.layers[1]
    assert net.train_batch(x, y) > 0


# -- copies ----------------------------------------------------------------------------
def test_a_copy_is_changed_by_itself():
    net = network(loss=lambda p, t: np.mean((p - t) ** 2))
    x, y = data()
    net.train_batch(x, y)
    twin = copy.deepcopy(net)
    twin.layers[-1] = gn.Dense(2)
    graph = net.graph
    twin.train_batch(x, y)
    net.train_batch(x, y)
    assert net.graph is graph
    assert twin.params()[0] is not net.params()[0]


def square(prediction, target):
    return np.mean((prediction - target) ** 2)


def test_a_local_loss_is_lost_in_a_pickle():
    x, y = data()
    losses = (
        square,
        lambda p, t: square(p, t),
        functools.partial(lambda p, t: square(p, t)),
    )
    for loss, is_kept in zip(losses, (True, False, False), strict=True):
        net = network(loss=loss)
        net.train_batch(x, y)
        twin = pickle.loads(pickle.dumps(net))
        assert twin.train_batch(x, y) == net.train_batch(x, y)
        assert twin.evaluate(x[:3], y[:3]) == net.evaluate(x[:3], y[:3])
        twin.layers.append(gn.Dense(2))
        if is_kept:
            twin.train_batch(x, y)
        else:
            with pytest.raises(gn.ArgumentError, match=r"loss is lost .*\n.*\(network"):
                twin.train_batch(x, y)
            del twin.layers[-1]
            twin.train_batch(x, y)
    with pytest.raises((AttributeError, pickle.PicklingError), match="local"):
        pickle.dumps(network(loss=lambda p, t: square(p, t)))
