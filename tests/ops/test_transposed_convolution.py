"""Transposed convolution: the transpose of a convolution, and what it refuses."""

import numpy as np
import pytest
from cases import numbers

import graphnn as gn
from graphnn.ops.convolution import Convolution
from graphnn.ops.transposed_convolution import TransposedConvolution

SETTINGS = [
    {},
    {"stride": 2},
    {"stride": (3, 2), "padding": 1},
    {"padding": ((1, 0), (0, 2)), "dilation": (1, 2)},
    {"dilation": 3, "stride": 2},
    {"groups": 2},
    {"groups": 2, "stride": 2, "padding": (1, 0)},
]


@pytest.mark.parametrize("size", [(3, 3), (2, 2), (3, 4)])
@pytest.mark.parametrize("settings", SETTINGS)
def test_it_is_the_transpose_of_a_convolution(settings, size):
    images = numbers(2, 4, 5, 4)
    groups = settings.get("groups", 1)
    made = TransposedConvolution(numbers(*size, 4 // groups, 6, seed=1), **settings)
    outputs = made.forward(images)
    # the convolution goes from filters to channels, group by group
    kernel = np.reshape(made.param, (*size, 4 // groups, groups, 6 // groups))
    kernel = np.reshape(np.moveaxis(kernel, 2, -1), (*size, groups, 6 // groups, -1))
    kernel = np.reshape(np.swapaxes(kernel, 2, 3), (*size, 6 // groups, 4))
    other = Convolution(kernel, **settings)
    values = numbers(*outputs.shape, seed=2)
    there = other.forward(values)
    assert there.shape == images.shape
    np.testing.assert_allclose(np.sum(there * images), np.sum(values * outputs))
    np.testing.assert_allclose(other.backward(images), outputs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_makes_the_outputs_stride_times_as_large(size, stride, dilation):
    images = numbers(2, 3, 4, 1)
    kernel = numbers(size, size, 1, 1, seed=1)
    outputs = TransposedConvolution(kernel, stride, "same", dilation).forward(images)
    assert outputs.shape == (2, 3 * stride, 4 * stride, 1)
    # a convolution of the outputs with "same" has the images' size, and is its adjoint
    other = Convolution(kernel, stride, "same", dilation)
    values = numbers(*outputs.shape, seed=2)
    np.testing.assert_allclose(
        np.sum(other.forward(values) * images), np.sum(values * outputs)
    )


@pytest.mark.parametrize("dilation", [1, 4])
def test_output_padding_adds_at_the_ends(dilation):
    images, kernel = numbers(2, 3, 4, 1), numbers(2, 2, 1, 2, seed=1)
    plain = TransposedConvolution(kernel, 3, 1, dilation)
    longer = TransposedConvolution(kernel, 3, 1, dilation, output_padding=(2, 1))
    shorter, found = plain.forward(images), longer.forward(images)
    tall, broad = shorter.shape[1:3]
    assert found.shape == (2, tall + 2, broad + 1, 2)
    np.testing.assert_array_equal(found[:, :tall, :broad], shorter)
    # what the padding had taken off there comes back
    whole = TransposedConvolution(kernel, 3, 0, dilation).forward(images)
    assert found[:, tall, 0].any() == whole[:, tall + 1, 1].any()


def test_other_batches():
    x = gn.Input("x", value=numbers(3, 2, 2, 2))
    y = TransposedConvolution(numbers(2, 2, 2, 3), 2, "same")(x)
    for shape in [(1, 2, 2, 2), (4, 3, 1, 2)]:
        images = numbers(*shape)
        assert y.graph.forward({x: images}).shape[1:3] == (2 * shape[1], 2 * shape[2])
        y.graph.backward(y, np.ones(y.shape), wrt=x)
        assert x.grad.shape == shape


def test_an_empty_batch():
    made = TransposedConvolution(numbers(2, 2, 1, 2), groups=2)
    assert made.forward(np.zeros((0, 3, 3, 2))).shape == (0, 4, 4, 2)
    assert made.backward(np.zeros((0, 4, 4, 2))).shape == (0, 3, 3, 2)
    np.testing.assert_array_equal(made.param_grad, 0.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"output_padding": 1}, r"output_padding .*, 1, is not below the stride 1 × 1"),
        ({"output_padding": (1, 2), "stride": 2}, r"\(1, 2\), is not below"),
        ({"output_padding": -1, "stride": 2}, r"at least 0 .* not -1"),
        (
            {"output_padding": 1, "stride": 2, "padding": "same"},
            r'output_padding or padding="same", not both',
        ),
        ({"stride": 0}, r"the stride of TransposedConvolution"),
        ({"groups": 2}, r"3 filters cannot be divided into 2 groups"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        TransposedConvolution(np.ones((2, 2, 1, 3)), **settings)
    with pytest.raises(gn.ArgumentError, match="unknown padding 'causal'"):
        TransposedConvolution(np.ones((2, 1, 3)), padding="causal")


def test_padding_that_leaves_nothing():
    made = TransposedConvolution(np.ones((2, 2, 1, 1)), padding=2)
    message = r"outputs of 3 × 4 are nothing but the padding"
    with pytest.raises(gn.ShapeError, match=message):
        made.forward(np.ones((1, 2, 3, 1)))
    assert made.forward(np.ones((1, 4, 5, 1))).shape == (1, 1, 2, 1)
    with pytest.raises(gn.ShapeError, match="of 2 channels"):
        made.forward(np.ones((1, 4, 5, 2)))
