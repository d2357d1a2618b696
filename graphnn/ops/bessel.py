"""The modified Bessel functions of the first kind, of which NumPy has ``np.i0``.

Formulas: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", §9.6.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.graph.dispatch import dispatched, implements
from graphnn.ops.elementary import Elementary, Unary
from graphnn.ops.indexing import is_node


class I0(Unary):
    """``np.i0``; its derivative is the function of order 1 (§9.6.27)."""

    function = staticmethod(np.i0)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * bessel_i(self.input_, 1)


@dispatched(is_node)
def bessel_i(x: Any, order: int) -> Any:
    """Compute a modified Bessel function of the first kind, of whole order.

    Parameters
    ----------
    x : ndarray of float
    order : int
        From 0 on.

    Notes
    -----
    It is the mean of exp(x cos t) cos(order t) over a circle (§9.6.19). Equally spaced
    points give the mean of a smooth periodic function with an error that falls faster
    than any power of their number (L. Trefethen, J. Weideman, "The exponentially
    convergent trapezoidal rule", SIAM Review 56, 2014); about 10 sqrt(x) are enough.
    exp(x cos t) - 1 has the same mean for an order above 0, and is exact near x = 0.

    Examples
    --------
    >>> import numpy as np
    >>> bessel_i(np.array([0.0, 1.0]), 1).round(6)
    array([0.      , 0.565159])
    """
    largest = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
    half = 24 + order + int(5 * math.sqrt(largest))
    wave = np.expm1 if order else np.exp
    total = np.zeros_like(x)
    for k in range(half + 1):
        angle = math.pi * k / half
        weight = (1.0 if k in (0, half) else 2.0) * math.cos(order * angle)
        total = total + weight * wave(x * math.cos(angle))
    return total / (2.0 * half)


class BesselI(Elementary):
    """A modified Bessel function of the first kind, of whole order.

    Its derivative is the mean of its neighbours (§9.6.26).

    Parameters
    ----------
    order : int
        From 0 on.
    """

    arity = 1

    def __init__(self, order: int) -> None:
        self.order = order

    def _output(self) -> Any:
        return bessel_i(self.input_, self.order)

    def _input_grad(self, output_grad: Any) -> Any:
        if self.order == 0:
            return output_grad * bessel_i(self.input_, 1)
        below = bessel_i(self.input_, self.order - 1)
        above = bessel_i(self.input_, self.order + 1)
        return output_grad * (0.5 * (below + above))


@implements(bessel_i)
def bessel_i_node(x: Any, order: int) -> Any:
    """Make the node for :func:`bessel_i`."""
    return BesselI(order)(x)
