"""Pooling against PyTorch's, over a grid of settings, at ties, and for whole images."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

functional = torch.nn.functional

PAIRS = [1, 2, 3, (2, 3), (4, 1)]
STRIDES = [None, 1, 2, (1, 3)]


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def last(array):
    """Move the channels from the second axis to the end."""
    return np.moveaxis(array, 1, -1)


def check(layer, batch, theirs, **tolerances):
    """Compare a layer on images, channels last, with ``theirs(x)``."""
    x = gn.Input("x", value=batch)
    y = layer(x)
    images = tensor(np.moveaxis(batch, -1, 1))
    result = theirs(images)
    result = torch.movedim(result, 1, -1) if result.ndim > 2 else result
    compare(y, result, [(x, images, last)], **tolerances)
    return x, y, images, result


def paddings(size):
    """List those of at most half the window."""
    half = tuple(int(n) // 2 for n in np.broadcast_to(size, 2))
    return sorted({(0, 0), (half[0], 0), half})


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("stride", STRIDES, ids=str)
@pytest.mark.parametrize("size", PAIRS, ids=str)
def test_pooling_of_images(size, stride, rows):
    batch = draw(rows, 7, 10, 2)
    for padding in paddings(size):

        def largest(x, padding=padding):
            return functional.max_pool2d(x, size, stride, padding)

        check(gn.MaxPool2D(size, stride, padding), batch, largest)
        for counted in (True, False):

            def mean(x, padding=padding, counted=counted):
                return functional.avg_pool2d(
                    x, size, stride, padding, count_include_pad=counted
                )

            layer = gn.AveragePool2D(size, stride, padding, count_include_pad=counted)
            check(layer, batch, mean)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [None, 1, 2, 3])
def test_pooling_of_series(size, stride):
    batch = draw(3, 11, 2)
    for padding in {0, size // 2}:

        def largest(x, padding=padding):
            return functional.max_pool1d(x, size, stride, padding)

        check(gn.MaxPool1D(size, stride, padding), batch, largest)
        for counted in (True, False):

            def mean(x, padding=padding, counted=counted):
                return functional.avg_pool1d(
                    x, size, stride, padding, count_include_pad=counted
                )

            layer = gn.AveragePool1D(size, stride, padding, count_include_pad=counted)
            check(layer, batch, mean)


@pytest.mark.parametrize("size", [2, 3, (3, 2)], ids=str)
@pytest.mark.parametrize("stride", [1, 2])
def test_at_ties_the_first_gets_the_gradient(size, stride):
    batch = np.random.default_rng(0).integers(0, 3, (4, 8, 9, 3)).astype(float)
    for padding in paddings(size):

        def theirs(x, padding=padding):
            return functional.max_pool2d(x, size, stride, padding)

        check(gn.MaxPool2D(size, stride, padding), batch, theirs)


def test_channels_first():
    batch = draw(2, 3, 6, 7)
    for layer, function in [
        (gn.MaxPool2D(2, 1, 1, data_format="NCHW"), functional.max_pool2d),
        (gn.AveragePool2D(2, 1, 1, data_format="NCHW"), functional.avg_pool2d),
    ]:
        x, images = gn.Input("x", value=batch), tensor(batch)
        compare(layer(x), function(images, 2, 1, 1), [(x, images)])


def test_whole_images_and_series():
    images, series = draw(3, 4, 5, 2), draw(3, 6, 2)
    for kind, batch, theirs in [
        (gn.GlobalAveragePool2D, images, functional.adaptive_avg_pool2d),
        (gn.GlobalAveragePool1D, series, functional.adaptive_avg_pool1d),
        (gn.GlobalMaxPool2D, images, functional.adaptive_max_pool2d),
        (gn.GlobalMaxPool1D, series, functional.adaptive_max_pool1d),
    ]:

        def whole(x, theirs=theirs):
            return theirs(x, 1).flatten(1)

        check(kind(), batch, whole)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_second_derivatives(kind):
    layer = gn.MaxPool2D(3, 2, 1) if kind == "max" else gn.AveragePool2D(3, 2, 1)
    function = getattr(functional, f"{kind}_pool2d")
    x, y, images, result = check(
        layer, draw(2, 6, 7, 2), lambda x: function(x, 3, 2, 1)
    )
    total = np.sum(np.sin(y))
    (ours,) = total.graph.gradient(total, x)
    (theirs,) = torch.autograd.grad(torch.sin(result).sum(), images, create_graph=True)
    compare(ours, torch.movedim(theirs, 1, -1), [(x, images, last)])


def test_single_precision():
    batch = draw(4, 9, 8, 3).astype(np.float32)
    for layer, function in [
        (gn.MaxPool2D(3, 2, 1), functional.max_pool2d),
        (gn.AveragePool2D(3, 2, 1), functional.avg_pool2d),
    ]:

        def theirs(x, function=function):
            return function(x, 3, 2, 1)

        _, y, *_ = check(layer, batch, theirs, rtol=1e-5, atol=1e-6)
        assert y.dtype == np.float32
