"""Transformer blocks: their formulas, their parts, what they show and refuse."""

import copy
import math

import numpy as np
import pytest
from cases import numbers

import graphnn as gn

X, MEMORY = numbers(2, 5, 6), numbers(2, 3, 6, seed=1)
BLOCKS = {
    "block": (gn.TransformerBlock, (X,)),
    "decoder": (gn.TransformerDecoderBlock, (X, MEMORY)),
}
each_block = pytest.mark.parametrize("kind", BLOCKS)


def seeded(cls, *arguments, **settings):
    layer = cls(*arguments, **settings)
    layer.rng = np.random.default_rng(4)
    return layer


def made(kind, heads=2, **settings):
    cls, inputs = BLOCKS[kind]
    return seeded(cls, heads, **settings), inputs


def draw_vectors(layer):
    """Give scales, shifts and biases, which start at 1 and 0, other values."""
    for number, parameter in enumerate(layer.parameters):
        if min(parameter.shape) == 1 or parameter.ndim == 1:
            parameter.value = numbers(*parameter.shape, seed=number)


def norm(layer, x):
    centred = x - x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)
    return centred / deviation * layer.scale.value + layer.shift.value


def dense(layer, x):
    return x @ layer.weight.value + layer.bias.value


def gelu(x):
    return x * 0.5 * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def feed(block, x, activation=gelu):
    first, last = block.feed_forward[0], block.feed_forward[-1]
    return dense(last, activation(dense(first, x)))


def attend(layer, *arrays):
    """Run a copy of an attention layer that is inside a block."""
    twin = gn.MultiHeadAttention(layer.heads, causal=layer.causal)
    twin.forward(*arrays)
    for ours, theirs in zip(layer.parameters, twin.parameters, strict=True):
        theirs.value = ours.value
    return twin.forward(*arrays)


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("causal", [False, True])
def test_norm_first(causal):
    block = seeded(gn.TransformerBlock, 2, causal=causal)
    block.forward(X)
    draw_vectors(block)
    hidden = X + attend(block.attention, norm(block.attention_norm, X))
    expected = hidden + feed(block, norm(block.feed_forward_norm, hidden))
    close(block.forward(X), expected)


def test_norm_last():
    block = seeded(
        gn.TransformerBlock, 3, hidden=7, activation="relu", norm_first=False
    )
    block.forward(X)
    draw_vectors(block)
    hidden = norm(block.attention_norm, X + attend(block.attention, X))
    added = feed(block, hidden, lambda x: np.maximum(x, 0))
    close(block.forward(X), norm(block.feed_forward_norm, hidden + added))


def test_a_decoder():
    block = seeded(gn.TransformerDecoderBlock, 2)
    assert block.causal
    block.forward(X, MEMORY)
    draw_vectors(block)
    hidden = X + attend(block.attention, norm(block.attention_norm, X))
    normed = norm(block.cross_attention_norm, hidden)
    hidden = hidden + attend(block.cross_attention, normed, MEMORY)
    expected = hidden + feed(block, norm(block.feed_forward_norm, hidden))
    close(block.forward(X, MEMORY), expected)


def test_sizes():
    block = seeded(gn.TransformerBlock, 2)
    block.forward(X)
    assert block.feed_forward[0].weight.shape == (6, 24)
    block = seeded(gn.TransformerBlock, 2, hidden=5)
    block.forward(X)
    assert block.feed_forward[0].weight.shape == (6, 5)
    assert block.feed_forward[1].weight.shape == (5, 6)
    assert len(block.parameters) == 8 + 4 + 4


def test_biases_can_be_left_out():
    block = seeded(gn.TransformerBlock, 2, bias=False)
    block.forward(X)
    names = {parameter.name.rsplit("/")[-1] for parameter in block.parameters}
    assert names == {"weight", "scale"}
    assert len(block.parameters) == 4 + 2 + 2


