"""NumPy by hand, every result into a buffer that is there: about what NumPy can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from side_by_side.arrays import Floats, Step, Steps
from side_by_side.peers.buffered import (
    buffered_convolutional,
    buffered_gpt,
    buffered_lstm,
)
from side_by_side.peers.buffered.buffered_common import (
    add,
    bound_cross_entropy,
    buffer,
    greater,
    matmul,
    maximum,
    multiply,
    parts,
    subtract,
    sum_of,
    tanh,
)
from side_by_side.workloads.chain import Chain
from side_by_side.workloads.perceptrons import Training
from side_by_side.workloads.random_graph import ADD, Recipe

Call = tuple[Callable[..., Any], tuple[Any, ...]]


def regression(task: Training) -> Step:
    """W1: so small that one update of all parameters in a row pays."""
    flat = np.concatenate([array.ravel() for array in task.parameters])
    flat_grad, change = np.empty_like(flat), np.empty_like(flat)
    w1, b1, w2, b2 = parts(flat, task.parameters)
    w1_grad, b1_grad, w2_grad, b2_grad = parts(flat_grad, task.parameters)
    X, y, rate = task.X, task.y, np.float32(task.learning_rate)
    rows, scale = len(X), np.float32(2 / len(X))
    hidden, hidden_grad, slope = (buffer(rows, len(b1)) for _ in range(3))
    error = buffer(rows, 1)
    error_row = error.reshape(-1)
    XT, hiddenT, w2T = X.T, hidden.T, w2.T

    def step() -> float:
        matmul(X, w1, hidden)
        add(hidden, b1, hidden)
        tanh(hidden, hidden)
        matmul(hidden, w2, error)
        add(error, b2, error)
        subtract(error, y, error)
        loss = error_row.dot(error_row) / rows
        multiply(error, scale, error)
        matmul(error, w2T, hidden_grad)
        multiply(hidden, hidden, slope)
        subtract(1, slope, slope)
        multiply(hidden_grad, slope, hidden_grad)
        matmul(hiddenT, error, w2_grad)
        sum_of(error, 0, None, b2_grad)
        matmul(XT, hidden_grad, w1_grad)
        sum_of(hidden_grad, 0, None, b1_grad)
        multiply(flat_grad, rate, change)
        subtract(flat, change, flat)
        return float(loss)

    return step


def classification(task: Training) -> Step:
    """W2 and W3: three layers, written out."""
    parameters = [array.copy() for array in task.parameters]
    grads = [np.empty_like(array) for array in parameters]
    w1, b1, w2, b2, w3, b3 = parameters
    w1_grad, b1_grad, w2_grad, b2_grad, w3_grad, b3_grad = grads
    X, rate, zero = task.X, np.float32(task.learning_rate), np.float32(0)
    rows = len(X)
    first, first_grad = buffer(rows, len(b1)), buffer(rows, len(b1))
    second, second_grad = buffer(rows, len(b2)), buffer(rows, len(b2))
    first_mask, second_mask = np.empty(first.shape, bool), np.empty(second.shape, bool)
    logits, logits_grad = buffer(rows, len(b3)), buffer(rows, len(b3))
    cross_entropy = bound_cross_entropy(logits, task.y, logits_grad)
    XT, firstT, secondT, w2T, w3T = X.T, first.T, second.T, w2.T, w3.T

    def step() -> float:
        matmul(X, w1, first)
        add(first, b1, first)
        maximum(first, zero, out=first)
        matmul(first, w2, second)
        add(second, b2, second)
        maximum(second, zero, out=second)
        matmul(second, w3, logits)
        add(logits, b3, logits)
        loss = cross_entropy()
        matmul(logits_grad, w3T, second_grad)
        greater(second, zero, second_mask)
        multiply(second_grad, second_mask, second_grad)
        matmul(second_grad, w2T, first_grad)
        greater(first, zero, first_mask)
        multiply(first_grad, first_mask, first_grad)
        matmul(XT, first_grad, w1_grad)
        sum_of(first_grad, 0, None, b1_grad)
        matmul(firstT, second_grad, w2_grad)
        sum_of(second_grad, 0, None, b2_grad)
        matmul(secondT, logits_grad, w3_grad)
        sum_of(logits_grad, 0, None, b3_grad)
        for parameter, grad in zip(parameters, grads, strict=True):
            multiply(grad, rate, grad)
            subtract(parameter, grad, parameter)
        return loss

    return step


def chain(task: Chain) -> Step:
    """W7: straight lists of calls, so that nothing branches while they run."""
    factor, shift = task.factor.copy(), task.shift.copy()
    rate, size = np.float32(task.learning_rate), len(task.start)
    values = [task.start, *(buffer(size) for _ in range(task.length))]
    grad, factor_grad, shift_grad, work = (buffer(size) for _ in range(4))
    one = np.ones(size, np.float32)
    forward: list[Call] = []
    backward: list[Call] = []
    for position in range(task.length):
        before, after = values[position], values[position + 1]
        if position % 3 == 0:
            forward.append((multiply, (before, factor, after)))
        elif position % 3 == 1:
            forward.append((add, (before, shift, after)))
        else:
            forward.append((tanh, (before, after)))
    for position in reversed(range(task.length)):
        before, after = values[position], values[position + 1]
        if position % 3 == 0:
            backward.append((multiply, (grad, before, work)))
            backward.append((add, (factor_grad, work, factor_grad)))
            backward.append((multiply, (grad, factor, grad)))
        elif position % 3 == 1:
            backward.append((add, (shift_grad, grad, shift_grad)))
        else:
            backward.append((multiply, (after, after, work)))
            backward.append((subtract, (one, work, work)))
            backward.append((multiply, (grad, work, grad)))

    def step() -> float:
        for function, arguments in forward:
            function(*arguments)
        loss = float(values[-1].sum())
        grad.fill(1)
        factor_grad.fill(0)
        shift_grad.fill(0)
        for function, arguments in backward:
            function(*arguments)
        for parameter, its_grad in ((factor, factor_grad), (shift, shift_grad)):
            multiply(its_grad, rate, its_grad)
            subtract(parameter, its_grad, parameter)
        return loss

    return step


def random_graph(task: Recipe) -> Step:
    """W8, the lists of calls made once: nothing is built in a step."""
    both = passes(task)
    return lambda: both()[0]


def passes(task: Recipe) -> Callable[[], tuple[float, list[Floats]]]:
    """Make what gives the loss of W8 and the gradient of each leaf."""
    first, size = len(task.leaves), len(task.leaves[0])
    table = np.zeros((first + len(task.pairs), size), np.float32)
    table[:first] = task.leaves
    values, grads = list(table), list(np.zeros_like(table))
    work, slope, one = buffer(size), buffer(size), np.ones(size, np.float32)
    forward: list[Call] = []
    for (kind, left, right), value in zip(task.pairs, values[first:], strict=True):
        function = add if kind == ADD else multiply
        forward.append((function, (values[left], values[right], value)))
        forward.append((tanh, (value, value)))

    backward: list[Call] = []
    reached = {len(values) - 1}
    for place in reversed(range(first, len(values))):
        if place not in reached:
            continue
        value, grad = values[place], grads[place]
        backward.append((multiply, (value, value, slope)))
        backward.append((subtract, (one, slope, slope)))
        backward.append((multiply, (grad, slope, grad)))
        kind, left, right = task.pairs[place - first]
        for operand, other in ((left, right), (right, left)):
            known = operand in reached
            reached.add(operand)
            into = work if known else grads[operand]
            if kind == ADD:
                part = grad
                if not known:
                    backward.append((np.copyto, (into, grad)))
            else:
                part = into
                backward.append((multiply, (grad, values[other], into)))
            if known:
                backward.append((add, (grads[operand], part, grads[operand])))

    def both() -> tuple[float, list[Floats]]:
        for function, arguments in forward:
            function(*arguments)
        grads[-1].fill(1)
        for function, arguments in backward:
            function(*arguments)
        return float(values[-1].sum()), grads[:first]

    return both


STEPS: Steps = {
    "w1": regression,
    "w2": classification,
    "w3": classification,
    "w4": buffered_convolutional.convolutional,
    "w5": buffered_lstm.lstm,
    "w6": buffered_gpt.gpt,
    "w7": chain,
    "w8": random_graph,
}
