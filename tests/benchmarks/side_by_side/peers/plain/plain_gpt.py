"""W6 in plain NumPy: forward, and backward by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from side_by_side.arrays import Floats, Step
from side_by_side.peers.plain.plain_common import cross_entropy
from side_by_side.workloads.language import Language

CURVE, CUBE = np.float32(np.sqrt(2 / np.pi)), np.float32(0.044715)
HALF, THREE = np.float32(0.5), np.float32(3)
EPSILON = np.float32(1e-5)


def gpt(task: Language) -> Step:
    """Make the step."""
    parameters = [array.copy() for array in task.parameters]
    embedding, positions, *inner, scale, shift, head = parameters
    parts = [inner[first : first + 12] for first in range(0, len(inner), 12)]
    blocks = [Block(part, task.X.shape, task.heads) for part in parts]
    ids, classes = task.X.reshape(-1), task.y.reshape(-1)
    rows, time = task.X.shape
    adam = Adam(parameters, task.learning_rate)

    def step() -> float:
        value = (embedding[task.X] + positions).reshape(rows * time, -1)
        for block in blocks:
            value = block.forward(value)
        normed, tape = norm(value, scale, shift)
        loss, logits_grad = cross_entropy(normed @ head, classes)

        grad, *last = norm_grads(logits_grad @ head.T, tape)
        grads = [*last, normed.T @ logits_grad]
        for block in reversed(blocks):
            grad, its_grads = block.backward(grad)
            grads[:0] = its_grads
        embedding_grad = np.zeros_like(embedding)
        np.add.at(embedding_grad, ids, grad)
        grads[:0] = [embedding_grad, grad.reshape(rows, time, -1).sum(0)]
        adam.step(grads)
        return loss

    return step


class Block:
    """Attention and a feed-forward network, each added to what goes in."""

    def __init__(
        self, parameters: list[Floats], shape: tuple[int, ...], heads: int
    ) -> None:
        self.parameters = parameters
        self.rows, self.time = shape
        self.heads, self.width = heads, len(parameters[0])
        self.size = self.width // heads
        self.share = np.float32(self.size**-0.5)
        seen = np.tril(np.ones((self.time, self.time), bool))
        self.mask = np.where(seen, 0, -np.inf).astype(np.float32)
        self.tape: Any = None

    def forward(self, value: Floats) -> Floats:
        """Compute the output for (rows * time, width)."""
        s1, t1, w1, b1, w2, b2, s2, t2, w3, b3, w4, b4 = self.parameters
        first, first_norm = norm(value, s1, t1)
        three = (first @ w1 + b1).reshape(
            self.rows, self.time, 3, self.heads, self.size
        )
        query, key, content = three.transpose(2, 0, 3, 1, 4)
        scores = query @ key.swapaxes(-1, -2) * self.share + self.mask
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights = weights / weights.sum(-1, keepdims=True)
        mixed = (weights @ content).swapaxes(1, 2).reshape(-1, self.width)
        value = value + mixed @ w2 + b2
        second, second_norm = norm(value, s2, t2)
        hidden = second @ w3 + b3
        bent = np.tanh(CURVE * (hidden + CUBE * hidden * hidden * hidden))
        active = HALF * hidden * (1 + bent)
        attended = first, first_norm, query, key, content, weights, mixed
        self.tape = attended, (second, second_norm, hidden, bent, active)
        result: Floats = value + active @ w4 + b4
        return result

    def backward(self, grad: Floats) -> tuple[Floats, list[Floats]]:
        """Compute the gradients of the input and of the parameters."""
        _, _, w1, _, w2, _, _, _, w3, _, w4, _ = self.parameters
        attended, (second, second_norm, hidden, bent, active) = self.tape
        first, first_norm, query, key, content, weights, mixed = attended

        w4_grad, b4_grad = active.T @ grad, grad.sum(0)
        slope = CURVE * (1 + THREE * CUBE * hidden * hidden)
        slope = HALF * (1 + bent) + HALF * hidden * (1 - bent * bent) * slope
        hidden_grad = (grad @ w4.T) * slope
        w3_grad, b3_grad = second.T @ hidden_grad, hidden_grad.sum(0)
        added, s2_grad, t2_grad = norm_grads(hidden_grad @ w3.T, second_norm)
        grad = grad + added

        w2_grad, b2_grad = mixed.T @ grad, grad.sum(0)
        split = (self.rows, self.time, self.heads, self.size)
        mixed_grad = (grad @ w2.T).reshape(split).swapaxes(1, 2)
        content_grad = weights.swapaxes(-1, -2) @ mixed_grad
        weights_grad = mixed_grad @ content.swapaxes(-1, -2)
        inner = (weights_grad * weights).sum(-1, keepdims=True)
        scores_grad = weights * (weights_grad - inner) * self.share
        query_grad = scores_grad @ key
        key_grad = scores_grad.swapaxes(-1, -2) @ query
        three_grad = np.stack((query_grad, key_grad, content_grad))
        three_grad = three_grad.transpose(1, 3, 0, 2, 4).reshape(-1, 3 * self.width)
        w1_grad, b1_grad = first.T @ three_grad, three_grad.sum(0)
        added, s1_grad, t1_grad = norm_grads(three_grad @ w1.T, first_norm)
        grads = [s1_grad, t1_grad, w1_grad, b1_grad, w2_grad, b2_grad]
        grads += [s2_grad, t2_grad, w3_grad, b3_grad, w4_grad, b4_grad]
        return grad + added, grads


def norm(value: Floats, scale: Floats, shift: Floats) -> tuple[Floats, Any]:
    """Normalize each row; give also what the gradients need."""
    centred = value - value.mean(-1, keepdims=True)
    variance = (centred * centred).mean(-1, keepdims=True)
    factor = 1 / np.sqrt(variance + EPSILON)
    unit = centred * factor
    return unit * scale + shift, (unit, factor, scale)


def norm_grads(grad: Floats, tape: Any) -> tuple[Floats, Floats, Floats]:
    """Compute the gradients of the value, the scale and the shift."""
    unit, factor, scale = tape
    inner = grad * scale
    mean, along = inner.mean(-1, keepdims=True), (inner * unit).mean(-1, keepdims=True)
    return factor * (inner - mean - unit * along), (grad * unit).sum(0), grad.sum(0)


class Adam:
    """Moving averages of the gradients and of their squares."""

    def __init__(self, parameters: list[Floats], learning_rate: float) -> None:
        self.parameters, self.rate = parameters, np.float32(learning_rate)
        self.averages = [
            (array, np.zeros_like(array), np.zeros_like(array)) for array in parameters
        ]
        self.count = 0

    def step(self, grads: list[Floats]) -> None:
        """Update all parameters."""
        self.count += 1
        first = np.float32(1 - 0.9**self.count)
        second = np.float32(1 - 0.999**self.count)
        for (array, mean, square), grad in zip(self.averages, grads, strict=True):
            mean *= np.float32(0.9)
            mean += np.float32(0.1) * grad
            square *= np.float32(0.999)
            square += np.float32(0.001) * grad * grad
            root = np.sqrt(square / second) + np.float32(1e-8)
            array -= self.rate * (mean / first) / root
