"""Attention with heads as a layer: its formula, masks, what it shows and refuses."""

import copy
import pickle

import numpy as np
import pytest
from cases import numbers

import graphnn as gn

X, OTHER = numbers(2, 5, 6), numbers(2, 3, 6, seed=1)


def seeded(*arguments, **settings):
    layer = gn.MultiHeadAttention(*arguments, **settings)
    layer.rng = np.random.default_rng(3)
    return layer


def through(dense, x):
    return x @ dense.weight.value + (0.0 if dense.bias is None else dense.bias.value)


def by_hand(layer, query, key, value, allowed=True, added=0.0):
    """Go head by head through slices of the features."""
    q, k, v = (
        through(dense, x)
        for dense, x in zip(
            (layer.query, layer.key, layer.value), (query, key, value), strict=True
        )
    )
    size = q.shape[-1] // layer.heads
    shape = (len(query), layer.heads, query.shape[1], key.shape[1])
    allowed, added = np.broadcast_to(allowed, shape), np.broadcast_to(added, shape)
    results = []
    for head in range(layer.heads):
        part = slice(head * size, (head + 1) * size)
        scores = np.einsum("nqf,nkf->nqk", q[..., part], k[..., part]) / np.sqrt(size)
        shares = np.exp(scores + added[:, head]) * allowed[:, head]
        shares /= shares.sum(axis=-1, keepdims=True)
        results.append(shares @ v[..., part])
    return through(layer.projection, np.concatenate(results, axis=-1))


def draw_biases(layer):
    for number, parameter in enumerate(layer.parameters):
        if parameter.name.endswith("bias"):
            parameter.value = numbers(*parameter.shape, seed=number)


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("heads", [1, 2, 3, 6])
def test_a_sequence_looks_at_itself(heads, bias):
    layer = seeded(heads, bias=bias)
    layer.forward(X)
    draw_biases(layer)
    close(layer.forward(X), by_hand(layer, X, X, X))
    assert layer.attention_weights.shape == (2, heads, 5, 5)
    close(layer.attention_weights.sum(axis=-1), 1.0)
    assert len(layer.parameters) == (8 if bias else 4)


def test_at_another_sequence_and_at_all_three():
    layer = seeded(2)
    close(layer.forward(X, OTHER), by_hand(layer, X, OTHER, OTHER))
    layer = seeded(2)
    values = numbers(2, 3, 4, seed=2)
    keys = numbers(2, 3, 7, seed=3)
    close(layer.forward(X, keys, values), by_hand(layer, X, keys, values))
    assert layer.forward(X, keys, values).shape == (2, 5, 6)
    gradients = layer.backward(np.ones((2, 5, 6)))
    assert [g.shape for g in gradients] == [X.shape, keys.shape, values.shape]


def test_sizes():
    layer = seeded(3, neurons=12)
    assert layer.forward(X).shape == (2, 5, 12)
    assert layer.query.weight.shape == (6, 12)
    assert layer.attention_weights.shape == (2, 3, 5, 5)
    layer = seeded(4, head_size=5)
    assert layer.forward(X).shape == (2, 5, 6)
    assert layer.value.weight.shape == (6, 20)
    assert layer.projection.weight.shape == (20, 6)
    assert layer.projection.bias.shape == (1, 6)


def test_the_names_are_those_of_the_picture():
    layer = seeded(2)
    layer.forward(X)
    parts = ("query", "key", "value", "projection")
    assert [p.name for p in layer.parameters] == [
        f"multi_head_attention_1/{part}/{kind}"
        for part in parts
        for kind in ("weight", "bias")
    ]
    names = [node.name.split("/", 1)[-1] for node in layer.graph.order()]
    assert [n for n in names if "weight" not in n and "bias" not in n] == [
        "input",
        *[f"{part}/split_heads" for part in parts[:3]],
        "scaled_dot_product_attention",
        "projection/join_heads",
    ]
    sources = {n.source.line for n in layer.graph.nodes if n.kind != "input"}
    assert len(sources) == 1  # the line that made the layer
    assert repr(layer) == "<MultiHeadAttention 'multi_head_attention_1': 2 heads>"
    assert "subgraph" in layer.graph.to_dot()


# -- masks -----------------------------------------------------------------------------
ALLOWED = numbers(2, 5, 5, seed=4) > 0
ALLOWED[..., 0] = True
PADDING = np.arange(5) < np.array([[5], [3]])


@pytest.mark.parametrize(
    ("mask", "for_heads"),
    [
        (ALLOWED[0], ALLOWED[0]),
        (ALLOWED, ALLOWED[:, None]),
        (PADDING[:, None], PADDING[:, None, None]),
        (PADDING[:, None, None], PADDING[:, None, None]),
        (PADDING[1], PADDING[1]),
    ],
)
def test_masks_of_truths(mask, for_heads):
    layer, x = seeded(2), gn.Input("x", value=X)
    y = layer(x, mask=mask)
    close(y.output, by_hand(layer, X, X, X, for_heads))
    hidden = ~np.broadcast_to(for_heads, (2, 2, 5, 5))
    np.testing.assert_array_equal(layer.attention_weights[hidden], 0.0)
    assert [n.name for n in y.graph.nodes if n.kind == "input"] == ["x", "mask"]


