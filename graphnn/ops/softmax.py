"""Softmax, and its logarithm."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, MissingHook
from graphnn.graph.operation import Operation
from graphnn.ops.activations import as_floats
from graphnn.ops.reductions import Axis


class Normalized(Operation):
    """What softmax and its logarithm share.

    Parameters
    ----------
    axis : int, tuple of int, or None
        Along which the shares sum up to 1; None for the whole array.

    Raises
    ------
    ArgumentError
        For an axis of another type.
    """

    def __init__(self, axis: Axis = -1) -> None:
        self.axis = as_axis(axis, type(self).__name__)

    def _output(self) -> Any:
        x = as_floats(self.input_)
        if np.size(x) == 0:
            return np.exp(x)  # as empty: there is no maximum
        # less the maximum, no exponential overflows
        return self._normalized(x - np.max(x, axis=self.axis, keepdims=True))

    def _normalized(self, shifted: Any) -> Any:
        raise MissingHook(f"{type(self).__name__} does not define _normalized")

    def _total(self, values: Any) -> Any:
        return np.sum(values, axis=self.axis, keepdims=True)


class Softmax(Normalized):
    """``exp(x) / sum(exp(x))``: positive shares that sum up to 1.

    J. Bridle, "Training stochastic model recognition algorithms as networks can lead to
    maximum mutual information estimation of parameters", NIPS 1989.

    Parameters
    ----------
    axis : int, tuple of int, or None
        Along which the shares sum up to 1; None for the whole array.

    Raises
    ------
    ArgumentError
        For an axis of another type.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Softmax().forward(np.array([[0.0, 0.0], [1000.0, -np.inf]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    gives_probabilities = True  # as some losses do themselves

    def _normalized(self, shifted: Any) -> Any:
        powers = np.exp(shifted)
        return powers / self._total(powers)

    def _input_grad(self, output_grad: Any) -> Any:
        share = self.output
        return share * (output_grad - self._total(output_grad * share))


class LogSoftmax(Normalized):
    """The logarithm of softmax, ``x - log(sum(exp(x)))``, exact where that is 0.

    Parameters
    ----------
    axis : int, tuple of int, or None
        Along which the shares sum up to 1; None for the whole array.

    Raises
    ------
    ArgumentError
        For an axis of another type.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.LogSoftmax().forward(np.array([[0.0, 0.0], [0.0, -100.0]])).round(4)
    array([[  -0.6931,   -0.6931],
           [   0.    , -100.    ]])
    """

    def _normalized(self, shifted: Any) -> Any:
        return shifted - np.log(self._total(np.exp(shifted)))

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad - np.exp(self.output) * self._total(output_grad)


def as_axis(axis: Any, name: str) -> Axis:
    """Take an axis, several, or None for all.

    Raises
    ------
    ArgumentError
    """
    try:
        if axis is None:
            return None
        if isinstance(axis, tuple | list):
            return tuple([operator.index(each) for each in axis])
        if not isinstance(axis, bool):
            return operator.index(axis)
    except TypeError:
        pass
    raise ArgumentError(f"{name}'s axis is an int, a tuple of them, or None: {axis!r}")
