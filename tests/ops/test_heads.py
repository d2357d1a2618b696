"""Splitting features into heads, and joining them."""

import numpy as np
import pytest
from cases import numbers

import graphnn as gn
from graphnn.ops.heads import JoinHeads, SplitHeads


def test_a_head_has_neighbouring_features():
    x = numbers(2, 3, 8)
    split = SplitHeads(4).forward(x)
    assert split.shape == (2, 4, 3, 2)
    for head in range(4):
        np.testing.assert_array_equal(split[:, head], x[..., 2 * head : 2 * head + 2])


@pytest.mark.parametrize("shape", [(3, 6), (2, 3, 6), (5, 2, 3, 6)])
@pytest.mark.parametrize("heads", [1, 2, 6])
def test_joining_undoes_splitting(shape, heads):
    x = gn.Input("x", value=numbers(*shape))
    y = JoinHeads()(SplitHeads(heads)(x))
    np.testing.assert_array_equal(y.output, x.value)
    seed = numbers(*shape, seed=1)
    y.graph.backward(y, seed, wrt=x)
    np.testing.assert_array_equal(x.grad, seed)
    other = numbers(*shape[:-2], 7, 6)
    np.testing.assert_array_equal(y.graph.forward(x=other), other)


def test_what_is_refused():
    with pytest.raises(gn.ShapeError, match=r"4 heads do not divide .* \(2, 3, 6\)"):
        SplitHeads(4).forward(numbers(2, 3, 6))
    with pytest.raises(gn.ShapeError, match=r"shape \(6,\)"):
        SplitHeads(2).forward(numbers(6))
    with pytest.raises(gn.ShapeError, match=r"size\) is needed, not \(2, 3\)"):
        JoinHeads().forward(numbers(2, 3))
    for heads in (0, -1, 1.0, "2"):
        with pytest.raises(gn.ArgumentError, match="at least 1, not"):
            SplitHeads(heads)
