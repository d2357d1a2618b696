"""Sample uses of arithmetic, powers and signs."""

import numpy as np
from cases.base import SHAPES, Case, binary, numbers, positive, unary

from graphnn.ops import elementwise


def apart(cls):
    """Give uses of a function that jumps where one input is a multiple of the other."""
    return [
        Case(cls, (numbers(*a, seed=1), numbers(*b, seed=2))) for a, b in SHAPES[1:]
    ]


def uneven(*shape, seed):
    """Draw numbers whose signs do not add up to 0, which rounding would decide."""
    return numbers(*shape, seed=4)


CASES = [
    *binary(elementwise.Add),
    *binary(elementwise.Subtract),
    *binary(elementwise.Multiply),
    *binary(elementwise.Divide),
    *apart(elementwise.FloorDivide),
    *apart(elementwise.Remainder),
    *apart(elementwise.Fmod),
    *unary(elementwise.Negative),
    *unary(elementwise.Positive),
    *unary(elementwise.Reciprocal),
    *binary(elementwise.Power, left=positive),
    Case(elementwise.Power, (numbers(2, 3), np.array(3))),
    Case(elementwise.Power, (numbers(2, 3), np.array([2, 0, -1]))),
    *binary(elementwise.NumpyPower, left=positive),
    *binary(elementwise.FloatPower, left=positive),
    Case(elementwise.FloatPower, (numbers(2, 3), np.array([2, 0, -1]))),
    *unary(elementwise.Square),
    *unary(elementwise.Sqrt, positive),
    *unary(elementwise.Cbrt),
    *unary(elementwise.Absolute),
    *unary(elementwise.Fabs),
    *unary(elementwise.Sign),
    *binary(elementwise.Copysign, right=uneven),
]
