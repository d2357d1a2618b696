"""Products of matrices, and what a dense layer is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.leaves import Parameter
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation, ParamOperation


def cannot_multiply(left: Any, right: Any) -> str:
    """Say why two shapes do not multiply."""
    a, b = np.shape(left), np.shape(right)
    reason = f"cannot multiply {a} by {b}"
    if a and b:
        inner = b[0] if len(b) == 1 else b[-2]
        if a[-1] != inner:
            return f"{reason}: the inner sizes {a[-1]} and {inner} differ"
        return f"{reason}: the leading axes do not broadcast"
    return f"{reason}: matrices have at least one axis"


class Matmul(Operation):
    """``a @ b``, of vectors, matrices, and stacks of matrices.

    Gradients: M. Giles, "Collected matrix derivative results for forward and reverse
    mode algorithmic differentiation", 2008, §2.2.2.
    """

    arity = 2
    broadcasts = True
    plain = True

    def _output(self) -> Any:
        left, right = self.input_values
        return left @ right

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        left, right = self.input_values
        return product_grads(left, right, output_grad, self.needs_input_grad)

    def _failure(self, error: Exception) -> str | None:
        return cannot_multiply(*self.input_values) if is_value_error(error) else None


def product_grads(
    left: Any, right: Any, output_grad: Any, needs: tuple[bool, ...]
) -> tuple[Any, ...]:
    """Give the gradients of ``left @ right``; broadcast axes are still to be summed."""
    # a vector is a matrix of one row on the left, of one column on the right
    rows = np.expand_dims(left, 0) if left.ndim == 1 else left
    columns = np.expand_dims(right, 1) if right.ndim == 1 else right
    if right.ndim == 1:
        output_grad = np.expand_dims(output_grad, -1)
    if left.ndim == 1:
        output_grad = np.expand_dims(output_grad, -2)
    left_grad = right_grad = None
    if needs[0]:
        left_grad = output_grad @ np.swapaxes(columns, -1, -2)
        if left.ndim == 1:
            left_grad = left_grad[..., 0, :]
    if needs[1]:
        right_grad = np.swapaxes(rows, -1, -2) @ output_grad
        if right.ndim == 1:
            right_grad = right_grad[..., 0]
    return left_grad, right_grad


def is_value_error(error: Exception) -> bool:
    """Tell NumPy's complaint about shapes from others."""
    return isinstance(error, ValueError)


@implements(np.matmul)
def matmul(left: Any, right: Any) -> Any:
    """Make the node for ``@`` and ``np.matmul``."""
    return bind(Matmul.__new__(Matmul), (left, right))


def rows_times(values: Any, matrix: Any) -> Any:
    """Multiply all rows, along however many axes, by a matrix in one product.

    Of two matrices ``np.dot`` is ``np.matmul`` with less around it.
    """
    shape = values.shape
    if len(shape) < 2:
        return np.matmul(values, matrix)
    if len(shape) == 2:
        return np.dot(values, matrix)
    product = np.dot(values.reshape(-1, shape[-1]), matrix)
    return product.reshape(*shape[:-1], matrix.shape[-1])


def summed_rows(values: Any) -> Any:
    """Add all rows, along however many axes, to one: by a product with ones.

    BLAS adds two to seven times as fast as ``np.sum`` does along the first axis.
    """
    rows = values.reshape(-1, values.shape[-1])
    return np.dot(np.ones(rows.shape[0], rows.dtype), rows)


def lies_in_rows(values: Any) -> bool:
    """Tell values whose rows need not be copied to be one matrix; of nodes, any."""
    return isinstance(values, Node) or bool(values.flags.c_contiguous)


class WeightMultiply(ParamOperation):
    """``input @ W``.

    Parameters
    ----------
    W : ndarray or Parameter, shape (inputs, outputs)

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> multiply = gn.WeightMultiply(np.array([[1.0], [2.0]]))
    >>> multiply.forward(np.array([[3.0, 4.0]]))
    array([[11.]])
    >>> multiply.backward(np.array([[1.0]]))
    array([[1., 2.]])
    >>> multiply.param_grad
    array([[3.],
           [4.]])
    """

    def __init__(self, W: Any) -> None:
        super().__init__(W if isinstance(W, Parameter) else Parameter(W, name="weight"))
        if self.param.ndim != 2:
            raise ArgumentError(
                f"WeightMultiply takes a matrix (inputs, outputs), not shape "
                f"{self.param.shape}"
            )

    def _output(self) -> Any:
        return rows_times(self.input_, self.param)

    def _input_grad(self, output_grad: Any) -> Any:
        return rows_times(output_grad, self.param.T)

    def _param_grad(self, output_grad: Any) -> Any:
        inputs, outputs = self.param.shape
        rows = self.input_.reshape(-1, inputs)
        return np.dot(rows.T, output_grad.reshape(-1, outputs))

    def _failure(self, error: Exception) -> str | None:
        if is_value_error(error):
            return cannot_multiply(self.input_, self.param)
        return None


BLAS = frozenset(np.dtype(kind).num for kind in (np.float32, np.float64))
"""The dtypes of which BLAS multiplies matrices."""


class BiasAdd(ParamOperation):
    """``input + B``, one bias for each column.

    Parameters
    ----------
    B : ndarray or Parameter, shape (1, outputs) or (outputs,)
    """

    broadcasts = True

    def __init__(self, B: Any) -> None:
        super().__init__(B if isinstance(B, Parameter) else Parameter(B, name="bias"))

    def _output(self) -> Any:
        return self.input_ + self.param

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad

    def _param_grad(self, output_grad: Any) -> Any:
        shape = self.param.shape
        is_row = shape == output_grad.shape[-1:] or shape == (
            1,
            *output_grad.shape[-1:],
        )
        is_matrix = output_grad.ndim > 1 and output_grad.dtype.num in BLAS
        if is_row and is_matrix and lies_in_rows(output_grad):
            return np.reshape(summed_rows(output_grad), shape)
        return output_grad  # summed by the engine: BiasAdd broadcasts

    def _failure(self, error: Exception) -> str | None:
        if is_value_error(error):
            return (
                f"cannot add a bias of shape {np.shape(self.param)} to an input of "
                f"shape {np.shape(self.input_)}"
            )
        return None
