"""The layers that look rows up: ids, positions, shared weights, and what is refused."""

import copy

import numpy as np
import pytest

import graphnn as gn


def embedding(*arguments, seed=0, **settings):
    layer = gn.Embedding(*arguments, **settings)
    layer.rng = np.random.default_rng(seed)
    return layer


def ids_of(*shape, below=10, seed=0):
    return np.random.default_rng([seed, *shape]).integers(0, below, shape)


# -- ids -------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint16])
@pytest.mark.parametrize("shape", [(6,), (3, 5), (2, 3, 4)])
def test_rows_and_their_gradients(shape, dtype):
    layer, ids = embedding(10, 4), ids_of(*shape).astype(dtype)
    output = layer.forward(ids)
    np.testing.assert_array_equal(output, layer.weight.value[ids])
    cotangent = np.random.default_rng(1).normal(size=output.shape)
    assert layer.backward(cotangent) is None
    one_hot = (ids[..., None] == np.arange(10)).reshape(-1, 10).astype(float)
    expected = one_hot.T @ cotangent.reshape(-1, 4)
    np.testing.assert_allclose(layer.weight.grad, expected, rtol=1e-12, atol=1e-14)
    assert layer.param_grads[0] is layer.weight.grad


def test_its_parts():
    layer = embedding(10, 4)
    layer.forward([[1, 2]])
    assert [p.name for p in layer.parameters] == ["embedding_1/weight"]
    assert layer.params[0].shape == (10, 4)
    assert layer.output.shape == (1, 2, 4)
    assert layer.neurons == 4
    assert "embedding_1/embedding_lookup" in [n.name for n in layer.graph.nodes]
    drawn = embedding(3000, 4)
    drawn.forward([0])
    np.testing.assert_allclose(drawn.weight.value.std(), 1.0, rtol=0.03)


@pytest.mark.parametrize("padding_index", [None, 0, 9, np.int8(3)])
def test_checked_gradients_and_padding(padding_index):
    layer = embedding(10, 4, padding_index)
    ids = np.array([[0, 9, 3], [3, 3, 1]])
    output = layer.forward(ids)
    assert gn.check_gradients(layer).ok
    assert gn.check_gradients(layer, ids).ok
    layer.backward(np.ones(output.shape))
    is_padding = ids == (-1 if padding_index is None else padding_index)
    assert not np.any(output[is_padding])
    assert np.all(output[~is_padding] != 0)
    counts = np.bincount(ids[~is_padding], minlength=10)
    np.testing.assert_array_equal(layer.weight.grad, counts[:, None] * np.ones(4))
    if padding_index is not None:
        assert not np.any(layer.weight.value[padding_index])


@pytest.mark.parametrize("dtype", [np.float32, "float32", np.float64, float])
def test_the_dtype_of_the_rows(dtype):
    layer = embedding(10, 4, dtype=dtype)
    assert layer.forward([[1, 2]]).dtype == np.dtype(dtype)
    layer.backward(np.ones((1, 2, 4)))
    assert layer.weight.grad.dtype == np.dtype(dtype)
    net = gn.NeuralNetwork(
        [embedding(10, 4, dtype=dtype), gn.Dense(2)], gn.MeanSquaredError(), seed=0
    )
    assert net.forward([[1, 2]]).dtype == np.dtype(dtype)


def test_batches_of_other_shapes():
    layer = embedding(10, 4)
    layer.forward(ids_of(3, 5))
    for shape in ((2, 5), (1, 1), (4, 9), (3, 5)):
        ids = ids_of(*shape, seed=1)
        output = layer.forward(ids)
        np.testing.assert_array_equal(output, layer.weight.value[ids])
        layer.backward(np.ones(output.shape))
        assert layer.weight.grad.sum() == ids.size * 4