def test_the_names_are_those_of_the_picture():
    block = seeded(gn.TransformerBlock, 2)
    block.forward(X)
    names = [
        node.name.removeprefix("transformer_block_1/") for node in block.graph.order()
    ]
    operations = [n for n in names if n.rsplit("/")[-1] not in ("weight", "bias")]
    assert operations == [
        "input",
        "attention_norm/scale",
        "attention_norm/shift",
        "attention_norm/layer_normalize",
        "attention/query/weight_multiply",
        "attention/query/bias_add",
        "attention/query/split_heads",
        "attention/key/weight_multiply",
        "attention/key/bias_add",
        "attention/key/split_heads",
        "attention/value/weight_multiply",
        "attention/value/bias_add",
        "attention/value/split_heads",
        "attention/scaled_dot_product_attention",
        "attention/projection/join_heads",
        "attention/projection/weight_multiply",
        "attention/projection/bias_add",
        "add",
        "feed_forward_norm/scale",
        "feed_forward_norm/shift",
        "feed_forward_norm/layer_normalize",
        "feed_forward/hidden/weight_multiply",
        "feed_forward/hidden/bias_add",
        "feed_forward/hidden/gelu",
        "feed_forward/projection/weight_multiply",
        "feed_forward/projection/bias_add",
        "add_2",
    ]
    lines = {n.source.line for n in block.graph.nodes if n.kind != "input"}
    assert len(lines) == 1  # the line that made the block
    assert repr(block) == "<TransformerBlock 'transformer_block_1': 2 heads>"


# -- masks -----------------------------------------------------------------------------
def test_a_mask_hides_padding():
    block, x = seeded(gn.TransformerBlock, 2), gn.Input("x", value=X)
    seen = np.arange(5) < np.array([[5], [3]])
    y = block(x, mask=seen[:, np.newaxis])
    weights = block.attention.attention_weights
    np.testing.assert_array_equal(weights[1, :, :, 3:], 0.0)
    assert np.all(weights[0] > 0)
    alone = block(gn.Input(value=X[1:, :3]))
    close(y.output[1, :3], alone.output[0])
    fed = seeded(gn.TransformerBlock, 2)
    np.testing.assert_array_equal(fed.forward(X, seen[:, np.newaxis]), y.output)


def test_the_masks_of_a_decoder():
    x, memory = gn.Input("x", value=X), gn.Input("memory", value=MEMORY)
    block = seeded(gn.TransformerDecoderBlock, 2)
    ours, theirs = np.arange(5) != 1, np.arange(3) != 2
    for mask, memory_mask in ((ours, None), (None, theirs), (ours, theirs)):
        block(x, memory, mask=mask, memory_mask=memory_mask)
        own = block.attention.attention_weights
        across = block.cross_attention.attention_weights
        assert np.all(own[..., 1] == 0) == (mask is not None)
        assert np.all(across[..., 2] == 0) == (memory_mask is not None)
        assert np.all(own[..., 0] > 0)
        assert np.all(across[..., :2] > 0)
    np.testing.assert_array_equal(own[:, :, ~np.tri(5, dtype=bool)], 0.0)
    fed = seeded(gn.TransformerDecoderBlock, 2)
    fed.forward(X, MEMORY, ours[np.newaxis], theirs[np.newaxis])
    np.testing.assert_array_equal(fed.cross_attention.attention_weights, across)


def test_causal():
    block = seeded(gn.TransformerBlock, 2, causal=True)
    before = block.forward(X).copy()
    later = X.copy()
    later[:, 3:] *= -1.0
    after = block.forward(later)
    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert np.all(np.any(after[:, 3:] != before[:, 3:], axis=-1))


# -- as other layers -------------------------------------------------------------------
@each_block
@pytest.mark.parametrize("norm_first", [True, False])
def test_gradients(kind, norm_first):
    block, inputs = made(kind, hidden=3, activation="tanh", norm_first=norm_first)
    gn.check_gradients(block, *[a[:, :3] for a in inputs])


@each_block
def test_other_batches_and_times(kind):
    block, inputs = made(kind)
    block.forward(*inputs)
    for rows, time in ((4, 5), (1, 8), (3, 1)):
        arrays = [numbers(rows, time, 6, seed=n) for n in range(len(inputs))]
        fresh, _ = made(kind)
        expected = fresh.forward(*arrays)
        for ours, theirs in zip(block.parameters, fresh.parameters, strict=True):
            np.testing.assert_array_equal(ours.value, theirs.value)
        np.testing.assert_array_equal(block.forward(*arrays), expected)
        seed = numbers(rows, time, 6, seed=9)
        gradients = block.backward(seed), fresh.backward(seed)
        for one, other in zip(*gradients, strict=True):
            np.testing.assert_array_equal(one, other)


@each_block
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes(kind, dtype):
    block, inputs = made(kind, dropout=0.1)
    output = block.forward(*[a.astype(dtype) for a in inputs], training=True)
    assert output.dtype == dtype
    block.backward(np.ones_like(output))
    assert {g.dtype for g in block.param_grads} == {np.dtype(dtype)}


