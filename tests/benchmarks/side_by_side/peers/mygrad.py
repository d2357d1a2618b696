"""MyGrad, without its guard against changing arrays, which costs time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import mygrad as mg
from mygrad.nnet.activations import relu
from mygrad.nnet.layers import conv_nd, max_pool
from mygrad.nnet.losses import softmax_crossentropy

from side_by_side.arrays import Step, Steps
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.images import Images
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.random_graph import ADD, Recipe

mg.turn_memory_guarding_off()


def regression(task: Training) -> Step:
    """W1."""
    parameters = [mg.tensor(array.copy()) for array in task.parameters]
    w1, b1, w2, b2 = parameters

    def loss() -> Any:
        hidden = mg.tanh(mg.matmul(task.X, w1) + b1)
        return mg.mean((mg.matmul(hidden, w2) + b2 - task.y) ** 2)

    return training(loss, parameters, task.learning_rate)


def classification(task: Training) -> Step:
    """W2 and W3."""
    parameters = [mg.tensor(array.copy()) for array in task.parameters]
    *hidden, weight, bias = parameters

    def loss() -> Any:
        value: Any = task.X
        for its_weight, its_bias in zip(hidden[::2], hidden[1::2], strict=True):
            value = relu(mg.matmul(value, its_weight) + its_bias)
        return softmax_crossentropy(mg.matmul(value, weight) + bias, task.y)

    return training(loss, parameters, task.learning_rate)


def convolutional(task: Images) -> Step:
    """W4."""
    parameters = [mg.tensor(array.copy()) for array in task.parameters]
    kernel, bias, next_kernel, next_bias, weight, last_bias = parameters

    def half(value: Any, its_kernel: Any, its_bias: Any) -> Any:
        value = conv_nd(value, its_kernel, stride=1, padding=2)
        value = relu(value + its_bias.reshape(1, -1, 1, 1))
        return max_pool(value, (2, 2), 2)

    def loss() -> Any:
        value = half(half(task.X, kernel, bias), next_kernel, next_bias)
        flat = value.reshape(len(task.y), -1)
        return softmax_crossentropy(mg.matmul(flat, weight) + last_bias, task.y)

    return training(loss, parameters, task.learning_rate)


def chain(task: Chain) -> Step:
    """W7."""
    factor, shift = mg.tensor(task.factor.copy()), mg.tensor(task.shift.copy())

    def loss() -> Any:
        value = mg.tensor(task.start)
        for position in range(task.length):
            if position % 3 == 0:
                value = value * factor
            elif position % 3 == 1:
                value = value + shift
            else:
                value = mg.tanh(value)
        return value.sum()

    return training(loss, [factor, shift], task.learning_rate)


def training(
    loss: Callable[[], Any], parameters: list[Any], learning_rate: float
) -> Step:
    """Make the step."""

    def step() -> float:
        value = loss()
        value.backward()
        for parameter in parameters:
            parameter.data -= learning_rate * parameter.grad
        return float(value.data)

    return step


def random_graph(task: Recipe) -> Step:
    """W8; it recurses over the graph."""
    sys.setrecursionlimit(1_000_000)

    def step() -> float:
        values = [mg.tensor(leaf) for leaf in task.leaves]
        for kind, left, right in task.pairs:
            a, b = values[left], values[right]
            values.append(mg.tanh(a + b if kind == ADD else a * b))
        loss = values[-1].sum()
        loss.backward()
        return float(loss.data)

    return step


STEPS: Steps = {
    "w1": regression,
    "w2": classification,
    "w3": classification,
    "w4": convolutional,
    "w7": chain,
    "w8": random_graph,
}
