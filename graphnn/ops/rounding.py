"""Rounding, and the parts that floating-point numbers are made of.

What is rounded is constant almost everywhere: it has no gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.ops.discrete import without_gradient
from graphnn.ops.elementary import Binary, Unary, WithoutGradient


class Floor(WithoutGradient):
    """The largest whole number that is not above."""

    function = np.floor


class Ceil(WithoutGradient):
    """The smallest whole number that is not below."""

    function = np.ceil


class Trunc(WithoutGradient):
    """The whole number next to it on the side of 0."""

    function = np.trunc


class Rint(WithoutGradient):
    """The nearest whole number; the even one of two."""

    function = np.rint


without_gradient(np.round, np.around, np.fix)


class Spacing(WithoutGradient):
    """The distance to the next floating-point number."""

    function = np.spacing


class Nextafter(Binary):
    """The next floating-point number towards another: it moves as the first does."""

    function = np.nextafter

    def _left_grad(self, output_grad: Any) -> Any:
        return output_grad

    def _right_grad(self, output_grad: Any) -> None:
        return None


class Modf(Unary):
    """The fraction, and the whole number that it was taken from: two outputs."""

    function = np.modf

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad[0]


class Frexp(Unary):
    """The mantissa m and the exponent e of ``m * 2**e``: two outputs."""

    function = np.frexp

    def _input_grad(self, output_grad: Any) -> Any:
        return np.ldexp(output_grad[0], -self.output[1])


class Ldexp(Binary):
    """``a * 2**b``, with whole numbers b, which have no gradient."""

    function = np.ldexp

    def _left_grad(self, output_grad: Any) -> Any:
        return np.ldexp(output_grad, self.input_values[1])

    def _right_grad(self, output_grad: Any) -> None:
        return None
