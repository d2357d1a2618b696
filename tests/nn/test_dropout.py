"""Dropout: what is dropped depends on seed, place and number of the pass alone."""

import copy

import numpy as np
import pytest

import graphnn as gn
from graphnn.ops.random import Dropout as Operation
from graphnn.ops.random import random_uniform


def seeded(rate=0.5, seed=1):
    layer = gn.Dropout(rate)
    layer.rng = np.random.default_rng(seed)
    return layer


def network(seed=1):
    layers = [gn.Dense(8), gn.Dropout(0.5), gn.Dense(8), gn.Dropout(0.5), gn.Dense(1)]
    return gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=seed)


def data(rows=6):
    rng = np.random.default_rng(rows)
    return rng.normal(size=(rows, 5)), rng.normal(size=(rows, 1))


def masks(net):
    """Give what a stepped training pass multiplies with; a planned one keeps none."""
    net.forward(data()[0], training=True)
    return [node.mask for node in net.graph.nodes if isinstance(node, Operation)]


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_share_of_zeros_and_the_mean(rate):
    x = np.ones((400, 500))
    output = seeded(rate).forward(x, training=True)
    assert np.mean(output == 0) == pytest.approx(rate, abs=0.005)
    assert np.mean(output) == pytest.approx(1, abs=0.03)
    kept = output[output != 0]
    np.testing.assert_allclose(kept, 1 / (1 - rate), rtol=1e-15)


def test_elements_are_dropped_by_themselves():
    dropped = seeded().forward(np.ones((300, 300)), training=True) == 0
    centred = dropped - dropped.mean()
    scale = np.mean(centred**2)
    for neighbour in (centred[:, 1:] * centred[:, :-1], centred[1:] * centred[:-1]):
        assert abs(np.mean(neighbour)) < 0.02 * scale


def test_nothing_is_dropped_outside_training_or_at_rate_0():
    x = data()[0]
    np.testing.assert_array_equal(seeded().forward(x), x)
    np.testing.assert_array_equal(seeded(0).forward(x, training=True), x)
    layer = seeded()
    layer.forward(x)
    np.testing.assert_array_equal(layer.backward(np.ones_like(x)), np.ones_like(x))


def test_the_gradient_has_the_same_zeros():
    x, layer = np.full((20, 30), 2.0), seeded(0.25)
    output = layer.forward(x, training=True)
    gradient = layer.backward(np.full((20, 30), 3.0))
    np.testing.assert_array_equal(gradient, output * 1.5)


def test_every_training_pass_drops_others_and_a_pass_run_again_the_same():
    layer, x = seeded(), np.ones((20, 30))
    first = layer.forward(x, training=True).copy()
    second = layer.forward(x, training=True).copy()
    assert not np.array_equal(first, second)
    assert layer.passes.value == 2
    layer.forward(x)
    assert layer.passes.value == 2
    layer.passes.value = 0
    np.testing.assert_array_equal(layer.forward(x, training=True), first)
    np.testing.assert_array_equal(layer.forward(x, training=True), second)


def test_the_seed_of_the_network_decides():
    def dropped(seed):
        net = network(seed)
        net.train_batch(*data())
        net.train_batch(*data())
        return masks(net)

    one, again, other = dropped(1), dropped(1), dropped(2)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])  # two layers, two places


def test_what_else_runs_does_not_matter():
    """Neither predictions, nor the global stream, nor another network."""
    net, twin = network(), network()
    net.train_batch(*data())
    twin.train_batch(*data())
    np.random.random(5)  # noqa: NPY002
    network(3).train_batch(*data())
    net.predict(data(9)[0])
    net.evaluate(*data(9))
    assert net.train_batch(*data()) == twin.train_batch(*data())
    np.testing.assert_array_equal(masks(net), masks(twin))


def test_a_layer_used_twice_drops_twice():
    layer = seeded()
    x = gn.Input("x", value=np.ones((20, 30)))
    one, other = layer(x), layer(x)
    x.graph.forward(target=[one, other], training=True)
    assert not np.array_equal(one.output, other.output)


def test_a_copy_goes_on_alike():
    net = network()
    net.train_batch(*data())
    twin = copy.deepcopy(net)
    assert net.train_batch(*data()) == twin.train_batch(*data())


def test_gradients_are_those_of_the_pass_that_was_run():
    net = network()
    net.train_batch(*data())
    stepped = net.param_grads()
    nodes = net.graph.gradient(net.loss, list(net.parameters))
    for node, gradient in zip(nodes, stepped, strict=True):
        np.testing.assert_array_equal(node.output, gradient)


def test_the_reverse_pass_as_a_graph_has_the_zeros_of_each_new_pass():
    net = network()
    net.train_batch(*data())
    nodes = net.graph.gradient(net.loss, list(net.parameters))
    net.graph.forward(target=[*nodes, net.loss], training=True)
    again = [node.output for node in nodes]
    net.graph.backward(net.loss)
    for found, gradient in zip(again, net.param_grads(), strict=True):
        np.testing.assert_allclose(found, gradient, rtol=1e-12)


def test_the_reverse_pass_as_a_graph_after_an_expansion_has_run():
    net = network()
    net.train_batch(*data())
    expanded = net.graph.expand()
    loss = expanded.forward(training=True)
    (prediction,) = net.graph.gradient(net.loss, [net.parameters[0]])
    np.testing.assert_array_equal(prediction.output, net.param_grads()[0])
    assert [int(state.value) for state in net.states] == [1, 1]  # it moves none
    assert loss == net.train_batch(*data())


def test_finite_differences_see_one_mask():
    net = network()
    net.train_batch(*data())
    assert gn.check_gradients(net, *data(), training=True).ok
    assert gn.check_gradients(net, *data()).ok
    assert gn.check_gradients(net.loss, training=True).ok


def test_float32_stays():
    x = np.ones((4, 5), np.float32)
    layer = seeded()
    assert layer.forward(x, training=True).dtype == np.float32
    assert layer.backward(x).dtype == np.float32


def test_numbers_do_not_overlap_between_passes():
    one, other = (random_uniform(n, 7, (5000,)) for n in (0, 1))
    assert len(np.intersect1d(one, other)) < 10
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.05
    np.testing.assert_array_equal(one[:10], random_uniform(0, 7, (10,)))


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, np.nan])
def test_rates_out_of_range(rate):
    with pytest.raises(gn.ArgumentError, match=r"in \[0, 1\), not"):
        gn.Dropout(rate)


@pytest.mark.parametrize("rate", ["0.5", None, True, [0.5]])
def test_rates_that_are_none(rate):
    with pytest.raises(gn.ArgumentError, match="is a number, not"):
        gn.Dropout(rate)
