"""Convolutional layers: a kernel that slides over images or over a series."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph import Operation, Parameter
from graphnn.nn.activations import as_activation
from graphnn.nn.initializers import as_initializer, initial_weights
from graphnn.nn.layer import Layer, as_count
from graphnn.nn.pages import on_page
from graphnn.ops import BiasAdd
from graphnn.ops.arguments import as_flag
from graphnn.ops.convolution import Convolution, DepthwiseConvolution
from graphnn.ops.spatial_settings import check_groups, make_window
from graphnn.ops.transposed_convolution import (
    TransposedConvolution,
    as_output_padding,
)


class KernelLayer(Layer):
    """A layer with a kernel, a bias and an activation; see :class:`Conv2D`."""

    rank: ClassVar[int]
    """The number of axes along which the kernel slides."""

    may_be_causal: ClassVar[bool] = False

    weight: Parameter | None = None
    bias: Parameter | None = None

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        activation: Any = None,
        weight_init: Any = "glorot",
        bias: bool = True,
        data_format: str = "NHWC",
    ) -> None:
        who = type(self).__name__
        super().__init__(as_count(filters, f"the filters of {who}"))
        self.window = make_window(
            self.rank,
            who,
            size=kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            data_format=data_format,
            causal=self.may_be_causal,
        )
        self.groups = check_groups(groups, self.neurons, "filters", who)
        self.has_bias = as_flag(bias, f"the bias of {who}")
        self.activation = as_activation(activation)
        self.weight_init = as_initializer(weight_init)

    def _setup_layer(self, input_: Any) -> None:
        who, window = type(self).__name__, self.window
        window.check_axes(input_.shape, who)
        channels = int(input_.shape[1 if window.channels_first else -1])
        if channels % self.groups:
            raise ShapeError(
                f"{who}: the {channels} channels of images of shape {input_.shape} "
                f"cannot be divided into {self.groups} groups"
            )
        dtype = input_.dtype if input_.dtype.kind == "f" else np.dtype(np.float64)
        shape = (*window.size, channels // self.groups, self.neurons)
        weights = initial_weights(self.weight_init, self.rng, shape, dtype)
        self.weight = Parameter(on_page(weights), name="weight")
        self.operations = [self._operation(self.weight)]
        if self.has_bias:
            places = (1,) * window.rank if window.channels_first else ()
            self.bias = Parameter(
                on_page(np.zeros((self.neurons, *places), dtype)), name="bias"
            )
            self.operations.append(BiasAdd(self.bias))
        if self.activation is not None:
            self.operations.append(self.activation)

    def _operation(self, weight: Parameter) -> Operation:
        """Make the operation with the kernel."""
        window = self.window
        each = self.groups > 1 and weight.value.shape[-2] == 1
        kind = DepthwiseConvolution if each else Convolution
        return kind(
            weight,
            window.stride,
            window.padding,
            window.dilation,
            self.groups,
            "NCHW" if window.channels_first else "NHWC",
        )


class Conv2D(KernelLayer):
    """Slide a kernel over images: every filter sums up what it finds in a window.

    Parameters
    ----------
    filters : int
        The number of channels of the outputs.
    kernel_size : int or pair of int
        Rows and columns of the kernel.
    stride : int or pair of int
        The step from one window to the next.
    padding : str, int, pair of int, or pair of pairs
        Zeros around the images: ``"valid"`` for none; ``"same"`` for as many as give
        ceil(size / stride) windows along each axis, the odd one at the end; a number
        for all sides; one for rows and one for columns; or
        ``((top, bottom), (left, right))``.
    dilation : int or pair of int
        The step from one element of the kernel to the next.
    groups : int
        Divides channels and filters into groups that do not see each other. With as
        many groups as channels the convolution is depthwise.
    activation, weight_init
        See :class:`Dense`.
    bias : bool
        Whether a number is added for each filter; it starts at 0.
    data_format : {"NHWC", "NCHW"}
        Where the channels are: (rows, height, width, channels), or (rows, channels,
        height, width) as in PyTorch.

    Attributes
    ----------
    weight : Parameter, shape (height, width, channels / groups, filters)
        The kernel, whatever the data_format; None before the first batch. PyTorch's is
        ``weight.value.transpose(3, 2, 0, 1)``.
    bias : Parameter, shape (filters,), with "NCHW" (filters, 1, 1)

    Raises
    ------
    ArgumentError
        For settings that cannot be.
    ShapeError
        For a batch that is not one of images, or of images that are too small or have
        other channels than the first.

    References
    ----------
    Y. LeCun et al., "Gradient-based learning applied to document recognition", Proc.
    IEEE 86, 1998, §II.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.Conv2D(16, 3, padding="same", activation="relu")
    >>> layer.forward(np.ones((4, 8, 8, 1))).shape
    (4, 8, 8, 16)
    >>> layer.weight.shape, layer.bias.shape
    ((3, 3, 1, 16), (16,))
    >>> [operation.name for operation in layer.operations]
    ['conv2d_1/convolution', 'conv2d_1/bias_add', 'conv2d_1/relu']
    """

    rank = 2


class Conv1D(KernelLayer):
    """Slide a kernel over series: every filter sums up what it finds in a window.

    Parameters
    ----------
    filters : int
        The number of channels of the outputs.
    kernel_size : int
        The length of the kernel.
    stride : int
        The step from one window to the next.
    padding : str, int, or pair of int
        Zeros around the series: as for :class:`Conv2D`, with (before, after) for a
        pair; or ``"causal"``: all before, so that no output sees later steps.
    dilation : int
        The step from one element of the kernel to the next.
    groups, activation, weight_init, bias
        See :class:`Conv2D`.
    data_format : {"NWC", "NCW"}
        Where the channels are: (rows, steps, channels), or (rows, channels, steps) as
        in PyTorch. ``"NHWC"`` and ``"NCHW"`` are understood.

    Attributes
    ----------
    weight : Parameter, shape (kernel_size, channels / groups, filters)
        None before the first batch. PyTorch's is ``weight.value.transpose(2, 1, 0)``.
    bias : Parameter, shape (filters,), with "NCW" (filters, 1)

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`Conv2D`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.Conv1D(4, kernel_size=3, stride=2)
    >>> layer.forward(np.ones((2, 9, 5))).shape
    (2, 4, 4)
    """

    rank = 1
    may_be_causal = True

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        activation: Any = None,
        weight_init: Any = "glorot",
        bias: bool = True,
        data_format: str = "NWC",
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            activation,
            weight_init,
            bias,
            data_format,
        )


class ConvTranspose2D(KernelLayer):
    """Put a kernel down at every element of the images: they become larger.

    The layer is to :class:`Conv2D` what a matrix is to its transpose; it undoes no
    convolution. Sizes become
    ``(n - 1) * stride - padding + dilation * (kernel - 1) + 1 + output_padding``.

    Parameters
    ----------
    filters, kernel_size, dilation, groups, activation, weight_init, bias, data_format
        See :class:`Conv2D`.
    stride : int or pair of int
        The step from one copy of the kernel to the next.
    padding : str, int, pair of int, or pair of pairs
        What is taken off each side of the outputs, as it would be added by the
        convolution that has them for its images; ``"same"`` makes the outputs stride
        times as large as the images.
    output_padding : int or pair of int
        How much longer the outputs are at the ends, less than the stride or the
        dilation: a convolution with a stride makes images of several sizes equally
        large, and this chooses among them.

    Attributes
    ----------
    weight : Parameter, shape (height, width, channels / groups, filters)
        PyTorch's is, for one group, ``weight.value.transpose(2, 3, 0, 1)``.
    bias : Parameter, shape (filters,), with "NCHW" (filters, 1, 1)

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`Conv2D`.

    References
    ----------
    V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285, 2016, ch. 4.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.ConvTranspose2D(3, kernel_size=2, stride=2)
    >>> layer.forward(np.ones((1, 4, 5, 8))).shape
    (1, 8, 10, 3)
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = "valid",
        output_padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        activation: Any = None,
        weight_init: Any = "glorot",
        bias: bool = True,
        data_format: str = "NHWC",
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            activation,
            weight_init,
            bias,
            data_format,
        )
        self.output_padding = as_output_padding(
            output_padding, self.window, type(self).__name__
        )

    def _operation(self, weight: Parameter) -> Operation:
        window = self.window
        return TransposedConvolution(
            weight,
            window.stride,
            window.padding,
            window.dilation,
            self.groups,
            "NCHW" if window.channels_first else "NHWC",
            self.output_padding,
        )
