"""JAX: the whole step in one ``jax.jit``; it writes into the parameters' memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from side_by_side.arrays import Step, Steps
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.images import Images
from side_by_side.workloads.language import Language
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.sequences_of_rows import Sequences

if hasattr(os, "sched_setaffinity"):
    # It runs as many threads as it sees cores, and looks when it computes at first.
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[: int(os.environ.get("OMP_NUM_THREADS", "2"))])


def regression(task: Training) -> Step:
    """W1."""
    X, y = jnp.array(task.X), jnp.array(task.y)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        return jnp.mean((jnp.tanh(X @ w1 + b1) @ w2 + b2 - y) ** 2)

    return training(loss, task.parameters, task.learning_rate)


def classification(task: Training) -> Step:
    """W2 and W3."""
    X, y = jnp.array(task.X), jnp.array(task.y)

    def loss(parameters: Any) -> Any:
        *hidden, weight, bias = parameters
        value = X
        for its_weight, its_bias in zip(hidden[::2], hidden[1::2], strict=True):
            value = jax.nn.relu(value @ its_weight + its_bias)
        return cross_entropy(value @ weight + bias, y)

    return training(loss, task.parameters, task.learning_rate)


def cross_entropy(logits: Any, classes: Any) -> Any:
    """Average the cross-entropy of softmax(logits)."""
    logarithms = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(logarithms, classes[:, None], axis=1).mean()


def convolutional(task: Images) -> Step:
    """W4."""
    X, y = jnp.array(task.X), jnp.array(task.y)

    def half(value: Any, kernel: Any, bias: Any) -> Any:
        value = jax.lax.conv_general_dilated(value, kernel, (1, 1), "SAME")
        value = jax.nn.relu(value + bias[:, None, None])
        size = (1, 1, 2, 2)
        return jax.lax.reduce_window(value, -jnp.inf, jax.lax.max, size, size, "VALID")

    def loss(parameters: Any) -> Any:
        kernel, bias, next_kernel, next_bias, weight, last_bias = parameters
        value = half(half(X, kernel, bias), next_kernel, next_bias)
        return cross_entropy(value.reshape(len(y), -1) @ weight + last_bias, y)

    return training(loss, task.parameters, task.learning_rate)


def lstm(task: Sequences) -> Step:
    """W5, as a scan over time."""
    X, y = jnp.array(task.X).swapaxes(0, 1), jnp.array(task.y)
    zeros = jnp.zeros((len(task.y), len(task.parameters[1])), jnp.float32)

    def loss(parameters: Any) -> Any:
        weight, recurrent, bias, head_weight, head_bias = parameters

        def advance(state: Any, inputs: Any) -> Any:
            hidden, cell = state
            i, f, g, o = jnp.split(inputs + hidden @ recurrent, 4, axis=1)
            cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(cell), cell), None

        (last, _), _ = jax.lax.scan(advance, (zeros, zeros), X @ weight + bias)
        return cross_entropy(last @ head_weight + head_bias, y)

    return training(loss, task.parameters, task.learning_rate)


def gpt(task: Language) -> Step:
    """W6."""
    X, y = jnp.array(task.X), jnp.array(task.y).reshape(-1)
    rows, time = task.X.shape
    width = len(task.parameters[-1])
    size = width // task.heads
    mask = jnp.where(jnp.tril(jnp.ones((time, time), bool)), 0.0, -jnp.inf)

    def norm(value: Any, scale: Any, shift: Any) -> Any:
        centred = value - value.mean(-1, keepdims=True)
        variance = (centred * centred).mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt(variance + 1e-5) * scale + shift

    def loss(parameters: Any) -> Any:
        embedding, positions, *blocks, scale, shift, head = parameters
        value = embedding[X] + positions
        for first in range(0, len(blocks), 12):
            s1, t1, w1, b1, w2, b2, s2, t2, w3, b3, w4, b4 = blocks[first : first + 12]
            three = (norm(value, s1, t1) @ w1 + b1).reshape(
                rows, time, 3, task.heads, size
            )
            query, key, content = three.transpose(2, 0, 3, 1, 4)
            scores = query @ key.swapaxes(-1, -2) * size**-0.5 + mask
            mixed = (jax.nn.softmax(scores) @ content).swapaxes(1, 2)
            value = value + mixed.reshape(rows, time, width) @ w2 + b2
            hidden = jax.nn.gelu(norm(value, s2, t2) @ w3 + b3, approximate=True)
            value = value + hidden @ w4 + b4
        logits = norm(value, scale, shift) @ head
        return cross_entropy(logits.reshape(rows * time, -1), y)

    return training_by_adam(loss, task.parameters, task.learning_rate)


def chain(task: Chain) -> Step:
    """W7."""
    start = jnp.array(task.start)

    def loss(parameters: Any) -> Any:
        factor, shift = parameters
        value = start
        for position in range(task.length):
            if position % 3 == 0:
                value = value * factor
            elif position % 3 == 1:
                value = value + shift
            else:
                value = jnp.tanh(value)
        return value.sum()

    return training(loss, [task.factor, task.shift], task.learning_rate)


def training(
    loss: Callable[[Any], Any], arrays: Sequence[Any], learning_rate: float
) -> Step:
    """Make the step."""

    def update(parameters: Any) -> Any:
        value, grads = jax.value_and_grad(loss)(parameters)
        moved = [
            parameter - learning_rate * grad
            for parameter, grad in zip(parameters, grads, strict=True)
        ]
        return value, moved

    compiled = jax.jit(update, donate_argnums=0)
    parameters = [jnp.array(array) for array in arrays]

    def step() -> float:
        nonlocal parameters
        value, parameters = compiled(parameters)
        return float(value)

    return step


def training_by_adam(
    loss: Callable[[Any], Any], arrays: Sequence[Any], learning_rate: float
) -> Step:
    """Make the step of Adam, which JAX leaves to others."""

    def update(parameters: Any, firsts: Any, seconds: Any, count: Any) -> Any:
        value, grads = jax.value_and_grad(loss)(parameters)
        count = count + 1
        firsts = [0.9 * m + 0.1 * g for m, g in zip(firsts, grads, strict=True)]
        seconds = [
            0.999 * v + 0.001 * g * g for v, g in zip(seconds, grads, strict=True)
        ]
        one, two = 1 - 0.9**count, 1 - 0.999**count
        moved = [
            parameter - learning_rate * (m / one) / (jnp.sqrt(v / two) + 1e-8)
            for parameter, m, v in zip(parameters, firsts, seconds, strict=True)
        ]
        return value, moved, firsts, seconds, count

    compiled = jax.jit(update, donate_argnums=(0, 1, 2, 3))
    state: Any = (
        [jnp.array(array) for array in arrays],
        [jnp.zeros_like(array) for array in arrays],
        [jnp.zeros_like(array) for array in arrays],
        jnp.float32(0),
    )

    def step() -> float:
        nonlocal state
        value, *state = compiled(*state)
        return float(value)

    return step


# Compiling the 100,000 operations of W8 would take hours.
STEPS: Steps = {
    "w1": regression,
    "w2": classification,
    "w3": classification,
    "w4": convolutional,
    "w5": lstm,
    "w6": gpt,
    "w7": chain,
}
