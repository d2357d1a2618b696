"""Pooling against windows written out, at ties, with NaN, and what it refuses."""

import numpy as np
import pytest
from cases import numbers

import graphnn as gn
from graphnn.ops.pooling import (
    AveragePool,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool,
)


def windows_of(images, size, stride, widths):
    """Give the part of each window that is inside, with its place among the outputs."""
    (top, bottom), (left, right) = widths
    height, width = images.shape[1:3]
    tall = (height + top + bottom - size[0]) // stride[0] + 1
    broad = (width + left + right - size[1]) // stride[1] + 1
    for h, w in np.ndindex(tall, broad):
        y, x = h * stride[0] - top, w * stride[1] - left
        rows, columns = slice(max(y, 0), y + size[0]), slice(max(x, 0), x + size[1])
        yield h, w, images[:, rows, columns]


SETTINGS = [
    ((4, 6), {"pool_size": 2}),
    ((5, 4), {"pool_size": (2, 3), "stride": 1}),
    ((7, 5), {"pool_size": 3, "stride": 2, "padding": 1}),
    ((5, 5), {"pool_size": (3, 2), "stride": (1, 3), "padding": ((0, 1), (1, 1))}),
    ((5, 4), {"pool_size": (2, 4), "stride": 2, "padding": "same"}),
    ((3, 3), {"pool_size": 1, "stride": 2}),
]


@pytest.mark.parametrize(("places", "settings"), SETTINGS)
def test_values_by_the_definition(places, settings):
    images = numbers(2, *places, 3)
    window = MaxPool(**settings).window
    uses = {
        MaxPool(**settings): lambda part: part.max((1, 2)),
        AveragePool(**settings, count_include_pad=False): lambda p: p.mean((1, 2)),
        AveragePool(**settings): lambda p: p.sum((1, 2)) / np.prod(window.size),
    }
    for pool, function in uses.items():
        found = pool.forward(images)
        count = 0
        widths = window.widths(places)
        for h, w, part in windows_of(images, window.size, window.stride, widths):
            np.testing.assert_allclose(found[:, h, w], function(part), rtol=1e-12)
            count += 1
        assert count == found.shape[1] * found.shape[2]


@pytest.mark.parametrize(
    "make",
    [
        lambda **s: MaxPool(2, 1, **s),
        lambda **s: AveragePool(2, 1, "same", count_include_pad=False, **s),
        GlobalAveragePool,
        GlobalMaxPool,
    ],
)
def test_channels_first_is_the_same_moved(make):
    images = numbers(2, 3, 4, 5)
    last, first = make(), make(data_format="NCHW")
    expected = last.forward(images)
    found = first.forward(np.moveaxis(images, -1, 1))
    np.testing.assert_allclose(np.moveaxis(found, 1, -1), expected, rtol=1e-12)
    seed = numbers(*expected.shape, seed=1)
    back = first.backward(np.moveaxis(seed, -1, 1))
    np.testing.assert_array_equal(np.moveaxis(back, 1, -1), last.backward(seed))


def test_windows_of_one_element_pick_rows_and_columns():
    images = numbers(2, 4, 5, 3)
    for kind in (MaxPool, AveragePool):
        pool = kind(1, 2)
        np.testing.assert_array_equal(pool.forward(images), images[:, ::2, ::2])
        grad = pool.backward(images[:, ::2, ::2])
        np.testing.assert_array_equal(grad[:, ::2, ::2], images[:, ::2, ::2])
        assert not grad[:, 1::2].any()
        assert not grad[:, :, 1::2].any()


# -- ties, NaN, infinities -------------------------------------------------------------
def test_at_a_tie_the_first_gets_the_gradient():
    image = np.array([[1.0, 7.0, 5.0, 5.0], [7.0, 7.0, 5.0, 5.0]])
    pool = MaxPool(2)
    pool.forward(image[None, :, :, None])
    grad = pool.backward(np.array([3.0, 4.0]).reshape(1, 1, 2, 1))
    np.testing.assert_array_equal(grad[0, :, :, 0], [[0, 3, 4, 0], [0, 0, 0, 0]])
    node = MaxPool(2)(gn.Input("x", value=image[None, :, :, None]))
    (traced,) = node.graph.gradient(node, "x", np.array([3.0, 4.0]).reshape(1, 1, 2, 1))
    np.testing.assert_array_equal(traced.output, grad)


def test_overlapping_windows_give_to_one_element_twice():
    pool = MaxPool(2, 1, rank=1)
    pool.forward(np.array([1.0, 9.0, 2.0]).reshape(1, 3, 1))
    grad = pool.backward(np.array([10.0, 100.0]).reshape(1, 2, 1))
    np.testing.assert_array_equal(grad.ravel(), [0.0, 110.0, 0.0])


