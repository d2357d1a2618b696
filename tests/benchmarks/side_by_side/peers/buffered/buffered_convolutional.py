"""W4 in NumPy over buffers: windows copied as the rows of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from side_by_side.arrays import Floats, Step
from side_by_side.peers.buffered.buffered_common import (
    add,
    bound_cross_entropy,
    buffer,
    copyto,
    greater,
    matmul,
    maximum,
    multiply,
    subtract,
    sum_of,
)
from side_by_side.workloads.images import Images

ZERO = np.float32(0)


def convolutional(task: Images) -> Step:
    """Make the step."""
    X, parameters = task.channels_last()
    kernel, bias, next_kernel, next_bias, weight, last_bias = parameters
    grads = [np.empty_like(array) for array in parameters]
    rate = np.float32(task.learning_rate)
    one = Convolved(X.shape, kernel)
    copyto(one.images, X)
    two = Convolved(one.pooled_shape, next_kernel)
    pooled, pooled_grad = buffer(*two.pooled_shape), buffer(*two.pooled_shape)
    flat = pooled.reshape(len(X), -1)
    flat_grad = pooled_grad.reshape(flat.shape)
    logits, logits_grad = buffer(len(X), 10), buffer(len(X), 10)
    cross_entropy = bound_cross_entropy(logits, task.y, logits_grad)

    def step() -> float:
        one.forward(kernel, bias, two.images)
        two.forward(next_kernel, next_bias, pooled)
        matmul(flat, weight, logits)
        add(logits, last_bias, logits)
        loss = cross_entropy()
        matmul(flat.T, logits_grad, grads[4])
        sum_of(logits_grad, 0, None, grads[5])
        matmul(logits_grad, weight.T, flat_grad)
        two.backward(pooled, pooled_grad, grads[2], grads[3])
        two.images_backward(next_kernel)
        one.backward(two.images, two.images_grad, grads[0], grads[1])
        for parameter, grad in zip(parameters, grads, strict=True):
            multiply(grad, rate, grad)
            subtract(parameter, grad, parameter)
        return loss

    return step


class Convolved:
    """A convolution, its bias, ReLU and the maximum over 2 × 2, with their buffers."""

    def __init__(self, shape: tuple[int, ...], kernel: Floats) -> None:
        rows, tall, wide, channels = shape
        height, width, _, filters = kernel.shape
        up, left = height // 2, width // 2
        padded = (rows, tall + height - 1, wide + width - 1, channels)
        inner = (slice(None), slice(up, up + tall), slice(left, left + wide))
        self.padded, self.padded_grad = np.zeros(padded, np.float32), buffer(*padded)
        self.images, self.images_grad = self.padded[inner], self.padded_grad[inner]
        view = sliding_window_view(self.padded, (height, width), (1, 2))
        self.view = view.transpose(0, 1, 2, 4, 5, 3)
        self.copied = buffer(*self.view.shape)
        places = rows * tall * wide
        self.windows = self.copied.reshape(places, -1)
        self.values, self.values_grad = buffer(places, filters), buffer(places, filters)
        self.ones = np.ones(places, np.float32)
        self.pooled_shape = (rows, tall // 2, wide // 2, filters)
        self.work = buffer(*self.pooled_shape)
        self.mask, self.free = (np.empty(self.pooled_shape, bool) for _ in range(2))
        self.quarters = self.in_quarters(self.values)
        self.quarters_grad = self.in_quarters(self.values_grad)

    def in_quarters(self, values: Floats) -> list[Floats]:
        """Look at each of the four places of every 2 × 2."""
        rows, tall, wide, filters = self.pooled_shape
        whole = values.reshape(rows, 2 * tall, 2 * wide, filters)
        return [whole[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]

    def forward(self, kernel: Floats, bias: Floats, pooled: Floats) -> None:
        """Compute what is pooled from the images."""
        copyto(self.copied, self.view)
        matmul(self.windows, kernel.reshape(-1, len(bias)), self.values)
        add(self.values, bias, self.values)
        maximum(self.values, ZERO, out=self.values)
        first, second, third, fourth = self.quarters
        maximum(first, second, out=pooled)
        maximum(third, fourth, out=self.work)
        maximum(pooled, self.work, out=pooled)

    def backward(
        self, pooled: Floats, grad: Floats, kernel_grad: Floats, bias_grad: Floats
    ) -> None:
        """Compute the gradients of the parameters; `grad` is written over.

        Where a maximum is not positive nothing comes through, so the mask of ReLU is as
        small as what is pooled.
        """
        greater(pooled, ZERO, self.mask)
        multiply(grad, self.mask, grad)
        self.free.fill(True)
        for quarter, into in zip(self.quarters, self.quarters_grad, strict=True):
            np.equal(quarter, pooled, self.mask)
            np.logical_and(self.mask, self.free, self.mask)
            multiply(grad, self.mask, into)
            np.greater(self.free, self.mask, self.free)
        flat: Any = kernel_grad.reshape(-1, len(bias_grad))
        matmul(self.windows.T, self.values_grad, flat)
        matmul(self.ones, self.values_grad, bias_grad)

    def images_backward(self, kernel: Floats) -> None:
        """Compute the gradient of the images; it is written over the windows."""
        matmul(self.values_grad, kernel.reshape(-1, kernel.shape[-1]).T, self.windows)
        _, tall, wide, *_ = self.copied.shape
        self.padded_grad.fill(0)
        for i in range(kernel.shape[0]):
            for j in range(kernel.shape[1]):
                part = self.padded_grad[:, i : i + tall, j : j + wide]
                add(part, self.copied[:, :, :, i, j], part)
