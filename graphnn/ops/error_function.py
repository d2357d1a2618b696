"""The error function and its complement, which NumPy has not.

Both are computed by formulas, without tables: a power series near 0, and the
trapezoidal rule elsewhere. They agree with the exact values to 2e-15, relative to the
value also where ``erfc`` is tiny.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph.dispatch import dispatched
from graphnn.ops.activations import as_floats
from graphnn.ops.elementary import Unary
from graphnn.ops.indexing import is_node

SERIES = [
    (-1) ** n * 2 / math.sqrt(math.pi) / (math.factorial(n) * (2 * n + 1))
    for n in range(13)
]
"""The coefficients of x, x**3, x**5, … in erf(x): Abramowitz, Stegun, 7.1.5."""

STEP = 0.5
POINTS = [((n * STEP) ** 2, math.exp(-((n * STEP) ** 2))) for n in range(1, 13)]
"""The squares t**2 of the points of the trapezoidal rule, and exp(-t**2) there."""

FAR = 110.0
"""Beyond it erf is 1, and erfc and exp(-x**2) are 0, in every precision."""

BLOCK = 16384
"""So many numbers are worked on at a time: they stay in the processor's cache."""


@dispatched(is_node)
def erf(x: Any) -> Any:
    """Compute the error function, 2 / sqrt(pi) times the integral of exp(-t**2) to x.

    Parameters
    ----------
    x : array_like of real numbers, or a node
        float32 stays float32; whole numbers become float64.

    Raises
    ------
    ArgumentError
        For complex numbers.

    Examples
    --------
    >>> import numpy as np
    >>> erf(np.array([-1.0, 0.0, 0.5, np.inf])).round(6)
    array([-0.842701,  0.      ,  0.5205  ,  1.      ])
    """
    return by_blocks(near_erf, far_erf, x)


@dispatched(is_node)
def erfc(x: Any) -> Any:
    """Compute the complementary error function, ``1 - erf(x)``, exact where it is tiny.

    Parameters
    ----------
    x : array_like of real numbers, or a node
        float32 stays float32; whole numbers become float64.

    Raises
    ------
    ArgumentError
        For complex numbers.

    Examples
    --------
    >>> erfc(-1.0).round(6), erfc(6.0)
    (np.float64(1.842701), np.float64(2.15197367124989...e-17))
    """
    return by_blocks(near_erfc, far_erfc, x)


class Erf(Unary):
    """The error function; its derivative is 2 / sqrt(pi) * exp(-x**2).

    M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 7.1.1 and 7.1.19.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Erf().forward(np.array([0.0, 0.5])).round(6)
    array([0.    , 0.5205])
    """

    function = staticmethod(erf)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * bell(self.input_)


class Erfc(Unary):
    """The complementary error function, ``1 - erf(x)``, exact where it is tiny.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Erfc().forward(np.array([0.0, 6.0]))
    array([1.00000000e+00, 2.15197367e-17])
    """

    function = staticmethod(erfc)

    def _input_grad(self, output_grad: Any) -> Any:
        return -output_grad * bell(self.input_)


def bell(x: Any) -> Any:
    """Give the derivative of erf; of a number whose square overflows, it is 0."""
    near = np.clip(x, -FAR, FAR)
    return np.exp(-near * near) * (2 / math.sqrt(math.pi))


# -- how they are computed -------------------------------------------------------------
def by_blocks(
    near: Callable[[np.ndarray], Any], far: Callable[[np.ndarray], Any], x: Any
) -> Any:
    """Apply one formula where abs(x) is below 0.5, and another elsewhere."""
    x = as_floats(np.asarray(x))
    if x.dtype.kind != "f":
        raise ArgumentError(
            f"the error function is of real numbers here, not of dtype {x.dtype}"
        )
    # the squares of float16 overflow
    flat = x.ravel() if x.itemsize > 2 else x.ravel().astype(np.float32)
    out = np.empty_like(flat)
    for start in range(0, flat.size, BLOCK):
        block, into = flat[start : start + BLOCK], out[start : start + BLOCK]
        is_near = np.abs(block) < 0.5
        for formula, here in ((near, is_near), (far, ~is_near)):
            places = np.flatnonzero(here)  # faster than the mask itself
            into[places] = formula(block[places])
    return out.reshape(x.shape).astype(x.dtype, copy=False)[()]


def near_erf(x: np.ndarray) -> Any:
    """Sum the power series up, for abs(x) < 0.5."""
    square = x * x
    total = np.full_like(x, SERIES[-1])
    for coefficient in SERIES[-2::-1]:
        total *= square
        total += coefficient
    total *= x
    return total


def far_erf(x: np.ndarray) -> Any:
    """Compute erf for abs(x) of at least 0.5."""
    return np.copysign(1.0 - tail(np.abs(x)), x)


def near_erfc(x: np.ndarray) -> Any:
    """Compute erfc for abs(x) < 0.5."""
    return 1.0 - near_erf(x)


def far_erfc(x: np.ndarray) -> Any:
    """Compute erfc for abs(x) of at least 0.5."""
    right = tail(np.abs(x))
    return np.where(x < 0, 2.0 - right, right)


def tail(x: np.ndarray) -> Any:
    """Compute erfc for x of at least 0.5.

    Notes
    -----
    erfc(x) is x / pi * exp(-x**2) times the integral of exp(-t**2) / (t**2 + x**2) over
    all t (Abramowitz, Stegun, 7.4.11). The trapezoidal rule of step h errs by no more
    than exp(-(pi / h)**2), here 7e-18, once the pole at t = ix is accounted for: where
    x < pi / h, 2 / (exp(2 pi x / h) - 1) is taken off. (C. Chiarella, A. Reichel, "On
    the evaluation of integrals related to the error function", Math. Comp. 22, 1968; F.
    Matta, A. Reichel, "Uniform computation of the error function and other related
    functions", Math. Comp. 25, 1971.)
    """
    x = np.minimum(x, FAR)
    square = x * x
    total = 0.5 / square
    term = np.empty_like(x)
    for point, weight in POINTS:
        np.add(square, point, out=term)
        np.divide(weight, term, out=term)
        total += term
    total *= x
    total *= 2.0 * STEP / math.pi
    # x**2 is rounded, and exp would make more of it: the square of sixteenths is not
    sixteenths = np.rint(x * 16.0) / 16.0
    total *= np.exp(-sixteenths * sixteenths)
    total *= np.exp((sixteenths - x) * (sixteenths + x))
    end = math.pi / STEP
    pole = 2.0 / np.expm1((2.0 * end) * np.minimum(x, end))
    total -= np.where(x < end, pole, 0.0)
    return total