def test_masks_of_numbers_even_for_each_head():
    added = numbers(2, 3, 5, 5, seed=5)
    layer, x, mask = seeded(3), gn.Input("x", value=X), gn.Input("mask", value=added)
    y = layer(x, mask=mask)
    close(y.output, by_hand(layer, X, X, X, added=added))
    gn.check_gradients(np.sum(y**2))
    one = seeded(3)
    close(
        one(gn.Input(value=X), mask=added[0, 0]).output,
        by_hand(one, X, X, X, added=added[0, 0]),
    )


def test_a_mask_may_be_fed_and_come_fourth():
    layer, mask = seeded(2), gn.Input("mask", value=ALLOWED)
    x = gn.Input("x", value=X)
    y = layer(x, x, x, mask)
    assert len(y.graph.forward(mask=np.ones((2, 5, 5), bool))) == 2
    close(y.output, by_hand(layer, X, X, X))
    alone = seeded(2)
    output = alone.forward(X, OTHER, OTHER, np.ones((5, 3), bool))
    close(output, by_hand(alone, X, OTHER, OTHER))
    gradients = alone.backward(np.ones_like(output))
    assert gradients[3] is None


def test_an_array_with_a_mask_is_one_input():
    layer = seeded(2)
    y = layer(X, mask=ALLOWED)
    start = y.graph["input"]
    assert len(start.consumers) == 3
    close(y.output, by_hand(layer, X, X, X, ALLOWED[:, None]))


def test_causal():
    layer = seeded(2, causal=True)
    before = layer.forward(X).copy()
    close(before, by_hand(layer, X, X, X, np.tri(5, dtype=bool)))
    later = X.copy()
    later[:, 3:] += 1.0
    after = layer.forward(later)
    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert np.all(np.abs(after[:, 3:] - before[:, 3:]) > 1e-6)
    seed = np.zeros_like(before)
    seed[:, :3] = 1.0
    gradient = layer.backward(seed)
    np.testing.assert_array_equal(gradient[:, 3:], 0.0)


# -- as other layers -------------------------------------------------------------------
def test_other_batches_and_times():
    layer = seeded(2, causal=True)
    for shape in ((2, 5, 6), (4, 5, 6), (1, 9, 6), (3, 1, 6)):
        x = numbers(*shape, seed=6)
        allowed = np.tri(shape[1], dtype=bool)
        close(layer.forward(x), by_hand(layer, x, x, x, allowed))
        assert layer.backward(np.ones(shape)).shape == shape
        assert layer.attention_weights.shape == (shape[0], 2, shape[1], shape[1])
    assert len(layer.parameters) == 8


@pytest.mark.parametrize("settings", [{}, {"causal": True}, {"head_size": 2}])
def test_gradients(settings):
    gn.check_gradients(seeded(2, **settings), X)
    gn.check_gradients(seeded(3, neurons=3, **settings), X[:1], OTHER[:1])


def test_one_layer_used_twice():
    layer, x = seeded(2), gn.Input("x", value=X)
    y = layer(layer(x))
    assert len(list(y.graph.parameters)) == 8
    gn.check_gradients(np.sum(y * y), order=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes(dtype):
    layer = seeded(2, dropout=0.1)
    assert layer.forward(X.astype(dtype), training=True).dtype == dtype
    layer.backward(np.ones_like(X, dtype=dtype))
    assert {g.dtype for g in layer.param_grads} == {np.dtype(dtype)}


def test_in_a_network():
    network = gn.NeuralNetwork(
        [gn.MultiHeadAttention(2), gn.Dense(1)], gn.MeanSquaredError(), seed=1
    )
    first = network.train_batch(X, np.ones((2, 5, 1)))
    for _ in range(60):
        for parameter in network.parameters:
            parameter.value -= 0.02 * parameter.grad
        last = network.train_batch(X, np.ones((2, 5, 1)))
    assert last < 0.05 * first
    twin = gn.NeuralNetwork(
        [gn.MultiHeadAttention(2), gn.Dense(1)], gn.MeanSquaredError(), seed=1
    )
    assert twin.train_batch(X, np.ones((2, 5, 1))) == first


def test_initial_weights():
    layer = seeded(2, weight_init="zeros")
    np.testing.assert_array_equal(layer.forward(X), np.zeros_like(X))
    layer = seeded(2)
    layer.forward(X)
    weights = [d.weight.value for d in (layer.query, layer.key, layer.value)]
    assert not np.any(weights[0] == weights[1])
    assert not np.any(weights[1] == weights[2])


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))]
)
def test_copies(copied):
    layer = seeded(2)
    layer.forward(X)
    twin = copied(layer)
    np.testing.assert_array_equal(twin.forward(X * 2), layer.forward(X * 2))
    twin.query.weight.value *= 0.0
    assert np.any(twin.forward(X) != layer.forward(X))
    np.testing.assert_array_equal(twin.attention_weights, 0.2)
    assert np.any(layer.attention_weights != 0.2)


