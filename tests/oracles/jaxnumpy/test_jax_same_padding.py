"""``padding="same"`` with strides, which PyTorch lacks, against JAX's; and ties."""

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="the extra `oracle` brings JAX")

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

LAYOUT = ("NHWC", "HWIO", "NHWC")


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def check(layer, batch, theirs):
    """Compare values and gradients of a layer with those of ``theirs(x, *weights)``."""
    output = layer.forward(batch)
    weights = [parameter.value for parameter in layer.parameters]
    expected, back = jax.vjp(theirs, batch, *weights)
    np.testing.assert_allclose(output, expected, rtol=1e-9, atol=1e-12)
    cotangent = draw(*output.shape, seed=1)
    grads = [layer.backward(cotangent), *layer.param_grads]
    for grad, wanted in zip(grads, back(cotangent), strict=True):
        np.testing.assert_allclose(grad, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("places", [(7, 8), (5, 6)], ids=str)
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (2, 5), (4, 3)], ids=str)
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 1)], ids=str)
@pytest.mark.parametrize("groups", [1, 2])
def test_convolution(places, size, stride, groups):
    for dilation in ((1, 1), (2, 3)):

        def theirs(x, weight, dilation=dilation):
            return jax.lax.conv_general_dilated(
                x,
                weight,
                stride,
                "SAME",
                rhs_dilation=dilation,
                dimension_numbers=LAYOUT,
                feature_group_count=groups,
            )

        layer = gn.Conv2D(4, size, stride, "same", dilation, groups, bias=False)
        check(layer, draw(2, *places, 2), theirs)


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (2, 4)], ids=str)
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 2)], ids=str)
def test_transposed_convolution(size, stride):
    def theirs(x, weight):
        # it puts a kernel down that is turned round
        turned = weight[::-1, ::-1]
        return jax.lax.conv_transpose(
            x, turned, stride, "SAME", dimension_numbers=LAYOUT
        )

    layer = gn.ConvTranspose2D(3, size, stride, "same", bias=False)
    check(layer, draw(2, 4, 5, 2), theirs)


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (2, 5)], ids=str)
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 2)], ids=str)
def test_pooling(size, stride):
    steps, window = (1, *stride, 1), (1, *size, 1)

    def largest(x):
        return jax.lax.reduce_window(
            x, -np.inf, jax.lax.max, window, steps, padding="SAME"
        )

    def mean(x):
        def total(values):
            return jax.lax.reduce_window(
                values, 0.0, jax.lax.add, window, steps, padding="SAME"
            )

        return total(x) / total(np.ones(x.shape))

    batch = draw(2, 7, 6, 3)
    tied = np.random.default_rng(0).integers(0, 3, batch.shape).astype(float)
    for array in (batch, tied):  # of equal numbers the first gets the gradient
        check(gn.MaxPool2D(size, stride, "same"), array, largest)
    layer = gn.AveragePool2D(size, stride, "same", count_include_pad=False)
    check(layer, batch, mean)