def test_in_a_network_ids_stay_whole():
    net = gn.NeuralNetwork(
        [embedding(10, 4), gn.Flatten(), gn.Dense(3)],
        gn.SoftmaxCrossEntropy(),
        seed=0,
    )
    X, y = ids_of(20, 3), ids_of(20, below=3)
    trainer = gn.Trainer(net, gn.SGD(0.5))
    before = net.evaluate(X, y)
    for _ in range(60):
        trainer.step(X, y)
    assert net.evaluate(X, y) < 0.3 * before
    assert net.predict(X[:1]).shape == (1, 3)
    with pytest.raises(gn.ArgumentError, match="the id 10 at"):
        net.predict([[1, 2, 10]])
    with pytest.raises(gn.ArgumentError, match="whole numbers, not float64"):
        net.predict([[1.0, 2.0, 3.0]])
    assert net.predict(X[:2]).shape == (2, 3)


def test_frozen_rows():
    layer = embedding(10, 4)
    layer.trainable = False
    layer.forward([[1, 2]])
    assert layer.weight.trainable is False


# -- one table at both ends ------------------------------------------------------------
class Tied(gn.Layer):
    """Predicts the next id with the table that the ids are looked up in."""

    def __init__(self, vocabulary, features):
        self.embedding = gn.Embedding(vocabulary, features)
        self.hidden = gn.Dense(features, "tanh")

    def _connect(self, ids):
        return self.hidden(self.embedding(ids)) @ self.embedding.weight.T


def test_tied_weights():
    layer = Tied(7, 4)
    ids = ids_of(3, 5, below=7)
    logits = layer.forward(ids)
    assert logits.shape == (3, 5, 7)
    assert [p.shape for p in layer.parameters] == [(7, 4), (4, 4), (1, 4)]
    cotangent = np.random.default_rng(2).normal(size=logits.shape)
    layer.backward(cotangent)
    weight = layer.embedding.weight
    total = weight.grad
    # what comes through the rows and what comes from the logits add up
    hidden = layer.hidden.output
    of_logits = np.einsum("rtv,rtf->vf", cotangent, hidden)
    (lookup,) = [n for n in layer.graph.nodes if type(n).__name__ == "EmbeddingLookup"]
    np.testing.assert_allclose(total, of_logits + lookup.param_grad, rtol=1e-12)
    assert gn.check_gradients(layer, ids).ok
    again = layer.forward(ids_of(2, 8, below=7, seed=1))
    assert again.shape == (2, 8, 7)


def test_a_table_that_serves_two_inputs():
    class Both(gn.Layer):
        def __init__(self):
            self.words = gn.Embedding(10, 4)

        def _connect(self, one, other):
            return self.words(one) * self.words(other)

    layer = Both()
    layer.forward([[1, 2]], [[2, 2]])
    assert len(layer.parameters) == 1
    assert layer.backward(np.ones((1, 2, 4))) == (None, None)
    weight = layer.words.weight
    np.testing.assert_allclose(weight.grad[1], weight.value[2])
    np.testing.assert_allclose(weight.grad[2], weight.value[1] + 2 * weight.value[2])


# -- positions -------------------------------------------------------------------------
def positions(length, seed=0):
    layer = gn.PositionEmbedding(length)
    layer.rng = np.random.default_rng(seed)
    return layer


@pytest.mark.parametrize("first", [8, 3])
def test_sequences_up_to_the_length(first):
    layer = positions(8)
    layer.forward(np.ones((2, first, 3)))
    assert layer.weight.shape == (8, 3)
    for rows, time in ((4, 8), (1, 1), (2, 5), (3, 8)):
        x = np.random.default_rng(time).normal(size=(rows, time, 3))
        np.testing.assert_array_equal(layer.forward(x), x + layer.weight.value[:time])
        np.testing.assert_array_equal(layer.backward(np.cos(x)), np.cos(x))
        np.testing.assert_allclose(
            layer.weight.grad[:time], np.cos(x).sum(axis=0), rtol=1e-12
        )
        assert not np.any(layer.weight.grad[time:])
    assert gn.check_gradients(layer, np.ones((2, 5, 3))).ok


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_dtypes_of_positions(dtype):
    layer = positions(4)
    expected = np.float32 if dtype == np.float32 else np.float64
    assert layer.forward(np.ones((2, 4, 3), dtype)).dtype == expected
    assert layer.weight.dtype == expected


