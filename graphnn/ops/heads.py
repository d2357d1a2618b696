"""Features split into heads, each of which attends by itself, and joined again."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.operation import Operation


class SplitHeads(Operation):
    """(..., time, features) to (..., heads, time, features / heads).

    Parameters
    ----------
    heads : int
        Neighbouring features make a head.

    Raises
    ------
    ArgumentError, ShapeError
        For heads that do not divide the features.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn.ops.heads import SplitHeads
    >>> SplitHeads(2).forward(np.array([[1, 2, 3, 4], [5, 6, 7, 8]]))
    array([[[1, 2],
            [5, 6]],
    <BLANKLINE>
           [[3, 4],
            [7, 8]]])
    """

    arity = 1

    def __init__(self, heads: int) -> None:
        if not isinstance(heads, int | np.integer) or heads < 1:
            raise ArgumentError(f"heads is a whole number of at least 1, not {heads!r}")
        self.heads = int(heads)

    def _output(self) -> Any:
        shape = self.input_.shape
        if len(shape) < 2 or shape[-1] % self.heads:
            raise ShapeError(
                f"{self.describe()}: {self.heads} heads do not divide the features of "
                f"an input of shape {shape}"
            )
        return split(self.input_, self.heads)

    def _input_grad(self, output_grad: Any) -> Any:
        return join(output_grad)


class JoinHeads(Operation):
    """(..., heads, time, size) to (..., time, heads * size): heads beside each other.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn.ops.heads import JoinHeads
    >>> JoinHeads().forward(np.array([[[1, 2], [5, 6]], [[3, 4], [7, 8]]]))
    array([[1, 2, 3, 4],
           [5, 6, 7, 8]])
    """

    arity = 1

    def _output(self) -> Any:
        if self.input_.ndim < 3:
            raise ShapeError(
                f"{self.describe()}: (..., heads, time, size) is needed, not "
                f"{self.input_.shape}"
            )
        return join(self.input_)

    def _input_grad(self, output_grad: Any) -> Any:
        return split(output_grad, self.input_.shape[-3])


def split(value: Any, heads: int) -> Any:
    """Split the last axis, and put the heads before the time."""
    *leading, features = value.shape
    parts = np.reshape(value, (*leading, heads, features // heads))
    return np.swapaxes(parts, -2, -3)


def join(value: Any) -> Any:
    """Put the time before the heads again, and join the last two axes."""
    *leading, heads, time, size = value.shape
    return np.reshape(np.swapaxes(value, -2, -3), (*leading, time, heads * size))
