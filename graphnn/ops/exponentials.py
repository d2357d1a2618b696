"""Exponentials and logarithms.

Derivatives: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", ch. 4.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.elementary import Binary, Unary
from graphnn.ops.reductions import Axis, Reduction

LOG_2 = math.log(2.0)
LOG_10 = math.log(10.0)


class Exp(Unary):
    """The exponential."""

    function = np.exp

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * self.output


class Exp2(Unary):
    """``2 ** a``."""

    function = np.exp2

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * LOG_2 * self.output


class Expm1(Unary):
    """``exp(a) - 1``, exact near 0."""

    function = np.expm1

    def _input_grad(self, output_grad: Any) -> Any:
        # output + 1 would lose what is small beside 1
        return output_grad * np.exp(self.input_)


class Log(Unary):
    """The natural logarithm."""

    function = np.log

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / self.input_


class Log2(Unary):
    """The logarithm to base 2."""

    function = np.log2

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / (LOG_2 * self.input_)


class Log10(Unary):
    """The logarithm to base 10."""

    function = np.log10

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / (LOG_10 * self.input_)


class Log1p(Unary):
    """``log(1 + a)``, exact near 0."""

    function = np.log1p

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad / (1.0 + self.input_)


class Logaddexp(Binary):
    """``log(exp(a) + exp(b))``; each input gets its share of the sum.

    The share of a is exp(a) / (exp(a) + exp(b)) = exp(-log(exp(0) + exp(b - a))), in
    which nothing overflows.
    """

    function = np.logaddexp

    def _left_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * np.exp(-np.logaddexp(0.0, difference(right, left)))

    def _right_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * np.exp(-np.logaddexp(0.0, difference(left, right)))


class Logaddexp2(Binary):
    """``log2(2**a + 2**b)``; each input gets its share of the sum."""

    function = np.logaddexp2

    def _left_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * np.exp2(-np.logaddexp2(0.0, difference(right, left)))

    def _right_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return output_grad * np.exp2(-np.logaddexp2(0.0, difference(left, right)))


def difference(a: Any, b: Any) -> Any:
    """Subtract; the difference of equal infinities is 0."""
    same = (a == b) & np.isinf(a)
    return np.where(same, 0, a) - np.where(same, 0, b)


class LogSumExp2(Reduction):
    """``np.logaddexp2.reduce``: ``log2(sum(2**a))``; each term gets its share."""

    function = np.logaddexp2.reduce

    def _input_grad(self, output_grad: Any) -> Any:
        total = self._with_axes(self.output)
        share = np.exp2(difference(self.input_, total))
        share = np.where(total == -np.inf, 0, share)  # of nothing there is no share
        return self._with_axes(output_grad) * share


@implements(np.logaddexp2.reduce)
def logaddexp2_reduce(array: Any, axis: Axis = 0, *, keepdims: bool = False) -> Any:
    """Make the node for ``np.logaddexp2.reduce``."""
    return LogSumExp2(axis, keepdims)(array)
