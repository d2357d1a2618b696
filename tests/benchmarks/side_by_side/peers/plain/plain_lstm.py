"""W5 in plain NumPy: over time and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from side_by_side.arrays import Floats, Step
from side_by_side.peers.plain.plain_common import cross_entropy, descend
from side_by_side.workloads.sequences_of_rows import Sequences

HALF = np.float32(0.5)


def lstm(task: Sequences) -> Step:
    """Make the step."""
    parameters = [array.copy() for array in task.parameters]
    weight, recurrent, bias, head_weight, head_bias = parameters
    X = task.X.swapaxes(0, 1).copy()  # time first
    time, rows, features = X.shape
    size = len(recurrent)
    flat = X.reshape(-1, features)

    def step() -> float:
        inputs = (flat @ weight + bias).reshape(time, rows, -1)
        cell = np.zeros((rows, size), np.float32)
        states, tape = [np.zeros((rows, size), np.float32)], []
        for now in inputs:
            i, f, g, o = np.split(now + states[-1] @ recurrent, 4, axis=1)
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            before, cell = cell, f * cell + i * g
            bent = np.tanh(cell)
            states.append(o * bent)
            tape.append((i, f, g, o, before, bent))

        loss, logits_grad = cross_entropy(states[-1] @ head_weight + head_bias, task.y)
        head_grads = [states[-1].T @ logits_grad, logits_grad.sum(0)]
        state_grad = logits_grad @ head_weight.T
        cell_grad: Any = np.float32(0)
        gate_grads = np.empty((time, rows, 4 * size), np.float32)
        for moment in reversed(range(time)):
            i, f, g, o, before, bent = tape[moment]
            cell_grad = cell_grad + state_grad * o * (1 - bent * bent)
            into = np.split(gate_grads[moment], 4, axis=1)
            into[0][...] = cell_grad * g * i * (1 - i)
            into[1][...] = cell_grad * before * f * (1 - f)
            into[2][...] = cell_grad * i * (1 - g * g)
            into[3][...] = state_grad * bent * o * (1 - o)
            cell_grad = cell_grad * f
            state_grad = gate_grads[moment] @ recurrent.T
        all_grads = gate_grads.reshape(-1, 4 * size)
        grads = [
            flat.T @ all_grads,
            np.concatenate(states[:-1]).T @ all_grads,
            all_grads.sum(0),
            *head_grads,
        ]
        descend(parameters, grads, task.learning_rate)
        return loss

    return step


def sigmoid(values: Floats) -> Any:
    """Bend values into 0 … 1."""
    return HALF * np.tanh(HALF * values) + HALF
