"""Windows cut out of images, and added up where they overlap."""

import numpy as np
import pytest
from cases import numbers

import graphnn as gn
from graphnn.ops.patches import add_patches, patches

SETTINGS = [
    # places, size, stride, dilation
    ((5,), (2,), (1,), (1,)),
    ((9,), (3,), (2,), (2,)),
    ((4, 5), (2, 3), (1, 1), (1, 1)),
    ((7, 6), (3, 2), (2, 3), (2, 1)),
    ((4, 4), (1, 1), (3, 1), (1, 1)),
]


@pytest.mark.parametrize(("places", "size", "stride", "dilation"), SETTINGS)
def test_every_element_of_every_window(places, size, stride, dilation):
    images = numbers(2, *places, 3)
    found = patches(images, size, stride, dilation)
    rank = len(size)
    counts = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(places, size, stride, dilation, strict=True)
    ]
    assert found.shape == (2, *counts, *size, 3)
    for index in np.ndindex(*counts, *size):
        window, element = index[:rank], index[rank:]
        place = [
            s * w + d * e
            for s, w, d, e in zip(stride, window, dilation, element, strict=True)
        ]
        np.testing.assert_array_equal(
            found[(slice(None), *index)], images[(slice(None), *place)]
        )
    assert np.shares_memory(found, images)


@pytest.mark.parametrize(("places", "size", "stride", "dilation"), SETTINGS)
def test_adding_up_is_the_transpose(places, size, stride, dilation):
    images = numbers(2, *places, 3)
    windows = patches(images, size, stride, dilation)
    values = numbers(*windows.shape, seed=1)
    added = add_patches(values, stride, dilation, images.shape)
    assert added.dtype == values.dtype
    np.testing.assert_allclose(np.sum(windows * values), np.sum(images * added))


def test_fewer_windows_than_there_is_room_for():
    images = numbers(1, 9, 1)
    some = patches(images, (2,), (3,), (1,), (2,))
    np.testing.assert_array_equal(some, patches(images, (2,), (3,), (1,))[:, :2])


def test_nodes_are_taken_as_arrays_are():
    x = gn.Input("x", value=numbers(2, 7, 6, 1))
    node = patches(x, (3, 2), (2, 3), (2, 1))
    np.testing.assert_array_equal(node.output, patches(x.value, (3, 2), (2, 3), (2, 1)))
    added = add_patches(node, (2, 3), (2, 1), x.shape)
    np.testing.assert_array_equal(
        added.output, add_patches(node.output, (2, 3), (2, 1), x.shape)
    )
    gn.check_gradients(np.sum(added**2))
