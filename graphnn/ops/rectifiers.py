"""Activations made of straight pieces, and those that are one on the right of 0.

At a corner the gradient is that of the piece on the left.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import Parameter, as_values
from graphnn.graph.operation import Operation, ParamOperation
from graphnn.ops.activations import as_floats
from graphnn.ops.arguments import as_number


class LeakyReLU(Operation):
    """``x`` above 0, ``slope * x`` below.

    A. Maas, A. Hannun, A. Ng, "Rectifier nonlinearities improve neural network acoustic
    models", ICML 2013.

    Parameters
    ----------
    slope : float
        PyTorch's ``negative_slope``.

    Raises
    ------
    ArgumentError
        For settings that cannot be.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.LeakyReLU(0.1).forward(np.array([-2.0, 0.0, 2.0]))
    array([-0.2,  0. ,  2. ])
    """

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = as_number(slope, "LeakyReLU's slope")

    def _output(self) -> Any:
        x = as_floats(self.input_)
        return np.maximum(x, 0) + self.slope * np.minimum(x, 0)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.where(self.input_ > 0, output_grad, self.slope * output_grad)


class PReLU(ParamOperation):
    """``x`` above 0, ``slope * x`` below, with a slope that is learned.

    K. He et al., "Delving deep into rectifiers", ICCV 2015, eq. 1 and 8.

    Parameters
    ----------
    slope : float, ndarray or Parameter
        A number makes a parameter of shape (1,). An array of shape (channels,) has a
        slope for each channel, on the last axis; any shape that broadcasts to the
        input's will do, such as (channels, 1, 1) for ``NCHW``.

    Raises
    ------
    ArgumentError
        For settings that cannot be.

    Notes
    -----
    The output has the input's dtype, whatever that of the slope.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> prelu = gn.PReLU()
    >>> prelu.forward(np.array([[-2.0, 2.0], [-1.0, 1.0]]))
    array([[-0.5 ,  2.  ],
           [-0.25,  1.  ]])
    >>> _ = prelu.backward(np.ones((2, 2)))
    >>> prelu.param_grad
    array([-3.])
    """

    broadcasts = True

    def __init__(self, slope: Any = 0.25) -> None:
        if isinstance(slope, int | float | np.number):
            slope = np.array([as_number(slope, "PReLU's slope")])
        if not isinstance(slope, Parameter):
            slope = as_values(slope, "PReLU's slope")
            if slope.dtype.kind == "c" or slope.size == 0:
                raise ArgumentError(
                    f"PReLU's slope is a real number, or several, not {slope!r:.60}"
                )
            slope = Parameter(slope, name="slope")
        super().__init__(slope)

    def _output(self) -> Any:
        x = as_floats(self.input_)
        self._check_shape(np.shape(x), np.shape(self.param))
        return np.maximum(x, 0) + self._slope(x) * np.minimum(x, 0)

    def _input_grad(self, output_grad: Any) -> Any:
        slope = self._slope(output_grad)
        return np.where(self.input_ > 0, output_grad, slope * output_grad)

    def _param_grad(self, output_grad: Any) -> Any:
        each = output_grad * np.minimum(self.input_, 0)
        if np.size(self.param) == 1:
            return np.reshape(np.sum(each), np.shape(self.param))
        return each  # summed over what shares a slope by the engine: PReLU broadcasts

    def _slope(self, like: Any) -> Any:
        """Give the slope in the dtype of the input; one alone fits every shape."""
        slope = self.param
        if slope.dtype != like.dtype:
            slope = slope.astype(like.dtype)
        return np.reshape(slope, ()) if np.size(slope) == 1 else slope

    def _check_shape(self, x: tuple[int, ...], slope: tuple[int, ...]) -> None:
        try:
            fits = math.prod(slope) == 1 or np.broadcast_shapes(x, slope) == x
        except ValueError:
            fits = False
        if not fits:
            raise ShapeError(
                f"{self.describe()}: slopes of shape {slope} do not broadcast to an "
                f"input of shape {x}",
                "There is one slope, shape (1,), or one for each channel on the last "
                "axis, shape (channels,).",
            )


class ELU(Operation):
    """``x`` above 0, ``alpha * (exp(x) - 1)`` below.

    D. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning
    by exponential linear units (ELUs)", ICLR 2016, eq. 16.

    Parameters
    ----------
    alpha : float
        What is approached on the left is ``-alpha``.

    Raises
    ------
    ArgumentError
        For settings that cannot be.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.ELU().forward(np.array([-1000.0, -1.0, 2.0])).round(4)
    array([-1.    , -0.6321,  2.    ])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = as_number(alpha, "ELU's alpha")

    def _output(self) -> Any:
        x = as_floats(self.input_)
        return np.maximum(x, 0) + self.alpha * np.expm1(np.minimum(x, 0))

    def _input_grad(self, output_grad: Any) -> Any:
        slope = np.exp(np.minimum(self.input_, 0))
        if self.alpha != 1.0:
            slope = np.where(self.input_ > 0, 1.0, self.alpha * slope)
        return output_grad * slope


