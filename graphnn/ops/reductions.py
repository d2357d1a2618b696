"""Sums, means, largest and smallest elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.elementary import Elementary

Axis = int | tuple[int, ...] | None


class Reduction(Elementary):
    """A function that takes axes away.

    Parameters
    ----------
    axis : int, tuple of int, or None
        None reduces over all axes.
    keepdims : bool
        Keep the reduced axes with size 1.
    """

    arity = 1

    def __init__(self, axis: Axis = None, keepdims: bool = False) -> None:
        self.axis = tuple(axis) if isinstance(axis, list) else axis
        self.keepdims = bool(keepdims)

    def _output(self) -> Any:
        return self.function(self.input_, axis=self.axis, keepdims=self.keepdims)

    def _axes(self) -> tuple[int, ...]:
        """List the reduced axes, counted from 0."""
        ndim = self.input_.ndim
        if self.axis is None:
            return tuple(range(ndim))
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        return tuple(axis % ndim for axis in axes)

    def _with_axes(self, reduced: Any) -> Any:
        """Give a reduced value its axes back, with size 1."""
        if self.keepdims or not self.input_.ndim:
            return reduced
        axes = self._axes()
        shape = tuple(1 if a in axes else n for a, n in enumerate(self.input_.shape))
        return np.reshape(reduced, shape)

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, np.exceptions.AxisError):
            return None  # NumPy's own exception says it best
        if isinstance(error, ValueError):
            return f"cannot reduce shape {np.shape(self.input_)}: {error}"
        return None


class Sum(Reduction):
    """``np.sum``; each element gets the gradient of the sum."""

    function = staticmethod(np.sum)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.broadcast_to(self._with_axes(output_grad), self.input_.shape)


class Mean(Reduction):
    """``np.mean``; each of n elements gets 1/n of the gradient of the mean."""

    function = staticmethod(np.mean)

    def _input_grad(self, output_grad: Any) -> Any:
        count = math.prod(self.input_.shape[axis] for axis in self._axes())
        each = self._with_axes(output_grad) / count
        return np.broadcast_to(each, self.input_.shape)


class Extreme(Reduction):
    """The largest or smallest elements; equal ones share the gradient evenly."""

    def _input_grad(self, output_grad: Any) -> Any:
        found = (self.input_ == self._with_axes(self.output)).astype(output_grad.dtype)
        count = np.sum(found, axis=self._axes(), keepdims=True)
        return found / count * self._with_axes(output_grad)


class Max(Extreme):
    """``np.max``."""

    function = staticmethod(np.max)


class Min(Extreme):
    """``np.min``."""

    function = staticmethod(np.min)


@implements(np.sum)
def sum_(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Make the node for ``np.sum``."""
    return Sum(axis, keepdims)(a)


@implements(np.mean)
def mean(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Make the node for ``np.mean``."""
    return Mean(axis, keepdims)(a)


@implements(np.max, np.amax)
def max_(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Make the node for ``np.max``."""
    return Max(axis, keepdims)(a)


@implements(np.min, np.amin)
def min_(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Make the node for ``np.min``."""
    return Min(axis, keepdims)(a)
