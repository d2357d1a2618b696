"""Diagonals, and what lies above and below them."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.indexing import scatter
from graphnn.ops.shaping import Shaping


def on_diagonal(
    values: Any, shape: tuple[int, ...], offset: int, axis1: int, axis2: int
) -> Any:
    """Put values, along their last axis, on a diagonal of zeros of a shape.

    The transpose of ``np.diagonal``.
    """
    axes = axis1 % len(shape), axis2 % len(shape)
    rest = tuple(n for axis, n in enumerate(shape) if axis not in axes)
    rows, columns = (shape[axis] for axis in axes)
    mask = np.eye(rows, columns, offset, dtype=bool)
    matrices = scatter(values, (Ellipsis, mask), (*rest, rows, columns))
    in_place = axes == (len(shape) - 2, len(shape) - 1)
    return matrices if in_place else np.moveaxis(matrices, (-2, -1), axes)


class Diagonal(Shaping):
    """``np.diagonal``.

    Parameters
    ----------
    offset : int
        Above (positive) or below the main diagonal.
    axis1, axis2 : int
        The axes of the matrices.
    """

    arity = 1

    def __init__(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> None:
        self.offset, self.axis1, self.axis2 = offset, axis1, axis2

    def _output(self) -> Any:
        return np.diagonal(self.input_, self.offset, self.axis1, self.axis2)

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        return on_diagonal(output_grad, shape, self.offset, self.axis1, self.axis2)


class Trace(Shaping):
    """``np.trace``: the sum of a diagonal.

    Parameters
    ----------
    offset, axis1, axis2
        See :class:`Diagonal`.
    dtype
        In which to sum.
    """

    arity = 1

    def __init__(
        self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
    ) -> None:
        self.offset, self.axis1, self.axis2 = offset, axis1, axis2
        self.sum_dtype = dtype

    def _output(self) -> Any:
        return np.trace(
            self.input_, self.offset, self.axis1, self.axis2, self.sum_dtype
        )

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        rows, columns = shape[self.axis1], shape[self.axis2]
        length = np.eye(rows, columns, self.offset, dtype=bool).sum()
        along = np.expand_dims(output_grad, -1)
        values = np.broadcast_to(along, (*np.shape(output_grad), int(length)))
        return on_diagonal(values, shape, self.offset, self.axis1, self.axis2)


class Diag(Shaping):
    """``np.diag``: a vector put on a diagonal of zeros, or a matrix's diagonal."""

    arity = 1

    def __init__(self, k: int = 0) -> None:
        self.offset = k

    def _output(self) -> Any:
        return np.diag(self.input_, self.offset)

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        if len(shape) == 1:
            return np.diag(output_grad, self.offset)
        return on_diagonal(output_grad, shape, self.offset, 0, 1)


class Triangle(Shaping):
    """A triangle of matrices, zeros elsewhere; a vector stands for equal rows."""

    arity = 1
    broadcasts = True

    def __init__(self, k: int = 0) -> None:
        self.offset = k


class Tril(Triangle):
    """``np.tril``: the lower triangle."""

    def _output(self) -> Any:
        return np.tril(self.input_, self.offset)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.tril(output_grad, self.offset)


class Triu(Triangle):
    """``np.triu``: the upper triangle."""

    def _output(self) -> Any:
        return np.triu(self.input_, self.offset)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.triu(output_grad, self.offset)


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Make the node for ``np.diagonal``."""
    return Diagonal(offset, axis1, axis2)(a)


@implements(np.trace)
def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
) -> Any:
    """Make the node for ``np.trace``."""
    return Trace(offset, axis1, axis2, dtype)(a)


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """Make the node for ``np.diag``."""
    return Diag(k)(v)


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """Make the nodes for ``np.diagflat``."""
    return np.diag(np.ravel(v), k)


@implements(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """Make the node for ``np.tril``."""
    return Tril(k)(m)


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """Make the node for ``np.triu``."""
    return Triu(k)(m)
