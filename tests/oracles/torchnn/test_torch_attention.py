"""Attention against PyTorch's: masks, causal, other lengths, scales, heads."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

functional = torch.nn.functional


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def mask_of(kind, *shape):
    """Draw a mask; each query may look at the first key."""
    if kind == "added":
        return draw(*shape, seed=7)
    allowed = draw(*shape, seed=8) > -0.3
    allowed[..., 0] = True
    return np.where(allowed, 0.0, -np.inf) if kind == "minus infinity" else allowed


@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("times", [(5, 5), (4, 6), (6, 4), (1, 3)])
@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
@pytest.mark.parametrize("kind", [None, "causal", "bool", "added", "minus infinity"])
def test_scaled_dot_product_attention(kind, leading, times, scale):
    query, key = draw(*leading, times[0], 4), draw(*leading, times[1], 4, seed=1)
    value = draw(*leading, times[1], 3, seed=2)
    arrays, causal = [query, key, value], kind == "causal"
    if kind not in (None, "causal"):
        arrays.append(mask_of(kind, *leading[-1:], *times))
    leaves = [gn.Input(value=array) for array in arrays]
    tensors = [tensor(array) for array in arrays]
    node = gn.ScaledDotProductAttention(causal, scale)(*leaves)
    result = functional.scaled_dot_product_attention(
        *tensors, is_causal=causal, scale=scale
    )
    pairs = zip(leaves, tensors, strict=True)
    compare(node, result, [(n, t) for n, t in pairs if t.requires_grad])


def test_second_derivatives():
    arrays = [draw(2, 4, 3), draw(2, 5, 3, seed=1), draw(2, 5, 3, seed=2)]
    arrays.append(mask_of("added", 4, 5))
    leaves = [gn.Input(value=array) for array in arrays]
    tensors = [tensor(array) for array in arrays]
    node = np.sum(gn.ScaledDotProductAttention()(*leaves) ** 2)
    result = (functional.scaled_dot_product_attention(*tensors) ** 2).sum()
    ours = node.graph.gradient(node, leaves)
    theirs = torch.autograd.grad(result, tensors, create_graph=True)
    for slope, their_slope in zip(ours, theirs, strict=True):
        compare(slope, their_slope, zip(leaves, tensors, strict=True))


# -- MultiHeadAttention ----------------------------------------------------------------
def copied(values, theirs):
    """Copy an array into a parameter."""
    with torch.no_grad():
        theirs.copy_(torch.from_numpy(values))


def copy_attention(layer, theirs):
    """Give PyTorch's layer our weights."""
    parts = (layer.query, layer.key, layer.value)
    weights = [part.weight.value.T for part in parts]
    if theirs.in_proj_weight is not None:
        copied(np.concatenate(weights), theirs.in_proj_weight)
    else:
        apart = (theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight)
        for ours, weight in zip(weights, apart, strict=True):
            copied(ours, weight)
    copied(layer.projection.weight.value.T, theirs.out_proj.weight)
    if layer.query.bias is not None:
        biases = [part.bias.value[0] for part in parts]
        copied(np.concatenate(biases), theirs.in_proj_bias)
        copied(layer.projection.bias.value[0], theirs.out_proj.bias)


def counterpart(layer, width, key_width=None, value_width=None):
    """Make PyTorch's layer with our weights."""
    theirs = torch.nn.MultiheadAttention(
        width,
        layer.heads,
        bias=layer.query.bias is not None,
        kdim=key_width,
        vdim=value_width,
        batch_first=True,
        dtype=torch.float64,
    )
    copy_attention(layer, theirs)
    return theirs


def third(number, turn=False):
    """Take what belongs to query, key or value out of PyTorch's joined gradient."""

    def take(gradient):
        part = np.split(gradient, 3)[number]
        return part.T if turn else part

    return take


