"""Inverses, determinants, and linear equations.

Formulas: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation", 2008, and "An extended collection of matrix derivative
results", report NA-08/01, Oxford 2008. All functions take stacks of matrices where
NumPy's do.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import dispatched, implements
from graphnn.graph.operation import Operation
from graphnn.ops.discrete import without_gradient
from graphnn.ops.indexing import is_node
from graphnn.ops.linear import is_value_error
from graphnn.ops.matrices import (
    conjugate,
    identity,
    is_complex,
    named_items,
    need_values,
    transpose,
)

SLOGDET_RESULT: Any = type(np.linalg.slogdet(np.eye(1)))


class Inv(Operation):
    """``np.linalg.inv``; Giles §2.2.3."""

    arity = 1
    plain = True

    def _output(self) -> Any:
        return np.linalg.inv(self.input_)

    def _input_grad(self, output_grad: Any) -> Any:
        turned = transpose(self.output)
        return -(turned @ output_grad @ turned)


class Det(Operation):
    """``np.linalg.det``; its gradient is the matrix of cofactors.

    That is det(A) inv(A).T (Giles §2.2.4) where A has an inverse, and it is finite
    where it has none.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[[1.0, 0.0], [0.0, 0.0]])
    >>> x.graph.backward(np.linalg.det(x), wrt=x)
    >>> x.grad + 0.0
    array([[0., 0.],
           [0., 1.]])
    """

    arity = 1
    plain = True

    def _output(self) -> Any:
        return np.linalg.det(self.input_)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad[..., None, None] * cofactors(self.input_)


@dispatched(is_node)
def cofactors(a: Any) -> Any:
    """Give the cofactors of square matrices, of singular ones, too.

    With A = U S Vh the matrix det(A) inv(A).T is det(U) det(Vh) conj(U) C conj(Vh), and
    the diagonal C has the products of all singular values but one: nothing is divided.
    """
    u, s, vh = np.linalg.svd(a)
    others = np.where(identity(s.shape[-1]), 1, s[..., None, :])
    sign = np.linalg.det(u) * np.linalg.det(vh)
    scale = sign[..., None, None] * np.prod(others, axis=-1)[..., None, :]
    return (conjugate(u) * scale) @ conjugate(vh)


class Cofactors(Operation):
    """The cofactors of square matrices: the derivative of the determinant.

    Its own gradient, the second derivative of the determinant, goes through the
    inverse, which a singular matrix does not have.
    """

    arity = 1
    plain = True

    def _output(self) -> Any:
        return cofactors(self.input_)

    def _input_grad(self, output_grad: Any) -> Any:
        # C = det inv.T, so dC = sum(inv.T * dA) C - inv.T dA.T C
        turned = transpose(np.linalg.inv(self.input_))
        total = np.sum(output_grad * self.output, axis=(-2, -1), keepdims=True)
        return total * turned - turned @ transpose(output_grad) @ self.output


@implements(cofactors)
def cofactors_node(a: Any) -> Any:
    """Make the node for :func:`cofactors`."""
    return bind(Cofactors(), (a,))


class Slogdet(Operation):
    """``np.linalg.slogdet``: the sign of the determinant, and log(abs(det)).

    d log(det) = tr(inv(A) dA); its real part moves log(abs(det)), its imaginary part
    turns the sign, which for real matrices stays as it is.
    """

    arity = 1

    def _output(self) -> Any:
        return tuple(np.linalg.slogdet(self.input_))

    def _input_grad(self, output_grad: Any) -> Any:
        sign_grad, log_grad = output_grad
        sign = self.output[0]
        if is_complex(sign):  # d sign = 1j sign Im(tr(inv(A) dA))
            log_grad = log_grad + 1j * np.imag(sign_grad * sign)
        return log_grad[..., None, None] * transpose(np.linalg.inv(self.input_))


class Solve(Operation):
    """``np.linalg.solve``: the x of A x = b; Giles §2.3.1.

    As in NumPy, b is a vector only if it has one axis.
    """

    arity = 2
    broadcasts = True
    plain = True

    def _output(self) -> Any:
        a, b = self.input_values
        return np.linalg.solve(a, b)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        a, b = self.input_values
        x = self.output
        is_vector = b.ndim == 1
        if is_vector:
            x, output_grad = x[..., None], output_grad[..., None]
        columns = np.linalg.solve(transpose(a), output_grad)
        return (
            -columns @ transpose(x) if self.needs_input_grad[0] else None,
            columns[..., 0] if is_vector else columns,
        )

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error) or isinstance(error, np.linalg.LinAlgError):
            return None
        a, b = map(np.shape, self.input_values)
        rows = b[0] if len(b) == 1 else b[-2]
        reason = f"cannot solve A x = b for A of shape {a} and b of shape {b}: "
        if rows != a[-1]:
            return f"{reason}A has {a[-1]} rows, b has {rows}"
        return f"{reason}the leading axes do not broadcast"


@implements(np.linalg.inv)
def inv(a: Any) -> Any:
    """Make the node for ``np.linalg.inv``."""
    return bind(Inv(), (a,))


@implements(np.linalg.det)
def det(a: Any) -> Any:
    """Make the node for ``np.linalg.det``."""
    return bind(Det(), (a,))


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Make the nodes for ``np.linalg.slogdet``."""
    return named_items(bind(Slogdet(), (a,)), SLOGDET_RESULT)


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """Make the node for ``np.linalg.solve``."""
    return bind(Solve(), (a, b))


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Make the nodes for ``np.linalg.tensorinv``: the inverse of a reshaped tensor."""
    need_values("np.linalg.tensorinv", a)
    if ind <= 0:
        raise ValueError(f"np.linalg.tensorinv(..., ind={ind}): ind is positive")
    before, after = a.shape[:ind], a.shape[ind:]
    matrix = np.reshape(a, (math.prod(after), -1))
    return np.reshape(np.linalg.inv(matrix), (*after, *before))


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """Make the nodes for ``np.linalg.tensorsolve``: reshape, and solve."""
    need_values("np.linalg.tensorsolve", a, b)
    ndim = np.ndim(a)
    if axes is not None:
        order = list(range(ndim))
        for axis in axes:
            order.remove(axis)
            order.insert(ndim, axis)
        a = np.transpose(a, order)
    shape = np.shape(a)[np.ndim(b) - ndim :]
    count = math.prod(shape)
    if np.size(a) != count**2:
        raise ShapeError(
            f"np.linalg.tensorsolve of a with shape {np.shape(a)} and b with shape "
            f"{np.shape(b)}: a has {np.size(a)} elements, and {count}**2 are needed"
        )
    solution = np.linalg.solve(np.reshape(a, (count, count)), np.reshape(b, -1))
    return np.reshape(solution, shape)


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """Make the nodes for ``np.linalg.matrix_power``: products, in NumPy's order."""
    need_values("np.linalg.matrix_power", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"np.linalg.matrix_power of shape {a.shape}: it is not square")
    n = operator.index(n)
    if n == 0:
        unit = np.eye(a.shape[-1], dtype=a.dtype)
        return np.array(np.broadcast_to(unit, a.shape))
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 3:
        return (a @ a) @ a
    power = result = None
    while n:
        power = a if power is None else power @ power
        n, bit = divmod(n, 2)
        if bit:
            result = power if result is None else result @ power
    return result


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Make the nodes for ``np.linalg.cond``: the norms of x and of its inverse."""
    need_values("np.linalg.cond", x)
    if 0 in x.shape[-2:]:
        raise np.linalg.LinAlgError("cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    norm = np.linalg.norm(x, p, (-2, -1))
    double = np.result_type(x.dtype, np.float64)  # in which NumPy inverts here
    inverse = np.linalg.inv(x if x.dtype == double else x.astype(double))
    product = norm * np.linalg.norm(inverse, p, (-2, -1))
    return product if product.dtype == norm.dtype else product.astype(norm.dtype)


without_gradient(np.linalg.matrix_rank)


# -- what NumPy has under a second name ------------------------------------------------
@implements(np.linalg.matrix_transpose)
def linalg_matrix_transpose(x: Any, /) -> Any:
    """Make the node for ``np.linalg.matrix_transpose``."""
    return np.matrix_transpose(x)


@implements(np.linalg.diagonal)
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """Make the node for ``np.linalg.diagonal``, of the last two axes."""
    return np.diagonal(x, offset, -2, -1)


@implements(np.linalg.trace)
def linalg_trace(x: Any, /, *, offset: int = 0) -> Any:
    """Make the node for ``np.linalg.trace``, of the last two axes."""
    return np.trace(x, offset, -2, -1)
