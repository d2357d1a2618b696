"""However windows are laid out, the results are the same."""

import numpy as np
import pytest
from cases import CASES, numbers

import graphnn as gn
from graphnn.ops import kernels, layouts
from graphnn.ops.bands import Bands, as_bands
from graphnn.ops.convolution import Convolution, DepthwiseConvolution
from graphnn.ops.kernels import KernelOperation

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


LAYOUTS = {  # NARROWEST, WIDE, MANY_ELEMENTS
    "together": (10**6, 10**6, 0),
    "apart": (1, 10**6, 0),
    "spread by landing": (1, 1, 10**6),
    "landing": (1, 1, 0),
}


def lay_out(name, monkeypatch):
    settings = zip(("NARROWEST", "WIDE", "MANY_ELEMENTS"), LAYOUTS[name], strict=True)
    for setting, value in settings:
        monkeypatch.setattr(kernels, setting, value)


@pytest.mark.parametrize("case", USES, ids=str)
@pytest.mark.parametrize("rows", [0, 1, 5])
def test_lines_together_apart_and_landing(case, rows, monkeypatch):
    found = {}
    for name in LAYOUTS:
        lay_out(name, monkeypatch)
        node, seed, found[name] = results(case, rows)
        traced = node.graph.gradient(node, list(node.inputs), seed)
        for gradient, stepped in zip(traced, found[name][1:], strict=True):
            np.testing.assert_array_equal(gradient.output, stepped)
        expanded = node.graph.expand()
        np.testing.assert_array_equal(expanded.sink().output, node.output)
    for name in LAYOUTS:
        for ours, theirs in zip(found[name], found["together"], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", USES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_derivatives_however_lines_are_laid_out(case, layout, monkeypatch):
    lay_out(layout, monkeypatch)
    assert not gn.check_gradients(case.make(), *case.inputs).remarks


@pytest.mark.parametrize("case", USES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_plans_however_lines_are_laid_out(case, layout, monkeypatch):
    lay_out(layout, monkeypatch)
    x = gn.Input("x", value=case.inputs[0])
    loss = np.sum(np.tanh(case.make()(x)))
    plan = loss.graph.plan(loss, gradients_of=[x, *loss.graph.parameters])
    for seed in (5, 6, 7):  # the plan proves itself against the stepped pass
        batch = numbers(*x.shape, seed=seed)
        planned = plan.run({x: batch})
        found = [np.array(n.grad) for n in plan.gradients_of]
        loss.graph.forward({x: batch})
        loss.graph.backward(loss, wrt=plan.gradients_of)
        np.testing.assert_array_equal(planned, loss.output)
        for gradient, node in zip(found, plan.gradients_of, strict=True):
            np.testing.assert_array_equal(gradient, node.grad)


def test_the_windows_of_lines_apart_are_not_copied():
    bands = as_bands(numbers(4, 6, 7, 2))
    beside = Bands((1, 3), (1, 1), (1, 1), 1, apart=True).windows(bands)
    tall = Bands((3, 3), (1, 1), (1, 1), 1, apart=True).windows(bands)
    assert extent_of(tall) == beside.nbytes < tall.nbytes
    single = Bands((1, 1), (1, 1), (1, 1), 1, apart=True).windows(bands)
    assert np.shares_memory(single, bands)


def test_bands_are_copied_where_images_lie_in_another_order():
    images = numbers(4, 6, 7, 2)
    bands = as_bands(images)
    assert bands.flags.c_contiguous
    assert as_bands(np.transpose(bands, (3, 0, 2, 1))) is not bands
    assert np.shares_memory(as_bands(np.transpose(bands, (3, 0, 2, 1))), bands)
    np.testing.assert_array_equal(np.transpose(bands, (3, 0, 2, 1)), images)


def test_what_follows_a_convolution_keeps_the_order_in_memory():
    x = gn.Input("x", value=numbers(8, 6, 6, 2))
    pooled = gn.Sequential([gn.Conv2D(4, 3, activation="relu"), gn.MaxPool2D(2)])(x)
    for node in pooled.graph.order()[1:]:
        if node.shape and len(node.shape) == 4 and node.kind == "operation":
            assert as_bands(node.output).base is not None
            assert np.shares_memory(as_bands(node.output), node.output), node


def extent_of(array):
    low, high = np.lib.array_utils.byte_bounds(array)
    return high - low


@pytest.mark.parametrize("groups", [1, 4])
def test_the_matrix_of_windows_stays_small(groups, monkeypatch):
    cut, sizes = Bands.windows, []

    def recorded(self, bands):
        windows = cut(self, bands)
        sizes.append(extent_of(windows))
        return windows

    monkeypatch.setattr(Bands, "windows", recorded)
    kind = DepthwiseConvolution if groups == 4 else Convolution
    kernel = np.zeros((3, 3, 4 // groups, 4), np.float32)
    node = kind(kernel, groups=groups)
    images = np.zeros((400, 32, 32, 4), np.float32)
    node.forward(images)
    assert max(sizes) <= layouts.LARGEST_BLOCK < sum(sizes)
    node.backward(np.zeros((400, 30, 30, 4), np.float32))
    assert max(sizes) <= layouts.LARGEST_BLOCK