# -- dropout ---------------------------------------------------------------------------
def test_dropout_is_of_the_weights_and_in_training_only():
    layer, plain = seeded(2, dropout=0.4), seeded(2)
    plain.forward(X)
    calm = layer.forward(X)
    for ours, theirs in zip(layer.parameters, plain.parameters, strict=True):
        theirs.value = ours.value
    np.testing.assert_array_equal(calm, plain.forward(X))
    noisy = layer.forward(X, training=True)
    assert np.any(noisy != calm)
    close(layer.attention_weights, plain.attention_weights)  # before dropout
    (node,) = [n for n in layer.graph.nodes if type(n).__name__ == "Dropout"]
    dropped = node.output == 0
    assert 0.2 < dropped.mean() < 0.6
    close(node.output[~dropped], layer.attention_weights[~dropped] / 0.6)
    assert node.name == "multi_head_attention_1/dropout/dropout"
    assert np.any(layer.forward(X, training=True) != noisy)
    assert [state.name for state in layer.states] == [
        "multi_head_attention_1/dropout/passes"
    ]


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"heads": 0}, "the heads of MultiHeadAttention: at least 1"),
        ({"heads": -2}, "the heads of MultiHeadAttention: at least 1"),
        ({"heads": 2.0}, "the heads of MultiHeadAttention: a whole number"),
        ({"heads": 2, "head_size": 0}, "the head_size of MultiHeadAttention"),
        ({"heads": 2, "neurons": 0}, "the neurons of MultiHeadAttention"),
        ({"heads": 4, "neurons": 6}, "4 heads do not divide 6 neurons"),
        ({"heads": 2, "causal": "yes"}, "causal is True or False, not 'yes'"),
        ({"heads": 2, "dropout": 1.0}, r"in \[0, 1\), not 1\.0"),
        ({"heads": 2, "dropout": -0.1}, r"in \[0, 1\), not -0\.1"),
        ({"heads": 2, "weight_init": "gloro"}, "Did you mean 'glorot'"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.MultiHeadAttention(**settings)


def test_heads_that_do_not_divide_the_features():
    layer = seeded(4)
    with pytest.raises(gn.ArgumentError, match="4 heads do not divide 6 neurons"):
        layer.forward(X)
    assert layer.first
    assert layer.forward(numbers(2, 5, 8)).shape == (2, 5, 8)


@pytest.mark.parametrize("arrays", [(X[0],), (X, OTHER[0]), (X, OTHER, OTHER[:, 0])])
def test_a_wrong_number_of_axes(arrays):
    with pytest.raises(gn.ShapeError, match=r"takes \(rows, time, features\), not \("):
        seeded(2).forward(*arrays)


def test_keys_and_values_of_different_lengths():
    with pytest.raises(gn.ShapeError, match="there are 5 keys and 3 values") as caught:
        seeded(2).forward(X, X, OTHER)
    assert "test_multi_head_attention.py" in str(caught.value)


@pytest.mark.parametrize(
    ("mask", "kind", "message"),
    [
        (np.ones((5, 4), bool), gn.ShapeError, r"the mask has shape \(5, 4\)"),
        (np.ones((2, 5), bool), gn.ShapeError, r"key time\) = \(2, 5, 5\)"),
        (np.ones((3, 5, 5)), gn.ShapeError, r"\(3, 5, 5\), which does not"),
        (np.ones((2, 3, 5, 5)), gn.ShapeError, r"key time\) = \(2, 2, 5, 5\)"),
        (np.ones((5, 5), int), gn.ArgumentError, "the mask is int64; it is bool"),
    ],
)
def test_masks_that_do_not_fit(mask, kind, message):
    layer, x = seeded(2), gn.Input("x", value=X)
    with pytest.raises(kind, match=message) as caught:
        layer(x, mask=mask)
    assert "multi_head_attention_1 (MultiHeadAttention)" in str(caught.value)
    assert len(x.graph) == 1
    close(layer(x).output, by_hand(layer, X, X, X))


def test_a_mask_without_a_value():
    layer, x = seeded(2), gn.Input("x", value=X)
    layer(x)
    with pytest.raises(gn.GraphnnError, match="no value yet"):
        layer(x, mask=gn.Input("mask"))


def test_a_wrong_number_of_inputs():
    with pytest.raises(gn.ArgumentError, match="takes 1 to 4 inputs, 0 given"):
        seeded(2)()
    with pytest.raises(gn.ArgumentError, match="takes 1 to 4 inputs, 5 given"):
        seeded(2).forward(X, X, X, X, X)
    with pytest.raises(gn.ArgumentError, match="takes 1 to 4 inputs, 5 given"):
        seeded(2)(X, X, X, X, mask=ALLOWED)


def test_weights_before_the_first_pass():
    assert seeded(2).attention_weights is None
