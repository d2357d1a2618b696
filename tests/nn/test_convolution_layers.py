"""The convolutional layers."""

import copy

import numpy as np
import pytest

import graphnn as gn
from graphnn.nn.convolution import KernelLayer

LAYERS = {
    # a layer, the shape of a batch, and the shape that comes out
    "plain": (lambda: gn.Conv2D(4, 3), (2, 6, 5, 3), (2, 4, 3, 4)),
    "relu": (
        lambda: gn.Conv2D(4, (2, 3), activation="tanh"),
        (2, 3, 4, 2),
        (2, 2, 2, 4),
    ),
    "same": (lambda: gn.Conv2D(3, 2, 2, "same"), (2, 5, 4, 1), (2, 3, 2, 3)),
    "sides": (
        lambda: gn.Conv2D(1, 2, padding=((1, 0), (0, 2))),
        (1, 2, 2, 1),
        (1, 2, 3, 1),
    ),
    "dilated": (lambda: gn.Conv2D(2, 2, dilation=(2, 1)), (2, 4, 3, 1), (2, 2, 2, 2)),
    "groups": (lambda: gn.Conv2D(4, 2, groups=2), (2, 3, 3, 4), (2, 2, 2, 4)),
    "depthwise": (lambda: gn.Conv2D(4, 2, groups=2), (2, 3, 3, 2), (2, 2, 2, 4)),
    "no bias": (lambda: gn.Conv2D(2, 2, bias=False), (2, 3, 3, 1), (2, 2, 2, 2)),
    "first": (lambda: gn.Conv2D(2, 3, data_format="NCHW"), (2, 3, 4, 5), (2, 2, 2, 3)),
    "series": (lambda: gn.Conv1D(4, 3, 2, activation="tanh"), (2, 7, 3), (2, 3, 4)),
    "causal": (lambda: gn.Conv1D(4, 3, padding="causal"), (2, 4, 3), (2, 4, 4)),
    "NCW": (lambda: gn.Conv1D(4, 3, data_format="NCW"), (2, 3, 5), (2, 4, 3)),
    "transposed": (lambda: gn.ConvTranspose2D(3, 2, 2), (2, 2, 3, 2), (2, 4, 6, 3)),
    "transposed, more": (
        lambda: gn.ConvTranspose2D(2, 3, 2, 1, output_padding=(1, 0), groups=2),
        (1, 2, 3, 4),
        (1, 4, 5, 2),
    ),
    "transposed, first": (
        lambda: gn.ConvTranspose2D(2, 3, 2, "same", data_format="NCHW"),
        (1, 3, 2, 3),
        (1, 2, 4, 6),
    ),
}
NAMED = pytest.mark.parametrize("name", LAYERS)


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def made(name):
    make, shape, _ = LAYERS[name]
    layer = make()
    layer.rng = np.random.default_rng(0)
    return layer, draw(*shape)


