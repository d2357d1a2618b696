"""Smooth activations: those of the sigmoid's and the normal distribution's kin.

None overflows, however large its input; those of one number have their limits at plus
and minus infinity.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.operation import Operation
from graphnn.ops.activations import as_floats, logistic
from graphnn.ops.arguments import as_flag, as_number
from graphnn.ops.error_function import erfc

FAR_LEFT = -800.0
"""Below it exp(x) is 0, in double precision too."""


class Softplus(Operation):
    """``log(1 + exp(beta * x)) / beta``: a smooth rectifier.

    C. Dugas et al., "Incorporating second-order functional knowledge for better option
    pricing", NIPS 2000, §3.

    Parameters
    ----------
    beta : float
        Above 0; the larger, the nearer to ReLU.

    Raises
    ------
    ArgumentError
        For settings that cannot be.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Softplus().forward(np.array([-100.0, 0.0, 100.0])).round(4)
    array([  0.    ,   0.6931, 100.    ])
    """

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = as_number(beta, "Softplus's beta", positive=True)

    def _output(self) -> Any:
        return softplus(self.beta * as_floats(self.input_)) / self.beta

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * logistic(self.beta * self.input_)


class LogSigmoid(Operation):
    """The logarithm of the sigmoid, ``-log(1 + exp(-x))``, exact where that is 0.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.LogSigmoid().forward(np.array([-100.0, 0.0, 100.0])).round(4)
    array([-100.    ,   -0.6931,   -0.    ])
    """

    def _output(self) -> Any:
        return -softplus(-as_floats(self.input_))

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * logistic(-self.input_)


class SiLU(Operation):
    """``x * sigmoid(x)``, also called Swish.

    S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning", 2017 (arXiv:1702.03118), eq. 6.
    P. Ramachandran, B. Zoph, Q. Le, "Searching for activation functions", 2017
    (arXiv:1710.05941).

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.SiLU().forward(np.array([-1000.0, -1.0, 0.0, 2.0])).round(4)
    array([-0.    , -0.2689,  0.    ,  1.7616])
    """

    def _output(self) -> Any:
        x = as_floats(self.input_)
        self.share = logistic(x)
        return np.maximum(x, FAR_LEFT) * self.share

    def _input_grad(self, output_grad: Any) -> Any:
        x, share = np.clip(self.input_, FAR_LEFT, -FAR_LEFT), self.share
        return output_grad * (share + x * share * (1.0 - share))


class Mish(Operation):
    """``x * tanh(softplus(x))``.

    D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020,
    eq. 1.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Mish().forward(np.array([-1000.0, -1.0, 0.0, 2.0])).round(4)
    array([-0.    , -0.3034,  0.    ,  1.944 ])
    """

    def _output(self) -> Any:
        x = as_floats(self.input_)
        # tanh(log(1 + e)) is e (e + 2) / (e (e + 2) + 2), with e = exp(x), here as the
        # quotient of two numbers of at most 1: see logistic
        left, right = np.exp(np.minimum(x, 0.0)), np.exp(-np.maximum(x, 0.0))
        part = left * (left + 2.0 * right)
        self.share = part / (part + 2.0 * right * right)
        return np.maximum(x, FAR_LEFT) * self.share

    def _input_grad(self, output_grad: Any) -> Any:
        x, share = np.clip(self.input_, FAR_LEFT, -FAR_LEFT), self.share
        return output_grad * (share + x * (1.0 - share * share) * logistic(x))


class GELU(Operation):
    """``x`` times the share of a normal distribution that lies below it.

    D. Hendrycks, K. Gimpel, "Gaussian error linear units (GELUs)", 2016
    (arXiv:1606.08415), §2: exact, by the error function, or approximate.

    Parameters
    ----------
    approximate : bool
        True for ``0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))``, as in
        BERT and GPT-2. PyTorch's ``"none"`` and ``"tanh"`` are taken as well.

    Raises
    ------
    ArgumentError
        For settings that cannot be.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = np.array([-1000.0, -1.0, 0.0, 2.0])
    >>> gn.GELU().forward(x).round(4)
    array([-0.    , -0.1587,  0.    ,  1.9545])
    >>> gn.GELU(approximate=True).forward(x).round(4)
    array([-0.    , -0.1588,  0.    ,  1.9546])
    """

    def __init__(self, approximate: bool | str = False) -> None:
        if isinstance(approximate, str) and approximate in ("none", "tanh"):
            approximate = approximate == "tanh"  # as PyTorch has it
        self.approximate = as_flag(approximate, "approximate of GELU")

    def _output(self) -> Any:
        x = as_floats(self.input_)
        if self.approximate:
            # 1 + tanh(u) is 2 / (1 + exp(-2 u)), which keeps its digits when tiny
            self.share = logistic(2.0 * bent(within(x)))
        else:
            self.share = 0.5 * erfc(x * -math.sqrt(0.5))
        return np.maximum(x, -FAR) * self.share

    def _input_grad(self, output_grad: Any) -> Any:
        x, share = within(self.input_), self.share
        if self.approximate:
            slope = (2.0 * ROOT) * (1.0 + (3.0 * CUBIC) * x * x)
            density = share * (1.0 - share) * slope
        else:
            density = np.exp(-0.5 * x * x) * (1.0 / math.sqrt(2.0 * math.pi))
        return output_grad * (share + x * density)


def softplus(x: Any) -> Any:
    """Compute log(1 + exp(x)) without overflow.

    Notes
    -----
    With m = min(x, 0) and p = max(x, 0) it is p + log(exp(m) + exp(-p)), of m + p
    alone: see :func:`logistic`.
    """
    below, above = np.minimum(x, 0.0), np.maximum(x, 0.0)
    return above + np.log1p(np.exp(below) + (np.exp(-above) - 1.0))


FAR = 40.0
ROOT = math.sqrt(2.0 / math.pi)
CUBIC = 0.044715


def within(x: Any) -> Any:
    """Keep numbers where the normal density is above 0, so that no power overflows."""
    return np.clip(x, -FAR, FAR)


def bent(x: Any) -> Any:
    """Compute what GELU's approximation takes the tanh of."""
    return ROOT * (x + CUBIC * x * x * x)