def weight_pairs(layer, theirs):
    """Pair all parameters."""
    parts = (layer.query, layer.key, layer.value)
    apart = (theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight)
    for number, part in enumerate(parts):
        if theirs.in_proj_weight is not None:
            yield part.weight, theirs.in_proj_weight, third(number, turn=True)
        else:
            yield part.weight, apart[number], np.transpose
        if part.bias is not None:
            yield part.bias, theirs.in_proj_bias, third(number)
    yield layer.projection.weight, theirs.out_proj.weight, np.transpose
    if layer.projection.bias is not None:
        yield layer.projection.bias, theirs.out_proj.bias


def their_mask(mask, heads):
    """Write a mask as PyTorch takes it: True hides, heads and rows are one axis."""
    mask = torch.from_numpy(~mask if mask.dtype == bool else mask)
    if mask.ndim == 4:
        return mask.flatten(0, 1)
    return mask.repeat_interleave(heads, dim=0) if mask.ndim == 3 else mask


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("heads", [1, 2, 4])
@pytest.mark.parametrize("kind", [None, "causal", "bool", "added", "rows", "heads"])
@pytest.mark.parametrize("times", [None, (4, 6), (5, 3)])
def test_multi_head_attention(times, kind, heads, bias):
    times = (5, 5) if times is None else times
    arrays = [draw(3, times[0], 8)]
    if times[0] != times[1]:
        arrays.append(draw(3, times[1], 8, seed=1))
    mask = None
    if kind in ("bool", "added"):
        mask = mask_of(kind, *times)
    elif kind in ("rows", "heads"):
        mask = mask_of("bool", 3, *times) if kind == "rows" else None
        mask = mask_of("added", 3, heads, *times) if mask is None else mask
    layer = gn.MultiHeadAttention(heads, causal=kind == "causal", bias=bias)
    layer.rng = np.random.default_rng(5)
    leaves = [gn.Input(f"x{i}", value=array) for i, array in enumerate(arrays)]
    node = layer(*leaves, mask=mask)
    if bias:
        for number, parameter in enumerate(layer.parameters):
            if parameter.name.endswith("bias"):
                parameter.value = draw(*parameter.shape, seed=number)
        node.graph.forward(target=node)
    theirs, tensors = counterpart(layer, 8), [tensor(array) for array in arrays]
    if kind == "causal":
        mask = np.tri(*times, dtype=bool)
    result, weights = theirs(
        tensors[0],
        tensors[-1],
        tensors[-1],
        attn_mask=None if mask is None else their_mask(mask, heads),
        average_attn_weights=False,
    )
    pairs = [*zip(leaves, tensors, strict=True), *weight_pairs(layer, theirs)]
    assert len(pairs) == len(leaves) + (8 if bias else 4)
    compare(node, result, pairs)
    np.testing.assert_allclose(
        layer.attention_weights, weights.detach().numpy(), rtol=1e-9, atol=1e-12
    )


def test_multi_head_attention_hides_padding():
    lengths = np.array([[5], [2], [3]])
    seen = np.arange(5) < lengths
    x, other = draw(3, 4, 6), draw(3, 5, 6, seed=1)
    layer, leaves = gn.MultiHeadAttention(3), [gn.Input(value=a) for a in (x, other)]
    node = layer(*leaves, mask=seen[:, np.newaxis])
    theirs, tensors = counterpart(layer, 6), [tensor(x), tensor(other)]
    result, _ = theirs(
        tensors[0], tensors[1], tensors[1], key_padding_mask=torch.from_numpy(~seen)
    )
    pairs = [*zip(leaves, tensors, strict=True), *weight_pairs(layer, theirs)]
    compare(node, result, pairs)


def test_multi_head_attention_of_other_widths():
    arrays = [draw(2, 4, 6), draw(2, 5, 3, seed=1), draw(2, 5, 7, seed=2)]
    layer, leaves = gn.MultiHeadAttention(2), [gn.Input(value=a) for a in arrays]
    node = layer(*leaves)
    theirs, tensors = counterpart(layer, 6, 3, 7), [tensor(a) for a in arrays]
    result, _ = theirs(*tensors)
    pairs = [*zip(leaves, tensors, strict=True), *weight_pairs(layer, theirs)]
    compare(node, result, pairs)