@NAMED
def test_shapes_forward_and_backward(name):
    (layer, batch), expected = made(name), LAYERS[name][2]
    output = layer.forward(batch)
    assert output.shape == expected
    assert layer.backward(draw(*expected)).shape == batch.shape
    axis = 1 if layer.window.channels_first else -1
    assert layer.neurons == output.shape[axis]
    assert [p.shape for p in layer.params] == [g.shape for g in layer.param_grads]
    assert layer.params[0] is layer.weight.value
    size = (*layer.window.size, batch.shape[axis] // layer.groups, layer.neurons)
    assert layer.weight.shape == size
    parameters = [layer.weight, *([layer.bias] if layer.has_bias else [])]
    assert [p.name for p in layer.parameters] == [p.name for p in parameters]


@NAMED
def test_gradients(name):
    layer, batch = made(name)
    layer.forward(batch)
    for parameter in layer.parameters:
        parameter.value[...] = draw(*parameter.shape)
    report = gn.check_gradients(layer)
    assert {row.order for row in report.rows} == {1, 2}
    assert not report.remarks


@NAMED
def test_the_bias_is_added_for_each_filter_then_comes_the_activation(name):
    layer, batch = made(name)
    layer.forward(batch)
    convolution = layer.operations[0]
    expected = convolution.output
    if layer.has_bias:
        layer.bias.value[...] = draw(*layer.bias.shape)
        bias = layer.bias.value.ravel()
        if layer.window.channels_first:
            bias = bias.reshape(-1, *[1] * layer.window.rank)
        expected = expected + bias
    if layer.activation is not None:
        expected = np.tanh(expected)
    np.testing.assert_allclose(layer.forward(batch), expected, rtol=1e-13)


@NAMED
def test_batches_of_other_sizes(name):
    layer, batch = made(name)
    layer.forward(batch)
    moved = layer.window.channels_first
    for rows, more in ((1, 0), (5, 0), (3, 2), (0, 1)):
        shape = list(batch.shape)
        shape[0] = rows
        for axis in range(2, batch.ndim) if moved else range(1, batch.ndim - 1):
            shape[axis] += more
        other = draw(*shape, seed=1)
        output = layer.forward(other)
        alone = copy.deepcopy(layer.operations[0])._recipe()
        expected = alone.forward(other)
        if layer.bias is None and layer.activation is None:
            np.testing.assert_array_equal(output, expected)
        assert output.shape == expected.shape
        assert layer.backward(np.ones(output.shape)).shape == other.shape


@NAMED
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_stay(name, dtype):
    layer, batch = made(name)
    output = layer.forward(batch.astype(dtype))
    grad = layer.backward(np.ones(output.shape, dtype))
    arrays = [output, grad, *layer.params, *layer.param_grads]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_names_in_the_picture():
    layer = gn.Conv2D(4, 3, activation="relu")
    layer.forward(np.ones((1, 3, 3, 1)))
    assert [operation.name for operation in layer.operations] == [
        "conv2d_1/convolution",
        "conv2d_1/bias_add",
        "conv2d_1/relu",
    ]
    assert [p.name for p in layer.parameters] == ["conv2d_1/weight", "conv2d_1/bias"]
    depthwise = gn.Conv2D(4, 3, groups=4, bias=False)
    depthwise.forward(np.ones((1, 3, 3, 4)))
    names = [operation.name for operation in depthwise.operations]
    assert names == ["conv2d_1/depthwise_convolution"]
    larger = gn.ConvTranspose2D(4, 3, bias=False)
    larger.forward(np.ones((1, 3, 3, 4)))
    names = [operation.name for operation in larger.operations]
    assert names == ["conv_transpose2d_1/transposed_convolution"]


def test_causal_outputs_see_no_later_step():
    layer = gn.Conv1D(2, 3, padding="causal", dilation=2)
    series = draw(1, 9, 1)
    before = layer.forward(series).copy()
    series[0, 5] += 1.0
    after = layer.forward(series)
    np.testing.assert_array_equal(after[0, :5], before[0, :5])
    assert (after[0, [5, 7]] != before[0, [5, 7]]).all()


def test_a_shared_layer():
    layer = gn.Conv2D(2, 2)
    one, two = (
        gn.Input("one", value=draw(1, 3, 3, 1)),
        gn.Input("two", value=draw(1, 4, 3, 1)),
    )
    total = np.sum(layer(one)) + np.sum(layer(two) ** 2)
    assert len(total.graph.parameters) == 2
    gn.check_gradients(total)


def test_integer_images_give_float64_weights():
    layer = gn.Conv2D(2, 2)
    assert layer.forward(np.ones((1, 3, 3, 1), np.uint8)).dtype == np.float64
    assert layer.backward(np.ones((1, 2, 2, 2))) is None
    net = gn.NeuralNetwork([gn.Conv2D(1, 2)], gn.MeanSquaredError(), seed=0)
    images = np.arange(18).reshape(2, 3, 3, 1)
    np.testing.assert_array_equal(
        net.predict(images), net.predict(images.astype(float))
    )


@pytest.mark.parametrize(
    ("make", "shape", "variance"),
    [
        (lambda init: gn.Conv2D(64, 5, weight_init=init), (1, 5, 5, 32), 2 / 800),
        (lambda init: gn.Conv1D(64, 9, weight_init=init), (1, 9, 96), 2 / 864),
        (lambda i: gn.Conv2D(64, 5, groups=2, weight_init=i), (1, 5, 5, 64), 2 / 800),
    ],
)
def test_initial_weights_count_the_places_of_the_kernel(make, shape, variance):
    layer = make("he")
    layer.rng = np.random.default_rng(0)
    layer.forward(np.ones(shape))
    assert layer.weight.value.var() == pytest.approx(variance, rel=0.03)
    assert not layer.bias.value.any()


def test_it_learns_an_edge():
    rng = np.random.default_rng(0)
    images = rng.standard_normal((64, 6, 6, 1))
    targets = images[:, :, 1:] - images[:, :, :-1]
    net = gn.NeuralNetwork([gn.Conv2D(1, (1, 2))], gn.MeanSquaredError(), seed=0)
    gn.Trainer(net, gn.SGD(0.01)).fit(
        images, targets, epochs=20, batch_size=16, seed=0, verbose=False
    )
    weight, bias = net.params()
    np.testing.assert_allclose(weight.ravel(), [-1.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(bias, 0.0, atol=1e-6)


def test_copies_and_frozen_layers():
    layer = gn.Conv2D(2, 3, padding="same")
    layer.trainable = False
    batch = draw(2, 4, 4, 1)
    output = layer.forward(batch)
    np.testing.assert_array_equal(copy.deepcopy(layer).forward(batch), output)
    layer.backward(np.ones(output.shape))
    assert layer.param_grads == [None, None]


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((0, 3), {}, "the filters of Conv2D: at least 1 is needed, not 0"),
        ((-2, 3), {}, "the filters of Conv2D: at least 1 is needed, not -2"),
        ((2.0, 3), {}, r"the filters of Conv2D: a whole number is needed, not 2\.0"),
        ((2, 0), {}, r"the kernel_size of Conv2D: .* at least 1 .* not 0"),
        ((2, (3, -1)), {}, r"the kernel_size of Conv2D: .* not \(3, -1\)"),
        ((2, 3, 0), {}, "the stride of Conv2D: .* not 0"),
        ((2, 3), {"dilation": 0}, "the dilation of Conv2D: .* not 0"),
        (
            (2, 3),
            {"padding": "smae"},
            r"the padding of Conv2D.*\nDid you mean 'same'\?",
        ),
        ((2, 3), {"padding": "causal"}, "unknown padding 'causal'"),
        ((2, 3), {"padding": -1}, "the padding of Conv2D: .* not -1"),
        ((4, 3), {"groups": 3}, "Conv2D: 4 filters cannot be divided into 3 groups"),
        ((4, 3), {"groups": 0}, "the groups of Conv2D"),
        ((2, 3), {"data_format": "NWHC"}, r"Did you mean 'N\w+'\?"),
        ((2, 3), {"activation": "rleu"}, r"Did you mean 'relu'\?"),
        ((2, 3), {"weight_init": "glorott"}, r"Did you mean 'glorot\w*'\?"),
    ],
)
def test_bad_settings(arguments, settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.Conv2D(*arguments, **settings)


def test_bad_settings_of_the_others():
    with pytest.raises(gn.ArgumentError, match="filters of Conv1D: at least 1"):
        gn.Conv1D(0, 3)
    with pytest.raises(gn.ArgumentError, match=r"kernel_size of Conv1D.* \(3, 3\)"):
        gn.Conv1D(2, (3, 3))
    with pytest.raises(gn.ArgumentError, match="output_padding of ConvTranspose2D"):
        gn.ConvTranspose2D(2, 3, output_padding=1)
    assert issubclass(gn.ConvTranspose2D, KernelLayer)


BAD_FIRST = [
    (
        {},
        (5, 8, 8),
        r"Conv2D takes images \(rows, height, width, channels\), not shape "
        r"\(5, 8, 8\)\nFor grey images add an axis: x\[\.\.\., None\]",
    ),
    ({}, (5, 64), r"not shape \(5, 64\)\nGive the batch its axes: x\.reshape\(rows"),
    ({}, (5, 2, 8, 1), "a kernel of 3 × 3 does not fit into 2 × 8\n"),
    ({}, (5, 1, 8, 8), 'If the channels come first: data_format="NCHW"'),
    ({"padding": 1, "dilation": 5}, (5, 8, 9, 1), "into 8 × 9, padded to 10 × 11\n"),
    (
        {"groups": 2},
        (5, 8, 8, 3),
        r"Conv2D: the 3 channels of images of shape \(5, 8, 8, 3\) cannot be divided",
    ),
    ({"data_format": "NCHW"}, (5, 8, 8), r"add an axis: x\[:, None\]"),
]


@pytest.mark.parametrize(("settings", "shape", "message"), BAD_FIRST)
def test_a_first_batch_that_cannot_be(settings, shape, message):
    layer = gn.Conv2D(2, 3, **settings)
    with pytest.raises(gn.ShapeError, match=message):
        layer.forward(np.ones(shape))
    assert layer.weight is None
    assert layer.forward(np.ones((1, 12, 12, 12))).shape[0] == 1


def test_later_batches_that_cannot_be():
    net = gn.NeuralNetwork(
        [gn.Conv2D(2, 3), gn.GlobalAveragePool2D()], gn.MeanSquaredError(), seed=0
    )
    X, y = draw(4, 5, 5, 3), draw(4, 2)
    loss = net.train_batch(X, y)
    message = r"conv2d_1/convolution .*: images of 1 channels, .* which takes 3\n"
    with pytest.raises(gn.ShapeError, match=message) as caught:
        net.predict(draw(4, 5, 5, 1))
    assert "test_convolution_layers.py" in str(caught.value)
    with pytest.raises(gn.ShapeError, match="kernel of 3 × 3 does not fit into 5 × 2"):
        net.predict(draw(4, 5, 2, 3))
    with pytest.raises(gn.ShapeError, match="3 axes, the network was set up for 4"):
        net.predict(draw(5, 5, 3))
    assert net.train_batch(X, y) == loss
