"""Convolution and transposed convolution against PyTorch's, over a grid of settings."""

import itertools
from itertools import product

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402
from graphnn.ops import kernels  # noqa: E402

pytestmark = pytest.mark.oracle

functional = torch.nn.functional

SIZES = [(1, 1), (2, 2), (3, 3), (2, 3), (4, 1)]
STRIDES = [1, 2, (2, 1), (1, 3)]
PADDINGS = [0, 1, (2, 1)]
DILATIONS = [1, 2, (1, 3)]
GROUPS = [  # groups, channels, filters: the last two are depthwise
    (1, 2, 3),
    (2, 4, 6),
    (3, 3, 3),
    (2, 2, 4),
]


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def first(array):
    """Move the channels from the end to the second axis."""
    return np.moveaxis(array, -1, 1)


def last(array):
    """Move the channels from the second axis to the end."""
    return np.moveaxis(array, 1, -1)


def from_theirs(array):
    """Bring a kernel (filters, channels / groups, *size) into our order."""
    return np.transpose(array, (*range(2, array.ndim), 1, 0))


def to_theirs(array):
    """Bring our kernel into that order."""
    return np.transpose(array, (array.ndim - 1, array.ndim - 2, *range(array.ndim - 2)))


def run(layer, batch):
    """Call a layer on a batch, with a bias that is not 0."""
    layer.rng = np.random.default_rng(1)
    x = gn.Input("x", value=batch)
    y = layer(x)
    if layer.bias is not None:
        layer.bias.value[...] = draw(*layer.bias.shape).astype(layer.bias.dtype)
        y.graph.forward(target=y)
    return x, y


def check(layer, batch, theirs, weight_layout, **tolerances):
    """Compare a layer on images, channels last, with ``theirs(x, weight, bias)``."""
    x, y = run(layer, batch)
    weight, bias = layer.weight, layer.bias
    images = tensor(first(batch))
    kernel = tensor(weight_layout[0](weight.value))
    pairs = [(x, images, last), (weight, kernel, weight_layout[1])]
    shift = None
    if bias is not None:
        shift = tensor(bias.value)
        pairs.append((bias, shift))
    result = torch.movedim(theirs(images, kernel, shift), 1, -1)
    compare(y, result, pairs, **tolerances)
    return x, y, images, kernel, result


CONVOLUTION = (to_theirs, from_theirs)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_conv2d(size, groups, rows):
    groups, channels, filters = groups
    for stride, padding, dilation in product(STRIDES, PADDINGS, DILATIONS):
        settings = {"stride": stride, "dilation": dilation, "groups": groups}

        def theirs(x, weight, bias, padding=padding, settings=settings):
            return functional.conv2d(x, weight, bias, padding=padding, **settings)

        layer = gn.Conv2D(filters, size, padding=padding, **settings)
        check(layer, draw(rows, 7, 10, channels), theirs, CONVOLUTION)


@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dilation", DILATIONS, ids=str)
@pytest.mark.parametrize("places", [(5, 8), (8, 3)], ids=str)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
def test_conv2d_same(size, groups, dilation, places):
    groups, channels, filters = groups
    settings = {"padding": "same", "dilation": dilation, "groups": groups}
    layer = gn.Conv2D(filters, size, bias=False, **settings)
    check(
        layer,
        draw(2, *places, channels),
        lambda x, weight, bias: functional.conv2d(x, weight, bias, **settings),
        CONVOLUTION,
    )


@pytest.mark.parametrize("sides", [((1, 0), (0, 2)), ((0, 3), (2, 1))], ids=str)
@pytest.mark.parametrize("stride", STRIDES, ids=str)
def test_conv2d_padded_on_each_side_by_itself(sides, stride):
    (top, bottom), (left, right) = sides

    def theirs(x, weight, bias):
        x = functional.pad(x, (left, right, top, bottom))
        return functional.conv2d(x, weight, bias, stride)

    layer = gn.Conv2D(3, (2, 3), stride, sides)
    check(layer, draw(2, 4, 5, 2), theirs, CONVOLUTION)


