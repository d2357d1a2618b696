"""How windows of images are laid out as matrices: in groups, and in blocks of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

LARGEST_BLOCK = 2**23
"""Bytes of a matrix of windows; more of them are taken a block of rows at a time.

For a kernel of 3 × 3 the matrix is some nine times as large as its images. In blocks it
stays in the cache, and in memory that is used again: that is also faster.
"""


def in_blocks(values: Any, row_size: int) -> list[Any]:
    """Cut values into blocks of rows.

    Parameters
    ----------
    values : ndarray or Node, shape (rows, ...)
    row_size : int
        The bytes of the matrix that is made of a row.

    Examples
    --------
    >>> import numpy as np
    >>> [block.shape for block in in_blocks(np.ones((5, 2)), 2**22)]
    [(2, 2), (2, 2), (1, 2)]
    """
    rows = values.shape[0]
    each = max(1, LARGEST_BLOCK // max(1, row_size))
    if each >= rows:
        return [values]
    return [values[first : first + each] for first in range(0, rows, each)]


def joined(blocks: list[Any]) -> Any:
    """Join blocks of rows again."""
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def sum_of(blocks: list[Any]) -> Any:
    """Add up what each block of rows has given."""
    total, *others = blocks
    for other in others:
        total = total + other
    return total


def in_groups(values: Any, leading: int, groups: int) -> Any:
    """Lay values out as a matrix, or as one for each group of the last axis.

    Parameters
    ----------
    values : ndarray or Node, shape (..., channels)
    leading : int
        How many of the first axes count the rows; the others are the columns.
    groups : int

    Returns
    -------
    ndarray or Node, shape (rows, columns) or (groups, rows, columns / groups)

    Examples
    --------
    >>> import numpy as np
    >>> in_groups(np.array([[[0, 1, 10, 11], [2, 3, 12, 13]]]), 1, 2)
    array([[[ 0,  1,  2,  3]],
           [[10, 11, 12, 13]]])
    """
    shape = values.shape
    rows, columns = math.prod(shape[:leading]), math.prod(shape[leading:])
    if groups == 1:
        return np.reshape(values, (rows, columns))
    each = shape[-1] // groups
    apart = np.reshape(values, (rows, columns // shape[-1], groups, each))
    return np.reshape(
        np.transpose(apart, (2, 0, 1, 3)), (groups, rows, columns // groups)
    )


def from_groups(matrices: Any, groups: int, size: int = 1) -> Any:
    """Join what :func:`in_groups` has laid out: back to shape (rows, columns).

    Parameters
    ----------
    matrices : ndarray or Node
    groups : int
    size : int
        How many times the channels of a group stand in a row.

    Examples
    --------
    >>> import numpy as np
    >>> from_groups(np.array([[[0, 1, 2, 3]], [[10, 11, 12, 13]]]), 2, size=2)
    array([[ 0,  1, 10, 11,  2,  3, 12, 13]])
    """
    if groups == 1:
        return matrices
    rows, columns = matrices.shape[1:]
    apart = np.reshape(matrices, (groups, rows, size, columns // size))
    return np.reshape(np.transpose(apart, (1, 2, 0, 3)), (rows, groups * columns))
