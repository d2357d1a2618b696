"""Convolution against sums written out, and what it refuses."""

import copy
import pickle

import numpy as np
import pytest
from cases import numbers

import graphnn as gn
from graphnn.ops.convolution import Convolution, DepthwiseConvolution


def written_out(
    images, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1)
):
    """Sum up by the definition, one number at a time; the shapes tell the groups."""
    (top, bottom), (left, right) = padding
    rows, height, width, channels = images.shape
    high, wide, each, filters = kernel.shape
    groups = channels // each
    tall = (height + top + bottom - dilation[0] * (high - 1) - 1) // stride[0] + 1
    broad = (width + left + right - dilation[1] * (wide - 1) - 1) // stride[1] + 1
    outputs = np.zeros((rows, tall, broad, filters))
    for n, h, w, o in np.ndindex(outputs.shape):
        group = o // (filters // groups)
        for i, j, c in np.ndindex(high, wide, each):
            y = h * stride[0] + i * dilation[0] - top
            x = w * stride[1] + j * dilation[1] - left
            if 0 <= y < height and 0 <= x < width:
                value = images[n, y, x, group * each + c]
                outputs[n, h, w, o] += value * kernel[i, j, c, o]
    return outputs


USES = [
    ((2, 4, 5, 2), (2, 3, 2, 3), {}),
    ((3, 6, 4, 1), (3, 3, 1, 2), {"stride": (2, 1)}),
    ((1, 5, 6, 2), (2, 2, 2, 1), {"stride": (3, 2), "padding": ((1, 2), (0, 3))}),
    ((2, 6, 7, 1), (3, 2, 1, 2), {"dilation": (2, 3)}),
    ((2, 4, 4, 4), (2, 2, 2, 6), {"padding": ((1, 1), (1, 1))}),
    ((2, 4, 3, 3), (2, 2, 1, 6), {"stride": (1, 2)}),
]