@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("padding", [0, 1, 3, "same"])
def test_channels_first(groups, padding):
    groups, channels, filters = groups
    batch = draw(2, channels, 5, 6)
    layer = gn.Conv2D(filters, 3, padding=padding, groups=groups, data_format="NCHW")
    x, y = run(layer, batch)
    images, kernel = tensor(batch), tensor(to_theirs(layer.weight.value))
    bias = tensor(layer.bias.value.ravel())
    result = functional.conv2d(images, kernel, bias, padding=padding, groups=groups)
    pairs = [(x, images), (layer.weight, kernel, from_theirs), (layer.bias, bias)]
    compare(y, result, pairs)


@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("rows", [1, 3])
def test_conv1d(size, groups, rows):
    groups, channels, filters = groups
    for stride, padding, dilation in product([1, 2, 3], [0, 1, 2], [1, 2]):
        settings = {"stride": stride, "dilation": dilation, "groups": groups}

        def theirs(x, weight, bias, padding=padding, settings=settings):
            return functional.conv1d(x, weight, bias, padding=padding, **settings)

        layer = gn.Conv1D(filters, size, padding=padding, **settings)
        check(layer, draw(rows, 11, channels), theirs, CONVOLUTION)


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_conv1d_causal(dilation):
    def theirs(x, weight, bias):
        x = functional.pad(x, (2 * dilation, 0))
        return functional.conv1d(x, weight, bias, dilation=dilation)

    layer = gn.Conv1D(4, 3, padding="causal", dilation=dilation)
    check(layer, draw(2, 8, 3), theirs, CONVOLUTION)


