"""The layout of recurrences: what lies how, and that it changes no number."""

import numpy as np
import pytest
from cases import numbers
from cases.recurrent import inputs

import graphnn as gn
from graphnn.ops import gates_first
from graphnn.ops.lstm import LSTMSequence

LSTM_INPUTS = inputs(3, 4, 2, 5, gates=4, parts=2, biases=(20,))


def lies_gates_first(array):
    return array.T.flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("rows", "inner", "columns"),
    [(1, 1, 1), (3, 5, 7), (1, 4, 12), (0, 3, 4), (64, 64, 256), (32, 128, 512)],
)
def test_product(rows, inner, columns, dtype):
    values = numbers(rows, inner).astype(dtype)
    weight = numbers(inner, columns, seed=1).astype(dtype)
    found = gates_first.product(values, weight)
    assert lies_gates_first(found)
    assert found.dtype == dtype
    precise = values.astype(float) @ weight.astype(float)
    np.testing.assert_allclose(
        found, precise, rtol=2e-4 if dtype == np.float32 else 1e-10, atol=1e-4
    )
    x, w = gn.Input("x", value=values), gn.Input("w", value=weight)
    np.testing.assert_array_equal(gates_first.product(x, w).output, found)


def test_only_products_of_a_middle_size_are_cut():
    assert gates_first.blocks_of(256, 64 * 64) == 2
    assert gates_first.blocks_of(512, 128 * 32) == 4
    assert gates_first.blocks_of(509, 128 * 32) == 1  # a prime
    assert gates_first.blocks_of(0, 5) == 1


def test_product_of_shapes_that_do_not_fit():
    x, w = gn.Input("x", value=numbers(2, 3)), gn.Input("w", value=numbers(4, 5))
    with pytest.raises(gn.ShapeError, match="inner sizes 3 and 4 differ"):
        gates_first.product(x, w)


def test_gates_are_as_open_as_by_exponentials():
    x = np.concatenate([np.linspace(-40, 40, 2001), [-1e4, 1e4, 0.0]])
    for dtype in (np.float32, np.float64):
        found = gates_first.GateSigmoid().forward(x.astype(dtype))
        expected = gn.Sigmoid().forward(x.astype(dtype))
        assert found.dtype == dtype
        atol = 2 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2])
def test_gates_together_have_the_bits_of_each_alone(count, dtype):
    sums = np.asfortranarray(5 * numbers(3, 10).astype(dtype))
    found = gates_first.opened(sums, count)
    nodes = gates_first.opened(gn.Input("sums", value=sums), count)
    for one, node in zip(found, nodes, strict=True):
        assert lies_gates_first(one)
        np.testing.assert_array_equal(one, node.output)


def test_layouts():
    x = numbers(3, 4, 2)
    first = gates_first.steps_first(x)
    np.testing.assert_array_equal(first, x)
    assert all(lies_gates_first(first[:, t]) for t in range(4))
    steps = [first[:, t] for t in range(4)]
    columns = gates_first.columns_of(steps)
    np.testing.assert_array_equal(columns, gates_first.columns_in_time(x))
    np.testing.assert_array_equal(columns[:, 3], x[0, 1])  # after three rows
    np.testing.assert_allclose(gates_first.column_sums(columns), x.sum((0, 1)))
    assert lies_gates_first(gates_first.gates_first(x[0]))
    assert lies_gates_first(gates_first.spread(numbers(5), 3))
    np.testing.assert_array_equal(gates_first.spread(numbers(5), 3)[2], numbers(5))


def test_nobody_else_hears_of_it():
    lstm = LSTMSequence(return_sequences=True, return_state=True)
    arrays = (*LSTM_INPUTS[:1], *map(np.asfortranarray, LSTM_INPUTS[1:]))
    outputs = lstm.forward(*arrays)
    assert all(part.flags.c_contiguous for part in outputs)
    for one, other in zip(outputs, lstm.forward(*LSTM_INPUTS), strict=True):
        np.testing.assert_array_equal(one, other)
    lstm.backward(tuple(map(np.asfortranarray, outputs)))
    assert all(grad.flags.c_contiguous for grad in lstm.input_grads[1:])
