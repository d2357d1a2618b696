"""What the tests of the checker share."""

import numpy as np

import graphnn as gn

BATCH = np.random.default_rng(5).normal(size=(3, 4))


def normal(*shape):
    return np.random.default_rng([5, *shape]).normal(size=shape)


def row_of(report, **wanted):
    """Find the only row with some attributes."""
    (row,) = [
        row
        for row in report.rows
        if all(getattr(row, name) == value for name, value in wanted.items())
    ]
    return row


def network(*neurons, dtype=float, activation="tanh"):
    layers = [gn.Dense(n, activation) for n in neurons]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=3)
    X = normal(6, 4).astype(dtype)
    return net, X, normal(6, neurons[-1]).astype(dtype)
