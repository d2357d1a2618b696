"""Attention against PyTorch's: masks, causal, other lengths, scales."""

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
