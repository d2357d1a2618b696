"""Comparisons, tests, and the logic of truths and bits. They have no gradient."""

from __future__ import annotations

import numpy as np

from graphnn.ops.discrete import without_gradient
from graphnn.ops.elementary import WithoutGradient


class Equal(WithoutGradient):
    """``a == b``."""

    function = np.equal


class NotEqual(WithoutGradient):
    """``a != b``."""

    function = np.not_equal


class Less(WithoutGradient):
    """``a < b``."""

    function = np.less


class LessEqual(WithoutGradient):
    """``a <= b``."""

    function = np.less_equal


class Greater(WithoutGradient):
    """``a > b``."""

    function = np.greater


class GreaterEqual(WithoutGradient):
    """``a >= b``."""

    function = np.greater_equal


# -- logic -----------------------------------------------------------------------------
class LogicalAnd(WithoutGradient):
    """Whether both are true, that is not 0."""

    function = np.logical_and


class LogicalOr(WithoutGradient):
    """Whether one of two is true."""

    function = np.logical_or


class LogicalXor(WithoutGradient):
    """Whether exactly one of two is true."""

    function = np.logical_xor


class LogicalNot(WithoutGradient):
    """Whether it is false, that is 0."""

    function = np.logical_not


# -- bits of whole numbers; of masks, the same as logic --------------------------------
class BitwiseAnd(WithoutGradient):
    """``a & b``."""

    function = np.bitwise_and


class BitwiseOr(WithoutGradient):
    """``a | b``."""

    function = np.bitwise_or


class BitwiseXor(WithoutGradient):
    """``a ^ b``."""

    function = np.bitwise_xor


class Invert(WithoutGradient):
    """``~a``."""

    function = np.invert


class LeftShift(WithoutGradient):
    """``a << b``."""

    function = np.left_shift


class RightShift(WithoutGradient):
    """``a >> b``."""

    function = np.right_shift


class BitwiseCount(WithoutGradient):
    """The number of ones in ``abs(a)``."""

    function = np.bitwise_count


class Gcd(WithoutGradient):
    """The greatest common divisor of whole numbers."""

    function = np.gcd


class Lcm(WithoutGradient):
    """The least common multiple of whole numbers."""

    function = np.lcm


# -- tests of one number ---------------------------------------------------------------
class Isnan(WithoutGradient):
    """Whether it is no number."""

    function = np.isnan


class Isinf(WithoutGradient):
    """Whether it is infinite."""

    function = np.isinf


class Isfinite(WithoutGradient):
    """Whether it is neither infinite nor NaN."""

    function = np.isfinite


class Signbit(WithoutGradient):
    """Whether it is below 0, or -0."""

    function = np.signbit


without_gradient(
    np.allclose,
    np.array_equal,
    np.array_equiv,
    np.isclose,
    np.isneginf,
    np.isposinf,
)
for _ufunc in (
    np.logical_and,
    np.logical_or,
    np.logical_xor,
    np.bitwise_and,
    np.bitwise_or,
    np.bitwise_xor,
):
    without_gradient(_ufunc.reduce, _ufunc.accumulate)
