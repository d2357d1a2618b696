"""How images lie in memory: in which order of their axes, and in blocks of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.node import Node

LARGEST_BLOCK = 2**23
"""Bytes of what is copied for windows; more is taken a block of rows at a time.

For a kernel of 3 × 3 that may be nine times as much as the images. In blocks it stays
in the cache, and in memory that is used again: that is also faster.
"""


def in_blocks(values: Any, row_size: int) -> list[Any]:
    """Cut values into blocks of rows.

    Parameters
    ----------
    values : ndarray or Node, shape (rows, ...)
    row_size : int
        The bytes of what is copied for a row.

    Examples
    --------
    >>> import numpy as np
    >>> [block.shape for block in in_blocks(np.ones((6, 2)), 2**21)]
    [(3, 2), (3, 2)]
    """
    rows = values.shape[0]
    most = max(1, LARGEST_BLOCK // max(1, row_size))
    if most >= rows:
        return [values]
    blocks = -(-rows // most)
    each = -(-rows // blocks)
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


def memory_order(strides: tuple[int, ...]) -> tuple[int, ...]:
    """Name the axes in the order in which they lie in memory, the widest steps first.

    Examples
    --------
    >>> memory_order((8, 160, 32)), memory_order((24, 8, 8))
    ((1, 2, 0), (0, 1, 2))
    """
    return tuple(sorted(range(len(strides)), key=lambda axis: -abs(strides[axis])))


def empty_in_order(
    shape: tuple[int, ...], dtype: Any, order: tuple[int, ...]
) -> np.ndarray:
    """Make an array whose axes lie in memory in some order.

    Examples
    --------
    >>> empty_in_order((2, 3, 4), "f8", (1, 2, 0)).strides
    (8, 64, 16)
    """
    made = np.empty([shape[axis] for axis in order], dtype)
    return np.transpose(made, np.argsort(order))


def laid_out_like(value: Any, like: Any) -> Any:
    """Copy an array if its axes do not lie in memory in the order of another one's.

    Operations on both are fast then. Nodes are left as they are.

    Parameters
    ----------
    value, like : ndarray or Node
        Of the same shape.
    """
    if isinstance(value, Node) or isinstance(like, Node):
        return value
    order = memory_order(like.strides)
    if memory_order(value.strides) == order:
        return value
    turned = np.transpose(value, order)
    flat = np.reshape(turned, (-1,))
    back = np.reshape(flat, turned.shape)
    return np.transpose(back, np.argsort(order))
