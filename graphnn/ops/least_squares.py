"""Pseudo-inverses and least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.operation import Operation
from graphnn.ops.matrices import (
    adjoint,
    completed,
    conjugate,
    from_triangle,
    items,
    transpose,
)

NOT_GIVEN: Any = object()
"""Stands for an argument whose ``None`` means something."""


class Pinv(Operation):
    """``np.linalg.pinv``, the pseudo-inverse, while the rank stays as it is.

    G. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
    squares problems whose variables separate", SIAM J. Numer. Anal. 10 (1973).

    Parameters
    ----------
    **settings
        ``rcond`` or ``rtol``: what counts as a singular value of 0; ``hermitian``: read
        the lower triangle only.
    """

    arity = 1

    def __init__(self, **settings: Any) -> None:
        self.keywords = settings

    def _output(self) -> Any:
        return np.linalg.pinv(self.input_, **self.keywords)

    def _input_grad(self, output_grad: Any) -> Any:
        a, p = self.input_, self.output
        hermitian = self.keywords.get("hermitian", False)
        if hermitian:
            a = completed(a)
        rows, columns = a.shape[-2:]
        turned, g = transpose(p), transpose(output_grad)
        outside = np.eye(rows, dtype=a.dtype) - a @ p  # of the range of A
        kernel = np.eye(columns, dtype=a.dtype) - p @ a  # of the rows of A
        both = outside @ g @ p @ adjoint(p) + adjoint(p) @ p @ g @ kernel
        gradient = conjugate(both) - turned @ output_grad @ turned
        return from_triangle(gradient) if hermitian else gradient


class Lstsq(Operation):
    """``np.linalg.lstsq``: x = pinv(A) b, while the rank stays as it is.

    The derivative of x is that of the pseudo-inverse (see :class:`Pinv`). The residual
    is orthogonal to the columns of A, so the change of x does not change its square.

    Parameters
    ----------
    rcond : float or None
        What counts as a singular value of 0.
    """

    arity = 2

    def __init__(self, rcond: float | None = None) -> None:
        self.rcond = rcond

    def _output(self) -> Any:
        a, b = self.input_values
        return tuple(np.linalg.lstsq(a, b, rcond=self.rcond))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        a, b = self.input_values
        x, residuals, _, _ = self.output
        x_grad, residuals_grad, _, s_grad = output_grad
        is_vector = b.ndim == 1
        if is_vector:
            b, x, x_grad = b[:, None], x[:, None], x_grad[:, None]
        p = np.linalg.pinv(a, rcond=self._cutoff(a))
        b_grad = transpose(p) @ x_grad
        error = b - a @ x
        outside = conjugate(error) @ transpose(p @ conjugate(b_grad))
        kernel = conjugate(adjoint(p) @ x) @ adjoint(x_grad - transpose(a) @ b_grad)
        a_grad = outside + kernel - b_grad @ transpose(x)
        if residuals.size:
            turn = 2 * conjugate(error) * residuals_grad
            b_grad = b_grad + turn
            a_grad = a_grad - turn @ transpose(x)
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        a_grad = a_grad + (conjugate(u) * s_grad) @ conjugate(vh)
        return a_grad, b_grad[:, 0] if is_vector else b_grad

    def _cutoff(self, a: Any) -> float:
        """Say in pinv's words what lstsq takes for zero."""
        precision = float(np.finfo(a.dtype).eps)
        if self.rcond is None:
            return precision * float(max(a.shape))
        return precision if self.rcond < 0 else float(self.rcond)

    def _failure(self, error: Exception) -> str | None:
        if str(error) != "Incompatible dimensions":
            return None
        a, b = map(np.shape, self.input_values)
        return f"A of shape {a} has {a[0]} rows, b of shape {b} has {b[0]}"


@implements(np.linalg.pinv)
def pinv(
    a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = NOT_GIVEN
) -> Any:
    """Make the node for ``np.linalg.pinv``."""
    settings = {} if rcond is None else {"rcond": rcond}
    if hermitian:
        settings["hermitian"] = True
    if rtol is not NOT_GIVEN:
        settings["rtol"] = rtol
    return bind(Pinv(**settings), (a,))


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """Make the nodes for ``np.linalg.lstsq``."""
    return items(bind(Lstsq(rcond), (a, b)), 4)
