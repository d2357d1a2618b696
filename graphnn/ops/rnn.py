"""The simple recurrence."""

from __future__ import annotations

from typing import Any

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.ops.activations import ReLU, Tanh
from graphnn.ops.recurrent import Recurrence, Step, applied, named

ACTIVATIONS = {"relu": ReLU, "tanh": Tanh}


class RNNSequence(Recurrence):
    r"""A simple recurrent network over a sequence.

    .. math:: h_t = \varphi(x_t W + h_{t-1} U + b)

    J. Elman, "Finding structure in time", Cognitive Science 14 (2), 1990. The inputs
    are x, h, W (features, neurons), U (neurons, neurons) and, if there is one, b
    (neurons,); see :class:`~graphnn.ops.recurrent.Recurrence`.

    Parameters
    ----------
    activation : {"tanh", "relu"}
    **settings
        See :class:`~graphnn.ops.recurrent.Recurrence`.

    Examples
    --------
    Adding up is a recurrence:

    >>> import numpy as np
    >>> recurrence = RNNSequence("relu", return_sequences=True)
    >>> x = np.array([[[1.0], [2.0], [3.0]]])
    >>> recurrence.forward(x, np.zeros((1, 1)), np.eye(1), np.eye(1)).tolist()
    [[[1.0], [3.0], [6.0]]]
    """

    def __init__(self, activation: str = "tanh", **settings: bool) -> None:
        super().__init__(**settings)
        if not isinstance(activation, str) or activation not in ACTIVATIONS:
            raise ArgumentError(
                f"the activation of a simple RNN is 'tanh' or 'relu', not "
                f"{activation!r}",
                did_you_mean(activation, ACTIVATIONS),
            )
        self.activation = activation

    def _step(
        self, x: Any, before: tuple[Any, ...], weights: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        (h,) = before
        weight, recurrent_weight, *bias = weights
        total = x @ weight + h @ recurrent_weight
        if bias:
            total = total + bias[0]
        h = named("h", applied(ACTIVATIONS[self.activation], total))
        return (h,), (h,)

    def _step_grads(
        self, after_grads: tuple[Any, ...], step: Step, weights: tuple[Any, ...]
    ) -> tuple[Any, Any, tuple[Any, ...]]:
        (h_grad,), (h,) = after_grads, step.saved
        slope = h > 0 if self.activation == "relu" else 1.0 - h * h
        total_grad = h_grad * slope
        return total_grad, total_grad, (total_grad @ weights[1].T,)
