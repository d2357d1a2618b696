"""Eigenvalues and eigenvectors.

Eigenvectors are determined up to a sign, complex ones up to a factor of modulus 1; a
loss must not depend on that factor. Where two eigenvalues are equal, their vectors have
no derivative; the values themselves have, if the vectors still span the space.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import dispatched, implements
from graphnn.graph.operation import Operation
from graphnn.ops.indexing import is_node
from graphnn.ops.matrices import (
    adjoint,
    conjugate,
    diagonal,
    diagonal_matrix,
    from_triangle,
    is_complex,
    named_items,
    quotient,
    transpose,
    without_diagonal,
)

EIG_RESULT: Any = type(np.linalg.eig(np.eye(1)))
EIGH_RESULT: Any = type(np.linalg.eigh(np.eye(1)))


class Eigh(Operation):
    """``np.linalg.eigh``: A = V diag(w) Vh, of a symmetric or Hermitian matrix.

    M. Giles 2008, §3.1: dw is the diagonal of Vh dA V, and dV = V (F * (Vh dA V)) with
    F_ij = 1 / (w_j - w_i). For complex matrices C. Boeddeker et al., "On the
    computation of complex-valued gradients with application to statistically optimum
    beamforming", 2017. The gradient belongs to the triangle of A that NumPy reads; the
    other one has none.

    Parameters
    ----------
    UPLO : {"L", "U"}
        Which triangle.
    """

    arity = 1

    def __init__(self, UPLO: Any = "L") -> None:
        self.triangle = UPLO

    def _output(self) -> Any:
        return tuple(np.linalg.eigh(self.input_, self.triangle))

    def _input_grad(self, output_grad: Any) -> Any:
        values_grad, vectors_grad = output_grad
        values, vectors = self.output
        inside = transpose(vectors) @ vectors_grad
        turn = without_diagonal(inside - adjoint(inside)) / 2
        gaps = values[..., None, :] - values[..., :, None]
        inside = diagonal_matrix(values_grad) + quotient(turn, gaps)
        gradient = conjugate(vectors) @ inside @ transpose(vectors)
        return from_triangle(gradient, lower=self.triangle in "Ll")


class Eigvalsh(Operation):
    """``np.linalg.eigvalsh``: the eigenvalues alone; see :class:`Eigh`."""

    arity = 1

    def __init__(self, UPLO: Any = "L") -> None:
        self.triangle = UPLO

    def _output(self) -> Any:
        return np.linalg.eigvalsh(self.input_, self.triangle)

    def _input_grad(self, output_grad: Any) -> Any:
        vectors = np.linalg.eigh(self.input_, self.triangle)[1]
        inside = output_grad[..., :, None] * transpose(vectors)
        return from_triangle(conjugate(vectors) @ inside, self.triangle in "Ll")


class Eig(Operation):
    """``np.linalg.eig``: A V = V diag(e), of any square matrix.

    With P = inv(V) dA V, de is the diagonal of P, and dV = V Q with Q_ij = P_ij /
    (e_j - e_i) (Giles 2008, §3.1). The diagonal of Q keeps to LAPACK's choice of each
    vector: its length stays 1 (Boeddeker et al. 2017, eq. 4.77), and its largest
    element stays real.
    """

    arity = 1

    def _output(self) -> Any:
        return tuple(np.linalg.eig(self.input_))

    def _input_grad(self, output_grad: Any) -> Any:
        values_grad, vectors_grad = output_grad
        values, vectors = self.output
        turned = transpose(vectors)
        inside = turned @ vectors_grad
        stretch = diagonal(inside)[..., None, :]
        length = turned @ conjugate(vectors)
        if is_complex(vectors):
            inside = inside - length * np.real(stretch)
            inside = inside - largest_rows(vectors) * (1j * np.imag(stretch))
        else:
            inside = inside - length * stretch
        gaps = values[..., None, :] - values[..., :, None]
        inside = diagonal_matrix(values_grad) + quotient(without_diagonal(inside), gaps)
        return np.linalg.solve(turned, inside @ turned)


def largest_rows(vectors: Any) -> Any:
    """Give, in column j, the row of V where vector j is largest, in units of that."""
    size = vectors.shape[-1]
    if size == 0:
        return vectors
    real = np.where(np.imag(vectors) == 0, np.abs(vectors), -1)
    place = np.argmax(real, axis=-2, keepdims=True)
    chosen = (np.arange(size)[:, None] == place).astype(vectors.dtype)
    rows = transpose(vectors) @ chosen  # element (i, j) is V[k_j, i]
    return rows / diagonal(rows)[..., None, :]


class Eigvals(Operation):
    """``np.linalg.eigvals``: the eigenvalues alone; see :class:`Eig`."""

    arity = 1

    def _output(self) -> Any:
        return np.linalg.eigvals(self.input_)

    def _input_grad(self, output_grad: Any) -> Any:
        vectors = eig_in_order(self.input_, self.output)[1]
        turned = transpose(vectors)
        return np.linalg.solve(turned, output_grad[..., :, None] * turned)


@dispatched(is_node)
def eig_in_order(a: Any, eigenvalues: Any) -> Any:
    """Do as ``np.linalg.eig``, with the eigenvalues in the order that is given.

    LAPACK may find them in another order when it computes no vectors.
    """
    values, vectors = map(np.array, np.linalg.eig(a))
    for place in np.ndindex(values.shape[:-1]):
        distances = np.abs(eigenvalues[place][:, None] - values[place])
        order = []
        for row in distances:
            order.append(int(np.argmin(row)))
            distances[:, order[-1]] = np.inf
        values[place], vectors[place] = values[place][order], vectors[place][:, order]
    return values, vectors


class EigInOrder(Eig):
    """Eigenvalues and vectors, in the order of eigenvalues that are known."""

    arity = 2

    def _output(self) -> Any:
        return tuple(eig_in_order(*self.input_values))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return self._input_grad(output_grad), None


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: Any = "L") -> Any:
    """Make the nodes for ``np.linalg.eigh``."""
    return named_items(bind(Eigh(UPLO), (a,)), EIGH_RESULT)


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    """Make the node for ``np.linalg.eigvalsh``."""
    return bind(Eigvalsh(UPLO), (a,))


@implements(np.linalg.eig)
def eig(a: Any) -> Any:
    """Make the nodes for ``np.linalg.eig``."""
    return named_items(bind(Eig(), (a,)), EIG_RESULT)


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Make the node for ``np.linalg.eigvals``."""
    return bind(Eigvals(), (a,))


@implements(eig_in_order)
def eig_in_order_node(a: Any, eigenvalues: Any) -> Any:
    """Make the nodes for :func:`eig_in_order`."""
    return named_items(bind(EigInOrder(), (a, eigenvalues)), EIG_RESULT)
