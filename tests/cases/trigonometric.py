"""Sample uses of trigonometric and hyperbolic functions, angles and distances."""

from cases.base import Case, binary, numbers, unary

from graphnn.ops import trigonometric


def inside(*shape):
    """Draw numbers between -1 and 1."""
    return numbers(*shape) / 2


def above_1(*shape):
    """Draw numbers that are above 1 also when three quarters are left."""
    return 1.5 + abs(numbers(*shape))


CASES = [
    *unary(trigonometric.Sin),
    *unary(trigonometric.Cos),
    *unary(trigonometric.Tan, inside),
    *unary(trigonometric.Arcsin, inside),
    *unary(trigonometric.Arccos, inside),
    *unary(trigonometric.Arctan),
    *unary(trigonometric.Sinh),
    *unary(trigonometric.Cosh),
    *unary(trigonometric.Arcsinh),
    *unary(trigonometric.Arccosh, above_1),
    *unary(trigonometric.Arctanh, inside),
    *unary(trigonometric.Degrees),
    *unary(trigonometric.Rad2deg),
    *unary(trigonometric.Radians),
    *unary(trigonometric.Deg2rad),
    *binary(trigonometric.Hypot),
    *binary(trigonometric.Arctan2),
    Case(trigonometric.Unwrap, (4 * numbers(3, 5),)),
    Case(lambda: trigonometric.Unwrap(1.0, 0, period=2.0), (numbers(5, 2),)),
    *unary(trigonometric.Sinc),
    *unary(lambda: trigonometric.SincDerivative(1)),
    *unary(lambda: trigonometric.SincDerivative(2)),
]
