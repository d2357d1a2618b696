"""W6 in NumPy over buffers; sums along rows and columns are products with ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from side_by_side.arrays import Floats, Step
from side_by_side.peers.buffered.buffered_common import (
    add,
    bound_cross_entropy,
    buffer,
    copyto,
    divide,
    exp,
    matmul,
    maximum_of,
    multiply,
    parts,
    sqrt,
    subtract,
    sum_of,
    tanh,
)
from side_by_side.workloads.language import Language

CURVE, CUBE = np.float32(np.sqrt(2 / np.pi)), np.float32(0.044715)
HALF, EPSILON = np.float32(0.5), np.float32(1e-5)


def gpt(task: Language) -> Step:
    """Make the step."""
    flat = np.concatenate([array.ravel() for array in task.parameters])
    flat_grads = np.empty_like(flat)
    embedding, positions, *inner, scale, shift, head = parts(flat, task.parameters)
    embedding_grad, positions_grad, *inner_grads, scale_grad, shift_grad, head_grad = (
        parts(flat_grads, task.parameters)
    )
    (rows, time), (width, ids) = task.X.shape, head.shape
    places = rows * time
    shared = Shared(places, width)
    blocks = [
        Block(inner[k : k + 12], inner_grads[k : k + 12], task, shared)
        for k in range(0, len(inner), 12)
    ]
    norm = Norm(scale, shift, scale_grad, shift_grad, shared)
    X, classes = task.X.reshape(-1), task.y.reshape(-1)
    # The gradient of looking up is one product, too.
    chosen = np.zeros((ids, places), np.float32)
    chosen[X, np.arange(places)] = 1
    value, grad = buffer(places, width), buffer(places, width)
    by_row, grad_by_row = (one.reshape(rows, time, width) for one in (value, grad))
    logits, logits_grad = buffer(places, ids), buffer(places, ids)
    cross_entropy = bound_cross_entropy(logits, classes, logits_grad)
    update = bound_adam(flat, flat_grads, task.learning_rate)

    def step() -> float:
        embedding.take(X, 0, value, "clip")
        add(by_row, positions, by_row)
        for block in blocks:
            block.forward(value)
        matmul(norm.forward(value), head, logits)
        loss = cross_entropy()
        matmul(norm.output.T, logits_grad, head_grad)
        matmul(logits_grad, head.T, grad)
        norm.backward(grad)
        for block in reversed(blocks):
            block.backward(grad)
        sum_of(grad_by_row, 0, None, positions_grad)
        matmul(chosen, grad, embedding_grad)
        update()
        return loss

    return step


class Shared:
    """Buffers that all parts use one after the other, and ones to sum with."""

    def __init__(self, places: int, width: int) -> None:
        self.work = buffer(places, width)
        self.wide, self.wide_too = buffer(places, 4 * width), buffer(places, 4 * width)
        self.three = buffer(places, 3 * width)
        self.mean, self.along = buffer(places, 1), buffer(places, 1)
        self.ones = np.ones(places, np.float32)
        self.share = np.full(width, 1 / width, np.float32)


class Norm:
    """Normalize rows, in buffers."""

    def __init__(
        self,
        scale: Floats,
        shift: Floats,
        scale_grad: Floats,
        shift_grad: Floats,
        shared: Shared,
    ) -> None:
        self.scale, self.shift, self.shared = scale, shift, shared
        self.scale_grad, self.shift_grad = scale_grad, shift_grad
        self.unit, self.output = np.empty_like(shared.work), np.empty_like(shared.work)
        self.factor = np.empty_like(shared.mean)

    def forward(self, value: Floats) -> Floats:
        """Give the normalized rows."""
        unit, factor, output = self.unit, self.factor, self.output
        matmul(value, self.shared.share, factor[:, 0])
        subtract(value, factor, unit)
        multiply(unit, unit, output)
        matmul(output, self.shared.share, factor[:, 0])
        add(factor, EPSILON, factor)
        sqrt(factor, factor)
        divide(1, factor, factor)
        multiply(unit, factor, unit)
        multiply(unit, self.scale, output)
        add(output, self.shift, output)
        return output

    def backward(self, grad: Floats) -> None:
        """Turn the gradient of the output into that of the value."""
        shared, work = self.shared, self.shared.work
        multiply(grad, self.unit, work)
        matmul(shared.ones, work, self.scale_grad)
        matmul(shared.ones, grad, self.shift_grad)
        multiply(grad, self.scale, grad)
        matmul(grad, shared.share, shared.mean[:, 0])
        multiply(grad, self.unit, work)
        matmul(work, shared.share, shared.along[:, 0])
        multiply(self.unit, shared.along, work)
        subtract(grad, shared.mean, grad)
        subtract(grad, work, grad)
        multiply(grad, self.factor, grad)


class Block:
    """Attention and a feed-forward network, each added to what goes in."""

    def __init__(
        self,
        parameters: list[Floats],
        grads: list[Floats],
        task: Language,
        shared: Shared,
    ) -> None:
        s1, t1, self.w1, self.b1, self.w2, self.b2 = parameters[:6]
        s2, t2, self.w3, self.b3, self.w4, self.b4 = parameters[6:]
        self.grads, self.shared = grads, shared
        self.first = Norm(s1, t1, grads[0], grads[1], shared)
        self.second = Norm(s2, t2, grads[6], grads[7], shared)
        (rows, time), width, heads = task.X.shape, len(s1), task.heads
        size, places = width // heads, rows * time
        self.share = np.float32(size**-0.5)
        seen = np.tril(np.ones((time, time), bool))
        self.mask = np.where(seen, 0, -np.inf).astype(np.float32)
        of_heads = (rows, heads, time, size)
        self.three = buffer(places, 3 * width)
        self.query, self.key, self.content = (buffer(*of_heads) for _ in range(3))
        self.mixed, self.mixed_grad = buffer(*of_heads), buffer(*of_heads)
        self.three_grads = [buffer(*of_heads) for _ in range(3)]
        self.weights = buffer(rows, heads, time, time)
        self.weights_grad = buffer(rows, heads, time, time)
        self.row = buffer(rows, heads, time, 1)
        self.joined = buffer(places, width)
        self.joined_by_head = by_head(self.joined, rows, time, heads, 1)[0]
        self.work_by_head = by_head(shared.work, rows, time, heads, 1)[0]
        self.three_by_head = by_head(self.three, rows, time, heads, 3)
        self.into_by_head = by_head(shared.three, rows, time, heads, 3)
        self.hidden, self.bent = buffer(places, 4 * width), buffer(places, 4 * width)
        self.active = buffer(places, 4 * width)

    def forward(self, value: Floats) -> None:
        """Turn the input (rows * time, width) into the output."""
        work, weights, row = self.shared.work, self.weights, self.row
        matmul(self.first.forward(value), self.w1, self.three)
        add(self.three, self.b1, self.three)
        multiply(self.three_by_head[0], self.share, self.query)
        copyto(self.key, self.three_by_head[1])
        copyto(self.content, self.three_by_head[2])
        matmul(self.query, turned(self.key), weights)
        add(weights, self.mask, weights)
        maximum_of(weights, 3, None, row, True)
        subtract(weights, row, weights)
        exp(weights, weights)
        sum_of(weights, 3, None, row, True)
        divide(weights, row, weights)
        matmul(weights, self.content, self.mixed)
        copyto(self.joined_by_head, self.mixed)
        matmul(self.joined, self.w2, work)
        add(value, work, value)
        add(value, self.b2, value)

        hidden, bent, active = self.hidden, self.bent, self.active
        matmul(self.second.forward(value), self.w3, hidden)
        add(hidden, self.b3, hidden)
        multiply(hidden, hidden, bent)
        multiply(bent, CUBE * CURVE, bent)
        add(bent, CURVE, bent)
        multiply(bent, hidden, bent)
        tanh(bent, bent)
        add(bent, 1, active)
        multiply(active, hidden, active)
        multiply(active, HALF, active)
        matmul(active, self.w4, work)
        add(value, work, value)
        add(value, self.b4, value)

    def backward(self, grad: Floats) -> None:
        """Turn the gradient of the output into that of the input."""
        ones, work = self.shared.ones, self.shared.work
        wide, slope = self.shared.wide, self.shared.wide_too
        grads, hidden, bent = self.grads, self.hidden, self.bent
        matmul(self.active.T, grad, grads[10])
        matmul(ones, grad, grads[11])
        matmul(grad, self.w4.T, wide)
        multiply(hidden, hidden, slope)
        multiply(slope, 3 * CUBE * CURVE, slope)
        add(slope, CURVE, slope)
        multiply(slope, hidden, slope)
        multiply(slope, HALF, slope)
        multiply(bent, bent, hidden)  # which nobody needs any more
        subtract(1, hidden, hidden)
        multiply(slope, hidden, slope)
        add(bent, 1, bent)
        multiply(bent, HALF, bent)
        add(slope, bent, slope)
        multiply(wide, slope, wide)
        matmul(self.second.output.T, wide, grads[8])
        matmul(ones, wide, grads[9])
        added = self.second.output
        matmul(wide, self.w3.T, added)
        self.second.backward(added)
        add(grad, added, grad)

        matmul(self.joined.T, grad, grads[4])
        matmul(ones, grad, grads[5])
        matmul(grad, self.w2.T, work)
        copyto(self.mixed_grad, self.work_by_head)
        query_grad, key_grad, content_grad = self.three_grads
        scores_grad, row = self.weights_grad, self.row
        matmul(turned(self.weights), self.mixed_grad, content_grad)
        matmul(self.mixed_grad, turned(self.content), scores_grad)
        multiply(self.mixed_grad, self.mixed, self.mixed)
        sum_of(self.mixed, 3, None, row, True)
        subtract(scores_grad, row, scores_grad)
        multiply(scores_grad, self.weights, scores_grad)
        matmul(scores_grad, self.key, query_grad)
        multiply(query_grad, self.share, query_grad)
        matmul(turned(scores_grad), self.query, key_grad)
        for into, part in zip(self.into_by_head, self.three_grads, strict=True):
            copyto(into, part)
        three_grad = self.shared.three
        matmul(self.first.output.T, three_grad, grads[2])
        matmul(ones, three_grad, grads[3])
        added = self.first.output
        matmul(three_grad, self.w1.T, added)
        self.first.backward(added)
        add(grad, added, grad)


def by_head(flat: Floats, rows: int, time: int, heads: int, count: int) -> Any:
    """View (rows * time, width) as (count, rows, heads, time, size)."""
    return flat.reshape(rows, time, count, heads, -1).transpose(2, 0, 3, 1, 4)


def turned(matrices: Floats) -> Floats:
    """View matrices with their axes exchanged."""
    return matrices.swapaxes(-1, -2)


def bound_adam(flat: Floats, grads: Floats, learning_rate: float) -> Any:
    """Make what updates all parameters in a row."""
    mean, square, work = np.zeros_like(flat), np.zeros_like(flat), np.empty_like(flat)
    count = 0

    def update() -> None:
        nonlocal count
        count += 1
        first, second = 1 - 0.9**count, 1 - 0.999**count
        multiply(mean, np.float32(0.9), mean)
        multiply(grads, np.float32(0.1), work)
        add(mean, work, mean)
        multiply(square, np.float32(0.999), square)
        multiply(grads, grads, work)
        multiply(work, np.float32(0.001), work)
        add(square, work, square)
        sqrt(square, work)
        multiply(work, np.float32(second**-0.5), work)
        add(work, np.float32(1e-8), work)
        divide(mean, work, work)
        multiply(work, np.float32(learning_rate / first), work)
        subtract(flat, work, flat)

    return update
