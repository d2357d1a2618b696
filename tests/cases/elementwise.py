"""Sample uses of the elementwise operations."""

import numpy as np
from cases.base import MASK, Case, binary, numbers, positive, unary

from graphnn.ops import elementwise

EIGHTHS = np.arange(-4.0, 2.0).reshape(2, 3) / 8

CASES = [
    *binary(elementwise.Add),
    *binary(elementwise.Subtract),
    *binary(elementwise.Multiply),
    *binary(elementwise.Divide),
    *binary(elementwise.Power, left=positive),
    Case(elementwise.Power, (numbers(2, 3), np.array(3))),
    Case(elementwise.Power, (numbers(2, 3), np.array([2, 0, -1]))),
    *binary(elementwise.Maximum),
    *binary(elementwise.Minimum),
    *unary(elementwise.Negative),
    *unary(elementwise.Positive),
    *unary(elementwise.Absolute),
    *unary(elementwise.Exp),
    *unary(elementwise.Log, positive),
    *unary(elementwise.Sqrt, positive),
    *unary(elementwise.Square),
    *unary(elementwise.Sign),
    *[
        Case(getattr(elementwise, name), (numbers(2, 3), numbers(3, seed=1)))
        for name in [
            "Equal",
            "NotEqual",
            "Less",
            "LessEqual",
            "Greater",
            "GreaterEqual",
        ]
    ],
    Case(elementwise.BitwiseAnd, (MASK, ~MASK[:1])),
    Case(elementwise.BitwiseOr, (MASK, ~MASK[:1])),
    Case(elementwise.Invert, (MASK,)),
    Case(elementwise.Where, (MASK, numbers(2, 3), numbers(2, 3, seed=1))),
    Case(elementwise.Where, (MASK[:, :1], numbers(3), numbers(2, 1, seed=1))),
    Case(elementwise.Where, (MASK[0], numbers(4, 1, 3), numbers(seed=1))),
    Case(lambda: elementwise.AsType(np.float64), (numbers(2, 3),)),
    Case(lambda: elementwise.AsType(np.float32), (EIGHTHS,), 2.0**-8),
]
