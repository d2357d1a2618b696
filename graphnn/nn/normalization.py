"""Layers that normalize each sample: over its features, over groups of channels.

They have the two parameters ``scale`` and ``shift`` (Keras: gamma and beta; PyTorch:
weight and bias), which start at 1 and 0; each can be left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import MissingHook
from graphnn.graph import Parameter
from graphnn.nn.layer import Layer, as_count
from graphnn.nn.pages import on_page
from graphnn.ops.arguments import as_flag
from graphnn.ops.group_normalization import GroupNormalize
from graphnn.ops.layer_normalization import LayerNormalize, RMSNormalize
from graphnn.ops.normalization import as_axes, as_epsilon, axes_within, channels_of
from graphnn.ops.spatial_settings import is_channels_first


class Normalization(Layer):
    """What layers that normalize share: an epsilon, a scale and a shift."""

    scale: Parameter | None = None
    shift: Parameter | None = None

    def __init__(self, epsilon: float, scale: bool, shift: bool) -> None:
        super().__init__()
        who = type(self).__name__
        self.epsilon = as_epsilon(epsilon, who)
        self.scaled = as_flag(scale, f"scale of {who}")
        self.shifted = as_flag(shift, f"shift of {who}")

    def _setup_layer(self, input_: Any) -> None:
        shape, dtype = self._parameter_shape(input_.shape), dtype_for(input_)
        if self.scaled:
            self.scale = Parameter(on_page(np.ones(shape, dtype)), name="scale")
        if self.shifted:
            self.shift = Parameter(on_page(np.zeros(shape, dtype)), name="shift")

    def _connect(self, input_: Any) -> Any:
        parameters = [p for p in (self.scale, self.shift) if p is not None]
        return self._recipe()(input_, *parameters)

    def _recipe(self) -> Any:
        """Make the operation that is the layer."""
        raise MissingHook(f"{type(self).__name__} does not define _recipe")

    def _parameter_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of scale and shift."""
        raise MissingHook(f"{type(self).__name__} does not define _parameter_shape")

    def describe(self) -> str:
        """Name the layer in a message."""
        return f"{self.name} ({type(self).__name__})"


class ChannelNormalization(Normalization):
    """Those that have a scale and a shift for each channel."""

    def __init__(
        self, epsilon: float, data_format: str, scale: bool, shift: bool
    ) -> None:
        super().__init__(epsilon, scale, shift)
        first = is_channels_first(data_format, 1, type(self).__name__)
        self.channel_axis = 1 if first else -1
        self.data_format = data_format

    def _parameter_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[channels_of(shape, self.channel_axis, self)],)


class GroupNorm(ChannelNormalization):
    """Normalize each sample over groups of channels, and all places in them.

    Training and other passes do the same; the size of the batch does not matter.

    Parameters
    ----------
    groups : int
        Divides the number of channels; neighbours make a group. 1 normalizes over the
        whole sample.
    epsilon, data_format, scale, shift
        As of :class:`BatchNorm`.

    Raises
    ------
    ArgumentError
        For settings that cannot be.
    ShapeError
        For channels that do not make so many groups of equal size, and for groups of
        one value.

    References
    ----------
    Y. Wu, K. He, "Group normalization", ECCV 2018, eq. 1 and 7.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.GroupNorm(2).forward([[1.0, 3.0, 60.0, 40.0]]).round(3)
    array([[-1.,  1.,  1., -1.]])
    """

    def __init__(
        self,
        groups: int,
        epsilon: float = 1e-5,
        data_format: str = "NHWC",
        scale: bool = True,
        shift: bool = True,
    ) -> None:
        super().__init__(epsilon, data_format, scale, shift)
        self.groups = as_count(groups, f"the groups of {type(self).__name__}")

    def _recipe(self) -> Any:
        return GroupNormalize(
            self.groups, self.channel_axis, self.epsilon, self.scaled, self.shifted
        )


