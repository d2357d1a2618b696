"""PyTorch as it comes: every operation at once, nothing compiled."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from side_by_side.arrays import Step, Steps
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.images import Images
from side_by_side.workloads.language import Language
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.random_graph import ADD, Recipe
from side_by_side.workloads.sequences_of_rows import Sequences

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


def convolutional(task: Images) -> Step:
    """W4."""
    parameters = [variable(array) for array in task.parameters]
    kernel, bias, next_kernel, next_bias, weight, last_bias = parameters
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y)

    def loss() -> Any:
        value = F.max_pool2d(F.relu(F.conv2d(X, kernel, bias, padding=2)), 2)
        value = F.conv2d(value, next_kernel, next_bias, padding=2)
        value = F.max_pool2d(F.relu(value), 2)
        return F.cross_entropy(value.flatten(1) @ weight + last_bias, y)

    return training(loss, parameters, task.learning_rate)


def lstm(task: Sequences) -> Step:
    """W5; PyTorch has a second bias, which stays 0."""
    weight, recurrent, bias, *head = task.parameters
    layer = torch.nn.LSTM(len(weight), len(recurrent), batch_first=True)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.from_numpy(weight.T.copy()))
        layer.weight_hh_l0.copy_(torch.from_numpy(recurrent.T.copy()))
        layer.bias_ih_l0.copy_(torch.from_numpy(bias))
        layer.bias_hh_l0.zero_()
    layer.bias_hh_l0.requires_grad_(False)
    head_weight, head_bias = map(variable, head)
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y)

    def loss() -> Any:
        states, _ = layer(X)
        return F.cross_entropy(states[:, -1] @ head_weight + head_bias, y)

    own = [one for one in layer.parameters() if one.requires_grad]
    return training(loss, [*own, head_weight, head_bias], task.learning_rate)


def gpt(task: Language) -> Step:
    """W6."""
    parameters = [variable(array) for array in task.parameters]
    embedding, positions, *blocks, scale, shift, head = parameters
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y).reshape(-1)
    rows, time = task.X.shape
    width = len(task.parameters[-1])
    split = (rows, time, 3, task.heads, width // task.heads)

    def norm(value: Any, its_scale: Any, its_shift: Any) -> Any:
        return F.layer_norm(value, (width,), its_scale, its_shift)

    def loss() -> Any:
        value = F.embedding(X, embedding) + positions
        for first in range(0, len(blocks), 12):
            s1, t1, w1, b1, w2, b2, s2, t2, w3, b3, w4, b4 = blocks[first : first + 12]
            three = (norm(value, s1, t1) @ w1 + b1).view(split).permute(2, 0, 3, 1, 4)
            query, key, content = three
            mixed = F.scaled_dot_product_attention(query, key, content, is_causal=True)
            value = value + mixed.transpose(1, 2).reshape(rows, time, width) @ w2 + b2
            hidden = F.gelu(norm(value, s2, t2) @ w3 + b3, approximate="tanh")
            value = value + hidden @ w4 + b4
        logits = norm(value, scale, shift) @ head
        return F.cross_entropy(logits.view(rows * time, -1), y)

    optimizer = torch.optim.Adam(parameters, lr=task.learning_rate)
    return training_by(optimizer, loss)


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
    """Make the step of plain gradient descent."""
    return training_by(torch.optim.SGD(parameters, lr=learning_rate), loss)


def training_by(optimizer: Any, loss: Callable[[], Any]) -> Step:
    """Make the step: the loop that one writes."""

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
    "w4": convolutional,
    "w5": lstm,
    "w6": gpt,
    "w7": chain,
    "w8": random_graph,
}
