"""PyTorch as it comes: every operation at once, nothing compiled."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from side_by_side.arrays import Step, Steps
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.random_graph import ADD, Recipe

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))


def regression(task: Training) -> Step:
    """W1."""
    parameters = [variable(array) for array in task.parameters]
    w1, b1, w2, b2 = parameters
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y)

    def loss() -> Any:
        return F.mse_loss(torch.tanh(X @ w1 + b1) @ w2 + b2, y)

    return training(loss, parameters, task.learning_rate)


def classification(task: Training) -> Step:
    """W2 and W3; the weights are (outputs, inputs), as in ``nn.Linear``."""
    parameters = [variable(array.T) for array in task.parameters]
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y)

    def loss() -> Any:
        hidden = X
        for weight, bias in layers[:-1]:
            hidden = F.relu(F.linear(hidden, weight, bias))
        return F.cross_entropy(F.linear(hidden, *layers[-1]), y)

    return training(loss, parameters, task.learning_rate)


def chain(task: Chain) -> Step:
    """W7."""
    start, factor, shift = map(variable, (task.start, task.factor, task.shift))

    def loss() -> Any:
        value = start
        for position in range(task.length):
            if position % 3 == 0:
                value = value * factor
            elif position % 3 == 1:
                value = value + shift
            else:
                value = torch.tanh(value)
        return value.sum()

    return training(loss, [factor, shift], task.learning_rate)


def random_graph(task: Recipe) -> Step:
    """W8."""

    def step() -> float:
        values = [variable(leaf) for leaf in task.leaves]
        for kind, left, right in task.pairs:
            a, b = values[left], values[right]
            values.append(torch.tanh(a + b if kind == ADD else a * b))
        loss = values[-1].sum()
        loss.backward()
        return float(loss.detach())

    return step


def variable(array: Any) -> Any:
    """Copy an array into a tensor that wants a gradient."""
    return torch.from_numpy(array.copy()).requires_grad_()


def training(
    loss: Callable[[], Any], parameters: list[Any], learning_rate: float
) -> Step:
    """Make the step: the loop that one writes."""
    optimizer = torch.optim.SGD(parameters, lr=learning_rate)

    def step() -> float:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        return float(value.detach())

    return step


STEPS: Steps = {
    "w1": regression,
    "w2": classification,
    "w3": classification,
    "w7": chain,
    "w8": random_graph,
}
