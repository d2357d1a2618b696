"""Matrices taken apart: Cholesky, singular values, QR.

Singular vectors are determined up to a sign, a pair of complex ones up to a common
factor of modulus 1; a loss must not depend on that factor. Where two singular values
are equal, their vectors have no derivative; the values themselves have.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.operation import Operation
from graphnn.ops.matrices import (
    adjoint,
    conjugate,
    diagonal,
    diagonal_matrix,
    from_triangle,
    identity,
    is_complex,
    named_items,
    quotient,
    strict_triangle,
    transpose,
    without_diagonal,
)

SVD_RESULT: Any = type(np.linalg.svd(np.eye(1)))
QR_RESULT: Any = type(np.linalg.qr(np.eye(1)))


class Cholesky(Operation):
    """``np.linalg.cholesky``: A = L Lh, or Uh U.

    I. Murray, "Differentiation of the Cholesky decomposition", 2016. The gradient
    belongs to the triangle of A that NumPy reads; the other one has none.

    Parameters
    ----------
    upper : bool
        Read the upper triangle, and give U.
    """

    arity = 1

    def __init__(self, upper: bool = False) -> None:
        self.upper = bool(upper)

    def _output(self) -> Any:
        if not self.upper:
            return np.linalg.cholesky(self.input_)
        return np.linalg.cholesky(self.input_, upper=True)

    def _input_grad(self, output_grad: Any) -> Any:
        factor = self.output
        if self.upper:
            factor, output_grad = adjoint(factor), adjoint(output_grad)
        size = factor.shape[-1]
        inside = transpose(factor) @ output_grad
        half = np.where(identity(size), inside / 2, 0)
        inside = np.where(strict_triangle(size), inside, half)
        # inv(L.T) @ inside @ inv(conj(L))
        right = transpose(np.linalg.solve(adjoint(factor), transpose(inside)))
        gradient = np.linalg.solve(transpose(factor), right)
        return from_triangle(gradient, lower=not self.upper)


class Svd(Operation):
    """``np.linalg.svd``: A = U diag(s) Vh.

    J. Townsend, "Differentiating the singular value decomposition", 2016; for complex
    matrices Z.-Q. Wan, S.-X. Zhang, "Automatic differentiation for complex valued SVD",
    2019. With ``full_matrices`` the further columns of U and rows of Vh span what the
    others leave; any rotation among them is as good, so a loss must not depend on it.

    Parameters
    ----------
    full_matrices : bool
        Make U and Vh square.
    hermitian : bool
        Read the lower triangle of A only.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[[0.0, 2.0], [1.0, 0.0]])
    >>> u, s, vh = np.linalg.svd(x)
    >>> s.output
    array([2., 1.])
    >>> x.graph.backward(s[0], wrt=x)
    >>> np.round(x.grad) + 0.0
    array([[0., 1.],
           [0., 0.]])
    """

    arity = 1

    def __init__(self, full_matrices: bool = True, hermitian: bool = False) -> None:
        self.full_matrices = bool(full_matrices)
        self.hermitian = bool(hermitian)

    def _output(self) -> Any:
        full = self.full_matrices
        return tuple(np.linalg.svd(self.input_, full, hermitian=self.hermitian))

    def _input_grad(self, output_grad: Any) -> Any:
        u_grad, s_grad, vh_grad = output_grad
        u, s, vh = self.output
        v, v_grad = adjoint(vh), adjoint(vh_grad)
        rows, columns = self.input_.shape[-2:]
        count = s.shape[-1]
        from_u, from_v = transpose(u) @ u_grad, transpose(v) @ v_grad
        turn_u, turn_v = from_u - adjoint(from_u), from_v - adjoint(from_v)

        down, across = s[..., :, None], s[..., None, :]
        left, right = turn_u[..., :count, :count], turn_v[..., :count, :count]
        turn = without_diagonal(left * across + down * right)
        inside = quotient(turn, (across - down) * (across + down))
        if is_complex(u):  # the phase of each pair of vectors goes with u
            s_grad = s_grad + quotient(diagonal(left) / 2, s)
        inside = inside + diagonal_matrix(s_grad)
        if self.full_matrices and rows > count:
            further = quotient(turn_u[..., count:, :count], across)
            inside = np.concatenate([inside, further], axis=-2)
        if self.full_matrices and columns > count:
            further = quotient(-turn_v[..., :count, count:], down)
            inside = np.concatenate([inside, further], axis=-1)
        gradient = conjugate(u) @ inside @ conjugate(vh)
        if not self.full_matrices and rows > count:
            outside = quotient(u_grad - conjugate(u) @ from_u, across)
            gradient = gradient + outside @ conjugate(vh)
        if not self.full_matrices and columns > count:
            outside = quotient(adjoint(v_grad - conjugate(v) @ from_v), down)
            gradient = gradient + conjugate(u) @ outside
        return from_triangle(gradient) if self.hermitian else gradient


class Svdvals(Operation):
    """``np.linalg.svdvals``: the singular values alone; see :class:`Svd`."""

    arity = 1

    def __init__(self, hermitian: bool = False) -> None:
        self.hermitian = bool(hermitian)

    def _output(self) -> Any:
        return np.linalg.svd(self.input_, compute_uv=False, hermitian=self.hermitian)

    def _input_grad(self, output_grad: Any) -> Any:
        u, _, vh = np.linalg.svd(self.input_, False, hermitian=self.hermitian)
        gradient = (conjugate(u) * output_grad[..., None, :]) @ conjugate(vh)
        return from_triangle(gradient) if self.hermitian else gradient


class Qr(Operation):
    """``np.linalg.qr``: A = Q R.

    S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions with
    application in optimum experimental design", 2010; M. Seeger et al., "Auto-
    differentiating linear algebra", 2017, for the form. Of a wide matrix the first
    columns determine Q, and the rest of R is Qh times the other columns.

    Parameters
    ----------
    mode : {"reduced", "complete"}
        Complete: make Q square. For a tall matrix there is no gradient then, as the
        further columns of Q are not determined.
    """

    arity = 1

    def __init__(self, mode: str = "reduced") -> None:
        self.mode = mode

    def _output(self) -> Any:
        shape = self.input_.shape
        if self.mode == "complete" and len(shape) > 1 and shape[-2] > shape[-1]:
            raise unsupported(
                f"np.linalg.qr(mode='complete') of shape {shape} has no "
                "operation: more rows than columns leave part of Q undetermined",
                "Use mode='reduced', or np.linalg.svd.",
            )
        mode: Any = self.mode
        return tuple(np.linalg.qr(self.input_, mode))

    def _input_grad(self, output_grad: Any) -> Any:
        q_grad, r_grad = output_grad
        q, r = self.output
        rows = q.shape[-1]
        columns = self.input_.shape[-1]
        rest = None
        if columns > rows:
            other, rest = self.input_[..., rows:], conjugate(q) @ r_grad[..., rows:]
            q_grad = q_grad + conjugate(other @ transpose(r_grad[..., rows:]))
            r, r_grad = r[..., :rows], r_grad[..., :rows]
        from_q, from_r = transpose(q) @ q_grad, r_grad @ transpose(r)
        turn = from_q - from_r
        turn = turn - adjoint(turn)
        half = np.where(identity(rows), turn / 2, 0)
        inside = from_r - from_q + np.where(strict_triangle(rows), turn, half)
        whole = q_grad + conjugate(q) @ inside
        gradient = transpose(np.linalg.solve(r, transpose(whole)))  # whole @ inv(R).T
        return gradient if rest is None else np.concatenate([gradient, rest], axis=-1)


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Make the node for ``np.linalg.cholesky``."""
    return bind(Cholesky(upper), (a,))


@implements(np.linalg.svd)
def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> Any:
    """Make the nodes for ``np.linalg.svd``."""
    if not compute_uv:
        return bind(Svdvals(hermitian), (a,))
    return named_items(bind(Svd(full_matrices, hermitian), (a,)), SVD_RESULT)


@implements(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """Make the node for ``np.linalg.svdvals``."""
    return bind(Svdvals(), (x,))


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Make the nodes for ``np.linalg.qr``."""
    if mode == "r":
        return named_items(bind(Qr(), (a,)), QR_RESULT).R
    if mode not in ("reduced", "complete"):
        raise unsupported(
            f"np.linalg.qr(mode={mode!r}) has no operation",
            "Use mode='reduced', 'complete' or 'r'.",
        )
    return named_items(bind(Qr(mode), (a,)), QR_RESULT)
