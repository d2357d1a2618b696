"""Networks over their whole life: copied at any time, in threads, let go, run long."""

import copy
import gc
import pickle
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def data(rows=6, dtype=float):
    return numbers(rows, 3).astype(dtype), numbers(rows, 2, seed=1).astype(dtype)


def network(seed=0, activation="prelu"):
    """Four levels deep, with all that has states."""
    block = gn.Sequential(gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dropout(0.5))
    deep = gn.Residual(gn.Sequential(gn.Residual(block, shortcut=gn.Dense(4))))
    return gn.NeuralNetwork(
        [gn.Dense(4, activation), deep, gn.Dropout(0.2), gn.Dense(2)],
        gn.MeanSquaredError(),
        seed=seed,
    )


def states(net):
    return [state.value for state in net.states]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))]
)
@pytest.mark.parametrize("steps", range(4))
def test_a_copy_goes_on_bit_for_bit_alike(copied, steps):
    net = network()
    uses = [
        lambda: net.predict(data()[0]),
        lambda: net.train_batch(*data()),
        lambda: net.forward(data(4)[0], training=True),
    ]
    for use in uses[:steps]:
        use()
    twin = copied(net)
    kept = copy.deepcopy(states(net))
    losses = [twin.train_batch(*data(rows)) for rows in (5, 4, 5)]
    np.testing.assert_equal(states(net), kept)
    assert [net.train_batch(*data(rows)) for rows in (5, 4, 5)] == losses
    np.testing.assert_equal(states(twin), states(net))
    np.testing.assert_equal(twin.params(), net.params())
    np.testing.assert_equal(twin.param_grads(), net.param_grads())
    assert [node.name for node in twin.graph.nodes] == [n.name for n in net.graph.nodes]
    assert {id(p) for p in twin.parameters}.isdisjoint(map(id, net.parameters))


def test_nested_layers_have_right_gradients_in_both_modes():
    for training in (True, False):
        assert gn.check_gradients(network(), *data(), training=training).ok


def test_a_fresh_layer_in_training_moves_each_state_once():
    layer, x = gn.Sequential(gn.BatchNorm(), gn.Dropout(0.5)), data()[0]
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer[0].running_mean.value, 0.1 * x.mean(axis=0))
    assert layer[1].passes.value == 1
    layer.forward(x)
    layer.backward(np.ones_like(x))
    assert layer[1].passes.value == 1


def test_what_moves_the_states_of_a_network():
    net, (x, y) = network(), data()
    counts = []
    for use in (
        lambda: net.train_batch(x, y),
        lambda: net.forward(x, training=True),
        lambda: net.forward_loss(x, y, training=True),
        lambda: net.evaluate(x, y),
        lambda: net.predict(x),
        lambda: gn.check_gradients(net, x, y, training=True),
        lambda: gn.check_gradients(net.loss, training=True),
        lambda: net.graph.gradient(net.loss, list(net.parameters)),
        lambda: net.graph.expand().forward(training=False),
        lambda: next(net.graph.forward_steps(target=net.loss, training=True)),
    ):
        use()
        counts.append([int(state.value) for state in net.states if state.ndim == 0])
    assert counts == [[1, 1], [2, 2], [3, 3]] + [[3, 3]] * 7


def test_float32_everywhere():
    net = network(activation="relu")
    for _ in range(2):
        net.train_batch(*data(dtype=np.float32))
    arrays = [node.output for node in net.graph.nodes]
    arrays += net.graph._output_grads.values()
    arrays += states(net) + net.param_grads() + [net.predict(data(dtype=np.float32)[0])]
    kinds = {
        a.dtype for a in arrays if isinstance(a, np.ndarray) and a.dtype.kind == "f"
    }
    assert kinds == {np.dtype(np.float32)}
    net.train_batch(*data())  # what is float32 stays so
    kinds = {a.dtype for a in states(net) + net.params() + net.param_grads()}
    assert kinds == {np.dtype(np.float32), np.dtype(np.int64)}


@pytest.mark.parametrize("training", [True, False])
def test_batches_of_one_row_and_of_none(training):
    layer = gn.Sequential(
        gn.Dense(4, "relu"), gn.Dropout(0.5), gn.Flatten(), gn.Dense(2)
    )
    for rows in (0, 1, 5, 0, 1):
        assert layer.forward(np.ones((rows, 3)), training=training).shape == (rows, 2)
        assert layer.backward(np.ones((rows, 2))).shape == (rows, 3)
        assert all(np.isfinite(gradient).all() for gradient in layer.param_grads)
    net = gn.NeuralNetwork([layer], gn.MeanSquaredError())
    assert net.train_batch(np.ones((1, 3)), np.ones((1, 2))) >= 0
    with pytest.raises(gn.ShapeError, match="X has no rows"):
        net.predict(np.ones((0, 3)))


def test_networks_in_threads():
    def losses(seed):
        net = network(seed)
        return [net.train_batch(*data(4 + step % 3)) for step in range(40)]

    found = {}
    threads = [
        threading.Thread(target=lambda seed=seed: found.update({seed: losses(seed)}))
        for seed in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {seed: losses(seed) for seed in range(3)}


def test_a_network_that_nobody_holds_is_freed():
    shared = gn.Dense(4)
    net = gn.NeuralNetwork([shared, network().layers[1]], gn.MeanSquaredError())
    net.predict(data()[0])
    gone = [weakref.ref(thing) for thing in (net, net.graph, net.layers[1])]
    shared.forward(data()[0])  # it shows its last use, and holds no other
    del net
    gc.collect()
    assert [reference() for reference in gone] == [None] * 3
    assert shared.forward(data()[0]).shape == (6, 4)


def test_many_batches_leave_nothing_behind():
    net = network()
    batches = [data(rows) for rows in (6, 4)]

    def train(count):
        for step in range(count):
            net.train_batch(*batches[step % 2])
        gc.collect()

    train(100)
    objects, nodes = len(gc.get_objects()), len(net.graph)
    train(100)
    assert len(gc.get_objects()) < objects + 50
    assert len(net.graph) == nodes
    tracemalloc.start()
    try:
        train(100)
        before = tracemalloc.take_snapshot()
        train(1000)
        after = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    only = tracemalloc.Filter(True, "*graphnn*")
    growth = after.filter_traces([only]).compare_to(
        before.filter_traces([only]), "filename"
    )
    assert sum(statistic.size_diff for statistic in growth) < 10_000
    assert net.states[-1].value == 1300