# -- transposed ------------------------------------------------------------------------
def transposed_layouts(groups):
    """Give the ways to and from PyTorch's (channels, filters / groups, *size)."""

    def there(array):
        high, wide, each, filters = array.shape
        array = array.reshape(high, wide, each, groups, filters // groups)
        array = array.transpose(3, 2, 4, 0, 1)
        return array.reshape(groups * each, filters // groups, high, wide)

    def back(array):
        channels, each, high, wide = array.shape
        array = array.reshape(groups, channels // groups, each, high, wide)
        array = array.transpose(3, 4, 1, 0, 2)
        return array.reshape(high, wide, channels // groups, groups * each)

    return there, back


def output_paddings(stride, dilation):
    """List those that are below the stride or the dilation."""
    pairs = zip(np.broadcast_to(stride, 2), np.broadcast_to(dilation, 2), strict=True)
    limits = [max(int(s), int(d)) for s, d in pairs]
    return sorted({(0, 0), (limits[0] - 1, 0), (limits[0] - 1, limits[1] - 1)})


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_conv_transpose2d(size, groups, rows):
    groups, channels, filters = groups
    for stride, padding, dilation in product(STRIDES, PADDINGS, DILATIONS):
        for more in output_paddings(stride, dilation):
            settings = {
                "stride": stride,
                "padding": padding,
                "dilation": dilation,
                "groups": groups,
                "output_padding": more,
            }

            def theirs(x, weight, bias, settings=settings):
                return functional.conv_transpose2d(x, weight, bias, **settings)

            layer = gn.ConvTranspose2D(filters, size, **settings)
            batch = draw(rows, 5, 6, channels)
            check(layer, batch, theirs, transposed_layouts(groups))


@pytest.mark.parametrize("groups", GROUPS, ids=str)
def test_conv_transpose2d_channels_first(groups):
    groups, channels, filters = groups
    batch = draw(2, channels, 3, 4)
    layer = gn.ConvTranspose2D(
        filters, 3, 2, 1, 1, groups=groups, data_format="NCHW", bias=False
    )
    x, y = run(layer, batch)
    there, back = transposed_layouts(groups)
    images, kernel = tensor(batch), tensor(there(layer.weight.value))
    result = functional.conv_transpose2d(
        images, kernel, None, 2, 1, output_padding=1, groups=groups
    )
    compare(y, result, [(x, images), (layer.weight, kernel, back)])


# -- layouts ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("narrowest", "wide", "many"),
    [(10**6, 10**6, 0), (1, 10**6, 0), (1, 1, 10**6), (1, 1, 0)],
    ids=["together", "apart", "spread by landing", "landing"],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("groups", GROUPS, ids=str)
@pytest.mark.parametrize("size", [(3, 3), (2, 3), (4, 1)], ids=str)
def test_layouts_of_windows(size, groups, dtype, narrowest, wide, many, monkeypatch):
    monkeypatch.setattr(kernels, "NARROWEST", narrowest)
    monkeypatch.setattr(kernels, "WIDE", wide)
    monkeypatch.setattr(kernels, "MANY_ELEMENTS", many)
    groups, channels, filters = groups
    loose = {"rtol": 1e-4, "atol": 1e-4} if dtype == np.float32 else {}
    rows = itertools.cycle([1, 3])
    for stride, dilation, padding in product(STRIDES, [1, (1, 3), (2, 1)], [0, (2, 1)]):
        settings = {"stride": stride, "padding": padding, "dilation": dilation}
        settings["groups"] = groups
        batch = draw(next(rows), 7, 10, channels).astype(dtype)

        def theirs(x, weight, bias, settings=settings):
            return functional.conv2d(x, weight, bias, **settings)

        def transposed(x, weight, bias, settings=settings):
            return functional.conv_transpose2d(x, weight, bias, **settings)

        layer = gn.Conv2D(filters, size, **settings)
        check(layer, batch, theirs, CONVOLUTION, **loose)
        layer = gn.ConvTranspose2D(filters, size, **settings)
        check(layer, batch, transposed, transposed_layouts(groups), **loose)


# -- second derivatives, single precision ----------------------------------------------
SECOND = {
    "plain": (gn.Conv2D, {"padding": 1, "stride": 2}, 1),
    "groups": (gn.Conv2D, {"dilation": 2, "groups": 2}, 2),
    "depthwise": (gn.Conv2D, {"stride": (2, 1), "groups": 4}, 4),
    "transposed": (gn.ConvTranspose2D, {"padding": 1, "stride": 2}, 1),
    "transposed, groups": (gn.ConvTranspose2D, {"dilation": 2, "groups": 2}, 2),
}


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives(name):
    kind, settings, groups = SECOND[name]
    layer = kind(4, 3, bias=False, **settings)
    function = functional.conv2d
    layout = CONVOLUTION
    if kind is gn.ConvTranspose2D:
        function, layout = functional.conv_transpose2d, transposed_layouts(groups)
    x, y, images, kernel, result = check(
        layer,
        draw(2, 5, 6, 4),
        lambda x, weight, bias: function(x, weight, bias, **settings),
        layout,
    )
    weight, total = layer.weight, np.sum(np.sin(y))
    ours = total.graph.gradient(total, [x, weight])
    theirs = torch.autograd.grad(
        torch.sin(result).sum(), [images, kernel], create_graph=True
    )
    pairs = [(x, images, last), (weight, kernel, layout[1])]
    compare(ours[0], torch.movedim(theirs[0], 1, -1), pairs)
    turned = torch.from_numpy(
        layout[1](np.arange(kernel.numel()).reshape(kernel.shape))
    )
    compare(ours[1], theirs[1].flatten()[turned], pairs)


@pytest.mark.parametrize("groups", GROUPS, ids=str)
def test_single_precision(groups):
    groups, channels, filters = groups
    settings = {"stride": 2, "padding": 1, "groups": groups}
    batch = draw(4, 9, 8, channels).astype(np.float32)
    tolerances = {"rtol": 1e-4, "atol": 1e-4}
    layer = gn.Conv2D(filters, 3, **settings)
    _, y, *_ = check(
        layer,
        batch,
        lambda x, weight, bias: functional.conv2d(x, weight, bias, **settings),
        CONVOLUTION,
        **tolerances,
    )
    assert y.dtype == layer.weight.grad.dtype == np.float32
    check(
        gn.ConvTranspose2D(filters, 3, **settings),
        batch,
        lambda x, w, b: functional.conv_transpose2d(x, w, b, **settings),
        transposed_layouts(groups),
        **tolerances,
    )
