"""What the tests of optimizers train."""

import copy

import numpy as np
import pytest

import graphnn as gn

OPTIMIZERS = [
    gn.SGD,
    gn.SGDMomentum,
    gn.Nesterov,
    gn.AdaGrad,
    gn.RMSProp,
    gn.Adam,
    gn.AdamW,
    gn.Adamax,
    gn.NAdam,
    gn.Lion,
]
EACH = pytest.mark.parametrize("cls", OPTIMIZERS)


def data(rows=8):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((rows, 3))
    return X, X @ rng.standard_normal((3, 2))


def network(seed=0):
    return gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.Dense(2)], gn.MeanSquaredError(), seed=seed
    )


def trained(optimizer):
    net = gn.NeuralNetwork([gn.Dense(2)], gn.MeanSquaredError(), seed=0)
    net.train_batch(np.ones((4, 3)), np.zeros((4, 2)))
    optimizer.net = net
    return net


def pair():
    """Two parameters with gradients."""
    w, b = gn.Parameter([[1.0, 2.0], [3.0, 4.0]], "w"), gn.Parameter([0.5, -0.5], "b")
    np.sum((w @ np.array([1.0, -1.0]) + b) ** 2).backward()
    return w, b


def snapshot(optimizer, *parameters):
    return copy.deepcopy(([p.value for p in parameters], optimizer.state()))


class Heavy(gn.Optimizer):
    """Momentum, with states and settings of its own, which forgets to call super()."""

    state_names = ("velocity",)
    mu = 0.5

    def __init__(self, lr, groups=None):
        self.lr = lr
        if groups:
            super().__init__(lr, groups=groups)

    def update(self, parameter, gradient, velocity):
        velocity = self.mu * velocity + gradient
        return parameter - self.lr * velocity, velocity
