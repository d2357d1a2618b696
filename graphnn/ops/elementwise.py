"""Elementwise arithmetic, powers, exponentials, and choice.

Derivatives: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", ch. 3-4. At
a tie of ``maximum`` and ``minimum`` the gradient is split evenly.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.operation import Operation
from graphnn.ops.elementary import Binary, Elementwise, Unary, WithoutGradient


class Add(Binary):
    """``a + b``."""

    function = np.add

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return output_grad, output_grad


class Subtract(Binary):
    """``a - b``."""

    function = np.subtract

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad

    def _right_grad(self, output_grad: Any) -> Any:
        return -output_grad


class Multiply(Binary):
    """``a * b``."""

    function = np.multiply

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad * self.input_values[1]

    def _right_grad(self, output_grad: Any) -> Any:
        return output_grad * self.input_values[0]


class Divide(Binary):
    """``a / b``."""

    function = np.divide

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad / self.input_values[1]

    def _right_grad(self, output_grad: Any) -> Any:
        return -output_grad * self.output / self.input_values[1]


class Power(Binary):
    """``a ** b``; the gradient of the exponent where ``a > 0``, zero elsewhere."""

    function = np.power

    def _output(self) -> Any:
        base, exponent = self.input_values
        return base**exponent  # the operator: NumPy has exact short cuts for 2 and 0.5

    def _left_grad(self, output_grad: Any) -> Any:
        base, exponent = self.input_values
        # d(a**0)/da = 0 also at a = 0, where a**-1 would make it NaN
        if isinstance(exponent, bool | int | float | complex):
            lower: Any = exponent - 1 if exponent else 1
        else:
            lower = np.where(exponent != 0, exponent - 1, 1)
        return output_grad * exponent * base**lower

    def _right_grad(self, output_grad: Any) -> Any:
        base = self.input_values[0]
        positive = base > 0
        return (
            output_grad * self.output * np.log(np.where(positive, base, 1)) * positive
        )


class Maximum(Binary):
    """The larger of two, elementwise."""

    function = np.maximum

    def _left_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * (left > right) + 0.5 * output_grad * (left == right)

    def _right_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * (right > left) + 0.5 * output_grad * (left == right)


class Minimum(Binary):
    """The smaller of two, elementwise."""

    function = np.minimum

    def _left_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * (left < right) + 0.5 * output_grad * (left == right)

    def _right_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * (right < left) + 0.5 * output_grad * (left == right)


class Negative(Unary):
    """``-a``."""

    function = np.negative

    def _input_grad(self, output_grad: Any) -> Any:
        return -output_grad


class Positive(Unary):
    """``+a``."""

    function = np.positive

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


class Absolute(Unary):
    """``abs(a)``; gradient 0 at 0."""

    function = np.absolute

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * np.sign(self.input_)


class Exp(Unary):
    """The exponential."""

    function = np.exp

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * self.output


class Log(Unary):
    """The natural logarithm."""

    function = np.log

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / self.input_


class Sqrt(Unary):
    """The square root."""

    function = np.sqrt

    def _input_grad(self, output_grad: Any) -> Any:
        return 0.5 * output_grad / self.output


class Square(Unary):
    """``a * a``."""

    function = np.square

    def _input_grad(self, output_grad: Any) -> Any:
        return 2.0 * output_grad * self.input_


class Sign(WithoutGradient):
    """-1, 0 or 1."""

    function = np.sign
    arity = 1


class Equal(WithoutGradient):
    """``a == b``."""

    function = np.equal
    arity = 2


class NotEqual(WithoutGradient):
    """``a != b``."""

    function = np.not_equal
    arity = 2


class Less(WithoutGradient):
    """``a < b``."""

    function = np.less
    arity = 2


class LessEqual(WithoutGradient):
    """``a <= b``."""

    function = np.less_equal
    arity = 2


class Greater(WithoutGradient):
    """``a > b``."""

    function = np.greater
    arity = 2


class GreaterEqual(WithoutGradient):
    """``a >= b``."""

    function = np.greater_equal
    arity = 2


class BitwiseAnd(WithoutGradient):
    """``a & b``, of masks."""

    function = np.bitwise_and
    arity = 2


class BitwiseOr(WithoutGradient):
    """``a | b``, of masks."""

    function = np.bitwise_or
    arity = 2


class Invert(WithoutGradient):
    """``~a``, of masks."""

    function = np.invert
    arity = 1


class Where(Elementwise):
    """``np.where(condition, a, b)``: elementwise choice."""

    arity = 3

    def _output(self) -> Any:
        condition, if_true, if_false = self.input_values
        return np.where(condition, if_true, if_false)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        condition = self.input_values[0]
        _, if_true, if_false = self.needs_input_grad
        return (
            None,
            np.where(condition, output_grad, 0) if if_true else None,
            np.where(condition, 0, output_grad) if if_false else None,
        )


@implements(np.where)
def where(condition: Any, x: Any, y: Any) -> Any:
    """Make the node for ``np.where``."""
    return bind(Where.__new__(Where), (condition, x, y))


class AsType(Operation):
    """``a.astype(dtype)``."""

    arity = 1

    def __init__(self, dtype: Any) -> None:
        self.to_dtype = np.dtype(dtype)

    def _output(self) -> Any:
        return self.input_.astype(self.to_dtype)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (output_grad.astype(self.input_.dtype),)


@implements("astype")
def astype(a: Any, dtype: Any) -> Any:
    """Make the node for ``node.astype``."""
    return AsType(dtype)(a)
