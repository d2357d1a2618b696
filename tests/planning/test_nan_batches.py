"""A batch with NaN among planned ones ends as it does among stepped ones."""

import copy
import warnings

import homemade
import numpy as np
import pytest
from agreement import same_bits
from test_ten_steps import check_alike

import graphnn as gn
from graphnn.graph.watching import Watcher, watched_by


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def squared(prediction, target):
    return np.mean((prediction - target) ** 2)


def own(prediction, target):
    """Called as a whole in a plan: such steps are never quick."""
    return squared(homemade.Number()(np.tanh(prediction)), target)


def rooted(prediction, target):
    """Where all targets are zero it is zero, and has no gradient."""
    return np.sum(np.sqrt(np.abs((prediction**2 + 1.0) * target)))


def net_of(loss):
    layers = [gn.Dense(5), gn.BatchNorm(), gn.Dropout(0.8), gn.Dense(3)]
    return gn.NeuralNetwork(layers, loss, seed=2)


def good(seed):
    return numbers(6, 4, seed=seed), numbers(6, 3, seed=seed + 100)


def with_nan(seed):
    X, y = good(seed)
    X[2, 1] = np.nan
    return X, y


def with_infinity_as_target(seed):
    X, y = good(seed)
    y[0, 0] = np.inf
    return X, y


def said_by(step, X, y):
    """Train on a batch; give the loss, the warnings and the error."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            loss = step(X, y)
        except gn.GraphnnError as error:
            loss = str(error)
    texts = [str(each.message) for each in heard]
    return loss, [text for text in texts if "left out" in text]


def check_batches(net, on_nan, batches, watch_gradients):
    trained, copied = [
        gn.Trainer(each, gn.Adam(0.01), on_nan=on_nan)
        for each in (net, copy.deepcopy(net))
    ]
    ends = []
    for number, (X, y) in enumerate(batches):
        found = said_by(trained.step, X, y)
        with watched_by(Watcher()):
            expected = said_by(copied.step, X, y)
        assert found[1] == expected[1]
        if isinstance(expected[0], str):
            assert found[0] == expected[0]
        else:
            assert same_bits(found[0], expected[0])
        ends.append(expected)
        if watch_gradients or number >= 5:
            check_alike(trained, copied)
            pairs = zip(net.param_grads(), copied.network.param_grads(), strict=True)
            assert all(same_bits(one, other) for one, other in pairs)
    return trained, ends


@pytest.mark.parametrize("watch_gradients", [False, True])
@pytest.mark.parametrize("wrong", [with_nan, with_infinity_as_target])
@pytest.mark.parametrize("loss", [squared, own])
@pytest.mark.parametrize("on_nan", ["raise", "skip", "ignore"])
def test_a_batch_with_nan(on_nan, loss, wrong, watch_gradients):
    batches = [good(seed) for seed in range(5)]
    batches += [wrong(5), good(6), good(7), wrong(8), wrong(9), good(10)]
    trained, ends = check_batches(net_of(loss), on_nan, batches, watch_gradients)
    assert bool(trained._planned.known) == (loss is squared)
    if on_nan == "raise":
        raised = [number for number, end in enumerate(ends) if type(end[0]) is str]
        assert raised == [5, 8, 9]
    elif on_nan == "skip":
        assert [number for number, end in enumerate(ends) if end[1]] == [5, 8, 9]


@pytest.mark.parametrize("count", [5, 8])  # before the steps are quick, and then
@pytest.mark.parametrize("on_nan", ["raise", "skip"])
def test_a_gradient_with_nan_under_a_finite_loss(on_nan, count):
    X, y = good(5)
    batches = [good(seed) for seed in range(count)] + [(X, y * 0.0), good(9)]
    net = net_of(rooted)
    trained, ends = check_batches(net, on_nan, batches, watch_gradients=False)
    assert trained._planned.known
    loss, warned = ends[count]
    if on_nan == "raise":
        assert "the gradient of" in loss
    else:
        assert loss == 0.0
        assert "the gradient of" in warned[0]


def test_a_batch_that_is_refused():
    net = gn.NeuralNetwork([gn.Dense(3)], gn.SoftmaxCrossEntropy(), seed=0)
    classes = np.array([0, 2, 1, 1, 0, 2])
    batches = [(numbers(6, 4, seed=seed), classes) for seed in range(8)]
    batches[6] = batches[6][0], classes + 5
    _, ends = check_batches(net, "raise", batches, watch_gradients=False)
    assert "5 is not one of the classes" in ends[6][0]
