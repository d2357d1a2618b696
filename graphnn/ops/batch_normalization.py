"""Normalization of each channel over a batch, with running statistics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import State
from graphnn.ops.arguments import is_number
from graphnn.ops.normalization import Normalize, channels_of, check_fits, standardized


class BatchNormalize(Normalize):
    """Each channel by itself: the mean and the variance over a batch and its places.

    S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by
    reducing internal covariate shift", ICML 2015, algorithm 1. A training pass uses the
    statistics of its batch and lets the running ones follow; any other pass uses the
    running ones.

    Parameters
    ----------
    running_mean, running_var : State or array, shape (channels,)
    momentum : float
        The weight of the new batch: ``running * (1 - momentum) + batch * momentum``.
        The variance that enters is the unbiased one, over n - 1 (algorithm 2).
    channel_axis : {-1, 1}
        Where the channels are.
    epsilon, scaled, shifted
        As of all normalizations; scale and shift have one value for each channel.

    Raises
    ------
    ArgumentError
        For an epsilon that is not above 0, and a momentum outside of [0, 1].

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> mean, variance = gn.State([0.0]), gn.State([1.0])
    >>> recipe = BatchNormalize(mean, variance, scaled=False, shifted=False)
    >>> y = recipe(gn.Input("x", value=[[2.0], [6.0]]))
    >>> y.graph.forward(training=True).round(3)
    array([[-1.],
           [ 1.]])
    >>> mean.value, variance.value
    (array([0.4]), array([1.7]))
    """

    def __init__(
        self,
        running_mean: Any,
        running_var: Any,
        momentum: float = 0.1,
        channel_axis: int = -1,
        epsilon: float = 1e-5,
        scaled: bool = True,
        shifted: bool = True,
    ) -> None:
        super().__init__(epsilon, scaled, shifted)
        self.momentum = as_momentum(momentum, type(self).__name__)
        self.channel_axis = channel_axis
        self.states = (
            as_state(running_mean, "running_mean"),
            as_state(running_var, "running_var"),
        )

    def _parameter_axes(self) -> tuple[int, ...]:
        return (channels_of(self.input_.shape, self.channel_axis, self),)

    def _normalized(self, x: Any) -> Any:
        running_mean, running_var = self.input_values[-2:]
        channels = x.shape[self.channel_axis]
        check_fits(self, "running mean", running_mean.shape, (channels,))
        self.by_batch = self.training  # a backward pass goes by the mode of its forward
        if not self.by_batch:
            deviation = np.sqrt(running_var + self.epsilon)
            self.inverse_deviation = self._lifted(1.0 / deviation)
            return (x - self._lifted(running_mean)) * self.inverse_deviation
        if self._count() < 2:
            raise ShapeError(
                f"{self.describe()}: a training batch of shape {x.shape} has "
                f"{self._count()} value in each channel: no variance can be had",
                "Train on more rows; fit(..., drop_last=True) leaves out what does not "
                "fill a batch.",
            )
        normalized, self.inverse_deviation, mean, variance = standardized(
            x, self._batch_axes(), self.epsilon
        )
        self.batch_mean = np.reshape(mean, (channels,))
        self.batch_variance = np.reshape(variance, (channels,))
        return normalized

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        # scale is the same for all values of a channel, so the sums over the batch that
        # x needs are those of the gradients of shift and scale
        axes, needs = self._batch_axes(), self.needs_input_grad
        level = np.sum(output_grad, axis=axes, keepdims=True)
        along = np.sum(output_grad * self.normalized, axis=axes, keepdims=True)
        x_grad = None
        if needs[0]:
            x_grad = output_grad
            if self.by_batch:
                count = self._count()
                x_grad = x_grad - level / count - self.normalized * (along / count)
            slope, (scale, _) = self.inverse_deviation, self._parameters()
            x_grad = x_grad * (slope if scale is None else slope * self._lifted(scale))
        sums = [along] * self.scaled + [level] * self.shifted
        grads = [
            np.reshape(total, (total.size,)) if needed else None
            for total, needed in zip(sums, needs[1:], strict=False)
        ]
        return x_grad, *grads, None, None

    def _next_states(self, *states: Any) -> tuple[Any, ...]:
        count = self._count()
        unbiased = self.batch_variance * (count / (count - 1))
        return tuple(
            [
                running * (1.0 - self.momentum) + batch * self.momentum
                for running, batch in zip(
                    states, (self.batch_mean, unbiased), strict=True
                )
            ]
        )

    def _batch_axes(self) -> tuple[int, ...]:
        """List the axes that statistics are taken over: all but the channels'."""
        (channel_axis,) = self._parameter_axes()
        return tuple(a for a in range(self.input_.ndim) if a != channel_axis)

    def _count(self) -> int:
        """Count the values in each channel."""
        return math.prod(self.input_.shape[axis] for axis in self._batch_axes())


def as_state(value: Any, name: str) -> State:
    """Take a state, or make one from an array."""
    return value if isinstance(value, State) else State(value, name=name)


def as_momentum(momentum: Any, what: str) -> float:
    """Take a number from 0 to 1.

    Raises
    ------
    ArgumentError
    """
    if not is_number(momentum) or not 0 <= momentum <= 1:
        raise ArgumentError(
            f"the momentum of {what} is a number from 0 to 1, not {momentum!r}",
            "It is the weight of the new batch, as in PyTorch; 0.1 here is 0.9 where "
            "momentum means the weight of the past, as in Keras.",
        )
    return float(momentum)
