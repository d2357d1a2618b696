"""The layer that normalizes over a batch, and keeps running statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph import State
from graphnn.nn.normalization import ChannelNormalization, dtype_for
from graphnn.ops.batch_normalization import BatchNormalize, as_momentum


class BatchNorm(ChannelNormalization):
    """Normalize each channel: over the batch in training, else by running statistics.

    A training pass takes the mean and the variance of its batch, and all places in it,
    and lets the running ones follow; any other pass uses the running ones, also before
    any training (mean 0, variance 1). The mode of the pass alone decides:
    ``trainable = False`` freezes scale and shift (Keras would stop the statistics,
    too).

    Parameters
    ----------
    momentum : float
        The weight of the new batch in the running statistics, as in PyTorch:
        ``running * (1 - momentum) + batch * momentum``. Keras's momentum is 1 minus
        this one.
    epsilon : float
        Added to the variance.
    data_format : {"NHWC", "NCHW", "NWC", "NCW"}
        Whether the channels are the last axis (rows, features), (rows, time, features),
        (rows, height, width, channels), or the one after the rows.
    scale, shift : bool
        Whether the layer has them: one value for each channel.

    Attributes
    ----------
    scale, shift : Parameter or None, shape (channels,)
    running_mean, running_var : State, shape (channels,)
        The variance is that over n - 1, as in PyTorch, while a batch is normalized by
        that over n. A shared layer that is used twice in a pass moves them twice.

    Raises
    ------
    ArgumentError
        For a momentum outside [0, 1], an epsilon that is not above 0, an unknown
        format.
    ShapeError
        For an input without channels or with other ones than the first, and, in
        training, for a batch with one value in each channel.

    Notes
    -----
    A NaN in a training batch makes the running statistics of its channel NaN, and they
    stay so, as in PyTorch: look for such values in the data first.

    References
    ----------
    S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by
    reducing internal covariate shift", ICML 2015, algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.BatchNorm()
    >>> layer.forward([[1.0, 10.0], [3.0, 50.0]], training=True).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> layer.running_mean.value, layer.running_var.value
    (array([0.2, 3. ]), array([ 1.1, 80.9]))
    """

    def __init__(
        self,
        momentum: float = 0.1,
        epsilon: float = 1e-5,
        data_format: str = "NHWC",
        scale: bool = True,
        shift: bool = True,
    ) -> None:
        super().__init__(epsilon, data_format, scale, shift)
        self.momentum = as_momentum(momentum, type(self).__name__)

    def _setup_layer(self, input_: Any) -> None:
        super()._setup_layer(input_)
        shape, dtype = self._parameter_shape(input_.shape), dtype_for(input_)
        self.running_mean = State(np.zeros(shape, dtype), name="running_mean")
        self.running_var = State(np.ones(shape, dtype), name="running_var")

    def _recipe(self) -> Any:
        return BatchNormalize(
            self.running_mean,
            self.running_var,
            self.momentum,
            self.channel_axis,
            self.epsilon,
            self.scaled,
            self.shifted,
        )
