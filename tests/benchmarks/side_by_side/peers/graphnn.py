"""graphnn, as one of its users would write it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import graphnn as gn
from side_by_side.arrays import Floats, Step, Steps
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.images import Images
from side_by_side.workloads.language import Language
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.random_graph import ADD, Recipe
from side_by_side.workloads.sequences_of_rows import Sequences


def regression(task: Training) -> Step:
    """W1."""
    layers = [gn.Dense(16, "tanh"), gn.Dense(1)]
    return training(layers, gn.MeanSquaredError(), task)


def classification(task: Training) -> Step:
    """W2 and W3."""
    *hidden, classes = [len(bias) for bias in task.parameters[1::2]]
    layers = [*(gn.Dense(neurons, "relu") for neurons in hidden), gn.Dense(classes)]
    return training(layers, gn.SoftmaxCrossEntropy(), task)


def convolutional(task: Images) -> Step:
    """W4."""
    X, parameters = task.channels_last()
    layers = [
        gn.Conv2D(16, 5, padding="same", activation="relu"),
        gn.MaxPool2D(2),
        gn.Conv2D(32, 5, padding="same", activation="relu"),
        gn.MaxPool2D(2),
        gn.Flatten(),
        gn.Dense(10),
    ]
    return training(
        layers,
        gn.SoftmaxCrossEntropy(),
        Training(parameters, X, task.y, task.learning_rate),
    )


def lstm(task: Sequences) -> Step:
    """W5."""
    hidden, classes = len(task.parameters[1]), len(task.parameters[-1])
    layers = [gn.LSTM(hidden), gn.Dense(classes)]
    return training(layers, gn.SoftmaxCrossEntropy(), task)


def training(
    layers: Sequence[gn.Layer], loss: gn.Operation, task: Training | Sequences
) -> Step:
    """Make the step of a trainer."""
    network = gn.NeuralNetwork(layers, loss)
    start_from(task.parameters, network, task.X)
    trainer = gn.Trainer(network, gn.SGD(task.learning_rate))
    return lambda: trainer.step(task.X, task.y)


def gpt(task: Language) -> Step:
    """W6."""
    trainer = gn.Trainer(gpt_network(task), gn.Adam(task.learning_rate))
    return lambda: trainer.step(task.X, task.y)


def gpt_network(task: Language) -> gn.NeuralNetwork:
    """Build the network of W6."""
    (ids, width), (time, _) = (array.shape for array in task.parameters[:2])
    blocks = [
        gn.TransformerBlock(
            task.heads, causal=True, activation=gn.GELU(approximate=True)
        )
        for _ in range(task.blocks)
    ]
    network = gn.NeuralNetwork(
        [
            gn.Embedding(ids, width, dtype=np.float32),
            gn.PositionEmbedding(time),
            *blocks,
            gn.LayerNorm(),
            gn.Dense(ids, bias=False),
        ],
        gn.SoftmaxCrossEntropy(),
    )
    start_from(split_attention(task.parameters, width), network, task.X)
    return network


def start_from(arrays: Iterable[Floats], network: gn.NeuralNetwork, X: Any) -> None:
    """Give the parameters, which are there after a first pass, their values."""
    network.forward(X)
    for parameter, array in zip(network.params(), arrays, strict=True):
        parameter[...] = array


def split_attention(arrays: list[Floats], width: int) -> Iterable[Floats]:
    """Give the weights and biases of queries, keys and values one after the other."""
    pending = list(arrays)
    while pending:
        array = pending.pop(0)
        if array.shape[-1] != 3 * width:
            yield array
            continue
        bias = pending.pop(0)
        for part in range(3):
            columns = slice(part * width, (part + 1) * width)
            yield array[:, columns]
            yield bias[columns]


def chain(task: Chain) -> Step:
    """W7: the graph is built once."""
    factor, shift = (gn.Parameter(one.copy()) for one in (task.factor, task.shift))
    value: Any = gn.Input("start", value=task.start)
    for position in range(task.length):
        if position % 3 == 0:
            value = value * factor
        elif position % 3 == 1:
            value = value + shift
        else:
            value = np.tanh(value)
    loss = np.sum(value)
    plan = loss.graph.plan(loss, optimizer=gn.SGD(task.learning_rate))
    return lambda: float(plan.run())


def random_graph(task: Recipe) -> Step:
    """W8: the graph is built in every step."""

    def step() -> float:
        loss = built(task)
        loss.backward()
        return float(loss.output)

    return step


def built(task: Recipe) -> Any:
    """Build the graph of W8, node by node; give its loss."""
    values: list[Any] = [gn.Parameter(leaf) for leaf in task.leaves]
    for kind, left, right in task.pairs:
        a, b = values[left], values[right]
        values.append(np.tanh(a + b if kind == ADD else a * b))
    return np.sum(values[-1])


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
