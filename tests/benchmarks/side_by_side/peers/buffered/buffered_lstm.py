"""W5 in NumPy over buffers."""

from __future__ import annotations

import numpy as np

from side_by_side.arrays import Step
from side_by_side.peers.buffered.buffered_common import (
    add,
    bound_cross_entropy,
    buffer,
    copyto,
    matmul,
    multiply,
    subtract,
    sum_of,
    tanh,
)
from side_by_side.workloads.sequences_of_rows import Sequences


def lstm(task: Sequences) -> Step:
    """Make the step.

    One tanh serves all four gates, for sigmoid(z) = tanh(z / 2) / 2 + 1 / 2; and what a
    gate's gradient is multiplied by is computed for all times at once.
    """
    parameters = [array.copy() for array in task.parameters]
    grads = [np.empty_like(array) for array in parameters]
    weight, recurrent, bias, head_weight, head_bias = parameters
    rate = np.float32(task.learning_rate)
    X = task.X.swapaxes(0, 1).copy()  # time first
    time, rows, features = X.shape
    size = len(recurrent)
    flat = X.reshape(-1, features)

    gates, slopes = buffer(time, rows, 4 * size), buffer(time, rows, 4 * size)
    flat_gates, four = gates.reshape(-1, 4 * size), (time, rows, 4, size)
    scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), size)
    offset = np.repeat(np.array([0.5, 0.5, 0, 0.5], np.float32), size)
    i, f, g, o = np.moveaxis(gates.reshape(four), 2, 0)
    i_slope, f_slope, g_slope, o_slope = np.moveaxis(slopes.reshape(four), 2, 0)
    states = np.zeros((time + 1, rows, size), np.float32)
    cells, bent = np.zeros_like(states), buffer(time, rows, size)
    last, work, from_state = states[-1], buffer(rows, size), buffer(rows, 4 * size)
    scaled_weight, scaled_recurrent = np.empty_like(weight), np.empty_like(recurrent)
    scaled_bias = np.empty_like(bias)
    turned = buffer(4 * size, size)
    logits, logits_grad = buffer(rows, len(head_bias)), buffer(rows, len(head_bias))
    cross_entropy = bound_cross_entropy(logits, task.y, logits_grad)
    gate_grads, through = buffer(time, rows, 4 * size), buffer(time, rows, size)
    grads_by_gate, slopes_by_gate = (
        gate_grads.reshape(four),
        slopes.reshape(four),
    )
    flat_grads = gate_grads.reshape(-1, 4 * size)
    state_grad, cell_grad = buffer(rows, size), buffer(rows, size)
    cell_grad_for_three = cell_grad[:, np.newaxis]
    statesT = states[:-1].reshape(-1, size).T

    def step() -> float:
        multiply(weight, scale, scaled_weight)
        multiply(recurrent, scale, scaled_recurrent)
        multiply(bias, scale, scaled_bias)
        matmul(flat, scaled_weight, flat_gates)
        add(flat_gates, scaled_bias, flat_gates)
        for moment in range(time):
            now, cell = gates[moment], cells[moment + 1]
            matmul(states[moment], scaled_recurrent, from_state)
            add(now, from_state, now)
            tanh(now, now)
            multiply(now, scale, now)
            add(now, offset, now)
            multiply(f[moment], cells[moment], cell)
            multiply(i[moment], g[moment], work)
            add(cell, work, cell)
            tanh(cell, bent[moment])
            multiply(o[moment], bent[moment], states[moment + 1])
        matmul(last, head_weight, logits)
        add(logits, head_bias, logits)
        loss = cross_entropy()

        matmul(last.T, logits_grad, grads[3])
        sum_of(logits_grad, 0, None, grads[4])
        matmul(logits_grad, head_weight.T, state_grad)
        cell_grad.fill(0)
        multiply(gates, gates, slopes)
        subtract(gates, slopes, slopes)
        multiply(g, g, g_slope)
        subtract(1, g_slope, g_slope)
        multiply(i_slope, g, i_slope)
        multiply(f_slope, cells[:-1], f_slope)
        multiply(g_slope, i, g_slope)
        multiply(o_slope, bent, o_slope)
        multiply(bent, bent, through)
        subtract(1, through, through)
        multiply(through, o, through)
        copyto(turned, recurrent.T)
        for moment in range(time - 1, -1, -1):
            into, slope = grads_by_gate[moment], slopes_by_gate[moment]
            multiply(state_grad, through[moment], work)
            add(cell_grad, work, cell_grad)
            multiply(slope[:, :3], cell_grad_for_three, into[:, :3])
            multiply(slope[:, 3], state_grad, into[:, 3])
            multiply(cell_grad, f[moment], cell_grad)
            matmul(gate_grads[moment], turned, state_grad)
        matmul(flat.T, flat_grads, grads[0])
        matmul(statesT, flat_grads, grads[1])
        sum_of(flat_grads, 0, None, grads[2])
        for parameter, grad in zip(parameters, grads, strict=True):
            multiply(grad, rate, grad)
            subtract(parameter, grad, parameter)
        return loss

    return step
