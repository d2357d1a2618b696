"""HIPS autograd: NumPy, traced anew in every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad
from autograd.scipy.signal import convolve
from autograd.scipy.special import logsumexp

from side_by_side.arrays import Floats, Step, Steps
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.images import Images
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.random_graph import ADD, Recipe


def regression(task: Training) -> Step:
    """W1."""

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        hidden = anp.tanh(anp.dot(task.X, w1) + b1)
        return anp.mean((anp.dot(hidden, w2) + b2 - task.y) ** 2)

    return training(loss, task.parameters, task.learning_rate)


def classification(task: Training) -> Step:
    """W2 and W3."""
    rows = np.arange(len(task.y))

    def loss(parameters: Any) -> Any:
        *hidden, weight, bias = parameters
        value: Any = task.X
        for its_weight, its_bias in zip(hidden[::2], hidden[1::2], strict=True):
            value = anp.maximum(anp.dot(value, its_weight) + its_bias, np.float32(0))
        logits = anp.dot(value, weight) + bias
        logarithms = logits - logsumexp(logits, axis=1, keepdims=True)
        return -anp.mean(logarithms[rows, task.y])

    return training(loss, task.parameters, task.learning_rate)


def convolutional(task: Images) -> Step:
    """W4."""
    rows = np.arange(len(task.y))
    around = ((0, 0), (0, 0), (2, 2), (2, 2))
    axes, dot_axes = ([2, 3], [2, 3]), ([1], [0])

    def half(value: Any, kernel: Any, bias: Any) -> Any:
        # Its convolution turns the kernel round, which has the channels first.
        turned = anp.swapaxes(kernel[:, :, ::-1, ::-1], 0, 1)
        padded = anp.pad(value, around, "constant")
        value = convolve(padded, turned, axes=axes, dot_axes=dot_axes, mode="valid")
        value = anp.maximum(value + bias[:, None, None], np.float32(0))
        count, filters, height, width = value.shape
        split = (count, filters, height // 2, 2, width // 2, 2)
        return anp.max(anp.max(anp.reshape(value, split), axis=5), axis=3)

    def loss(parameters: Any) -> Any:
        kernel, bias, next_kernel, next_bias, weight, last_bias = parameters
        value = half(half(task.X, kernel, bias), next_kernel, next_bias)
        logits = anp.dot(anp.reshape(value, (len(rows), -1)), weight) + last_bias
        logarithms = logits - logsumexp(logits, axis=1, keepdims=True)
        return -anp.mean(logarithms[rows, task.y])

    return training(loss, task.parameters, task.learning_rate)


def chain(task: Chain) -> Step:
    """W7."""

    def loss(parameters: Any) -> Any:
        factor, shift = parameters
        value: Any = task.start
        for position in range(task.length):
            if position % 3 == 0:
                value = value * factor
            elif position % 3 == 1:
                value = value + shift
            else:
                value = anp.tanh(value)
        return anp.sum(value)

    return training(loss, [task.factor, task.shift], task.learning_rate)


def training(
    loss: Callable[[Any], Any], arrays: list[Floats], learning_rate: float
) -> Step:
    """Make the step."""
    gradients = value_and_grad(loss)
    parameters = [array.copy() for array in arrays]

    def step() -> float:
        value, grads = gradients(parameters)
        for parameter, grad in zip(parameters, grads, strict=True):
            parameter -= learning_rate * grad
        return float(value)

    return step


def random_graph(task: Recipe) -> Step:
    """W8."""

    def loss(leaves: Any) -> Any:
        values = list(leaves)
        for kind, left, right in task.pairs:
            a, b = values[left], values[right]
            values.append(anp.tanh(a + b if kind == ADD else a * b))
        return anp.sum(values[-1])

    gradients = value_and_grad(loss)
    return lambda: float(gradients(task.leaves)[0])


STEPS: Steps = {
    "w1": regression,
    "w2": classification,
    "w3": classification,
    "w4": convolutional,
    "w7": chain,
    "w8": random_graph,
}