def test_a_longer_sequence_and_other_inputs():
    layer = positions(4)
    with pytest.raises(gn.ShapeError, match="a sequence of 5 is longer than the 4 pos"):
        layer.forward(np.ones((2, 5, 3)))
    layer.forward(np.ones((2, 3, 3)))
    with pytest.raises(gn.ShapeError, match=r"position_embedding_1/position_add .* 5 "):
        layer.forward(np.ones((2, 5, 3)))
    with pytest.raises(gn.ShapeError, match=r"\(rows, time, 3\), not \(2, 3, 4\)"):
        layer.forward(np.ones((2, 3, 4)))
    assert layer.forward(np.ones((1, 4, 3))).shape == (1, 4, 3)
    with pytest.raises(gn.ShapeError, match=r"time, features\), not \(2, 3\)\n.*Embed"):
        positions(4).forward(np.ones((2, 3), int))


def test_what_a_small_language_model_starts_with():
    net = gn.NeuralNetwork(
        [
            gn.Embedding(10, 6),
            gn.PositionEmbedding(8),
            gn.LayerNorm(),
            gn.Dense(10),
        ],
        lambda logits, target: np.mean((logits - target) ** 2),
        seed=0,
    )
    ids = ids_of(4, 8)
    target = (ids[..., None] == np.arange(10)).astype(float)
    loss = net.train_batch(ids, target)
    assert np.isfinite(loss)
    assert all(np.any(grad) for grad in net.param_grads())
    assert gn.check_gradients(copy.deepcopy(net), ids, target, order=1).ok
    assert net.predict(ids[:1, :3]).shape == (1, 3, 10)


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize("count", [0, -3, 2.5, True, None, "10"])
def test_counts(count):
    with pytest.raises(gn.ArgumentError, match="the vocabulary of Embedding"):
        gn.Embedding(count, 4)
    if count is not None:
        with pytest.raises(gn.ArgumentError, match="the neurons of Embedding"):
            gn.Embedding(4, count)
    with pytest.raises(gn.ArgumentError, match="the length of PositionEmbedding"):
        gn.PositionEmbedding(count)


@pytest.mark.parametrize(
    ("padding_index", "message"),
    [
        (10, "one of the vocabulary 0 … 9, not 10"),
        (-1, "one of the vocabulary 0 … 9, not -1"),
        (1.0, "is an id or None, not 1.0"),
        (True, "is an id or None, not True"),
    ],
)
def test_padding_that_is_no_id(padding_index, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.Embedding(10, 4, padding_index)


@pytest.mark.parametrize("dtype", ["int64", "flaot32", None, bool, complex])
def test_dtypes_that_are_not_learned(dtype):
    with pytest.raises(gn.ArgumentError, match="dtype"):
        gn.Embedding(10, 4, dtype=dtype)


def test_unknown_initialisers():
    with pytest.raises(gn.ArgumentError, match="unknown initialiser 'standrad'"):
        gn.Embedding(10, 4, weight_init="standrad")
    with pytest.raises(gn.ArgumentError, match="unknown initialiser"):
        gn.PositionEmbedding(10, weight_init="standrad")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([[1, 10]], r"embedding_1 \(Embedding\): the id 10 at \(0, 1\) is not"),
        ([[-1, 1]], r"the id -1 at \(0, 0\) is not one of the vocabulary 0 … 9"),
        (
            [[1.0, 2.0]],
            r"embedding_1 \(Embedding\): ids are whole .* float64",
        ),
        ([[True, False]], "not bool"),
    ],
)
def test_the_first_ids_are_wrong(ids, message):
    layer = embedding(10, 4)
    with pytest.raises(gn.ArgumentError, match=message):
        layer.forward(ids)
    assert layer.weight is None
    assert layer.forward([[1, 2]]).shape == (1, 2, 4)
