"""Trigonometric and hyperbolic functions, angles and distances.

Derivatives: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", §4.3-4.6.
The hyperbolic tangent is an activation function as well: see
:class:`graphnn.ops.activations.Tanh`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from graphnn.graph.dispatch import dispatched, implements
from graphnn.ops.elementary import Binary, Elementary, Unary
from graphnn.ops.indexing import is_node


# -- trigonometric ---------------------------------------------------------------------
class Sin(Unary):
    """The sine."""

    function = np.sin

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * np.cos(self.input_)


class Cos(Unary):
    """The cosine."""

    function = np.cos

    def _input_grad(self, output_grad: Any) -> Any:
        return -output_grad * np.sin(self.input_)


class Tan(Unary):
    """The tangent."""

    function = np.tan

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (1.0 + self.output * self.output)


class Arcsin(Unary):
    """The inverse sine."""

    function = np.arcsin

    def _input_grad(self, output_grad: Any) -> Any:
        # 1 - a * a, but exact near 1 and -1
        return output_grad / np.sqrt((1.0 - self.input_) * (1.0 + self.input_))


class Arccos(Unary):
    """The inverse cosine."""

    function = np.arccos

    def _input_grad(self, output_grad: Any) -> Any:
        return -output_grad / np.sqrt((1.0 - self.input_) * (1.0 + self.input_))


class Arctan(Unary):
    """The inverse tangent."""

    function = np.arctan

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / (1.0 + self.input_ * self.input_)


# -- hyperbolic ------------------------------------------------------------------------
class Sinh(Unary):
    """The hyperbolic sine."""

    function = np.sinh

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * np.cosh(self.input_)


class Cosh(Unary):
    """The hyperbolic cosine."""

    function = np.cosh

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * np.sinh(self.input_)


class Arcsinh(Unary):
    """The inverse hyperbolic sine."""

    function = np.arcsinh

    def _input_grad(self, output_grad: Any) -> Any:
        if self.output.dtype.kind == "c":
            return output_grad / np.sqrt(1.0 + self.input_ * self.input_)
        return output_grad / np.hypot(1.0, self.input_)  # a * a could overflow


class Arccosh(Unary):
    """The inverse hyperbolic cosine.

    The two roots are taken apart: of complex numbers, the root of the product is
    another number (W. Kahan, "Branch cuts for complex elementary functions", 1987).
    """

    function = np.arccosh

    def _input_grad(self, output_grad: Any) -> Any:
        roots = np.sqrt(self.input_ - 1.0) * np.sqrt(self.input_ + 1.0)
        return output_grad / roots


class Arctanh(Unary):
    """The inverse hyperbolic tangent."""

    function = np.arctanh

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / ((1.0 - self.input_) * (1.0 + self.input_))


# -- angles and distances --------------------------------------------------------------
class Degrees(Unary):
    """Radians in degrees."""

    function: ClassVar[Any] = np.degrees

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (180.0 / math.pi)


class Rad2deg(Degrees):
    """Radians in degrees, by its other name."""

    function = np.rad2deg


class Radians(Unary):
    """Degrees in radians."""

    function: ClassVar[Any] = np.radians

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (math.pi / 180.0)


class Deg2rad(Radians):
    """Degrees in radians, by its other name."""

    function = np.deg2rad


class Hypot(Binary):
    """``sqrt(a * a + b * b)``; gradient 0 at the origin."""

    function = np.hypot

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad * (self.input_values[0] / nonzero(self.output))

    def _right_grad(self, output_grad: Any) -> Any:
        return output_grad * (self.input_values[1] / nonzero(self.output))


class Arctan2(Binary):
    """The angle of the point (x, y), from y and x; gradient 0 at the origin.

    Divided twice by the distance: its square could overflow.
    """

    function = np.arctan2

    def _left_grad(self, output_grad: Any) -> Any:
        y, x = self.input_values
        distance = nonzero(np.hypot(y, x))
        return output_grad * (x / distance / distance)

    def _right_grad(self, output_grad: Any) -> Any:
        y, x = self.input_values
        distance = nonzero(np.hypot(y, x))
        return -output_grad * (y / distance / distance)


def nonzero(divisor: Any) -> Any:
    """Put 1 for 0, so that 0 / 0 is 0."""
    return np.where(divisor == 0, 1, divisor)


class Unwrap(Elementary):
    """Angles without jumps; each moves as its input does.

    Parameters
    ----------
    discont, axis, period
        As :func:`numpy.unwrap` takes them.
    """

    function = staticmethod(np.unwrap)
    arity = 1

    def __init__(
        self,
        discont: float | None = None,
        axis: int = -1,
        *,
        period: float = 2 * math.pi,
    ) -> None:
        self.discont, self.axis, self.period = discont, axis, period

    def _output(self) -> Any:
        return np.unwrap(self.input_, self.discont, self.axis, period=self.period)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


@implements(np.unwrap)
def unwrap(
    p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi
) -> Any:
    """Make the node for ``np.unwrap``."""
    return Unwrap(discont, axis, period=period)(p)


# -- sin(pi a) / (pi a), and its derivatives -------------------------------------------
class Sinc(Unary):
    """``sin(pi a) / (pi a)``, 1 at 0."""

    function = staticmethod(np.sinc)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * sinc_derivative(self.input_, 1)


@dispatched(is_node)
def sinc_derivative(a: Any, order: int) -> Any:
    """Compute a derivative of ``np.sinc``.

    Parameters
    ----------
    a : ndarray
    order : int
        Which derivative, from 1 on.

    Notes
    -----
    Of f(t) = sin(t) / t the n-th derivative follows from t f(t) = sin(t), which n times
    differentiated is t f_n + n f_(n-1) = sin(t + n pi / 2). Near 0, where that loses
    digits, f_n is the n-th derivative of the power series, term by term.
    """
    t = np.pi * a
    small = np.abs(t) < order + 1
    far = np.where(small, order + 1, t)
    waves = np.sin(far), np.cos(far), -np.sin(far), -np.cos(far)
    recurrence = waves[0] / far
    for n in range(1, order + 1):
        recurrence = (waves[n % 4] - n * recurrence) / far
    near = np.where(small, t, 0)
    series = np.zeros_like(near)
    for k in range(order + 15, (order - 1) // 2, -1):
        power = 2 * k - order
        coefficient = (-1) ** k / ((2 * k + 1) * math.factorial(power))
        series = series + coefficient * near**power
    return np.pi**order * np.where(small, series, recurrence)


class SincDerivative(Elementary):
    """A derivative of ``np.sinc``; its gradient is the next one.

    Parameters
    ----------
    order : int
        Which derivative, from 1 on.
    """

    arity = 1

    def __init__(self, order: int) -> None:
        self.order = order

    def _output(self) -> Any:
        return sinc_derivative(self.input_, self.order)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * sinc_derivative(self.input_, self.order + 1)


@implements(sinc_derivative)
def sinc_derivative_node(a: Any, order: int) -> Any:
    """Make the node for :func:`sinc_derivative`."""
    return SincDerivative(order)(a)
