"""Arithmetic, powers and roots, and signs, elementwise.

Derivatives: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", ch. 3. Of
complex numbers z = x + iy the gradient of a real loss L is dL/dx - i dL/dy, so that a
holomorphic function hands on ``output_grad * derivative``, with no conjugation.
"""

from __future__ import annotations

import operator
from typing import Any, ClassVar

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.elementary import Binary, Unary, WithoutGradient


# -- arithmetic ------------------------------------------------------------------------
class Add(Binary):
    """``a + b``."""

    function = np.add
    stackable = True

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return output_grad, output_grad


class Subtract(Binary):
    """``a - b``."""

    function = np.subtract
    stackable = True

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad

    def _right_grad(self, output_grad: Any) -> Any:
        return -output_grad


class Multiply(Binary):
    """``a * b``."""

    function = np.multiply
    stackable = True

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad * self.input_values[1]

    def _right_grad(self, output_grad: Any) -> Any:
        return output_grad * self.input_values[0]


class Divide(Binary):
    """``a / b``."""

    function = np.divide
    stackable = True

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad / self.input_values[1]

    def _right_grad(self, output_grad: Any) -> Any:
        return -output_grad * self.output / self.input_values[1]


class FloorDivide(WithoutGradient):
    """``a // b``: constant almost everywhere."""

    function = np.floor_divide


class Remainder(Binary):
    """``a % b``, which is ``a - (a // b) * b``; the sign is that of ``b``."""

    function = np.remainder

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad

    def _right_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return -output_grad * np.floor_divide(left, right)


class Fmod(Binary):
    """The remainder of C: ``a - trunc(a / b) * b``; the sign is that of ``a``."""

    function = np.fmod

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad

    def _right_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        # a / b may round up to the next whole number; this quotient is near one
        return -output_grad * np.rint((left - self.output) / right)


@implements(np.divmod)
def divmod_(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Make the nodes for ``np.divmod``: quotient and remainder."""
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


class Negative(Unary):
    """``-a``."""

    function = np.negative
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        return -output_grad


class Positive(Unary):
    """``+a``."""

    function = np.positive
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


class Reciprocal(Unary):
    """``1 / a``."""

    function = np.reciprocal
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        return -output_grad * self.output * self.output


# -- powers and roots ------------------------------------------------------------------
class Power(Binary):
    """``a ** b``, for which NumPy has exact short cuts for numbers b such as 2 and 0.5.

    Notes
    -----
    d(a**b)/da = b * a**(b - 1), and 0 for b = 0, also at a = 0, where a**-1 is inf.
    d(a**b)/db = a**b * log(a), and 0 at a = 0; for a real a < 0 the power is a number
    for whole b only, so there is no such derivative, and NaN comes out.
    """

    function: ClassVar[Any] = operator.pow

    def _left_grad(self, output_grad: Any) -> Any:
        base, exponent = self.input_values
        if type(exponent) in (bool, int, float, complex):
            lower: Any = exponent - 1 if exponent else 0
        elif exponent.dtype.kind in "biu":
            lower = np.where(exponent != 0, exponent - 1, 0)
        else:
            # 1 stands for a base of 0, not another exponent for an exponent of 0: that
            # would be differentiated by the exponent, the second time
            base = np.where((base == 0) & (exponent == 0), 1, base)
            lower = exponent - 1
        return output_grad * exponent * base**lower

    def _right_grad(self, output_grad: Any) -> Any:
        base = self.input_values[0]
        base = np.where(base == 0, 1, base)
        if base.dtype != self.output.dtype:  # the logarithm of a real -1 to a complex b
            base = base.astype(self.output.dtype)
        return output_grad * self.output * np.log(base)


class NumpyPower(Power):
    """``np.power``, which is computed in another way than ``a ** b``."""

    function = np.power


class FloatPower(Power):
    """``np.float_power``: the power, in float64 at least."""

    function = np.float_power


class Square(Unary):
    """``a * a``."""

    function = np.square
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        return 2.0 * output_grad * self.input_


class Sqrt(Unary):
    """The square root."""

    function = np.sqrt
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        return 0.5 * output_grad / self.output


class Cbrt(Unary):
    """The cube root of real numbers."""

    function = np.cbrt

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / (3.0 * self.output * self.output)


# -- signs -----------------------------------------------------------------------------
class Absolute(Unary):
    """``abs(a)``; gradient 0 at 0.

    Of complex numbers, the modulus. Moving z by dz moves it by Re(dz conj(z)) / abs(z).
    """

    function = np.absolute
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        sign = np.sign(self.input_)
        return output_grad * (np.conj(sign) if sign.dtype.kind == "c" else sign)


class Fabs(Unary):
    """The absolute value of real numbers, as floating-point numbers."""

    function = np.fabs
    stackable = True

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * np.sign(self.input_)


class Sign(Unary):
    """-1, 0 or 1, which has no gradient; of complex numbers, z / abs(z).

    Moving z by dz turns s = z / abs(z) by the angle Im(conj(s) dz) / abs(z), so that s
    moves by i s Im(conj(s) dz) / abs(z).
    """

    function = np.sign

    def _input_grad(self, output_grad: Any) -> Any:
        if self.input_.dtype.kind != "c":
            return None
        sign = self.output
        modulus = np.abs(self.input_)
        turned = np.imag(output_grad * sign) / np.where(modulus == 0, 1, modulus)
        return 1j * turned * np.conj(sign)


class Copysign(Binary):
    """``abs(a)`` with the sign of ``b``; gradient 0 at a = 0, and 0 for b."""

    function = np.copysign

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad * np.sign(self.input_values[0]) * np.sign(self.output)

    def _right_grad(self, output_grad: Any) -> None:
        return None
