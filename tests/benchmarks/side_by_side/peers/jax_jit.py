"""JAX: the whole step in one ``jax.jit``; it writes into the parameters' memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from side_by_side.arrays import Step, Steps
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.perceptrons import Training

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
        logarithms = jax.nn.log_softmax(value @ weight + bias)
        return -jnp.take_along_axis(logarithms, y[:, None], axis=1).mean()

    return training(loss, task.parameters, task.learning_rate)


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


# Compiling the 100,000 operations of W8 would take hours.
STEPS: Steps = {
    "w1": regression,
    "w2": classification,
    "w3": classification,
    "w7": chain,
}
