"""Rows of data: cut into batches, taken, compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphnn.errors import ShapeError

Arrays = tuple[np.ndarray, ...]


def batches(order: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Cut an order of rows into batches."""
    for start in range(0, len(order), size):
        yield order[start : start + size]


def take(arrays: Arrays, rows: Any = slice(None)) -> Any:
    """Take rows of the arrays: a tuple for several, an array for one."""
    taken = tuple([array[rows] for array in arrays])
    return taken if len(taken) > 1 else taken[0]


def check_alike(train: Arrays, test: Arrays) -> None:
    """Refuse test data whose rows are not like those of the training data."""
    train_shapes = [array.shape[1:] for array in train]
    test_shapes = [array.shape[1:] for array in test]
    if train_shapes != test_shapes:
        raise ShapeError(
            f"X_train has rows of shape {', '.join(map(str, train_shapes))}, "
            f"X_test of {', '.join(map(str, test_shapes))}"
        )
