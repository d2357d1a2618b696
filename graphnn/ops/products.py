"""Products of vectors, matrices and tensors, as NumPy has them beside ``@``.

All are bilinear, so the gradient by one factor is again a product: of the gradient and
the other factor (M. Giles, "Collected matrix derivative results for forward and reverse
mode algorithmic differentiation", 2008, §2.2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from graphnn.errors import MissingHook
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.operation import Operation
from graphnn.ops.linear import (
    cannot_multiply,
    is_value_error,
    matmul,
    product_grads,
)
from graphnn.ops.matrices import conjugate, need_values, transpose
from graphnn.ops.shaping import as_inputs

Axes = int | tuple[Any, Any]


class Contraction(Operation):
    """A product summed over pairs of axes, one of each factor.

    The result has the other axes of the left factor, then those of the right one.
    """

    arity = 2

    def _pairs(self, left: Any, right: Any) -> list[tuple[int, int]]:
        """List the pairs of axes that are summed over, counted from 0."""
        raise MissingHook(f"{type(self).__name__} does not define _pairs")

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        left, right = self.input_values
        needs_left, needs_right = self.needs_input_grad
        if np.ndim(left) == 0 or np.ndim(right) == 0:
            return (
                times(output_grad, right, np.ndim(left)) if needs_left else None,
                times(output_grad, left, np.ndim(right)) if needs_right else None,
            )
        pairs = self._pairs(left, right)
        of_left, of_right = [i for i, _ in pairs], [j for _, j in pairs]
        rest_left = [axis for axis in range(left.ndim) if axis not in of_left]
        rest_right = [axis for axis in range(right.ndim) if axis not in of_right]
        rows = list(range(len(rest_left)))  # the axes of the gradient
        columns = list(range(len(rest_left), output_grad.ndim))
        left_grad = right_grad = None
        if needs_left:
            product = np.tensordot(output_grad, right, axes=(columns, rest_right))
            order = rest_left + [i for i, _ in sorted(pairs, key=lambda p: p[1])]
            left_grad = np.transpose(product, positions(order))
        if needs_right:
            product = np.tensordot(left, output_grad, axes=(rest_left, rows))
            order = [j for _, j in sorted(pairs)] + rest_right
            right_grad = np.transpose(product, positions(order))
        return left_grad, right_grad


def positions(order: list[int]) -> tuple[int, ...]:
    """Invert a permutation."""
    return tuple(np.argsort(order).tolist())


def times(output_grad: Any, factor: Any, ndim: int) -> Any:
    """Multiply the gradient by one factor; sum it up if the other is a number."""
    product = output_grad * factor
    return product if ndim else np.sum(product)


class Dot(Contraction):
    """``np.dot``: the last axis of a, the last but one of b; or a number times b."""

    plain = True

    def _output(self) -> Any:
        left, right = self.input_values
        return np.dot(left, right)

    def _pairs(self, left: Any, right: Any) -> list[tuple[int, int]]:
        return [(left.ndim - 1, max(right.ndim - 2, 0))]

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        left, right = self.input_values
        if {np.ndim(left), np.ndim(right)} <= {1, 2}:  # the common case, at less cost
            return product_grads(left, right, output_grad, self.needs_input_grad)
        return super()._input_grads(output_grad)

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error):
            return None
        left, right = map(np.shape, self.input_values)
        inner = right[0] if len(right) == 1 else right[-2]
        return (
            f"np.dot cannot multiply {left} by {right}: the sizes {left[-1]} and "
            f"{inner} differ"
        )


class Inner(Contraction):
    """``np.inner``: the last axes of both; or a number times b."""

    plain = True

    def _output(self) -> Any:
        left, right = self.input_values
        return np.inner(left, right)

    def _pairs(self, left: Any, right: Any) -> list[tuple[int, int]]:
        return [(left.ndim - 1, right.ndim - 1)]

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error):
            return None
        left, right = map(np.shape, self.input_values)
        return (
            f"np.inner multiplies the last axes, and of {left} and {right} they have "
            f"the sizes {left[-1]} and {right[-1]}"
        )


class Tensordot(Contraction):
    """``np.tensordot``.

    Parameters
    ----------
    axes : int or pair
        How many of the last axes of a and of the first of b are summed over, or which
        of a and which of b.
    """

    def __init__(self, axes: Axes = 2) -> None:
        self.axes = axes

    def _output(self) -> Any:
        left, right = self.input_values
        return np.tensordot(left, right, axes=self.axes)

    def _pairs(self, left: Any, right: Any) -> list[tuple[int, int]]:
        if isinstance(self.axes, int | np.integer):
            count = int(self.axes)
            return [(left.ndim - count + i, i) for i in range(count)]
        of_left, of_right = (
            [side] if np.ndim(side) == 0 else list(side) for side in self.axes
        )
        return [
            (int(i) % left.ndim, int(j) % right.ndim)
            for i, j in zip(of_left, of_right, strict=True)
        ]

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error):
            return None
        left, right = map(np.shape, self.input_values)
        return f"np.tensordot of {left} and {right} with axes={self.axes!r}: {error}"


class Vdot(Operation):
    """``np.vdot``: the sum of conj(a) * b over all elements."""

    arity = 2
    plain = True

    def _output(self) -> Any:
        left, right = self.input_values
        return np.vdot(left, right)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        left, right = self.input_values
        needs_left, needs_right = self.needs_input_grad
        left_grad = right_grad = None
        if needs_left:  # Re(g conj(da) b) = Re(conj(g b) da)
            left_grad = conjugate(output_grad * np.reshape(right, left.shape))
        if needs_right:
            right_grad = output_grad * np.reshape(conjugate(left), right.shape)
        return left_grad, right_grad

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error):
            return None
        left, right = self.input_values
        return (
            f"np.vdot multiplies all elements, and of {np.shape(left)} and "
            f"{np.shape(right)} there are {np.size(left)} and {np.size(right)}"
        )


class MultiDot(Operation):
    """``np.linalg.multi_dot``: a product of matrices, in the cheapest order.

    The first and the last may be vectors.
    """

    def _output(self) -> Any:
        return np.linalg.multi_dot(self.input_values)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        first, last = self.input_values[0], self.input_values[-1]
        matrices = list(self.input_values)
        matrices[0] = first[None, :] if first.ndim == 1 else first
        matrices[-1] = last[:, None] if last.ndim == 1 else last
        shape = (matrices[0].shape[0], matrices[-1].shape[1])
        output_grad = np.reshape(output_grad, shape)
        turned = [transpose(matrix) for matrix in matrices]
        gradients: list[Any] = []
        for position, value in enumerate(self.input_values):
            if not self.needs_input_grad[position]:
                gradients.append(None)
                continue
            before, after = turned[:position], turned[position + 1 :]
            chain = [*reversed(before), output_grad, *reversed(after)]
            gradients.append(np.reshape(np.linalg.multi_dot(chain), value.shape))
        return tuple(gradients)

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error) or isinstance(error, np.linalg.LinAlgError):
            return None
        factors = self.input_values
        for left, right in pairwise(factors):
            if np.shape(left)[-1] != np.shape(right)[0]:
                return cannot_multiply(left, right)
        return None


@implements(np.dot)
def dot(a: Any, b: Any) -> Any:
    """Make the node for ``np.dot``."""
    return bind(Dot.__new__(Dot), (a, b))


@implements(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Make the node for ``np.inner``."""
    return bind(Inner(), (a, b))


