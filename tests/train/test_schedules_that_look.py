"""A schedule is the user's code, and may run passes of its own."""

import numpy as np

import graphnn as gn
from graphnn.graph.watching import Watcher, watched_by

X, y = np.ones((4, 2)), np.ones((4, 1))


def trainer():
    network = gn.NeuralNetwork([gn.Dense(3), gn.Dense(1)], gn.MeanSquaredError(), 0)
    return gn.Trainer(network, gn.SGD(lambda step: 0.1 / (1 + network.evaluate(X, y))))


def test_a_schedule_may_evaluate_the_network_that_is_trained():
    planned, stepped = trainer(), trainer()
    with watched_by(Watcher()):
        expected = [stepped.step(X, y) for _ in range(8)]
    assert [planned.step(X, y) for _ in range(8)] == expected
    assert planned._planned.known
    np.testing.assert_equal(planned.network.params(), stepped.network.params())
