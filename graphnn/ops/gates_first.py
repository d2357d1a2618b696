"""How recurrences lie in memory: the gates first, the rows of the batch last.

A matrix (rows, gates * neurons) whose columns lie one after another has each gate, and
any gates that stand side by side, in one block, over which NumPy runs in one loop. In
its shape it is a matrix like any other: it only lies the other way round ("F", as in
Fortran). J. Appleyard, T. Kočiský, P. Blunsom, "Optimizing performance of recurrent
neural networks on GPUs", arXiv:1604.01946, 2016, has more about such layouts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.ops.activations import Sigmoid
from graphnn.ops.indexing import is_node
from graphnn.ops.linear import Matmul, summed_rows


class MatrixProduct(Matmul):
    """``values @ weight`` of two matrices; the product lies columns first in memory.

    Examples
    --------
    >>> import numpy as np
    >>> product = MatrixProduct().forward(np.ones((2, 3)), np.ones((3, 4)))
    >>> product.shape, product.T.flags.c_contiguous
    ((2, 4), True)
    """

    broadcasts = False

    def _output(self) -> Any:
        values, weight = map(np.transpose, self.input_values)
        rows, columns = weight.shape[0], values.shape[1]
        blocks = blocks_of(rows, weight.shape[1] * columns)
        if blocks == 1:
            return np.transpose(np.dot(weight, values))
        apart = np.reshape(weight, (blocks, rows // blocks, -1))
        return np.transpose(np.reshape(np.matmul(apart, values), (rows, columns)))


SMALL = 10**6
"""Multiplications of the largest product for which OpenBLAS need not rearrange what it
reads: its "small matrix" kernels, which have one thread."""

MIDDLE = 2.5 * 10**6
"""Multiplications up to which a second thread gains nothing that can be relied on."""


def blocks_of(rows: int, each: int) -> int:
    """Tell into how many blocks of rows it pays to cut a product.

    A recurrence multiplies one matrix again and again by few columns. To rearrange the
    matrix, as BLAS does for large products, is then a good part of the work.

    Parameters
    ----------
    rows : int
    each : int
        Multiplications of a row.

    Examples
    --------
    >>> blocks_of(512, 128 * 32), blocks_of(512, 128 * 8), blocks_of(512, 128 * 64)
    (4, 1, 1)
    """
    if not SMALL < rows * each <= MIDDLE:
        return 1
    fits = [n for n in range(2, 9) if not rows % n and rows // n * each <= SMALL]
    return fits[0] if fits else 1


class GateSigmoid(Sigmoid):
    """The logistic function, as (1 + tanh(x / 2)) / 2, of what opens a gate.

    That is one function to compute where the exponentials of :class:`graphnn.Sigmoid`
    are two. It is exact to the last bit of 1 and not to that of its own value: next to
    0 it is 0. A gate multiplies, so that is all that counts.

    Examples
    --------
    >>> import numpy as np
    >>> GateSigmoid().forward(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    def _output(self) -> Any:
        return 0.5 + 0.5 * np.tanh(0.5 * self.input_)


def opened(sums: Any, count: int) -> list[Any]:
    """Open gates that stand side by side: in one, or each by a node of its own."""
    if is_node(sums):
        parts = [sums] if count == 1 else np.split(sums, count, axis=1)
        return [GateSigmoid()(part) for part in parts]
    recipe = GateSigmoid()
    recipe.input_values = (sums,)
    return np.split(recipe._output(), count, axis=1)


def product(values: Any, weight: Any) -> Any:
    """Multiply two matrices so that the product lies gates first."""
    recipe = MatrixProduct()
    if is_node(values) or is_node(weight):
        return recipe(values, weight)
    recipe.input_values = (values, weight)
    return recipe._output()


def gates_first(values: Any) -> Any:
    """Lay a matrix (rows, columns) gates first; how a node lies is not for us to say.

    Where one operand of a ufunc lies the other way round all loops are slow, and so is
    what reads the result.
    """
    return values if is_node(values) else np.copy(values, order="F")


def rows_first(values: Any) -> Any:
    """Lay a matrix as all others lie: others' sums depend on it, to the last bit."""
    return values if is_node(values) else np.copy(values, order="C")


def spread(bias: Any, rows: int) -> Any:
    """Lay a bias gates first, once for each row: each step then adds it in one loop."""
    if is_node(bias):
        return bias
    return np.copy(np.broadcast_to(bias, (rows, bias.shape[-1])), order="F")


def steps_first(values: Any) -> Any:
    """Lay sequences (rows, time, columns) so that each time step lies gates first."""
    if is_node(values):
        return values
    return np.transpose(np.copy(np.transpose(values, (1, 2, 0)), order="C"), (2, 0, 1))


def sequence_of(steps: Sequence[Any]) -> Any:
    """Make sequences (rows, time, columns), laid as all others, of time steps."""
    if is_node(steps[0]):
        return np.stack(steps, axis=1)
    stacked = np.stack([np.transpose(step) for step in steps])
    return np.copy(np.transpose(stacked, (2, 0, 1)), order="C")


def columns_of(steps: Sequence[Any]) -> Any:
    """Put the steps (rows, columns) side by side, turned: (columns, time * rows)."""
    stacked = np.transpose(np.stack([np.transpose(step) for step in steps]), (1, 0, 2))
    return np.reshape(stacked, (stacked.shape[0], -1))


def columns_in_time(x: Any) -> Any:
    """Put the steps of sequences side by side, turned: (features, time * rows)."""
    return np.reshape(np.transpose(x, (2, 1, 0)), (x.shape[-1], -1))


def column_sums(columns: Any) -> Any:
    """Add up what :func:`columns_of` has put side by side."""
    return summed_rows(np.transpose(columns))
