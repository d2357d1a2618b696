"""Sample uses of rounding and of the parts of floating-point numbers."""

import numpy as np
from cases.base import Case, binary, numbers, unary

from graphnn.ops import rounding

CASES = [
    *unary(rounding.Floor),
    *unary(rounding.Ceil),
    *unary(rounding.Trunc),
    *unary(rounding.Rint),
    *unary(rounding.Spacing),
    *binary(rounding.Nextafter),
    *unary(rounding.Modf),
    *unary(rounding.Frexp),
    Case(rounding.Ldexp, (numbers(2, 3), np.array([2, 0, -1]))),
    Case(rounding.Ldexp, (numbers(2, 1, 3), np.array([[1], [-2]]))),
]
