"""Norms of vectors and matrices.

A norm has no derivative at zero; the gradient there is 0, the least of the
subgradients. Elements that tie for the largest share the gradient evenly.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.operation import Operation
from graphnn.ops.matrices import conjugate, is_complex, need_values

Axis = int | tuple[int, ...] | None


class Norm(Operation):
    """``np.linalg.norm``.

    Parameters
    ----------
    ord : number, str, or None
        As in NumPy.
    axis : int, tuple of int, or None
        The axis of the vectors, or the two of the matrices.
    keepdims : bool
        Keep the reduced axes with size 1.
    """

    arity = 1

    def __init__(
        self,
        ord: Any = None,  # noqa: A002 -- NumPy's name for it
        axis: Axis = None,
        keepdims: bool = False,
    ) -> None:
        self.ord, self.axis, self.keepdims = ord, axis, keepdims

    def _output(self) -> Any:
        return np.linalg.norm(self.input_, self.ord, self.axis, self.keepdims)

    def _axes(self) -> tuple[int, ...]:
        """List the reduced axes, counted from 0, in the order that was given."""
        ndim = self.input_.ndim
        axes = range(ndim) if self.axis is None else np.atleast_1d(self.axis).tolist()
        return tuple([axis % ndim for axis in axes])

    def _with_axes(self, reduced: Any) -> Any:
        """Give a reduced value its axes back, with size 1."""
        axes = self._axes()
        shape = tuple(1 if a in axes else n for a, n in enumerate(self.input_.shape))
        return np.reshape(reduced, shape)


def direction(x: Any) -> Any:
    """Give the derivative of abs(x): the sign; conj(x) / abs(x) if x is complex."""
    if not is_complex(x):
        return np.sign(x)
    size = np.abs(x)
    return np.conj(x) / np.where(size == 0, 1, size)


class EuclideanNorm(Norm):
    """The root of the sum of squares, of vectors and matrices: x / norm(x)."""

    def _input_grad(self, output_grad: Any) -> Any:
        norm = self._with_axes(self.output)
        unit = conjugate(self.input_) / np.where(norm == 0, 1, norm)
        return self._with_axes(output_grad) * unit


class PowerNorm(Norm):
    """``sum(abs(x)**p)**(1/p)``, of vectors: (abs(x) / norm)**(p-1) * sign(x).

    Where an element is 0, its gradient is 0, too.
    """

    def _input_grad(self, output_grad: Any) -> Any:
        x = self.input_
        norm = self._with_axes(self.output)
        gradient = np.where(norm == 0, 0, self._with_axes(output_grad)) * direction(x)
        exponent = float(self.ord) - 1.0
        if exponent == 0:
            return gradient
        size = np.abs(x)
        ratio = np.where(size == 0, 1, size) / np.where(norm == 0, 1, norm)
        return gradient * ratio**exponent


class ExtremeNorm(Norm):
    """The largest or smallest ``abs(x)``, of vectors: ``ord`` is inf or -inf."""

    def _input_grad(self, output_grad: Any) -> Any:
        x = self.input_
        found = np.abs(x) == self._with_axes(self.output)
        count = np.maximum(np.sum(found, axis=self._axes(), keepdims=True), 1)
        return np.where(found, self._with_axes(output_grad) / count, 0) * direction(x)


class CountNorm(Norm):
    """The number of elements that are not 0: ``ord`` is 0. It has no gradient."""

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (None,)


class SumNorm(Norm):
    """The largest or smallest sum of ``abs(x)`` over a column or row of a matrix.

    ``ord`` is 1 or -1 for columns, inf or -inf for rows.
    """

    def _input_grad(self, output_grad: Any) -> Any:
        x = self.input_
        row, column = self._axes()
        summed, compared = (row, column) if abs(self.ord) == 1 else (column, row)
        sums = np.sum(np.abs(x), axis=summed, keepdims=True)
        found = sums == self._with_axes(self.output)
        count = np.maximum(np.sum(found, axis=compared, keepdims=True), 1)
        return np.where(found, self._with_axes(output_grad) / count, 0) * direction(x)


class SpectralNorm(Norm):
    """The largest, the smallest, or the sum of the singular values of a matrix.

    ``ord`` is 2, -2 or ``"nuc"``. The gradient of a singular value s of A = U S Vh by A
    is conj(u) conj(vh): the outer product of its two vectors.
    """

    def _input_grad(self, output_grad: Any) -> Any:
        ndim = self.input_.ndim
        axes = self._axes()
        order = [axis for axis in range(ndim) if axis not in axes] + list(axes)
        u, s, vh = np.linalg.svd(np.transpose(self.input_, order), full_matrices=False)
        if self.ord == "nuc" or s.size == 0:
            share = np.where(s == 0, 0, np.ones_like(s))
        else:
            extreme = np.max if self.ord == 2 else np.min
            found = s == extreme(s, axis=-1, keepdims=True)
            count = np.sum(found, axis=-1, keepdims=True)
            share = np.where(found & (s != 0), np.ones_like(s) / count, 0)
        gradient = (conjugate(u) * share[..., None, :]) @ conjugate(vh)
        back = np.argsort(order).tolist()
        return np.transpose(gradient, back) * self._with_axes(output_grad)


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A002
    """Make the node for ``np.linalg.norm``."""
    kind: type[Norm]
    if axis is None and ord is not None:
        need_values(f"np.linalg.norm(..., ord={ord!r})", x)
    is_matrix = x.ndim == 2 if axis is None else np.size(axis) == 2
    if ord is None or ord in ("fro", "f"):
        kind = EuclideanNorm
    elif is_matrix:
        kind = SpectralNorm if ord in (2, -2, "nuc") else SumNorm
    elif ord == 2:
        kind = EuclideanNorm
    elif ord in (np.inf, -np.inf):
        kind = ExtremeNorm
    else:
        kind = CountNorm if ord == 0 else PowerNorm
    return bind(kind(ord, axis, keepdims), (x,))


@implements(np.linalg.vector_norm)
def vector_norm(
    x: Any,
    /,
    *,
    axis: Axis = None,
    keepdims: bool = False,
    ord: Any = 2,  # noqa: A002
) -> Any:
    """Make the nodes for ``np.linalg.vector_norm``, over any number of axes."""
    need_values("np.linalg.vector_norm", x)
    shape = list(x.shape)
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis).tolist()
    over: Any = axis
    if axis is None:
        x, over = np.reshape(x, -1), 0
    elif isinstance(axis, tuple):
        taken = [a % len(shape) for a in axes]
        rest = [a for a in range(len(shape)) if a not in taken]
        count = int(np.prod([shape[a] for a in taken]))
        moved = np.transpose(x, (*taken, *rest))
        x, over = np.reshape(moved, (count, *[shape[a] for a in rest])), 0
    result = np.linalg.norm(x, ord, over)
    if not keepdims:
        return result
    for a in axes:
        shape[a] = 1
    return np.reshape(result, shape)


@implements(np.linalg.matrix_norm)
def matrix_norm(
    x: Any,
    /,
    *,
    keepdims: bool = False,
    ord: Any = "fro",  # noqa: A002
) -> Any:
    """Make the node for ``np.linalg.matrix_norm``, of the last two axes."""
    return np.linalg.norm(x, ord, (-2, -1), keepdims)
