"""Layers that give rows another shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.nn.layer import Layer
from graphnn.ops.arguments import is_whole
from graphnn.ops.flattening import Flatten as FlattenOperation
from graphnn.ops.flattening import ReshapeRows


class Flatten(Layer):
    """Make each row a vector: (rows, height, width, channels) to (rows, features).

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Flatten().forward(np.ones((5, 2, 3))).shape
    (5, 6)
    """

    def __init__(self) -> None:
        super().__init__()

    def _setup_layer(self, input_: Any) -> None:
        self.operations = [FlattenOperation()]


class Reshape(Layer):
    """Give each row another shape; the batch keeps its rows.

    Parameters
    ----------
    row_shape : int or tuple of int
        The shape of a row. One of its sizes may be -1: it is what the others leave.

    Raises
    ------
    ArgumentError
        For sizes that are no whole numbers of at least 1, or more than one -1.
    ShapeError
        On the first batch, if its rows have another number of elements.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Reshape((8, 8, 1)).forward(np.ones((5, 64))).shape
    (5, 8, 8, 1)
    """

    def __init__(self, row_shape: int | tuple[int, ...]) -> None:
        sizes = row_shape if isinstance(row_shape, tuple | list) else (row_shape,)
        for size in sizes:
            if not is_whole(size) or (size < 1 and size != -1):
                raise ArgumentError(
                    f"the sizes of a row are whole numbers from 1 on, or one -1, not "
                    f"{size!r}"
                )
        self.row_shape = tuple([int(size) for size in sizes])
        if self.row_shape.count(-1) > 1:
            raise ArgumentError(f"only one size may be -1, not {self.row_shape}")

    def _setup_layer(self, input_: Any) -> None:
        given, known = (
            int(np.prod([size for size in sizes if size != -1]))
            for sizes in (input_.shape[1:], self.row_shape)
        )
        if given != known and (-1 not in self.row_shape or given % known):
            raise ShapeError(
                f"Reshape: rows of shape {input_.shape[1:]} have {given} elements, and "
                f"do not fit {self.row_shape}",
                "The shape is that of a row; the batch keeps its rows.",
            )
        self.operations = [ReshapeRows(self.row_shape)]

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Reshape{name}: {self.row_shape}>"
