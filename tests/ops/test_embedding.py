"""Looking up rows by number, and adding rows by position."""

import numpy as np
import pytest
from cases import numbers

import graphnn as gn
from graphnn.ops.embedding import EmbeddingLookup, PositionAdd

TABLE = numbers(5, 3)


def lookup(ids, **settings):
    return EmbeddingLookup(gn.Parameter(TABLE.copy()), **settings)(
        gn.Input("ids", value=ids)
    )


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.int8])
@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (2, 1, 3), (0,), (2, 0)])
def test_rows_of_ids_of_any_shape(shape, dtype):
    ids = np.random.default_rng(0).integers(0, 5, shape).astype(dtype)
    node = lookup(ids)
    np.testing.assert_array_equal(node.output, TABLE[ids], strict=True)
    cotangent = np.random.default_rng(1).normal(size=node.shape)
    node.graph.backward(node, cotangent)
    expected = np.zeros(TABLE.shape)
    for place in np.ndindex(shape):
        expected[ids[place]] += cotangent[place]
    np.testing.assert_array_equal(node.parameter.grad, expected)
    assert node.input_grads[0] is None


def test_the_gradient_is_the_same_each_time():
    ids = np.random.default_rng(0).integers(0, 5, (40, 50))
    node = lookup(ids)
    cotangent = np.random.default_rng(1).normal(size=node.shape)
    grads = []
    for _ in range(3):
        node.graph.backward(node, cotangent)
        grads.append(node.parameter.grad.tobytes())
    assert len(set(grads)) == 1


def test_another_number_of_ids():
    node = lookup([[0, 1], [2, 3]])
    for ids in ([[4]], [[1, 1, 0]] * 4):
        value = node.graph.forward(ids=ids)
        np.testing.assert_array_equal(value, TABLE[np.array(ids)])
        node.graph.backward(node, np.ones(value.shape))
        counts = np.bincount(np.ravel(ids), minlength=5)
        np.testing.assert_array_equal(node.parameter.grad, counts[:, None] * np.ones(3))


def test_padding_is_zeros_and_gets_no_gradient():
    node = lookup([[1, 2], [2, 0]], padding_index=2)
    expected = TABLE[[[1, 2], [2, 0]]]
    expected[0, 1] = expected[1, 0] = 0
    np.testing.assert_array_equal(node.output, expected)
    node.graph.backward(node, np.full(node.shape, np.inf))
    np.testing.assert_array_equal(np.isinf(node.parameter.grad).any(1), [1, 1, 0, 0, 0])
    np.testing.assert_array_equal(node.parameter.grad[2], np.zeros(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_stay(dtype):
    recipe = EmbeddingLookup(TABLE.astype(dtype), padding_index=1)
    assert recipe.forward(np.array([0, 1])).dtype == dtype
    recipe.backward(np.ones((2, 3), dtype))
    assert recipe.param_grad.dtype == dtype


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([[0, 1], [5, 2]], r"the id 5 at \(1, 0\) is not .* vocabulary 0 … 4\n1 of 4"),
        ([0, -1, 7], r"the id -1 at 1 is not .*\n2 of 3 ids are out of range"),
        (9, r"the id 9 given is not one of the vocabulary"),
    ],
)
def test_ids_out_of_range(ids, message):
    node = lookup(np.zeros(np.shape(ids), int))
    before = node.output
    with pytest.raises(gn.ArgumentError, match=message):
        node.graph.forward(ids=ids)
    assert node.output is before
    with pytest.raises(gn.ArgumentError, match=r"embedding_lookup \(EmbeddingLookup"):
        node.graph.forward(ids=ids)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([0.0, 1.0], r"not float64\n.*astype\(int\)"),
        ([True, False], r"not bool\n.*flatnonzero"),
        ([1j], "not complex128"),
    ],
)
def test_what_is_no_id(ids, message):
    with pytest.raises(gn.ArgumentError, match=message):
        lookup(ids)


def test_what_is_no_table():
    for operation in (EmbeddingLookup, PositionAdd):
        with pytest.raises(gn.ArgumentError, match=r"takes a table .*not shape \(3,\)"):
            operation(np.ones(3))


def test_second_derivatives_through_a_table():
    # the gradient of the table by what comes after it is a lookup again
    table = gn.Parameter(TABLE.copy())
    ids = gn.Input("ids", value=[[2, 0, 2], [1, 2, 4]])
    target = np.sum(EmbeddingLookup(table)(ids) ** 3)
    gn.check_gradients(target)
    (gradient,) = target.graph.gradient(target, [table])
    (second,) = target.graph.gradient(np.sum(gradient * gradient), [table])
    counts = np.bincount([2, 0, 2, 1, 2, 4], minlength=5)[:, None]
    expected = 2 * (3 * counts * TABLE**2) * (6 * counts * TABLE)
    np.testing.assert_allclose(second.output, expected, rtol=1e-12)


# -- positions -------------------------------------------------------------------------
def test_positions_of_sequences_up_to_the_length():
    x = gn.Input("x", value=numbers(2, 5, 3, seed=1))
    node = PositionAdd(gn.Parameter(TABLE.copy()))(x)
    for rows, time in ((2, 5), (3, 2), (1, 0), (4, 1), (2, 5)):
        batch = np.random.default_rng(time).normal(size=(rows, time, 3))
        value = node.graph.forward(x=batch)
        np.testing.assert_array_equal(value, batch + TABLE[:time])
        cotangent = np.random.default_rng(9).normal(size=value.shape)
        node.graph.backward(node, cotangent, wrt=[x])
        np.testing.assert_array_equal(x.grad, cotangent)
        expected = np.zeros((5, 3))
        expected[:time] = cotangent.sum(axis=0)
        np.testing.assert_allclose(node.parameter.grad, expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 6, 3), r"a sequence of 6 is longer than the 5 positions"),
        ((2, 5, 4), r"\(rows, time, 3\), not \(2, 5, 4\)"),
        ((5, 3), r"\(rows, time, 3\), not \(5, 3\)"),
        ((2, 2, 5, 3), r"\(rows, time, 3\), not \(2, 2, 5, 3\)"),
    ],
)
def test_sequences_without_positions(shape, message):
    x = gn.Input("x", value=np.ones((2, 5, 3)))
    node = PositionAdd(TABLE)(x)
    with pytest.raises(gn.ShapeError, match=message):
        node.graph.forward(x=np.ones(shape))
    assert node.output.shape == (2, 5, 3)