@implements(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Axes = 2) -> Any:
    """Make the node for ``np.tensordot``."""
    return bind(Tensordot(axes), (a, b))


@implements(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """Make the node for ``np.vdot``."""
    return bind(Vdot(), (a, b))


@implements(np.linalg.matmul)
def linalg_matmul(x1: Any, x2: Any, /) -> Any:
    """Make the node for ``np.linalg.matmul``."""
    return matmul(x1, x2)


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """Make the node for ``np.linalg.multi_dot``."""
    return bind(MultiDot(), as_inputs(arrays))


@implements(np.outer)
def outer(a: Any, b: Any) -> Any:
    """Make the node for ``np.outer``: a column times a row."""
    return np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, (1, -1)))


@implements(np.linalg.outer)
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    """Make the node for ``np.linalg.outer``, of two vectors."""
    need_values("np.linalg.outer", x1, x2)
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            f"np.linalg.outer takes two vectors, not shapes {np.shape(x1)} and "
            f"{np.shape(x2)}; np.outer flattens"
        )
    return outer(x1, x2)


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Make the node for ``np.kron``: blocks of b, scaled by the elements of a."""
    need_values("np.kron", a, b)
    ndim = max(np.ndim(a), np.ndim(b))
    of_a = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    of_b = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    outside = [size for n in of_a for size in (n, 1)]
    inside = [size for n in of_b for size in (1, n)]
    product = np.multiply(np.reshape(a, outside), np.reshape(b, inside))
    return np.reshape(product, [m * n for m, n in zip(of_a, of_b, strict=True)])
