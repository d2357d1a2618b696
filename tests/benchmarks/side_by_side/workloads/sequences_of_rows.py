"""W5: an LSTM over sequences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from side_by_side.arrays import Floats, Integers
from side_by_side.workloads.perceptrons import dense


class Sequences(NamedTuple):
    """An LSTM, the classes from its last state by a dense layer, and one batch."""

    parameters: list[Floats]
    """Weight (features, 4 * hidden), recurrent weight (hidden, 4 * hidden), bias; the
    gates in the order input, forget, cell, output. Then weight and bias of the layer.
    """
    X: Floats
    """Rows, time, features."""
    y: Integers
    learning_rate: float


def lstm(short: bool = False) -> Sequences:
    """Draw the parameters and the batch."""
    hidden, features, rows, time = 128, 32, 32, 5 if short else 50
    rng = np.random.default_rng(5)
    weight = rng.standard_normal((features, 4 * hidden)) / np.sqrt(features)
    recurrent = rng.standard_normal((hidden, 4 * hidden)) / np.sqrt(hidden)
    parameters = [
        weight.astype(np.float32),
        recurrent.astype(np.float32),
        np.zeros(4 * hidden, np.float32),
        *dense(rng, hidden, 10),
    ]
    X = rng.standard_normal((rows, time, features)).astype(np.float32)
    return Sequences(parameters, X, rng.integers(0, 10, rows), learning_rate=0.05)
