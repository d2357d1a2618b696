"""The pooling layers."""

import copy

import numpy as np
import pytest

import graphnn as gn

LAYERS = {
    # a layer, the shape of a batch, and the shape that comes out
    "max": (gn.MaxPool2D, (2, 4, 6, 3), (2, 2, 3, 3)),
    "max, left over": (lambda: gn.MaxPool2D((2, 3)), (2, 5, 5, 1), (2, 2, 1, 1)),
    "max, same": (lambda: gn.MaxPool2D(3, 2, "same"), (2, 5, 4, 2), (2, 3, 2, 2)),
    "max, first": (
        lambda: gn.MaxPool2D(data_format="NCHW"),
        (2, 3, 4, 6),
        (2, 3, 2, 3),
    ),
    "max, series": (lambda: gn.MaxPool1D(3, 1, 1), (2, 4, 3), (2, 4, 3)),
    "max, NCW": (lambda: gn.MaxPool1D(data_format="NCW"), (2, 3, 5), (2, 3, 2)),
    "mean": (gn.AveragePool2D, (2, 4, 6, 3), (2, 2, 3, 3)),
    "mean, padded": (lambda: gn.AveragePool2D(3, 2, 1), (2, 4, 5, 2), (2, 2, 3, 2)),
    "mean, inside": (
        lambda: gn.AveragePool2D(3, 2, "same", count_include_pad=False),
        (2, 4, 5, 2),
        (2, 2, 3, 2),
    ),
    "mean, series": (lambda: gn.AveragePool1D(2, 3), (2, 6, 3), (2, 2, 3)),
    "whole mean": (gn.GlobalAveragePool2D, (2, 3, 4, 5), (2, 5)),
    "whole mean, first": (
        lambda: gn.GlobalAveragePool2D("NCHW"),
        (2, 3, 4, 5),
        (2, 3),
    ),
    "whole mean, series": (gn.GlobalAveragePool1D, (2, 4, 3), (2, 3)),
    "whole max": (gn.GlobalMaxPool2D, (2, 3, 4, 5), (2, 5)),
    "whole max, series": (lambda: gn.GlobalMaxPool1D("NCW"), (2, 4, 3), (2, 4)),
}
NAMED = pytest.mark.parametrize("name", LAYERS)


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


@NAMED
def test_shapes_and_gradients(name):
    make, shape, expected = LAYERS[name]
    layer, batch = make(), draw(*shape)
    assert layer.forward(batch).shape == expected
    assert layer.backward(draw(*expected)).shape == shape
    assert layer.parameters == []
    assert not gn.check_gradients(layer, batch).remarks


@NAMED
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_stay(name, dtype):
    make, shape, _ = LAYERS[name]
    layer = make()
    output = layer.forward(draw(*shape).astype(dtype))
    grad = layer.backward(np.ones(output.shape, dtype))
    assert output.dtype == grad.dtype == dtype


@NAMED
def test_batches_of_other_sizes(name):
    make, shape, _ = LAYERS[name]
    layer = make()
    layer.forward(draw(*shape))
    for rows, more in ((1, 0), (5, 3)):
        other = draw(rows, *[n + more for n in shape[1:]], seed=1)
        output = layer.forward(other)
        np.testing.assert_array_equal(output, make().forward(other))
        assert layer.backward(np.ones(output.shape)).shape == other.shape


def test_names_in_the_picture():
    names = []
    for make in (gn.MaxPool2D, gn.AveragePool1D, gn.GlobalMaxPool2D):
        layer = make()
        layer.forward(draw(1, 4, 4, 1) if layer.rank == 2 else draw(1, 4, 1))
        names += [operation.name for operation in layer.operations]
    assert names == [
        "max_pool2d_1/max_pool",
        "average_pool1d_1/average_pool",
        "global_max_pool2d_1/global_max_pool",
    ]


def test_one_layer_used_twice():
    layer = gn.MaxPool2D(2)
    x = gn.Input("x", value=draw(2, 4, 8, 1))
    y = layer(layer(x))
    assert y.shape == (2, 1, 2, 1)
    np.testing.assert_array_equal(y.output, gn.MaxPool2D(4).forward(x.value))
    np.testing.assert_array_equal(
        copy.deepcopy(layer).forward(x.value), layer(x).output
    )


def test_of_equal_numbers_the_first_gets_the_gradient():
    layer = gn.MaxPool2D()
    layer.forward(np.zeros((1, 2, 4, 1)))
    grad = layer.backward(np.ones((1, 1, 2, 1)))
    np.testing.assert_array_equal(grad[0, :, :, 0], [[1, 0, 1, 0], [0, 0, 0, 0]])


def test_means_with_and_without_the_padding():
    images = np.full((1, 2, 2, 1), 4.0)
    counted = gn.AveragePool2D(2, padding=1).forward(images)
    np.testing.assert_array_equal(counted, 1.0)
    alone = gn.AveragePool2D(2, padding=1, count_include_pad=False).forward(images)
    np.testing.assert_array_equal(alone, 4.0)
    series = gn.AveragePool1D(2, padding=1, count_include_pad=False)
    np.testing.assert_array_equal(series.forward(images[0]), 4.0)


def test_integer_images():
    images = np.arange(16).reshape(1, 4, 4, 1)
    assert gn.MaxPool2D().forward(images).dtype == np.int64
    assert gn.AveragePool2D().forward(images).dtype == np.float64
    net = gn.NeuralNetwork([gn.MaxPool2D()], gn.MeanSquaredError())
    assert net.predict(images).dtype == np.float64


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize("kind", [gn.MaxPool2D, gn.AveragePool2D])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pool_size": 0}, "the pool_size of {}: .* not 0"),
        ({"pool_size": (2, 2, 2)}, r"the pool_size of {}: .* not \(2, 2, 2\)"),
        ({"stride": 0}, "the stride of {}: .* not 0"),
        ({"padding": 2}, "{}: padding 2 is more than half the pool_size 2"),
        ({"padding": "sam"}, "the padding of {}: .*\nDid you mean 'same'"),
        ({"data_format": "NHW"}, "the data_format of {}: unknown format 'NHW'"),
    ],
)
def test_bad_settings(kind, settings, message):
    with pytest.raises(gn.ArgumentError, match=message.format(kind.__name__)):
        kind(**settings)


@pytest.mark.parametrize("kind", [gn.GlobalAveragePool1D, gn.GlobalMaxPool2D])
def test_bad_settings_of_global_pooling(kind):
    with pytest.raises(gn.ArgumentError, match=f"the data_format of {kind.__name__}"):
        kind("channels_last")


def test_bad_images():
    layer = gn.MaxPool2D(3)
    with pytest.raises(gn.ShapeError, match="a pool of 3 × 3 does not fit into 2 × 4"):
        layer.forward(draw(1, 2, 4, 1))
    with pytest.raises(gn.ShapeError, match=r"add an axis: x\[\.\.\., None\]"):
        layer.forward(draw(5, 8, 8))
    assert layer.forward(draw(1, 3, 3, 1)).shape == (1, 1, 1, 1)
    with pytest.raises(gn.ShapeError, match="max_pool2d_1/max_pool") as caught:
        layer.forward(draw(5, 8, 8))
    assert "test_pooling_layers.py" in str(caught.value)
    whole = gn.GlobalAveragePool2D()
    whole.forward(draw(1, 3, 3, 1))
    with pytest.raises(gn.ShapeError, match=r"not shape \(5, 8, 8\)"):
        whole.forward(draw(5, 8, 8))
