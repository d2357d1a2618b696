"""Products of stacks of vectors and matrices, on their last axes, and ``np.cross``."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphnn.engine.hooks import unbroadcast
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.operation import Operation
from graphnn.ops.linear import is_value_error
from graphnn.ops.matrices import conjugate, need_values, transpose


class Stacked(Operation):
    """A product of stacks of vectors or matrices, on their last axes."""

    arity = 2
    broadcasts = True
    plain = True
    function: ClassVar[Any]

    def _output(self) -> Any:
        left, right = self.input_values
        return self.function(left, right)

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error):
            return None
        left, right = map(np.shape, self.input_values)
        return f"np.{self.function.__name__} of {left} and {right}: {error}"


class Vecdot(Stacked):
    """``np.vecdot``: the sum of conj(a) * b over an axis, the last one by default."""

    plain = False
    function: ClassVar[Any] = np.vecdot

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def _output(self) -> Any:
        left, right = self.input_values
        return self.function(left, right, axis=self.axis)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        left, right = [np.moveaxis(v, self.axis, -1) for v in self.input_values]
        needs_left, needs_right = self.needs_input_grad
        each = output_grad[..., None]
        return (
            self._back(conjugate(each * right), left) if needs_left else None,
            self._back(each * conjugate(left), right) if needs_right else None,
        )

    def _back(self, gradient: Any, value: Any) -> Any:
        """Move the axis back, once the others are those of the value."""
        return np.moveaxis(unbroadcast(gradient, value.shape), -1, self.axis)


class Matvec(Stacked):
    """``np.matvec``: matrices times vectors."""

    function = getattr(np, "matvec", None)  # since NumPy 2.2

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        matrix, vector = self.input_values
        needs_matrix, needs_vector = self.needs_input_grad
        column = output_grad[..., None]
        return (
            column * vector[..., None, :] if needs_matrix else None,
            (transpose(matrix) @ column)[..., 0] if needs_vector else None,
        )


class Vecmat(Stacked):
    """``np.vecmat``: conj(vectors) times matrices."""

    function = getattr(np, "vecmat", None)  # since NumPy 2.2

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        vector, matrix = self.input_values
        needs_vector, needs_matrix = self.needs_input_grad
        vector_grad = matrix_grad = None
        if needs_vector:
            vector_grad = conjugate((matrix @ output_grad[..., None])[..., 0])
        if needs_matrix:
            matrix_grad = conjugate(vector)[..., None] * output_grad[..., None, :]
        return vector_grad, matrix_grad


class Cross(Stacked):
    """``np.cross`` of vectors of 3 elements, on the last axis.

    From ``g . (a x b) = a . (b x g) = b . (g x a)``.
    """

    function = staticmethod(np.cross)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        left, right = self.input_values
        needs_left, needs_right = self.needs_input_grad
        return (
            np.cross(right, output_grad) if needs_left else None,
            np.cross(output_grad, left) if needs_right else None,
        )


@implements(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Make the node for ``np.vecdot``."""
    return bind(Vecdot(axis), (x1, x2))


def matvec(x1: Any, x2: Any, /) -> Any:
    """Make the node for ``np.matvec``."""
    return bind(Matvec(), (x1, x2))


def vecmat(x1: Any, x2: Any, /) -> Any:
    """Make the node for ``np.vecmat``."""
    return bind(Vecmat(), (x1, x2))


if Matvec.function is not None:
    implements(np.matvec)(matvec)
    implements(np.vecmat)(vecmat)


@implements(np.cross)
def cross(
    a: Any,
    b: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Any:
    """Make the node for ``np.cross``."""
    need_values("np.cross", a, b)
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moved(a, axisa, -1), moved(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise unsupported(
            f"np.cross of vectors of {a.shape[-1]} and {b.shape[-1]} elements has no "
            "operation: vectors have 3",
            "In the plane it is a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0].",
        )
    return moved(bind(Cross(), (a, b)), -1, axisc)


def moved(a: Any, source: int, destination: int) -> Any:
    """Move one axis, as ``np.moveaxis`` does."""
    a = np.asarray(a) if np.ndim(a) == 0 or not hasattr(a, "ndim") else a
    positions = np.moveaxis(np.empty((0,) * a.ndim), source, destination)  # checks them
    order = list(range(positions.ndim))
    order.insert(destination % a.ndim, order.pop(source % a.ndim))
    return a if order == sorted(order) else np.transpose(a, order)


@implements(np.linalg.cross)
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Make the node for ``np.linalg.cross``."""
    return cross(x1, x2, axis=axis)
