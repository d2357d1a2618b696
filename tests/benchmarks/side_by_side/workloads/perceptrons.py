"""W1, W2, W3: networks of dense layers, from tiny to wide."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from side_by_side.arrays import Floats


class Training(NamedTuple):
    """A network of dense layers and one batch, on which every step trains it."""

    parameters: list[Floats]
    """Weight (inputs, outputs) and bias (outputs,) of each layer in turn."""
    X: Floats
    y: Any
    """Numbers (rows, 1) for a regression, class indices (rows,) otherwise."""
    learning_rate: float


def tiny(short: bool = False) -> Training:
    """W1: a regression, so small that only what a call costs counts."""
    rng = np.random.default_rng(1)
    parameters = [*dense(rng, 8, 16), *dense(rng, 16, 1)]
    X = rng.standard_normal((16, 8)).astype(np.float32)
    y = rng.standard_normal((16, 1)).astype(np.float32)
    return Training(parameters, X, y, learning_rate=0.05)


def digits(short: bool = False) -> Training:
    """W2: what one trains on handwritten digits."""
    return classifier(2, (784, 256, 128, 10), rows=128, learning_rate=0.1)


def wide(short: bool = False) -> Training:
    """W3: so wide that the matrix products are nearly all."""
    if short:
        return classifier(3, (256, 512, 512, 10), rows=128, learning_rate=0.01)
    return classifier(3, (1024, 2048, 2048, 10), rows=512, learning_rate=0.01)


def classifier(
    seed: int, sizes: tuple[int, ...], rows: int, learning_rate: float
) -> Training:
    """Draw a network with ReLU between its layers, and a batch with its classes."""
    rng = np.random.default_rng(seed)
    parameters = []
    for inputs, outputs in pairwise(sizes):
        parameters += dense(rng, inputs, outputs)
    X = rng.standard_normal((rows, sizes[0])).astype(np.float32)
    y = rng.integers(0, sizes[-1], rows)
    return Training(parameters, X, y, learning_rate)


def dense(rng: np.random.Generator, inputs: int, outputs: int) -> list[Floats]:
    """Draw the weight of a layer; its bias begins at 0."""
    weight = rng.standard_normal((inputs, outputs)) / np.sqrt(inputs)
    return [weight.astype(np.float32), np.zeros(outputs, np.float32)]
