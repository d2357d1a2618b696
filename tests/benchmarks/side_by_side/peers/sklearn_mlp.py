"""scikit-learn's ``MLPClassifier``, told the batch again and again."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier

from side_by_side.arrays import Step, Steps
from side_by_side.workloads.perceptrons import Training


def classification(task: Training) -> Step:
    """W2 and W3."""
    classes = np.arange(len(task.parameters[-1]))
    network = MLPClassifier(
        [len(bias) for bias in task.parameters[1:-1:2]],
        solver="sgd",
        learning_rate_init=task.learning_rate,
        momentum=0,
        nesterovs_momentum=False,
        alpha=0,
        batch_size=len(task.X),
    )
    # A first step sets everything up; then it starts anew with the right parameters.
    network.partial_fit(task.X, task.y, classes=classes)
    network.coefs_ = [array.copy() for array in task.parameters[::2]]
    network.intercepts_ = [array.copy() for array in task.parameters[1::2]]
    optimizer = network._optimizer
    optimizer.params = network.coefs_ + network.intercepts_
    optimizer.velocities = [np.zeros_like(array) for array in optimizer.params]

    def step() -> float:
        network.partial_fit(task.X, task.y)
        return float(network.loss_)

    return step


STEPS: Steps = {"w2": classification, "w3": classification}
