"""NumPy by hand, the straightforward way: a new array for every expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from side_by_side.arrays import Floats, Step, Steps
from side_by_side.peers.plain import plain_convolutional, plain_gpt, plain_lstm
from side_by_side.peers.plain.plain_common import cross_entropy, descend
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.random_graph import ADD, Recipe


def regression(task: Training) -> Step:
    """W1."""
    parameters = [array.copy() for array in task.parameters]
    w1, b1, w2, b2 = parameters
    X, y = task.X, task.y

    def step() -> float:
        hidden = np.tanh(X @ w1 + b1)
        error = hidden @ w2 + b2 - y
        loss = (error * error).mean()
        output_grad = error * np.float32(2 / error.size)
        hidden_grad = (output_grad @ w2.T) * (1 - hidden * hidden)
        descend(
            parameters,
            [
                X.T @ hidden_grad,
                hidden_grad.sum(0),
                hidden.T @ output_grad,
                output_grad.sum(0),
            ],
            task.learning_rate,
        )
        return float(loss)

    return step


def classification(task: Training) -> Step:
    """W2 and W3."""
    parameters = [array.copy() for array in task.parameters]
    weights, biases = parameters[::2], parameters[1::2]

    def step() -> float:
        values = [task.X]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            values.append(np.maximum(values[-1] @ weight + bias, 0))
        loss, grad = cross_entropy(values[-1] @ weights[-1] + biases[-1], task.y)
        grads: list[Floats] = []
        for layer in reversed(range(len(weights))):
            grads[:0] = [values[layer].T @ grad, grad.sum(0)]
            if layer:
                grad = (grad @ weights[layer].T) * (values[layer] > 0)
        descend(parameters, grads, task.learning_rate)
        return loss

    return step


def chain(task: Chain) -> Step:
    """W7."""
    factor, shift = task.factor.copy(), task.shift.copy()

    def step() -> float:
        values = [task.start]
        for position in range(task.length):
            if position % 3 == 0:
                values.append(values[-1] * factor)
            elif position % 3 == 1:
                values.append(values[-1] + shift)
            else:
                values.append(np.tanh(values[-1]))
        grad = np.ones_like(task.start)
        factor_grad, shift_grad = np.zeros_like(factor), np.zeros_like(shift)
        for position in reversed(range(task.length)):
            if position % 3 == 0:
                factor_grad += grad * values[position]
                grad = grad * factor
            elif position % 3 == 1:
                shift_grad += grad
            else:
                grad = grad * (1 - values[position + 1] * values[position + 1])
        descend([factor, shift], [factor_grad, shift_grad], task.learning_rate)
        return float(values[-1].sum())

    return step


def random_graph(task: Recipe) -> Step:
    """W8."""
    both = passes(task)
    return lambda: both()[0]


def passes(task: Recipe) -> Callable[[], tuple[float, list[Any]]]:
    """Make what gives the loss of W8 and the gradient of each leaf, None for none.

    Of a pair only the tanh is kept: its gradient needs nothing else.
    """
    first = len(task.leaves)

    def both() -> tuple[float, list[Any]]:
        values = list(task.leaves)
        for kind, left, right in task.pairs:
            a, b = values[left], values[right]
            values.append(np.tanh(a + b if kind == ADD else a * b))
        grads: list[Any] = [None] * len(values)
        grads[-1] = np.ones_like(values[-1])
        for index in reversed(range(len(task.pairs))):
            grad, value = grads[first + index], values[first + index]
            if grad is None:
                continue
            grad = grad * (1 - value * value)
            kind, left, right = task.pairs[index]
            if kind == ADD:
                parts = ((left, grad), (right, grad))
            else:
                parts = ((left, grad * values[right]), (right, grad * values[left]))
            for place, part in parts:
                known = grads[place]
                grads[place] = part if known is None else known + part
        return float(values[-1].sum()), grads[:first]

    return both


STEPS: Steps = {
    "w1": regression,
    "w2": classification,
    "w3": classification,
    "w4": plain_convolutional.convolutional,
    "w5": plain_lstm.lstm,
    "w6": plain_gpt.gpt,
    "w7": chain,
    "w8": random_graph,
}
