"""W4 in plain NumPy: windows laid out as the rows of a matrix."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from side_by_side.arrays import Floats, Step
from side_by_side.peers.plain.plain_common import cross_entropy, descend
from side_by_side.workloads.images import Images


def convolutional(task: Images) -> Step:
    """Make the step."""
    X, parameters = task.channels_last()
    kernel, bias, next_kernel, next_bias, weight, last_bias = parameters

    def step() -> float:
        rows = windows(X, kernel)
        first = np.maximum(product(rows, kernel, X) + bias, 0)
        small = largest(first)
        next_rows = windows(small, next_kernel)
        second = np.maximum(product(next_rows, next_kernel, small) + next_bias, 0)
        flat = largest(second).reshape(len(X), -1)
        loss, grad = cross_entropy(flat @ weight + last_bias, task.y)

        grads = [flat.T @ grad, grad.sum(0)]
        grad = largest_grad((grad @ weight.T).reshape(largest(second).shape), second)
        grad = (grad * (second > 0)).reshape(-1, len(next_bias))
        grads[:0] = [(next_rows.T @ grad).reshape(next_kernel.shape), grad.sum(0)]
        rows_grad = grad @ next_kernel.reshape(-1, len(next_bias)).T
        grad = largest_grad(added_up(rows_grad, small, next_kernel), first)
        grad = (grad * (first > 0)).reshape(-1, len(bias))
        grads[:0] = [(rows.T @ grad).reshape(kernel.shape), grad.sum(0)]
        descend(parameters, grads, task.learning_rate)
        return loss

    return step


def windows(images: Floats, kernel: Floats) -> Floats:
    """Lay the windows of padded images out as the rows of a matrix."""
    height, width, *_ = kernel.shape
    up, left = height // 2, width // 2
    padded = np.pad(images, ((0, 0), (up, up), (left, left), (0, 0)))
    view = sliding_window_view(padded, (height, width), (1, 2))
    rows: Floats = view.transpose(0, 1, 2, 4, 5, 3).reshape(images[..., 0].size, -1)
    return rows


def product(rows: Floats, kernel: Floats, images: Floats) -> Floats:
    """Multiply the windows by the kernel."""
    filters = kernel.shape[-1]
    values: Floats = rows @ kernel.reshape(-1, filters)
    return values.reshape(*images.shape[:-1], filters)


def added_up(rows_grad: Floats, images: Floats, kernel: Floats) -> Floats:
    """Add the gradients of the windows up where they overlap."""
    count, tall, wide, channels = images.shape
    height, width, *_ = kernel.shape
    parts = rows_grad.reshape(count, tall, wide, height, width, channels)
    grad = np.zeros((count, tall + height - 1, wide + width - 1, channels), np.float32)
    for i in range(height):
        for j in range(width):
            grad[:, i : i + tall, j : j + wide] += parts[:, :, :, i, j]
    up, left = height // 2, width // 2
    return grad[:, up : up + tall, left : left + wide]


def largest(images: Floats) -> Floats:
    """Keep the largest number of every 2 × 2."""
    return np.maximum(
        np.maximum(images[:, ::2, ::2], images[:, ::2, 1::2]),
        np.maximum(images[:, 1::2, ::2], images[:, 1::2, 1::2]),
    )


def largest_grad(grad: Floats, images: Floats) -> Floats:
    """Give the gradient to where the largest numbers come from."""
    kept = largest(images)
    full = np.zeros_like(images)
    free = np.ones(kept.shape, bool)
    for i in (0, 1):
        for j in (0, 1):
            found = (images[:, i::2, j::2] == kept) & free
            full[:, i::2, j::2] = grad * found
            free &= ~found
    return full