class InstanceNorm(ChannelNormalization):
    """Normalize each channel of each sample over its places: one group a channel.

    Parameters
    ----------
    epsilon, data_format, scale, shift
        As of :class:`BatchNorm`. (PyTorch's has no scale and no shift by default.)

    Raises
    ------
    ArgumentError
        For settings that cannot be.
    ShapeError
        For an input with one place: each channel needs several.

    References
    ----------
    D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance normalization: the missing
    ingredient for fast stylization", arXiv:1607.08022, 2016, eq. 4.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = np.array([[[1.0, 60.0], [3.0, 40.0]]])  # (rows, time, features)
    >>> gn.InstanceNorm().forward(x).round(3)
    array([[[-1.,  1.],
            [ 1., -1.]]])
    """

    def __init__(
        self,
        epsilon: float = 1e-5,
        data_format: str = "NHWC",
        scale: bool = True,
        shift: bool = True,
    ) -> None:
        super().__init__(epsilon, data_format, scale, shift)

    def _recipe(self) -> Any:
        return GroupNormalize(
            None, self.channel_axis, self.epsilon, self.scaled, self.shifted
        )


class LayerNorm(Normalization):
    """Normalize each sample over its features.

    Training and other passes do the same; the size of the batch does not matter.

    Parameters
    ----------
    epsilon : float
        Added to the variance.
    axis : int or tuple of int
        The normalized axes, by default the last; never axis 0, the rows. PyTorch names
        their sizes instead: ``normalized_shape=(3, 8, 8)`` is ``axis=(-3, -2, -1)``.
    scale, shift : bool
        Whether the layer has them: one value for each place in the normalized axes.

    Attributes
    ----------
    scale, shift : Parameter or None
        Of the shape of the normalized axes.

    Raises
    ------
    ArgumentError
        For settings that cannot be.
    ShapeError
        For an input without these axes, or of another size along them than the first.

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer normalization", arXiv:1607.06450, 2016,
    eq. 3.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.LayerNorm().forward([[1.0, 3.0], [5.0, -5.0]]).round(3)
    array([[-1.,  1.],
           [ 1., -1.]])
    """

    def __init__(
        self,
        epsilon: float = 1e-5,
        axis: int | tuple[int, ...] = -1,
        scale: bool = True,
        shift: bool = True,
    ) -> None:
        super().__init__(epsilon, scale, shift)
        self.axis = as_axes(axis, type(self).__name__)

    def _parameter_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(shape[axis] for axis in axes_within(self.axis, shape, self))

    def _recipe(self) -> Any:
        return LayerNormalize(self.axis, self.epsilon, self.scaled, self.shifted)


class RMSNorm(LayerNorm):
    """Divide each sample by the root of the mean square of its features.

    Unlike :class:`LayerNorm` it takes no mean off and has no shift.

    Parameters
    ----------
    epsilon : float
        Added to the mean square. (PyTorch's default is the dtype's own: 2.2e-16 for
        float64.)
    axis, scale
        As of :class:`LayerNorm`.

    Raises
    ------
    ArgumentError, ShapeError
        As :class:`LayerNorm`.

    References
    ----------
    B. Zhang, R. Sennrich, "Root mean square layer normalization", NeurIPS 2019, eq. 4.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.RMSNorm().forward([[1.0, 7.0], [5.0, -5.0]]).round(3)
    array([[ 0.2,  1.4],
           [ 1. , -1. ]])
    """

    def __init__(
        self,
        epsilon: float = 1e-5,
        axis: int | tuple[int, ...] = -1,
        scale: bool = True,
    ) -> None:
        super().__init__(epsilon, axis, scale, shift=False)

    def _recipe(self) -> Any:
        return RMSNormalize(self.axis, self.epsilon, self.scaled)


def dtype_for(input_: Any) -> Any:
    """Give the dtype of parameters: that of a float input, else float64."""
    return input_.dtype if input_.dtype.kind == "f" else np.dtype(np.float64)
