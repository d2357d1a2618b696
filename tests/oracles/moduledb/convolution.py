"""Convolution and pooling."""

import numpy as np
from moduledb.table import Use, Weight, counterpart, leave, of_one_row

import graphnn as gn

CHANNELS_FIRST = "NCHW"


def kernel(array):
    """Bring a kernel of PyTorch into our layout: its places, channels, filters."""
    return np.moveaxis(array, (0, 1), (-1, -2))


def turned_kernel(array):
    """Bring a kernel of a transposed convolution into our layout."""
    return np.moveaxis(array, (0, 1), (-2, -1))


def padding_of(module):
    """Translate the padding: a name, or a number for each axis."""
    padding = module.padding
    return padding if isinstance(padding, str) else single(padding)


def single(numbers):
    """Take a number for the one axis of a series out of its tuple."""
    if isinstance(numbers, tuple | list) and len(numbers) == 1:
        return numbers[0]
    return numbers


def weights_of(layer, module, into):
    """Pair kernel and bias."""
    found = [Weight(layer.weight, module.weight, into)]
    if layer.bias is not None:
        found.append(Weight(layer.bias, module.bias))
    return found


@counterpart("Conv1d", "Conv2d", "LazyConv1d", "LazyConv2d")
def convolution(module, x):
    rank = 1 if "1d" in type(module).__name__ else 2
    layer = (gn.Conv1D if rank == 1 else gn.Conv2D)(
        module.out_channels,
        single(module.kernel_size),
        single(module.stride),
        padding_of(module),
        single(module.dilation),
        module.groups,
        bias=module.bias is not None,
        data_format=CHANNELS_FIRST,
    )
    call = of_one_row(layer) if x.ndim == rank + 1 else layer
    return Use(call, [x], lambda: weights_of(layer, module, kernel))


@counterpart("ConvTranspose2d", "LazyConvTranspose2d")
def transposed_convolution(module, x):
    layer = gn.ConvTranspose2D(
        module.out_channels,
        module.kernel_size,
        stride=module.stride,
        padding=module.padding,
        output_padding=module.output_padding,
        dilation=module.dilation,
        groups=module.groups,
        bias=module.bias is not None,
        data_format=CHANNELS_FIRST,
    )
    call = of_one_row(layer) if x.ndim == 3 else layer
    return Use(call, [x], lambda: weights_of(layer, module, turned_kernel))


def pooling(module, x, one, two, **settings):
    rank = 1 if "1d" in type(module).__name__ else 2
    leave(module.ceil_mode, "windows that stick out (ceil_mode)")
    layer = (one if rank == 1 else two)(
        single(module.kernel_size),
        single(module.stride),
        single(module.padding),
        data_format=CHANNELS_FIRST,
        **settings,
    )
    return Use(of_one_row(layer) if x.ndim == rank + 1 else layer, [x])


@counterpart("MaxPool1d", "MaxPool2d")
def max_pool(module, x):
    dilation = np.ravel(module.dilation)
    leave((dilation != 1).any(), "max pooling with dilated windows")
    leave(module.return_indices, "max pooling that gives indices")
    return pooling(module, x, gn.MaxPool1D, gn.MaxPool2D)


@counterpart("AvgPool1d", "AvgPool2d")
def average_pool(module, x):
    divisor = getattr(module, "divisor_override", None)
    leave(divisor is not None, "a mean with a divisor of its own")
    pads = module.count_include_pad
    kinds = gn.AveragePool1D, gn.AveragePool2D
    return pooling(module, x, *kinds, count_include_pad=pads)


@counterpart("AdaptiveAvgPool1d", "AdaptiveAvgPool2d")
def global_average_pool(module, x):
    return global_pool(module, x, gn.GlobalAveragePool1D, gn.GlobalAveragePool2D)


@counterpart("AdaptiveMaxPool1d", "AdaptiveMaxPool2d")
def global_max_pool(module, x):
    return global_pool(module, x, gn.GlobalMaxPool1D, gn.GlobalMaxPool2D)


def global_pool(module, x, one, two):
    sizes = np.ravel(np.array(module.output_size, object))
    leave(any(size != 1 for size in sizes), "pooling to a grid of any size")
    rank = 1 if "1d" in type(module).__name__ else 2
    layer = (one if rank == 1 else two)(data_format=CHANNELS_FIRST)

    def call(x):
        return np.expand_dims(layer(x), tuple(range(2, 2 + rank)))

    return Use(of_one_row(call) if x.ndim == rank + 1 else call, [x])
