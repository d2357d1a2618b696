"""W6: a small GPT."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from side_by_side.arrays import Floats, Integers


class Language(NamedTuple):
    """A transformer that predicts the next of some ids, and one batch of sequences.

    Two blocks ``x + attention(norm(x))``, ``x + feed_forward(norm(x))``, the attention
    causal, GELU by tanh; a norm, and a product with a matrix that gives the logits.
    """

    parameters: list[Floats]
    """Embedding (ids, width) and positions (time, width); then for each block: scale
    and shift of a norm; weight (width, 3 * width) and bias of queries, keys and values;
    weight and bias of the projection; scale and shift; two dense layers. At last scale
    and shift of a norm, and the weight (width, ids)."""
    X: Integers
    """Ids, (rows, time)."""
    y: Integers
    """The next ones."""
    heads: int
    blocks: int
    learning_rate: float
    """Of Adam, with (0.9, 0.999) and 1e-8."""


def gpt(short: bool = False) -> Language:
    """Draw the parameters and the batch."""
    blocks, width, heads, ids = 2, 128, 4, 64
    time, rows = (16, 4) if short else (64, 16)
    rng = np.random.default_rng(6)

    def normal(*shape: int) -> Floats:
        return (0.02 * rng.standard_normal(shape)).astype(np.float32)

    def dense(inputs: int, outputs: int) -> list[Floats]:
        return [normal(inputs, outputs), np.zeros(outputs, np.float32)]

    def norm() -> list[Floats]:
        return [np.ones(width, np.float32), np.zeros(width, np.float32)]

    parameters = [normal(ids, width), normal(time, width)]
    for _ in range(blocks):
        parameters += [*norm(), *dense(width, 3 * width), *dense(width, width)]
        parameters += [*norm(), *dense(width, 4 * width), *dense(4 * width, width)]
    parameters += [*norm(), normal(width, ids)]
    X = rng.integers(0, ids, (rows, time))
    return Language(parameters, X, np.roll(X, -1, 1), heads, blocks, learning_rate=1e-3)
