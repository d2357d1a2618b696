"""What several workloads in plain NumPy need."""

from __future__ import annotations

import numpy as np

from side_by_side.arrays import Floats, Integers


def cross_entropy(logits: Floats, classes: Integers) -> tuple[float, Floats]:
    """Compute the mean cross-entropy of softmax(logits), and its gradient."""
    rows = np.arange(len(classes))
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    probabilities: Floats = exponentials / exponentials.sum(1, keepdims=True)
    loss = -np.log(probabilities[rows, classes]).mean()
    probabilities[rows, classes] -= 1
    probabilities /= np.float32(len(classes))
    return float(loss), probabilities


def descend(
    parameters: list[Floats], grads: list[Floats], learning_rate: float
) -> None:
    """Update by stochastic gradient descent."""
    rate = np.float32(learning_rate)
    for parameter, grad in zip(parameters, grads, strict=True):
        parameter -= rate * grad
