"""Activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.operation import Operation
from graphnn.ops.elementary import Unary


class Sigmoid(Operation):
    """The logistic function 1 / (1 + exp(-x)).

    The exponential is taken of -abs(x) only, so it never overflows.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Sigmoid().forward(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    def _output(self) -> Any:
        decay = np.exp(-np.abs(self.input_))
        return np.where(self.input_ >= 0, 1.0, decay) / (1.0 + decay)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * self.output * (1.0 - self.output)


class Linear(Operation):
    """The identity: an activation that does nothing."""

    def _output(self) -> Any:
        return self.input_

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


class Tanh(Unary):
    """The hyperbolic tangent; also what ``np.tanh`` of a node makes."""

    function = np.tanh

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (1.0 - self.output * self.output)


class ReLU(Operation):
    """``max(x, 0)``; gradient 0 at 0.

    V. Nair, G. Hinton, "Rectified linear units improve restricted Boltzmann machines",
    ICML 2010.
    """

    def _output(self) -> Any:
        return np.maximum(self.input_, 0)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (self.output > 0)