class Softsign(Operation):
    """``x / (1 + abs(x))``.

    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", AISTATS 2010, §3.3.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Softsign().forward(np.array([-3.0, 0.0, 1.0]))
    array([-0.75,  0.  ,  0.5 ])
    """

    def _output(self) -> Any:
        x = as_floats(self.input_)
        largest = float(np.finfo(x.dtype).max)
        x = np.clip(x, -largest, largest)  # an infinity times its share, 0, were NaN
        self.share = 1.0 / (1.0 + np.abs(x))
        return x * self.share

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (self.share * self.share)


class GLU(Operation):
    """Half of the input, each number times the sigmoid of its partner in the other.

    Y. Dauphin et al., "Language modeling with gated convolutional networks", ICML 2017,
    eq. 1.

    Parameters
    ----------
    axis : int
        The axis that is halved; its size is even.

    Raises
    ------
    ShapeError
        On a call, for an axis that is not there or cannot be halved.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.GLU().forward(np.array([[2.0, 4.0, 0.0, 1000.0]]))
    array([[1., 4.]])
    """

    def __init__(self, axis: int = -1) -> None:
        if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
            raise ArgumentError(f"GLU's axis is an int, not {axis!r}")
        self.axis = int(axis)

    def _output(self) -> Any:
        x = as_floats(self.input_)
        shape, axis = np.shape(x), self.axis
        if not -len(shape) <= axis < len(shape) or shape[axis] % 2:
            raise ShapeError(
                f"{self.describe()}: an input of shape {shape} has no axis {axis} of "
                "even size, to be halved"
            )
        self.half, gate = np.split(x, 2, self.axis)
        self.share = logistic(gate)
        return self.half * self.share

    def _input_grad(self, output_grad: Any) -> Any:
        half_grad = output_grad * self.share
        gate_grad = half_grad * self.half * (1.0 - self.share)
        return np.concatenate([half_grad, gate_grad], self.axis)