def test_starting_afresh_with_another_width():
    block = seeded(gn.TransformerBlock, 2)
    block.forward(X)
    block.first = True
    assert block.forward(numbers(2, 4, 8)).shape == (2, 4, 8)
    assert block.feed_forward[0].weight.shape == (8, 32)


def test_a_copy_is_apart():
    block = seeded(gn.TransformerBlock, 2)
    before = block.forward(X).copy()
    twin = copy.deepcopy(block)
    for parameter in twin.parameters:
        parameter.value = parameter.value * 0.5
    assert np.any(twin.forward(X) != before)
    np.testing.assert_array_equal(block.forward(X), before)


def test_freezing_goes_all_the_way_down():
    block = seeded(gn.TransformerBlock, 2)
    block.trainable = False
    block.forward(X)
    block.backward(np.ones_like(X))
    assert block.param_grads == [None] * 16


# -- dropout ---------------------------------------------------------------------------
@each_block
def test_dropout_in_training_only(kind):
    block, inputs = made(kind, dropout=0.3)
    plain, _ = made(kind)
    plain.forward(*inputs)
    calm = block.forward(*inputs)
    for ours, theirs in zip(block.parameters, plain.parameters, strict=True):
        theirs.value = ours.value
    np.testing.assert_array_equal(calm, plain.forward(*inputs))
    noisy = block.forward(*inputs, training=True)
    assert np.any(noisy != calm)
    places = [
        node.name.removeprefix(f"{block.name}/").removesuffix("/dropout")
        for node in block.graph.order()
        if type(node).__name__ == "Dropout"
    ]
    across = ["cross_attention/dropout", "cross_attention_dropout"]
    assert places == [
        "attention/dropout",
        "attention_dropout",
        *(across if kind == "decoder" else []),
        "feed_forward/dropout",
        "feed_forward_dropout",
    ]
    assert len(block.states) == len(places)
    assert not [n for n in plain.graph.nodes if type(n).__name__ == "Dropout"]


# -- what is refused -------------------------------------------------------------------
@each_block
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"heads": 0}, "the heads of Transformer.*: at least 1"),
        ({"heads": 1.5}, "the heads of Transformer.*: a whole number"),
        ({"heads": 2, "hidden": 0}, "the hidden neurons of Transformer.*: at least 1"),
        ({"heads": 2, "causal": None}, "causal is True or False, not None"),
        ({"heads": 2, "norm_first": "yes"}, "norm_first is True or False, not 'yes'"),
        ({"heads": 2, "activation": "gellu"}, "Did you mean 'gelu'"),
        ({"heads": 2, "dropout": 1}, r"in \[0, 1\), not 1"),
    ],
)
def test_bad_settings(kind, settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        BLOCKS[kind][0](**settings)


def test_heads_that_do_not_divide_the_features():
    block = seeded(gn.TransformerBlock, 4)
    with pytest.raises(gn.ArgumentError, match="4 heads do not divide 6 neurons"):
        block.forward(X)
    assert block.first
    assert block.forward(numbers(2, 5, 8)).shape == (2, 5, 8)


def test_a_wrong_number_of_axes():
    with pytest.raises(
        gn.ShapeError, match=r"TransformerBlock takes \(rows, time, fea"
    ):
        seeded(gn.TransformerBlock, 2).forward(X[0])
    with pytest.raises(
        gn.ShapeError, match=r"TransformerDecoderBlock takes .*\(3, 6\)"
    ):
        seeded(gn.TransformerDecoderBlock, 2).forward(X, MEMORY[0])


def test_a_wrong_number_of_inputs():
    with pytest.raises(gn.ArgumentError, match="takes 1 to 2 inputs, 3 given"):
        seeded(gn.TransformerBlock, 2).forward(X, X, X)
    with pytest.raises(gn.ArgumentError, match="takes 2 to 4 inputs, 1 given"):
        seeded(gn.TransformerDecoderBlock, 2).forward(X)
    with pytest.raises(gn.ArgumentError, match="takes 1 to 2 inputs, 3 given"):
        seeded(gn.TransformerBlock, 2)(X, X, mask=np.ones((5, 5), bool))


def test_a_mask_that_does_not_fit():
    block, x = seeded(gn.TransformerBlock, 2), gn.Input("x", value=X)
    with pytest.raises(
        gn.ShapeError, match=r"^attention \(Multi.* the mask has shape \(4"
    ):
        block(x, mask=np.ones((4, 4), bool))
    assert block.first
    assert len(x.graph) == 1
    assert block(x).shape == X.shape
