"""Transformer blocks against PyTorch's, in both orders of the norms."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402
from torchnn.test_torch_attention import (  # noqa: E402
    copied,
    copy_attention,
    draw,
    mask_of,
    their_mask,
    weight_pairs,
)

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

WIDTH, HEADS = 8, 2


def norms_and_dense(block, theirs):
    """Pair the parameters of norms and dense layers: ours, theirs, and the layout."""
    names = ["attention_norm", "cross_attention_norm", "feed_forward_norm"]
    norms = [getattr(block, name) for name in names if hasattr(block, name)]
    for number, norm in enumerate(norms, start=1):
        their_norm = getattr(theirs, f"norm{number}")
        yield norm.scale, their_norm.weight, np.array
        if norm.shift is not None:
            yield norm.shift, their_norm.bias, np.array
    dense = (block.feed_forward[0], block.feed_forward[-1])
    for ours, linear in zip(dense, (theirs.linear1, theirs.linear2), strict=True):
        yield ours.weight, linear.weight, np.transpose
        if ours.bias is not None:
            yield ours.bias, linear.bias, np.array


def counterpart(block, cls, activation):
    """Make PyTorch's layer with our weights."""
    theirs = cls(
        WIDTH,
        HEADS,
        block.feed_forward[0].neurons,
        dropout=0.0,
        activation=activation,
        batch_first=True,
        norm_first=block.norm_first,
        bias=block.has_bias,
        dtype=torch.float64,
    )
    for ours, weight, layout in norms_and_dense(block, theirs):
        copied(np.reshape(layout(ours.value), weight.shape), weight)
    copy_attention(block.attention, theirs.self_attn)
    pairs = [*norms_and_dense(block, theirs)]
    pairs += weight_pairs(block.attention, theirs.self_attn)
    if block.__class__ is gn.TransformerDecoderBlock:
        copy_attention(block.cross_attention, theirs.multihead_attn)
        pairs += weight_pairs(block.cross_attention, theirs.multihead_attn)
    return theirs.eval(), pairs


def set_up(block, *leaves, **masks):
    """Run a block with weights that are all drawn, scales and biases too."""
    block.rng = np.random.default_rng(6)
    node = block(*leaves, **masks)
    for number, parameter in enumerate(block.parameters):
        if min(parameter.shape) == 1 or parameter.ndim == 1:
            parameter.value = draw(*parameter.shape, seed=number)
    node.graph.forward(target=node)
    return node


@pytest.mark.parametrize("kind", [None, "causal", "bool", "added", "padding"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("hidden", [None, 5])
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_transformer_block(bias, norm_first, hidden, activation, kind):
    x = draw(3, 5, WIDTH)
    block = gn.TransformerBlock(
        HEADS, hidden, kind == "causal", activation, norm_first=norm_first, bias=bias
    )
    padding = np.arange(5) < np.array([[5], [3], [4]])
    mask = {"causal": None, "padding": padding[:, None]}.get(kind)
    if kind in ("bool", "added"):
        mask = mask_of(kind, 5, 5)
    leaf, leaf_tensor = gn.Input("x", value=x), tensor(x)
    node = set_up(block, leaf, mask=mask)
    theirs, pairs = counterpart(block, torch.nn.TransformerEncoderLayer, activation)
    hidden_from = np.tri(5, dtype=bool) if kind == "causal" else mask
    settings = {}
    if kind == "padding":
        settings["src_key_padding_mask"] = torch.from_numpy(~padding)
    elif kind is not None:
        settings["src_mask"] = their_mask(hidden_from, HEADS)
    result = theirs(leaf_tensor, **settings)
    assert len(pairs) == len(block.parameters) == (16 if bias else 8)
    compare(node, result, [(leaf, leaf_tensor), *pairs])


@pytest.mark.parametrize("kind", ["causal", "bool", "memory"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_transformer_decoder_block(bias, norm_first, activation, kind):
    arrays = [draw(3, 5, WIDTH), draw(3, 4, WIDTH, seed=1)]
    block = gn.TransformerDecoderBlock(
        HEADS, None, kind != "bool", activation, norm_first=norm_first, bias=bias
    )
    leaves = [gn.Input(value=array) for array in arrays]
    tensors = [tensor(array) for array in arrays]
    mask = mask_of("bool", 5, 5) if kind == "bool" else None
    memory_mask = mask_of("bool", 5, 4) if kind == "memory" else None
    node = set_up(block, *leaves, mask=mask, memory_mask=memory_mask)
    theirs, pairs = counterpart(block, torch.nn.TransformerDecoderLayer, activation)
    own = np.tri(5, dtype=bool) if mask is None else mask
    result = theirs(
        *tensors,
        tgt_mask=their_mask(own, HEADS),
        memory_mask=None if memory_mask is None else their_mask(memory_mask, HEADS),
    )
    assert len(pairs) == len(block.parameters) == (26 if bias else 13)
    compare(node, result, [*zip(leaves, tensors, strict=True), *pairs])
