"""W4: a convolutional network over images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from side_by_side.arrays import Floats, Integers
from side_by_side.workloads.perceptrons import dense


class Images(NamedTuple):
    """Two convolutions, each with ReLU and a maximum over 2 × 2; then a dense layer."""

    parameters: list[Floats]
    """Kernel (filters, channels, height, width) and bias (filters,) of each
    convolution, whose images are padded to stay as large as they are; weight and bias
    of the dense layer, whose inputs are in the order (filters, height, width).
    """
    X: Floats
    """Rows, channels, height, width."""
    y: Integers
    learning_rate: float

    @property
    def places(self) -> tuple[int, int]:
        """The height and width of what the dense layer reads."""
        height, width = self.X.shape[2:]
        return height // 4, width // 4

    def channels_last(self) -> tuple[Floats, list[Floats]]:
        """Give images and parameters for those who have the channels last.

        The kernels are (height, width, channels, filters) then, and the inputs of the
        dense layer in the order (height, width, filters).
        """
        one, its_bias, two, bias, weight, last_bias = self.parameters
        by_filter = weight.reshape(len(two), *self.places, -1)
        arrays = [
            one.transpose(2, 3, 1, 0),
            its_bias,
            two.transpose(2, 3, 1, 0),
            bias,
            by_filter.transpose(1, 2, 0, 3).reshape(weight.shape),
            last_bias,
        ]
        images = np.ascontiguousarray(self.X.transpose(0, 2, 3, 1))
        return images, [np.array(array, order="C") for array in arrays]


def convolutional(short: bool = False) -> Images:
    """Draw the parameters and the batch."""
    rows, size = (6, 12) if short else (64, 28)
    rng = np.random.default_rng(4)
    kernels = [
        (rng.standard_normal((16, 1, 5, 5)) / 5).astype(np.float32),
        (rng.standard_normal((32, 16, 5, 5)) / 20).astype(np.float32),
    ]
    parameters = []
    for kernel in kernels:
        parameters += [kernel, np.zeros(len(kernel), np.float32)]
    parameters += dense(rng, 32 * (size // 4) ** 2, 10)
    X = rng.standard_normal((rows, 1, size, size)).astype(np.float32)
    return Images(parameters, X, rng.integers(0, 10, rows), learning_rate=0.05)
