"""Large batches are taken a block of rows at a time, with the same results."""

import numpy as np
import pytest
from cases import CASES, numbers

import graphnn as gn
from graphnn.ops import layouts
from graphnn.ops.convolution import Convolution, DepthwiseConvolution, KernelOperation

USES = [case for case in CASES if issubclass(case.operation, KernelOperation)]


def results(case, rows):
    (batch,) = case.inputs
    images = numbers(rows, *batch.shape[1:], seed=3)
    node = case.make()(gn.Input("x", value=images))
    seed = numbers(*node.shape, seed=4)
    node.graph.backward(node, seed, wrt=node.inputs[0])
    return node, seed, (node.output, node.inputs[0].grad, node.param_grad)


@pytest.mark.parametrize("case", USES, ids=str)
@pytest.mark.parametrize("rows", [0, 1, 5])
def test_blocks_of_rows(case, rows, monkeypatch):
    _, _, expected = results(case, rows)
    monkeypatch.setattr(layouts, "LARGEST_BLOCK", 1)  # a row at a time
    node, seed, found = results(case, rows)
    kinds = [type(n).__name__ for n in node.graph.expand().nodes]
    assert kinds.count("Concatenate") == (rows > 1)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    traced = node.graph.gradient(node, list(node.inputs), seed)
    for gradient, stepped in zip(traced, found[1:], strict=True):
        np.testing.assert_array_equal(gradient.output, stepped)


@pytest.mark.parametrize("case", USES[::3], ids=str)
def test_second_derivatives_of_blocks(case, monkeypatch):
    monkeypatch.setattr(layouts, "LARGEST_BLOCK", 1)
    (batch,) = case.inputs
    images = numbers(3, *batch.shape[1:], seed=3)
    assert not gn.check_gradients(case.make(), images).remarks


@pytest.mark.parametrize("groups", [1, 4])
def test_the_matrix_of_windows_stays_small(groups, monkeypatch):
    kind = DepthwiseConvolution if groups == 4 else Convolution
    cut, sizes = kind._windows, []

    def recorded(self, padded):
        windows = cut(self, padded)
        sizes.append(windows.size * windows.itemsize)
        return windows

    monkeypatch.setattr(kind, "_windows", recorded)
    kernel = np.zeros((3, 3, 4 // groups, 4), np.float32)
    node = kind(kernel, groups=groups)
    node.forward(np.zeros((80, 32, 32, 4), np.float32))
    assert max(sizes) <= layouts.LARGEST_BLOCK < sum(sizes)
    node.backward(np.zeros((80, 30, 30, 4), np.float32))
    assert max(sizes) <= layouts.LARGEST_BLOCK
