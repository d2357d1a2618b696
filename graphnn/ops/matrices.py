"""What the formulas of matrix functions share.

All of it takes stacks of matrices, on the last two axes, and nodes as well as arrays.

Gradients of complex values follow one convention: the gradient ``g`` of a real loss
``L`` by ``z = x + iy`` is ``dL/dx - i dL/dy``, so that ``dL = Re(sum(g * dz))``. A
linear map is therefore transposed, never conjugated: the gradient of ``A @ B`` by ``A``
is ``g @ B.T`` for complex matrices, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.node import Node
from graphnn.graph.operation import Item


def is_complex(value: Any) -> bool:
    """Tell complex values from real ones, by their dtype."""
    return bool(value.dtype.kind == "c")


def conjugate(value: Any) -> Any:
    """Conjugate what is complex; real values are their own conjugates."""
    return np.conj(value) if is_complex(value) else value


def real_part(value: Any) -> Any:
    """Give the real part; of real values, themselves."""
    return np.real(value) if is_complex(value) else value


def transpose(matrix: Any) -> Any:
    """Transpose the last two axes."""
    return np.swapaxes(matrix, -1, -2)


def adjoint(matrix: Any) -> Any:
    """Transpose the last two axes and conjugate."""
    return conjugate(np.swapaxes(matrix, -1, -2))


def identity(size: int) -> Any:
    """Give the mask of the diagonal."""
    return np.eye(size, dtype=bool)


def strict_triangle(size: int, lower: bool = True) -> Any:
    """Give the mask of what is below the diagonal, or above it."""
    below = np.tri(size, k=-1, dtype=bool)
    return below if lower else below.T


def diagonal_matrix(vector: Any) -> Any:
    """Put the last axis on the diagonal of a matrix."""
    return np.where(identity(vector.shape[-1]), vector[..., None, :], 0)


def without_diagonal(matrix: Any) -> Any:
    """Put zeros on the diagonal of a square matrix."""
    return np.where(identity(matrix.shape[-1]), 0, matrix)


def diagonal(matrix: Any) -> Any:
    """Take the diagonal of a square matrix as the last axis."""
    return np.einsum("...ii->...i", matrix)


def quotient(numerator: Any, denominator: Any) -> Any:
    """Divide; 0 / 0 is 0.

    Formulas for singular and eigenvectors divide by differences of singular or
    eigenvalues. Where two are equal and nothing depends on their vectors, 0 / 0 stands
    for "no gradient"; where something does, there is no derivative, and the division
    by zero gives inf or NaN, as NumPy's own does.
    """
    nothing = (numerator == 0) & (denominator == 0)
    return numerator / np.where(nothing, 1, denominator)


def completed(matrix: Any) -> Any:
    """Make a Hermitian matrix of the lower triangle, which is all that NumPy reads."""
    size = matrix.shape[-1]
    below = np.where(strict_triangle(size), matrix, 0)
    middle = np.where(identity(size), real_part(matrix), 0)
    return below + adjoint(below) + middle


def from_triangle(gradient: Any, lower: bool = True) -> Any:
    """Take the gradient by a Hermitian matrix to the triangle that NumPy reads.

    An element below the diagonal stands for itself and, conjugated, for its mirror
    image; the diagonal counts with its real part; the other triangle is not read, so
    its gradient is zero.
    """
    size = gradient.shape[-1]
    both = gradient + adjoint(gradient)
    rest = np.where(identity(size), real_part(gradient), 0)
    return np.where(strict_triangle(size, lower), both, rest)


def items(node: Any, count: int) -> tuple[Any, ...]:
    """Give the nodes of an operation's outputs, also before it has run."""
    if node.output is None:
        return tuple([bind(Item(index), (node,)) for index in range(count)])
    return tuple([node.item(index) for index in range(count)])


def named_items(node: Any, kind: Any) -> Any:
    """Give them as NumPy does: in a named tuple, such as ``SVDResult(U, S, Vh)``."""
    return kind(*items(node, len(kind._fields)))


def need_values(what: str, *arguments: Any) -> None:
    """Refuse nodes without a value where the shape decides what is to be done."""
    for argument in arguments:
        if isinstance(argument, Node):
            argument._need_value(what)