def test_what_only_shared_maxima_do():
    pool = GlobalMaxPool()
    pool.forward(np.array([2.0, 1.0, 2.0, 0.0]).reshape(1, 2, 2, 1))
    grad = pool.backward(np.array([[6.0]]))
    np.testing.assert_array_equal(grad.ravel(), [3.0, 0.0, 3.0, 0.0])


def test_nan_passes_on():
    images = numbers(1, 4, 4, 1)
    images[0, 1, :2, 0] = np.nan
    for kind in (MaxPool, AveragePool):
        found = kind(2).forward(images)[0, :, :, 0]
        np.testing.assert_array_equal(np.isnan(found), [[True, False], [False, False]])
    for kind, shares in ((MaxPool(4), [4.0, 0.0]), (GlobalMaxPool(), [2.0, 2.0])):
        output = kind.forward(images)
        assert np.isnan(output).all()
        grad = kind.backward(np.full(output.shape, 4.0))
        np.testing.assert_array_equal(grad[0, 1, :2, 0], shares)
        assert grad.sum() == 4.0


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.uint8, bool])
def test_padding_is_never_the_largest(kind):
    images = -numbers(1, 3, 3, 1, signs=False)
    if kind is not np.float32:
        images = np.zeros((1, 3, 3, 1))
    images = images.astype(kind)
    found = MaxPool(3, 1, padding=1).forward(images)
    assert found.dtype == kind
    assert found.max() == images.max()
    if kind is np.int64:
        np.testing.assert_array_equal(MaxPool(3, 1, 1).forward(images - 5), -5)


def test_means_of_integers_are_fractions():
    images = np.array([[1, 2], [4, 8]]).reshape(1, 2, 2, 1)
    for settings in ({}, {"padding": 1, "stride": 3, "count_include_pad": False}):
        found = AveragePool(2, **settings).forward(images)
        assert found.dtype == np.float64
    assert AveragePool(2).forward(images).ravel() == [3.75]


# -- as a node -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "recipe",
    [
        MaxPool(2),
        MaxPool(3, 2, "same"),
        AveragePool(3, 2, 1),
        AveragePool(3, 2, "same", count_include_pad=False),
        GlobalAveragePool(),
        GlobalMaxPool(),
    ],
)
def test_other_batches(recipe):
    x = gn.Input("x", value=numbers(3, 4, 4, 2))
    y = recipe(x)
    for shape in [(1, 4, 4, 2), (4, 7, 6, 2), (0, 5, 3, 2)]:
        images = numbers(*shape)
        value = y.graph.forward({x: images})
        np.testing.assert_array_equal(value, recipe._recipe().forward(images))
        y.graph.backward(y, np.ones(y.shape), wrt=x)
        assert x.grad.shape == shape
    assert recipe.output is None


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize("kind", [MaxPool, AveragePool])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pool_size": 0}, r"the pool_size of \w+: .* at least 1 .* not 0"),
        ({"pool_size": 2, "stride": 0}, r"the stride of \w+: .* not 0"),
        (
            {"pool_size": 2, "padding": 2},
            r"padding 2 is more than half the pool_size 2",
        ),
        ({"pool_size": (4, 2), "padding": ((2, 0), (0, 2))}, "more than half"),
        ({"pool_size": 2, "padding": "full"}, "unknown padding 'full'"),
        ({"pool_size": 2, "padding": "causal", "rank": 1}, "unknown padding 'causal'"),
        ({"pool_size": 2, "data_format": "NHC"}, r"Did you mean 'N\w+'\?"),
    ],
)
def test_bad_settings(kind, settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        kind(**settings)


@pytest.mark.parametrize("kind", [MaxPool, AveragePool])
def test_bad_images(kind):
    x = gn.Input("x", value=np.ones((1, 4, 4, 2)))
    y = kind(3, padding=1)(x)
    with pytest.raises(gn.ShapeError, match=r"x\[\.\.\., None\]") as caught:
        y.graph.forward({x: np.ones((1, 4, 4))})
    assert f"({kind.__name__}, test_pooling.py:" in str(caught.value)
    small = kind((3, 5))
    message = "a pool of 3 × 5 does not fit into 3 × 4"
    with pytest.raises(gn.ShapeError, match=message):
        small.forward(np.ones((1, 3, 4, 1)))
    assert y.graph.forward({x: np.ones((2, 3, 3, 2))}).shape == (2, 1, 1, 2)


@pytest.mark.parametrize("kind", [GlobalAveragePool, GlobalMaxPool])
def test_bad_images_of_global_pooling(kind):
    with pytest.raises(gn.ShapeError, match=r"not shape \(2, 3, 4\)"):
        kind().forward(np.ones((2, 3, 4)))
    with pytest.raises(gn.ShapeError, match="may be empty"):
        kind().forward(np.ones((2, 0, 4, 1)))
    with pytest.raises(gn.ArgumentError, match="unknown format"):
        kind("HWC")