@pytest.mark.parametrize(("shape", "size", "settings"), USES)
def test_values_by_the_definition(shape, size, settings):
    images, kernel = numbers(*shape), numbers(*size, seed=1)
    groups = shape[-1] // size[-2]
    expected = written_out(images, kernel, **settings)
    kinds = [Convolution, *([DepthwiseConvolution] if size[-2] == 1 else [])]
    for kind in kinds:
        found = kind(kernel, groups=groups, **settings).forward(images)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
        flipped = kind(kernel, groups=groups, data_format="NCHW", **settings)
        found = flipped.forward(np.moveaxis(images, -1, 1))
        np.testing.assert_allclose(
            np.moveaxis(found, 1, -1), expected, rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize("places", [(4, 5), (5, 4), (6, 6), (1, 7)])
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (2, 3), (4, 5)])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_has_one_window_for_each_step(places, size, stride, dilation):
    images, kernel = numbers(1, *places, 1), numbers(*size, 1, 1, seed=1)
    made = Convolution(kernel, stride, "same", dilation)
    outputs = made.forward(images)
    assert outputs.shape[1:3] == tuple(-(-n // stride) for n in places)
    widths = made.window.widths(places)
    for (before, after), n, k in zip(widths, places, size, strict=True):
        span = dilation * (k - 1) + 1
        added = max((-(-n // stride) - 1) * stride + span - n, 0)
        assert (before, after) == (added // 2, added - added // 2)
    steps = (stride, stride)
    expected = written_out(images, kernel, steps, widths, (dilation, dilation))
    np.testing.assert_allclose(outputs, expected, rtol=1e-12, atol=1e-12)


# -- what the seed's lineage had wrong -------------------------------------------------
def slopes(function, array, step=1e-6):
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = function()
        array[index] = kept - step
        gradient[index] = (above - function()) / (2 * step)
        array[index] = kept
    return gradient


@pytest.mark.parametrize("size", [(3, 3), (2, 2), (2, 3)])
@pytest.mark.parametrize("rows", [1, 3])
def test_gradients_by_finite_differences(size, rows):
    images, kernel = numbers(rows, 4, 5, 2), numbers(*size, 2, 3, seed=1)
    convolution = Convolution(kernel, padding="same")
    cotangent = numbers(*convolution.forward(images).shape, seed=2)
    input_grad = convolution.backward(cotangent)
    param_grad = convolution.param_grad

    def value():
        return float(np.sum(convolution.forward(images) * cotangent))

    np.testing.assert_allclose(input_grad, slopes(value, images), 1e-6, 1e-7)
    np.testing.assert_allclose(param_grad, slopes(value, kernel), 1e-6, 1e-7)


def test_the_gradient_of_a_batch_is_the_sum_over_its_rows():
    images, kernel = numbers(4, 5, 4, 2), numbers(2, 3, 2, 3, seed=1)
    whole = Convolution(kernel)
    cotangent = numbers(*whole.forward(images).shape, seed=2)
    input_grad, total = whole.backward(cotangent), 0.0
    for n in range(4):
        one = Convolution(kernel)
        one.forward(images[n : n + 1])
        np.testing.assert_allclose(
            one.backward(cotangent[n : n + 1])[0], input_grad[n], rtol=1e-12
        )
        total = total + one.param_grad
    np.testing.assert_allclose(total, whole.param_grad, rtol=1e-11, atol=1e-12)


# -- as a node -------------------------------------------------------------------------
def test_other_batches():
    x = gn.Input("x", value=numbers(3, 5, 5, 2))
    y = Convolution(numbers(2, 2, 2, 3), 2, "same")(x)
    for shape in [(1, 5, 5, 2), (4, 7, 6, 2), (2, 1, 2, 2)]:
        images = numbers(*shape)
        value = y.graph.forward({x: images})
        np.testing.assert_array_equal(
            value, Convolution(numbers(2, 2, 2, 3), 2, "same").forward(images)
        )
        y.graph.backward(y, np.ones(y.shape), wrt=x)
        assert x.grad.shape == shape


def test_an_empty_batch():
    for kind in (Convolution, DepthwiseConvolution):
        node = kind(numbers(2, 2, 1, 4), padding=1, groups=2)
        assert node.forward(np.zeros((0, 4, 4, 2))).shape == (0, 5, 5, 4)
        assert node.backward(np.zeros((0, 5, 5, 4))).shape == (0, 4, 4, 2)
        np.testing.assert_array_equal(node.param_grad, 0.0)


def test_integer_and_boolean_images():
    images = np.arange(40).reshape(1, 4, 5, 2)
    kernel = numbers(2, 2, 2, 3)
    for array in (images, images % 2 == 0):
        found = Convolution(kernel, padding=1).forward(array)
        expected = Convolution(kernel, padding=1).forward(array.astype(float))
        np.testing.assert_allclose(found, expected)


def test_only_what_is_asked_for_is_computed():
    node = Convolution(numbers(2, 2, 1, 1))(gn.Input("x", value=numbers(1, 3, 3, 1)))
    node.graph.backward(node, np.ones(node.shape))
    assert node.input_grads[0] is None
    assert node.param_grad is not None


def test_the_picture_of_its_parts():
    x = gn.Input("x", value=numbers(1, 4, 4, 1))
    graph = Convolution(numbers(2, 2, 1, 1), padding=1)(x).graph.expand()
    kinds = [type(n).__name__ for n in graph.order() if n.kind == "operation"]
    kernel = ["Reshape", "Transpose", "Reshape"]
    along_a_line = ["SlidingWindowView", "Reshape", "Transpose", "Reshape", "Reshape"]
    of_lines = ["SlidingWindowView", "Transpose", "Reshape"]
    assert kinds == [
        *kernel,
        "Transpose",
        "Pad",
        *along_a_line,
        *of_lines,
        "Matmul",
        "Reshape",
        "Transpose",
    ]


def test_copies():
    made = DepthwiseConvolution(numbers(2, 2, 1, 4), 2, "same", groups=2)
    images = numbers(2, 3, 4, 2)
    for twin in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        np.testing.assert_array_equal(twin.forward(images), made.forward(images))


# -- what is refused -------------------------------------------------------------------
KERNEL = np.ones((3, 3, 2, 4))
BAD_SETTINGS = [
    ({"stride": 0}, r"the stride of Convolution: .* at least 1 .* not 0"),
    ({"stride": (1, 2, 3)}, r"stride .*\(or 2 of them\), not \(1, 2, 3\)"),
    ({"stride": 1.0}, r"stride .* not 1\.0"),
    ({"stride": True}, r"stride .* not True"),
    ({"dilation": (1, 0)}, r"the dilation of Convolution: .* not \(1, 0\)"),
    ({"padding": -1}, r"the padding of Convolution: .* at least 0 .* not -1"),
    ({"padding": "sane"}, r"unknown padding 'sane'\nDid you mean 'same'\?"),
    ({"padding": "causal"}, r"unknown padding 'causal'"),
    ({"padding": (1, 2, 3)}, r"padding .* not \(1, 2, 3\)"),
    ({"padding": ((1, 2, 3), 1)}, r"padding .* not \(1, 2, 3\)"),
    ({"padding": None}, r"padding .* not None"),
    ({"groups": 3}, r"4 filters cannot be divided into 3 groups"),
    ({"groups": 0}, r"the groups of Convolution: .* not 0"),
    ({"data_format": "NHCW"}, r"unknown format 'NHCW'\nDid you mean 'N\w+'\?"),
    ({"data_format": "nchw"}, r"Did you mean 'NCHW'\?"),
    ({"data_format": None}, r"unknown format None"),
]


@pytest.mark.parametrize(("settings", "message"), BAD_SETTINGS)
def test_bad_settings(settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        Convolution(KERNEL, **settings)


@pytest.mark.parametrize("shape", [(3, 2), (2, 2, 2, 2, 2), (3, 3, 0, 4), (0, 3, 2, 4)])
def test_what_is_no_kernel(shape):
    with pytest.raises(gn.ArgumentError, match=r"Convolution takes a kernel \(\*size"):
        Convolution(np.ones(shape))
    with pytest.raises(gn.ArgumentError, match=r"kernel \(\*size, 1, filters\)"):
        DepthwiseConvolution(KERNEL)


BAD_IMAGES = [
    (
        (5, 8, 8),
        r"images \(rows, height, width, channels\), not shape \(5, 8, 8\)\n"
        r"For grey images add an axis: x\[\.\.\., None\]",
    ),
    ((5, 64), r"not shape \(5, 64\)\n.*x\.reshape\(rows, height, width, channels\)"),
    ((5, 8, 0, 2), r"not shape \(5, 8, 0, 2\)\nNo axis .* may be empty"),
    (
        (5, 8, 8, 3),
        r"images of 3 channels, of shape \(5, 8, 8, 3\), do not go with a kernel "
        r"\(3, 3, 2, 4\), which takes 2",
    ),
    ((5, 2, 8, 2), r"a kernel of 3 × 3 does not fit into 2 × 8\n.*padding=\"same\""),
]


@pytest.mark.parametrize(("shape", "message"), BAD_IMAGES)
def test_bad_images(shape, message):
    x = gn.Input("x", value=np.ones((1, 4, 4, 2)))
    y = Convolution(KERNEL)(x)
    with pytest.raises(gn.ShapeError, match=message) as caught:
        y.graph.forward({x: np.ones(shape)})
    assert "convolution (Convolution, test_convolution.py:" in str(caught.value)
    assert y.graph.forward({x: np.ones((2, 3, 3, 2))}).shape == (2, 1, 1, 4)


def test_a_kernel_spread_too_far():
    spread = Convolution(KERNEL, dilation=4, padding=1)
    message = "kernel of 3 × 3, spread over 9 × 9, does not fit into 6 × 8, padded to 8"
    with pytest.raises(gn.ShapeError, match=message):
        spread.forward(np.ones((1, 6, 8, 2)))
    assert spread.forward(np.ones((1, 7, 7, 2))).shape == (1, 1, 1, 4)


def test_other_layouts_name_their_axes():
    message = (
        r"\(rows, channels, height, width\), not shape \(5, 8, 8\)\n.*x\[:, None\]"
    )
    with pytest.raises(gn.ShapeError, match=message):
        Convolution(KERNEL, data_format="NCHW").forward(np.ones((5, 8, 8)))
    message = r"a series \(rows, steps, channels\), not shape \(5, 8\)\n.*\.\.\., None"
    with pytest.raises(gn.ShapeError, match=message):
        Convolution(np.ones((2, 1, 1))).forward(np.ones((5, 8)))
    with pytest.raises(gn.ShapeError, match="in 2 groups, which takes 4"):
        Convolution(KERNEL, groups=2).forward(np.ones((5, 8, 8, 2)))
