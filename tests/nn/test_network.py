"""The network: layers and a loss in one graph."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn


def network(seed=0, **settings):
    return gn.NeuralNetwork(
        [gn.Dense(5, "tanh"), gn.Dense(5, "sigmoid"), gn.Dense(2)],
        settings.pop("loss", gn.MeanSquaredError()),
        seed=seed,
    )


def data(rows=8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, 4)), rng.standard_normal((rows, 2))


def train(net, steps=5, lr=0.1):
    """Train on batches of changing size; give the losses."""
    trainer = gn.Trainer(net, gn.SGD(lr))
    return [trainer.step(*data(3 + step, step)) for step in range(steps)]


def by_hand(net, X):
    W1, B1, W2, B2, W3, B3 = net.params()
    return (1 / (1 + np.exp(-(np.tanh(X @ W1 + B1) @ W2 + B2)))) @ W3 + B3


def test_forward_and_predict():
    net, (X, _) = network(), data()
    output = net.forward(X)
    assert type(output) is np.ndarray
    np.testing.assert_allclose(output, by_hand(net, X), rtol=1e-12)
    np.testing.assert_array_equal(net.predict(X), output)
    np.testing.assert_array_equal(net.forward(X.tolist()), output)


def test_forward_loss_and_evaluate():
    net, (X, y) = network(), data()
    loss = net.forward_loss(X, y)
    assert type(loss) is float
    wanted = np.sum((by_hand(net, X) - y) ** 2) / len(X)
    assert loss == pytest.approx(wanted, rel=1e-12)
    assert net.evaluate(X, y) == loss


def test_backward_of_a_loss_gradient():
    net, (X, y) = network(), data()
    prediction = net.forward(X)
    net.backward(2 * (prediction - y) / len(X))
    by_gradient = [gradient.copy() for gradient in net.param_grads()]
    net.train_batch(X, y)
    for one, other in zip(by_gradient, net.param_grads(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_backward_after_predictions_alone_and_after_a_loss():
    net, (X, y) = network(), data()
    net.train_batch(X, y)
    X, y = data(3, 1)
    net.backward(np.zeros_like(net.forward(X)))
    assert all(not gradient.any() for gradient in net.param_grads())


def test_train_batch_changes_no_parameter():
    net, (X, y) = network(), data()
    net.forward(X)
    before = copy.deepcopy(net.params())
    loss = net.train_batch(X, y)
    assert type(loss) is float
    np.testing.assert_equal(before, net.params())
    assert net.train_batch(X, y) == loss


def test_parameters_and_gradients_are_aligned():
    net, (X, y) = network(), data()
    net.train_batch(X, y)
    assert len(net.params()) == len(net.param_grads()) == len(net.parameters) == 6
    for parameter, array, gradient in zip(
        net.parameters, net.params(), net.param_grads(), strict=True
    ):
        assert parameter.value is array
        assert parameter.grad is gradient
        assert gradient.shape == array.shape
        assert gradient.dtype == array.dtype
    assert [p.name for p in net.parameters] == [
        f"dense_{layer}/{kind}" for layer in (1, 2, 3) for kind in ("weight", "bias")
    ]
    for layer in net.layers:
        assert len(layer.params) == len(layer.param_grads) == 2
        np.testing.assert_equal(layer.param_grads, [p.grad for p in layer.parameters])


def test_before_the_first_batch():
    net = network()
    assert net.params() == net.param_grads() == []
    assert net.graph is None
    assert "3 layers" in repr(net)


def test_gradients_belong_to_the_last_batch():
    net, (X, y) = network(), data()
    net.train_batch(X, y)
    first = copy.deepcopy(net.param_grads())
    net.train_batch(*data(3, 1))
    assert not np.array_equal(first[0], net.param_grads()[0])
    net.train_batch(X, y)
    np.testing.assert_equal(first, net.param_grads())


def test_built_once_for_every_batch_size():
    net = network()
    net.train_batch(*data())
    graph, nodes = net.graph, len(net.graph)
    for rows in (1, 64, 3):
        X, y = data(rows)
        net.train_batch(X, y)
        assert net.forward(X).shape == (rows, 2)
    assert net.graph is graph
    assert len(graph) == nodes


@pytest.mark.parametrize("kind", [np.int64, np.uint8, bool])
def test_integers_become_float64(kind):
    net = network()
    X = np.arange(32).reshape(8, 4).astype(kind)
    output = net.forward(X)
    assert output.dtype == np.float64
    assert net.layers[0].input_.dtype == np.float64
    net.graph.backward(net.layers[-1].operations[-1], np.ones((8, 2)), wrt="input")
    assert net.graph["input"].grad.shape == (8, 4)  # floats: they have a gradient
    np.testing.assert_array_equal(output, net.forward(X.astype(float)))
    net.train_batch(X, data()[1])
    assert all(gradient.dtype == np.float64 for gradient in net.param_grads())
    assert X.dtype == kind


def test_float32_stays():
    net = network()
    X, y = (array.astype(np.float32) for array in data())
    net.train_batch(X, y)
    arrays = [net.predict(X), *net.params(), *net.param_grads()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    gn.Trainer(net, gn.SGD(0.1)).step(X, y)
    assert {array.dtype for array in net.params()} == {np.dtype(np.float32)}


def test_layers_of_equal_size_start_different():
    net = gn.NeuralNetwork([gn.Dense(4), gn.Dense(4)], gn.MeanSquaredError(), seed=0)
    net.forward(data()[0])
    first, _, second, _ = net.params()
    assert not np.array_equal(first, second)


def test_the_seed_decides():
    X, _ = data()
    one, same, other = network(1), network(1), network(2)
    np.testing.assert_array_equal(one.forward(X), same.forward(X))
    assert not np.array_equal(one.forward(X), other.forward(X))
    assert not np.array_equal(
        network(None).forward(X), network(None).forward(X)
    )  # without a seed: from the system's entropy
    assert train(network(3)) == train(network(3))


def test_class_indices_and_one_hot():
    X = data()[0]
    labels = np.array([0, 1, 0, 0, 1, 1, 0, 1])
    losses = []
    for y in (labels, labels.reshape(-1, 1), np.eye(2)[labels]):
        net = network(loss=gn.SoftmaxCrossEntropy())
        losses.append(
            [net.train_batch(X, y), *map(np.ndarray.tolist, net.param_grads())]
        )
    assert losses[0] == losses[1] == losses[2]
    net.evaluate(X, labels)  # one network takes either


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
    ids=["deepcopy", "pickle"],
)
@pytest.mark.parametrize("steps", [0, 3])
def test_a_copy_trains_bit_for_bit_alike(copied, steps):
    net = network()
    train(net, steps)
    twin = copied(net)
    assert train(twin) == train(net)
    np.testing.assert_equal(twin.params(), net.params())
    np.testing.assert_equal(twin.param_grads(), net.param_grads())
    X, _ = data()
    np.testing.assert_array_equal(twin.predict(X), net.predict(X))

    before = copy.deepcopy(net.params())
    train(twin)
    np.testing.assert_equal(net.params(), before)


def test_a_trainer_and_its_network_are_copied_together():
    trainer = gn.Trainer(network(), gn.SGD(0.1))
    trainer.step(*data())
    twin = copy.deepcopy(trainer)
    assert twin.optimizer.net is twin.network
    assert twin.step(*data()) == trainer.step(*data())
    np.testing.assert_equal(twin.network.params(), trainer.network.params())


def test_two_networks_share_a_layer():
    shared = gn.Dense(4, "tanh")
    one = gn.NeuralNetwork([shared, gn.Dense(2)], gn.MeanSquaredError(), seed=0)
    other = gn.NeuralNetwork([shared, gn.Dense(1)], gn.MeanSquaredError(), seed=1)
    X, y = data()
    one.train_batch(X, y)
    other.train_batch(X, y[:, :1])
    assert one.params()[0] is other.params()[0]
    assert one.params()[2] is not other.params()[2]

    before = one.predict(X)
    gn.Trainer(other, gn.SGD(0.5)).step(X, y[:, :1])
    assert not np.array_equal(one.predict(X), before)
    W, B, W2, B2 = one.params()
    np.testing.assert_allclose(one.predict(X), np.tanh(X @ W + B) @ W2 + B2, rtol=1e-12)
    # each pass leaves its own gradients on what is shared
    one.train_batch(X, y)
    gradient = one.param_grads()[0].copy()
    other.train_batch(X, y[:, :1])
    one.train_batch(X, y)
    np.testing.assert_array_equal(one.param_grads()[0], gradient)


def test_one_layer_twice_in_a_network():
    layer = gn.Dense(4, "tanh")
    net = gn.NeuralNetwork([layer, layer, gn.Dense(2)], gn.MeanSquaredError(), seed=0)
    X, y = data()
    net.train_batch(X, y)
    W, B, W2, B2 = net.params()
    np.testing.assert_allclose(
        net.predict(X), np.tanh(np.tanh(X @ W + B) @ W + B) @ W2 + B2, rtol=1e-12
    )
    step, index = 1e-6, (1, 2)
    gradient = net.param_grads()[0][index]
    W[index] += step
    above = net.evaluate(X, y)
    W[index] -= 2 * step
    slope = (above - net.evaluate(X, y)) / (2 * step)
    assert gradient == pytest.approx(slope, rel=1e-6)


def test_one_activation_object_in_every_layer():
    shared, apart = (
        gn.NeuralNetwork(
            [gn.Dense(4, activation) for _ in range(3)], gn.MeanSquaredError(), seed=0
        )
        for activation in (gn.Tanh(), "tanh")
    )
    X, _ = data()
    y = np.zeros((8, 4))
    assert shared.train_batch(X, y) == apart.train_batch(X, y)
    np.testing.assert_equal(shared.param_grads(), apart.param_grads())


def test_an_optimizer_written_as_in_the_book():
    class BookSGD:
        net = None

        def __init__(self, lr):
            self.lr = lr

        def step(self):
            for param, param_grad in zip(
                self.net.params(), self.net.param_grads(), strict=True
            ):
                param -= self.lr * param_grad

    mine, ours = network(), network()
    X, y = data()
    trainers = gn.Trainer(mine, BookSGD(0.1)), gn.Trainer(ours, gn.SGD(0.1))
    assert trainers[0].optimizer.net is mine
    losses = [[trainer.step(X, y) for _ in range(5)] for trainer in trainers]
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]
    np.testing.assert_equal(mine.params(), ours.params())


def test_the_mode_of_the_pass():
    seen = []

    class Mode(gn.Operation):
        def _output(self):
            seen.append(self.training)
            return self.input_ * 1.0

        def _input_grad(self, output_grad):
            return output_grad * 1.0

    net = gn.NeuralNetwork([gn.Dense(2, Mode())], gn.MeanSquaredError())
    X, y = data()
    net.train_batch(X, y)
    for run, wanted in (
        (lambda: net.train_batch(X, y), True),
        (lambda: net.predict(X), False),
        (lambda: net.evaluate(X, y), False),
        (lambda: net.forward(X, training=True), True),
        (lambda: net.forward(X), False),
    ):
        seen.clear()
        run()
        assert set(seen) == {wanted}


def test_frozen_parameters_stay():
    net = network()
    X, y = data()
    net.forward(X)
    net.parameters[0].trainable = False
    before = copy.deepcopy(net.params())
    gn.Trainer(net, gn.SGD(0.1)).step(X, y)
    assert net.param_grads()[0] is None
    np.testing.assert_array_equal(net.params()[0], before[0])
    assert not np.array_equal(net.params()[1], before[1])


def test_the_graph_can_be_looked_at():
    net = network()
    net.train_batch(*data())
    assert net.graph["dense_1/tanh"].output.shape == (8, 5)
    assert net.graph["dense_1/tanh"].output_grad.shape == (8, 5)
    assert net.graph.sink() is net.loss
    assert "dense_2/sigmoid" in net.summary()
    assert net.to_dot().startswith("digraph")