class CELU(Operation):
    """``x`` above 0, ``alpha * (exp(x / alpha) - 1)`` below: an ELU without a corner.

    J. Barron, "Continuously differentiable exponential linear units", 2017
    (arXiv:1704.07483), eq. 2.

    Parameters
    ----------
    alpha : float
        Above 0; what is approached on the left is ``-alpha``.

    Raises
    ------
    ArgumentError
        For settings that cannot be.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.CELU(2.0).forward(np.array([-1000.0, -1.0, 2.0])).round(4)
    array([-2.    , -0.7869,  2.    ])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = as_number(alpha, "CELU's alpha", positive=True)

    def _output(self) -> Any:
        x = as_floats(self.input_)
        left = np.expm1(np.minimum(x, 0) / self.alpha)
        return np.maximum(x, 0) + self.alpha * left

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * np.exp(np.minimum(self.input_, 0) / self.alpha)


SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


class SELU(Operation):
    """A scaled ELU, which keeps the mean 0 and the variance 1 from layer to layer.

    G. Klambauer et al., "Self-normalizing neural networks", NIPS 2017, eq. 2; its two
    constants are eq. 14 there, for that mean and variance. Weights are to start as
    ``"lecun_normal"``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.SELU().forward(np.array([-1000.0, -1.0, 2.0])).round(4)
    array([-1.7581, -1.1113,  2.1014])
    """

    def _output(self) -> Any:
        x = as_floats(self.input_)
        left = (SELU_SCALE * SELU_ALPHA) * np.expm1(np.minimum(x, 0))
        return SELU_SCALE * np.maximum(x, 0) + left

    def _input_grad(self, output_grad: Any) -> Any:
        left = (SELU_SCALE * SELU_ALPHA) * np.exp(np.minimum(self.input_, 0))
        return output_grad * np.where(self.input_ > 0, SELU_SCALE, left)


class HardTanh(Operation):
    """``x``, kept between two bounds; gradient 0 at both.

    R. Collobert, "Large scale machine learning", PhD thesis, Université Paris VI, 2004.

    Parameters
    ----------
    low, high : float
        The bounds.

    Raises
    ------
    ArgumentError
        For settings that cannot be.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.HardTanh().forward(np.array([-2.0, 0.5, 2.0]))
    array([-1. ,  0.5,  1. ])
    """

    def __init__(self, low: float = -1.0, high: float = 1.0) -> None:
        self.low = as_number(low, "HardTanh's lower bound")
        self.high = as_number(high, "HardTanh's upper bound")
        if self.low >= self.high:
            raise ArgumentError(
                f"HardTanh's lower bound is below the upper: {low!r} and {high!r}"
            )

    def _output(self) -> Any:
        return np.clip(as_floats(self.input_), self.low, self.high)

    def _input_grad(self, output_grad: Any) -> Any:
        inside = (self.input_ > self.low) & (self.input_ < self.high)
        return output_grad * inside


class ReLU6(HardTanh):
    """``min(max(x, 0), 6)``; gradient 0 at both ends.

    A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.ReLU6().forward(np.array([-2.0, 3.0, 8.0]))
    array([0., 3., 6.])
    """

    def __init__(self) -> None:
        super().__init__(0.0, 6.0)


class HardSigmoid(Operation):
    """``x / 6 + 0.5``, kept between 0 and 1; gradient 0 at both ends.

    As in A. Howard et al., "Searching for MobileNetV3", ICCV 2019, §5.2: the slope is
    1/6, as in PyTorch and Keras 3.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.HardSigmoid().forward(np.array([-3.0, 0.0, 1.5, 8.0]))
    array([0.  , 0.5 , 0.75, 1.  ])
    """

    def _output(self) -> Any:
        return straight(as_floats(self.input_))

    def _input_grad(self, output_grad: Any) -> Any:
        inside = (self.input_ > -3.0) & (self.input_ < 3.0)
        return output_grad * inside / 6.0


class HardSwish(Operation):
    """``x * HardSigmoid(x)``.

    A. Howard et al., "Searching for MobileNetV3", ICCV 2019, §5.2.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.HardSwish().forward(np.array([-4.0, 1.5, 4.0]))
    array([-0.   ,  1.125,  4.   ])
    """

    def _output(self) -> Any:
        x = as_floats(self.input_)
        # where it is 0 to the left, so that an infinity does not become NaN
        return np.maximum(x, -4.0) * straight(x)

    def _input_grad(self, output_grad: Any) -> Any:
        x = self.input_
        inside = (x > -3.0) & (x < 3.0)
        slope = (np.clip(x, -3.0, 3.0) / 3.0 + 0.5) * inside
        return output_grad * (slope + (x >= 3.0))


def straight(x: Any) -> Any:
    """Compute the hard sigmoid of an array or a node."""
    return np.clip(x / 6.0 + 0.5, 0.0, 1.0)
