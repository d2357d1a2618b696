"""A small GPT: it sees no future, it learns, it goes on writing."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.data import CharacterVocabulary

TEXT = "abc abd ace " * 30  # what follows "ab" or "a" hangs on what came before
VOCABULARY = CharacterVocabulary(TEXT)
CODES = VOCABULARY.encode(TEXT)
TIME = 16
WINDOWS = np.lib.stride_tricks.sliding_window_view(CODES, TIME + 1)


def gpt(width=16, dropout=0.0, dtype=np.float64):
    layers = [
        gn.Embedding(len(VOCABULARY), width, dtype=dtype),
        gn.PositionEmbedding(TIME),
        gn.TransformerBlock(heads=2, causal=True, dropout=dropout),
        gn.TransformerBlock(heads=2, causal=True, dropout=dropout),
        gn.LayerNorm(),
        gn.Dense(len(VOCABULARY)),
    ]
    return gn.NeuralNetwork(layers, gn.SoftmaxCrossEntropy(), seed=1)


def batch(seed=0, rows=8):
    chosen = WINDOWS[np.random.default_rng(seed).integers(0, len(WINDOWS), rows)]
    return chosen[:, :-1], chosen[:, 1:]


def losses(network, inputs, targets):
    """Give the cross-entropy of each place."""
    scores = network.predict(inputs)
    shifted = scores - scores.max(axis=-1, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.take_along_axis(logs, targets[..., np.newaxis], axis=-1)[..., 0]


@pytest.mark.parametrize("time", [1, 7, 15])
def test_later_characters_change_nothing_before_them(time):
    network = gpt()
    inputs = batch()[0]
    before = network.predict(inputs).copy()
    changed = inputs.copy()
    changed[:, time:] = (changed[:, time:] + 1) % len(VOCABULARY)
    after = network.predict(changed)
    np.testing.assert_array_equal(after[:, :time], before[:, :time])
    assert np.all(np.any(after[:, time:] != before[:, time:], axis=-1))


@pytest.mark.parametrize("time", [0, 6, 15])
def test_no_gradient_reaches_what_comes_later(time):
    network = gpt()
    network.predict(batch()[0])
    graph = network.graph
    prediction = graph.sink()
    (looked_up,) = [n for n in graph.nodes if type(n).__name__ == "EmbeddingLookup"]
    seed = np.zeros(prediction.shape)
    seed[:, time] = np.random.default_rng(0).normal(size=seed[:, time].shape)
    graph.backward(prediction, seed, wrt=[looked_up])
    reached = np.any(looked_up.grad != 0.0, axis=(0, 2))
    np.testing.assert_array_equal(reached, np.arange(TIME) <= time)


def test_the_beginning_of_a_sequence_needs_no_rest():
    network = gpt()
    inputs = batch()[0]
    whole = network.predict(inputs).copy()
    for time in (1, 5, 11):
        start = network.predict(inputs[:, :time])
        np.testing.assert_allclose(start, whole[:, :time], rtol=1e-10, atol=1e-12)


def test_it_learns_and_goes_on_writing():
    network = gpt()
    trainer = gn.Trainer(network, gn.SGD(lr=0.3))
    inputs, targets = WINDOWS[:12, :-1], WINDOWS[:12, 1:]  # one of each kind
    assert losses(network, inputs, targets).mean() > 1.0
    for step in range(300):
        trainer.step(*batch(step))
    # what stands at the beginning of a window can be guessed at best
    assert losses(network, inputs, targets)[:, 8:].mean() < 0.02

    text = "abd ac"
    for _ in range(60):
        codes = VOCABULARY.encode(text[-TIME:])
        scores = network.predict(codes[np.newaxis])[0, -1]
        text += VOCABULARY.decode([int(scores.argmax())])
    assert text == TEXT[4 : 4 + len(text)]


def test_attention_is_spread_before_training_and_can_be_looked_at():
    network = gpt()
    network.predict(batch()[0])
    for layer in network.layers[2:4]:
        weights = layer.attention.attention_weights
        assert weights.shape == (8, 2, TIME, TIME)
        np.testing.assert_allclose(weights.sum(axis=-1), 1.0, rtol=1e-12)
        np.testing.assert_array_equal(weights[..., ~np.tri(TIME, dtype=bool)], 0.0)


def test_gradients_of_the_whole():
    network = gpt(width=4)
    inputs, targets = batch(rows=2)
    network.train_batch(inputs[:, :4], targets[:, :4])
    gn.check_gradients(network.loss, order=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_embedding_goes_through(dtype):
    network = gpt(dtype=dtype, dropout=0.1)
    network.train_batch(*batch())
    assert {p.dtype for p in network.parameters} == {np.dtype(dtype)}
    assert {g.dtype for g in network.param_grads()} == {np.dtype(dtype)}
    assert network.predict(batch()[0]).dtype == dtype


def test_the_same_seed_gives_the_same_training():
    runs = []
    for _ in range(2):
        trainer = gn.Trainer(gpt(dropout=0.2), gn.SGD(lr=0.3))
        runs.append([trainer.step(*batch(step)) for step in range(5)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 5
