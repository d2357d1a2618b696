"""Activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.operation import Operation
from graphnn.ops.elementary import Unary


class Sigmoid(Operation):
    """The logistic function 1 / (1 + exp(-x)).

    The exponential is taken of numbers below 0 only, so it never overflows.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Sigmoid().forward(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    gives_probabilities = True  # as some losses do themselves

    def _output(self) -> Any:
        return logistic(self.input_)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * self.output * (1.0 - self.output)


class Linear(Operation):
    """The identity: an activation that does nothing.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Linear().forward(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    """

    def _output(self) -> Any:
        return self.input_

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


class Tanh(Unary):
    """The hyperbolic tangent; also what ``np.tanh`` of a node makes.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Tanh().forward(np.array([-100.0, 0.0, 0.5])).round(4)
    array([-1.    ,  0.    ,  0.4621])
    """

    function = np.tanh
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (1.0 - self.output * self.output)


class ReLU(Operation):
    """``max(x, 0)``; gradient 0 at 0.

    V. Nair, G. Hinton, "Rectified linear units improve restricted Boltzmann machines",
    ICML 2010.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> relu = gn.ReLU()
    >>> relu.forward(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    >>> relu.backward(np.ones(3))
    array([0., 0., 1.])
    """

    def _output(self) -> Any:
        return np.maximum(self.input_, 0)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (self.output > 0)


def logistic(x: Any) -> Any:
    """Compute 1 / (1 + exp(-x)), of an array or a node, without overflow.

    Notes
    -----
    With m = min(x, 0) and p = max(x, 0) it is exp(m) / (exp(m) + exp(-p)). That depends
    on m + p alone, which is x: so all derivatives are right at 0 too, where m and p
    have half of one each.
    """
    x = as_floats(x)
    below, above = np.minimum(x, 0.0), np.maximum(x, 0.0)
    power = np.exp(below)
    return power / (power + np.exp(-above))


def as_floats(x: Any) -> Any:
    """Turn whole numbers and truths, whose differences wrap around, into float64."""
    dtype = getattr(x, "dtype", None)  # a Python number has none
    return x.astype(np.float64) if dtype is not None and dtype.kind in "biu" else x
