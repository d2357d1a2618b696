"""Ten steps of a trainer by plan leave the bits that ten stepped ones leave."""

import copy
import warnings

import homemade
import numpy as np
import pytest
from agreement import same_bits
from test_plan_layers import IDS, LAYERS

import graphnn as gn
from graphnn.graph.watching import Watcher, watched_by

STEPS = 10
OPTIMIZERS = {
    "sgd": lambda: gn.SGD(0.05),
    "momentum": lambda: gn.SGDMomentum(0.05),
    "adam": lambda: gn.Adam(0.01),
    "adamw, clipped": lambda: gn.AdamW(0.01, clip_norm=0.5),
}


def numbers(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)


def squared(prediction, target):
    return np.mean((prediction - target) ** 2)


def check_ten_steps(net, make_optimizer, batches):
    """Train a network by plan and a copy of it stepped, and compare all that is left.

    Each batch is given as a function of a seed; they take turns.
    """
    trained, copied = [
        gn.Trainer(each, make_optimizer()) for each in (net, copy.deepcopy(net))
    ]
    for number in range(STEPS):
        X, y = batches[number % len(batches)](number)
        loss = trained.step(X, y)
        with watched_by(Watcher()):
            expected = copied.step(X, y)
        assert same_bits(loss, expected), f"the loss of step {number}"
        check_alike(trained, copied)
    assert not copied._planned.known
    return trained


def check_alike(trained, copied):
    """Compare parameters, gradients, states and what the optimizer remembers."""
    nets = trained.network, copied.network
    for one, other in zip(*[net.parameters for net in nets], strict=True):
        assert same_bits(one.value, other.value), one.name
        assert same_bits(one.grad, other.grad), one.name
    for one, other in zip(*[net.graph.states for net in nets], strict=True):
        assert same_bits(one.value, other.value), one.name
    same_state(trained.optimizer.state(), copied.optimizer.state())


def same_state(one, other, place=""):
    """Compare nested dicts and lists of arrays and numbers."""
    assert type(one) is type(other), place
    if isinstance(one, dict):
        assert one.keys() == other.keys(), place
        for key in one:
            same_state(one[key], other[key], f"{place}/{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), place
        for number, pair in enumerate(zip(one, other, strict=True)):
            same_state(*pair, f"{place}/{number}")
    elif isinstance(one, np.ndarray):
        assert same_bits(one, other), place
    else:
        assert one == other, place


def layer_net(name, dtype):
    """A network of one kind of layer, and a function that draws a batch."""
    make, shape = LAYERS[name]

    def batch(seed, rows=None):
        rng = np.random.default_rng(seed)
        if shape is None:
            X = rng.permutation(IDS.ravel()).reshape(IDS.shape)
        else:
            X = rng.normal(size=shape).astype(dtype)
        if rows:
            X = np.concatenate([X, X])[:rows]
        return X, rng.normal(size=(len(X), 2)).astype(dtype)

    if shape is None:
        layers = [gn.Embedding(4, 3, dtype=dtype)]
    else:
        layers = [gn.Dense(shape[-1]), make()]
    net = gn.NeuralNetwork([*layers, gn.Flatten(), gn.Dense(2)], squared, seed=0)
    net.predict(batch(0)[0])
    return net, batch


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layers_train_alike(name, dtype):
    net, batch = layer_net(name, dtype)
    trainer = check_ten_steps(net, OPTIMIZERS["adam"], [batch])
    assert len(trainer._planned.known) == 1
    assert trainer.plan._planned().wholes == []
    assert {p.value.dtype for p in net.parameters} == {np.dtype(dtype)}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", ["dense", "batch norm", "dropout", "embedding"])
def test_optimizers_step_alike_on_two_kinds_of_batches(name, optimizer):
    net, batch = layer_net(name, np.float32)
    batches = [batch, lambda seed: batch(seed, rows=3 if name == "embedding" else 7)]
    trainer = check_ten_steps(net, OPTIMIZERS[optimizer], batches)
    assert len(trainer._planned.known) == 2


CLASSES = np.array([0, 2, 1, 2, 0, 1])
SIGNS = np.array([[1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]] * 2)
SHARES = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.2, 0.2]] * 2)
LOSSES = {
    "squared": (gn.MeanSquaredError, numbers(6, 2), None),
    "absolute": (gn.MeanAbsoluteError, numbers(6, 2), None),
    "huber": (gn.Huber, numbers(6, 2), None),
    "log cosh": (gn.LogCosh, numbers(6, 2), None),
    "quantile": (lambda: gn.QuantileLoss(0.3), numbers(6, 2), None),
    "poisson": (gn.PoissonLoss, np.abs(numbers(6, 2)).round(), None),
    "cosine": (gn.CosineLoss, numbers(6, 3), None),
    "hinge": (gn.Hinge, SIGNS, None),
    "hinge of classes": (gn.MultiClassHinge, CLASSES, None),
    "cross-entropy": (gn.SoftmaxCrossEntropy, CLASSES, None),
    "cross-entropy of shares": (gn.SoftmaxCrossEntropy, SHARES, None),
    "likelihood": (gn.NegativeLogLikelihood, CLASSES, gn.LogSoftmax),
    "binary": (gn.BinaryCrossEntropy, SIGNS > 0, gn.Sigmoid),
    "binary with logits": (gn.BinaryCrossEntropyWithLogits, SIGNS > 0, None),
    "divergence": (gn.KLDivergence, SHARES, gn.LogSoftmax),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_train_alike(name, dtype):
    make, target, last = LOSSES[name]
    if target.dtype.kind != "i":
        target = target.astype(dtype)
    width = target.shape[1] if target.ndim == 2 else 3
    layers = [gn.Dense(5, "tanh"), gn.Dense(width), *([last()] if last else [])]
    net = gn.NeuralNetwork(layers, make(), seed=1)

    def batch(seed):
        order = np.random.default_rng(seed).permutation(len(target))
        return numbers(6, 4, dtype=dtype, seed=seed), target[order]

    trainer = check_ten_steps(net, OPTIMIZERS["momentum"], [batch])
    assert len(trainer._planned.known) == 1


TRACED = ["Masked", "Ones", "Turned", "Scalars", "Rows", "Wide", "Lists"]
WHOLE = ["InPlace", "Branching", "Number"]


@pytest.mark.parametrize("name", TRACED + WHOLE)
def test_operations_of_ones_own_train_alike(name):
    def own(prediction, target):
        return squared(getattr(homemade, name)()(np.tanh(prediction)), target)

    def batch(seed):
        return numbers(3, 4, seed=seed), numbers(3, 3, seed=seed + 100)

    net = gn.NeuralNetwork([gn.Dense(5), gn.Dropout(0.8), gn.Dense(3)], own, seed=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        trainer = check_ten_steps(net, OPTIMIZERS["adam"], [batch])
    called = {type(whole.node).__name__ for whole in trainer.plan._planned().wholes}
    assert called == ({name} if name in WHOLE else set())
    assert bool(trainer._planned.known) == (name in TRACED)
