"""Only the matrix products of a step, into buffers: what NumPy cannot go below."""

from __future__ import annotations

import numpy as np

from side_by_side.arrays import Floats, Step, Steps
from side_by_side.workloads.images import Images
from side_by_side.workloads.language import Language
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.sequences_of_rows import Sequences

Product = tuple[Floats, Floats]


def layers(task: Training) -> Step:
    """W1, W2 and W3."""
    calls: list[Product] = []
    for layer, weight in enumerate(task.parameters[::2]):
        products = dense(len(task.X), *weight.shape)
        # Nobody asks for the gradient of X.
        calls += products if layer else products[:-1]
    return bound(calls)


def convolutional(task: Images) -> Step:
    """W4, with the windows of all images as the rows of one matrix."""
    kernel, _, next_kernel, _, weight, _ = task.parameters
    rows, _, height, width = task.X.shape
    places, inputs = rows * height * width, kernel[0].size
    # Nobody asks for the gradient of X.
    calls = dense(places, inputs, len(kernel))[:-1]
    calls += dense(places // 4, next_kernel[0].size, len(next_kernel))
    return bound(calls + dense(rows, *weight.shape))


def lstm(task: Sequences) -> Step:
    """W5."""
    (features, width), (size, _) = (array.shape for array in task.parameters[:2])
    rows, time, _ = task.X.shape
    state, gates = ones(rows, size), ones(rows, width)
    recurrent = ones(size, width)
    calls: list[Product] = [(ones(rows * time, features), ones(features, width))]
    calls += [(state, recurrent)] * time + [(gates, recurrent.T)] * time
    calls += [(ones(rows * time, size).T, ones(rows * time, width))]
    calls += [(ones(rows * time, features).T, ones(rows * time, width))]
    return bound(calls + dense(rows, size, len(task.parameters[-1])))


def gpt(task: Language) -> Step:
    """W6."""
    width, ids = task.parameters[-1].shape
    (rows, time), heads = task.X.shape, task.heads
    places = rows * time
    content, weights = (
        ones(rows, heads, time, width // heads),
        ones(rows, heads, time, time),
    )
    calls: list[Product] = []
    for _ in range(task.blocks):
        for inputs, outputs in ((1, 3), (1, 1), (1, 4), (4, 1)):
            calls += dense(places, inputs * width, outputs * width)
        turned = content.swapaxes(-1, -2), weights.swapaxes(-1, -2)
        calls += [(content, turned[0]), (weights, content)]
        calls += [(turned[1], content), (content, turned[0])]
        calls += [(weights, content), (turned[1], content)]
    return bound(calls + dense(places, width, ids))


def dense(rows: int, inputs: int, outputs: int) -> list[Product]:
    """List the products of a dense layer, forward and backward."""
    value, weight, grad = ones(rows, inputs), ones(inputs, outputs), ones(rows, outputs)
    return [(value, weight), (value.T, grad), (grad, weight.T)]


def bound(products: list[Product]) -> Step:
    """Make what computes the products, into buffers."""
    calls = [(left, right, left @ right) for left, right in products]

    def step() -> float:
        for left, right, out in calls:
            np.matmul(left, right, out)
        return float("nan")

    return step


def ones(*shape: int) -> Floats:
    """Make something to multiply."""
    return np.ones(shape, np.float32)


STEPS: Steps = {
    "w1": layers,
    "w2": layers,
    "w3": layers,
    "w4": convolutional,
    "w5": lstm,
    "w6": gpt,
}
