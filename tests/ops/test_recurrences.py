"""Recurrences over sequences: RNN, LSTM and GRU as one node each."""

import math

import numpy as np
import pytest
from cases import numbers
from cases.recurrent import inputs

import graphnn as gn
from graphnn.ops.gru import GRUSequence
from graphnn.ops.lstm import LSTMSequence
from graphnn.ops.recurrent_inputs import InitialState
from graphnn.ops.rnn import RNNSequence

NEURONS = 3
OPERATIONS = {
    "RNN": (RNNSequence, {"biases": (NEURONS,)}),
    "LSTM": (LSTMSequence, {"gates": 4, "parts": 2, "biases": (4 * NEURONS,)}),
    "GRU": (GRUSequence, {"gates": 3, "biases": (3 * NEURONS, NEURONS)}),
}
EVERYTHING = {"return_sequences": True, "return_state": True}


def drawn(name, rows=2, steps=4, features=2):
    operation, sizes = OPERATIONS[name]
    return operation, list(inputs(rows, steps, features, NEURONS, **sizes))


def leaves_of(arrays):
    return [gn.Input(f"x{i}", value=a) for i, a in enumerate(arrays)]


# -- the formulas, number by number ----------------------------------------------------
def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def sums(x, h, weight, recurrent_weight, bias, column):
    """Add up what one unit sees, of the input and of the state."""
    from_x = sum(a * w for a, w in zip(x, weight[:, column], strict=True))
    from_h = sum(a * w for a, w in zip(h, recurrent_weight[:, column], strict=True))
    return from_x + bias[column], from_h


def rnn_unit(x, h, j, W, U, b):
    return math.tanh(sum(sums(x, h, W, U, b, j)))


def lstm_unit(x, h, c, j, W, U, b):
    i, f, g, o = [sum(sums(x, h, W, U, b, j + k * NEURONS)) for k in range(4)]
    c = sigmoid(f) * c[j] + sigmoid(i) * math.tanh(g)
    return sigmoid(o) * math.tanh(c), c


def gru_unit(x, h, j, W, U, b, b_n):
    r = sigmoid(sum(sums(x, h, W, U, b, j)))
    z = sigmoid(sum(sums(x, h, W, U, b, j + NEURONS)))
    from_x, from_h = sums(x, h, W, U, b, j + 2 * NEURONS)
    n = math.tanh(from_x + r * (from_h + b_n[j]))
    return (1 - z) * n + z * h[j]


def by_hand(name, x, *others):
    """Go through rows, steps and units one after the other."""
    hidden = np.zeros((*x.shape[:2], NEURONS))
    for row in range(len(x)):
        state = [part[row].tolist() for part in others[: 2 if name == "LSTM" else 1]]
        weights = others[len(state) :]
        for t in range(x.shape[1]):
            units = range(NEURONS)
            if name == "LSTM":
                new = [lstm_unit(x[row, t], *state, j, *weights) for j in units]
                state = [[h for h, _ in new], [c for _, c in new]]
            else:
                unit = rnn_unit if name == "RNN" else gru_unit
                state = [[unit(x[row, t], state[0], j, *weights) for j in units]]
            hidden[row, t] = state[0]
    return hidden


@pytest.mark.parametrize("name", OPERATIONS)
def test_formulas(name):
    operation, arrays = drawn(name)
    found = operation(return_sequences=True).forward(*arrays)
    np.testing.assert_allclose(found, by_hand(name, *arrays), rtol=1e-13)


# -- one node, or one for each call of a cell ------------------------------------------
@pytest.mark.parametrize("settings", [{}, EVERYTHING, {"reverse": True} | EVERYTHING])
@pytest.mark.parametrize("name", OPERATIONS)
def test_unrolled_to_the_bit(name, settings):
    operation, arrays = drawn(name)
    node = operation(**settings)(*leaves_of(arrays))
    unrolled, _ = operation(**settings).run(*leaves_of(arrays))
    parts = list(node) if settings else [node]
    others = unrolled if settings else [unrolled]
    for part, other in zip(parts, others, strict=True):
        assert part.dtype == other.dtype
        np.testing.assert_array_equal(part.output, other.output)
    scopes = {n.scope for n in others[0].graph.nodes if n.scope}
    assert scopes == {(f"step_{t}",) for t in range(4)}


@pytest.mark.parametrize("name", OPERATIONS)
def test_expanded_to_the_bit(name):
    operation, arrays = drawn(name)
    node = operation()(*leaves_of(arrays))
    assert node.expandable
    expanded = node.graph.expand()
    np.testing.assert_array_equal(expanded.forward(), node.output)
    assert any("step_3" in n.scope for n in expanded.nodes)


