"""Sample uses of comparisons, tests, and logic."""

import numpy as np
from cases.base import MASK, Case, numbers, unary

from graphnn.ops import comparisons

WHOLE = np.array([[6, 10, 15], [4, 9, 12]])
POWERS = np.array([[2], [3]])

CASES = [
    *[
        Case(getattr(comparisons, name), (numbers(2, 3), numbers(3, seed=1)))
        for name in [
            "Equal",
            "NotEqual",
            "Less",
            "LessEqual",
            "Greater",
            "GreaterEqual",
            "LogicalAnd",
            "LogicalOr",
            "LogicalXor",
        ]
    ],
    *[
        Case(getattr(comparisons, name), (MASK, ~MASK[:1]))
        for name in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]
    ],
    *[
        Case(getattr(comparisons, name), (WHOLE, POWERS))
        for name in ["LeftShift", "RightShift", "Gcd", "Lcm"]
    ],
    Case(comparisons.LogicalNot, (MASK,)),
    Case(comparisons.Invert, (MASK,)),
    Case(comparisons.BitwiseCount, (WHOLE,)),
    *unary(comparisons.Isnan),
    *unary(comparisons.Isinf),
    *unary(comparisons.Isfinite),
    *unary(comparisons.Signbit),
]