@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_of_the_unrolled_graph(name):
    operation, arrays = drawn(name)
    found = []
    for make in (
        operation(**EVERYTHING),
        lambda *a: operation(**EVERYTHING).run(*a)[0],
    ):
        leaves = leaves_of(arrays)
        parts = list(make(*leaves))
        total = sum(np.sum(np.sin(part)) for part in parts)
        total.graph.backward(total, wrt=leaves)
        found.append([leaf.grad for leaf in leaves])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


# -- settings --------------------------------------------------------------------------
@pytest.mark.parametrize("name", OPERATIONS)
def test_outputs(name):
    operation, arrays = drawn(name)
    everything = operation(**EVERYTHING).forward(*arrays)
    sequence, *state = everything
    assert sequence.shape == (2, 4, NEURONS)
    assert [part.shape for part in state] == [(2, NEURONS)] * len(operation.carries)
    np.testing.assert_array_equal(sequence[:, -1], state[0])
    np.testing.assert_array_equal(operation().forward(*arrays), state[0])
    last = operation(return_state=True).forward(*arrays)
    assert len(last) == 1 + len(state)
    for one, other in zip(last, [state[0], *state], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", OPERATIONS)
def test_reverse_is_the_sequence_turned_round(name):
    operation, (x, *others) = drawn(name)
    turned = operation(**EVERYTHING).forward(x[:, ::-1], *others)
    found = operation(reverse=True, **EVERYTHING).forward(x, *others)
    np.testing.assert_array_equal(found[0], turned[0][:, ::-1])
    for one, other in zip(found[1:], turned[1:], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", OPERATIONS)
def test_rows_of_different_lengths(name, reverse):
    lengths = [4, 1, 0, 2]
    operation, (x, *others) = drawn(name, rows=4)
    for row, length in enumerate(lengths):
        x[row, length:] = np.nan  # never looked at
    parts = len(operation.carries)
    masked = operation(masked=True, reverse=reverse, **EVERYTHING)
    leaves = leaves_of([x, *others, np.array(lengths)])
    outputs = list(masked(*leaves))
    seeds = [np.ones_like(part.output) for part in outputs]
    total = sum(np.sum(a * b) for a, b in zip(outputs, seeds, strict=True))
    total.graph.backward(total, wrt=leaves[:-1])
    weight_grads = [0.0] * (len(others) - parts)
    for row, length in enumerate(lengths):
        sequence, *state = [part.output[row] for part in outputs]
        np.testing.assert_array_equal(sequence[length:], 0.0)
        np.testing.assert_array_equal(leaves[0].grad[row, length:], 0.0)
        before = [part[row : row + 1] for part in others[:parts]]
        if not length:
            for one, other in zip(state, before, strict=True):
                np.testing.assert_array_equal(one, other[0])
            continue
        alone = operation(reverse=reverse, **EVERYTHING)
        cut = x[row : row + 1, :length]
        expected = alone.forward(cut, *before, *others[parts:])
        for one, other in zip([sequence[:length], *state], expected, strict=True):
            np.testing.assert_allclose(one, other[0], rtol=1e-13)
        alone.backward(tuple(np.ones_like(part) for part in expected))
        x_grad, *grads = alone.input_grads
        np.testing.assert_allclose(leaves[0].grad[row, :length], x_grad[0], rtol=1e-12)
        for leaf, grad in zip(leaves[1:], grads[:parts], strict=False):
            np.testing.assert_allclose(leaf.grad[row], grad[0], rtol=1e-12)
        weight_grads = [a + b for a, b in zip(weight_grads, grads[parts:], strict=True)]
    for leaf, grad in zip(leaves[1 + parts : -1], weight_grads, strict=True):
        np.testing.assert_allclose(leaf.grad, grad, rtol=1e-11)


@pytest.mark.parametrize("name", OPERATIONS)
def test_other_rows_and_other_lengths(name):
    operation, arrays = drawn(name)
    leaves = leaves_of(arrays)
    node = operation(return_sequences=True)(*leaves)
    for rows, steps in [(5, 4), (1, 7), (2, 1)]:
        _, others = drawn(name, rows, steps)
        feeds = dict(zip(leaves, others, strict=True))
        found = node.graph.forward(feeds, target=node)
        fresh = operation(return_sequences=True)
        np.testing.assert_array_equal(found, fresh.forward(*others))
        seed = np.cos(found)
        node.graph.backward(node, seed, wrt=leaves)
        fresh.backward(seed)
        for leaf, grad in zip(leaves, fresh.input_grads, strict=True):
            np.testing.assert_array_equal(leaf.grad, grad)


@pytest.mark.parametrize("name", OPERATIONS)
def test_only_what_is_asked_for(name):
    operation, arrays = drawn(name)
    leaves = leaves_of(arrays)
    node = operation()(*leaves)
    node.graph.backward(node, np.ones(node.shape), wrt=leaves[:1])
    assert [grad is not None for grad in node.input_grads] == [
        leaf is leaves[0] for leaf in leaves
    ]


def test_sequences_of_no_rows():
    operation, arrays = drawn("LSTM", rows=0)
    lstm = operation(return_sequences=True)
    assert lstm.forward(*arrays).shape == (0, 4, NEURONS)
    assert lstm.backward(np.zeros((0, 4, NEURONS))).shape == (0, 4, 2)


def test_initial_state_follows_the_batch():
    x = gn.Input("x", value=numbers(2, 3, 4).astype(np.float32))
    state = InitialState(5)(x)
    assert (state.shape, state.dtype) == ((2, 5), np.float32)
    x.graph.forward(x=np.ones((7, 1, 4)))
    assert (state.shape, state.dtype) == ((7, 5), np.float64)
    assert InitialState(5)(np.ones((2, 3, 4), int)).dtype == np.float64


# -- what is refused -------------------------------------------------------------------
def test_an_unrolled_graph_is_for_one_number_of_steps():
    operation, arrays = drawn("LSTM")
    leaves = leaves_of(arrays)
    output, _ = operation().run(*leaves)
    assert output.name == "step_3/h"
    assert output.graph["step_0/forget_gate"].shape == (2, NEURONS)
    _, others = drawn("LSTM", rows=5)
    feeds = dict(zip(leaves, others, strict=True))
    value = output.graph.forward(feeds, target=output)
    np.testing.assert_array_equal(value, operation().forward(*others))
    message = r"unrolled for 4 time steps, and the sequences have 7"
    with pytest.raises(gn.ShapeError, match=message):
        output.graph.forward({leaves[0]: numbers(5, 7, 2)}, target=output)


@pytest.mark.parametrize("settings", [{}, {"return_sequences": True}, EVERYTHING])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_unrolled_graph_has_no_loose_ends(name, settings):
    operation, arrays = drawn(name)
    leaves = leaves_of([*arrays, np.array([2, 3])])
    outputs, _ = operation(masked=True, **settings).run(*leaves)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    ends = {n.id for n in outputs[0].graph.nodes if not n.consumers}
    assert ends <= {node.id for node in outputs}


def changed(arrays, place, array):
    return [array if i == place else a for i, a in enumerate(arrays)]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(
    ("place", "array", "message"),
    [
        (0, numbers(2, 4), r"\(rows, time, features\), not \(2, 4\)"),
        (0, numbers(4), r"\(rows, time, features\), not \(4,\)"),
        (0, numbers(2, 0, 2), r"shape \(2, 0, 2\): there are no time steps"),
        (0, numbers(2, 4, 5), r"x has 5 features .* weight was made for 2"),
        (0, numbers(3, 4, 2), r"state h has shape \(2, 3\), not \(3, 3\)"),
        (1, numbers(2, 5), r"state h has shape \(2, 5\), not \(2, 3\)"),
        (1, numbers(3), r"state h has shape \(3,\), not \(2, 3\)"),
    ],
)
def test_shapes_that_do_not_fit(name, place, array, message):
    operation, arrays = drawn(name)
    leaves = leaves_of(arrays)
    node = operation()(*leaves)
    with pytest.raises(gn.ShapeError, match=message):
        operation().forward(*changed(arrays, place, array))
    with pytest.raises(gn.ShapeError, match=message):
        node.graph.forward({leaves[place]: array}, target=node)
    feeds = dict(zip(leaves, arrays, strict=True))
    value = node.graph.forward(feeds, target=node)  # it still runs
    np.testing.assert_array_equal(value, operation().forward(*arrays))


def test_state_of_the_memory():
    operation, arrays = drawn("LSTM")
    with pytest.raises(gn.ShapeError, match=r"state c has shape \(2, 4\), not \(2, 3"):
        operation().forward(*changed(arrays, 2, numbers(2, 4)))


def test_complex_numbers():
    operation, (x, *others) = drawn("RNN")
    with pytest.raises(gn.ArgumentError, match="real numbers, not complex128"):
        operation().forward(x + 1j, *others)


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ([1, 5], gn.ArgumentError, "a length of 5, and x has 4 time steps"),
        ([-1, 2], gn.ArgumentError, "a length of -1"),
        ([1.0, 2.0], gn.ArgumentError, "whole numbers, not float64"),
        ([1, 2, 3], gn.ShapeError, r"shape \(3,\), not \(2,\): one for each row"),
    ],
)
def test_lengths_that_do_not_fit(lengths, error, message):
    operation, arrays = drawn("GRU")
    with pytest.raises(error, match=message):
        operation(masked=True).forward(*arrays, np.array(lengths))


def test_unknown_activation():
    with pytest.raises(
        gn.ArgumentError, match=r"not 'thanh'(.|\n)*Did you mean 'tanh'"
    ):
        RNNSequence("thanh")
