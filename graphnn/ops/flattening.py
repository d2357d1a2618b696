"""Every row reshaped, whatever the number of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.ops.shaping import Reshaping


class ReshapeRows(Reshaping):
    """Give each row another shape; the number of rows is that of the batch.

    Parameters
    ----------
    row_shape : tuple of int
        One of them may be -1.

    Examples
    --------
    >>> import numpy as np
    >>> ReshapeRows((2, -1)).forward(np.ones((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, row_shape: tuple[int, ...]) -> None:
        self.row_shape = row_shape

    def _output(self) -> Any:
        return np.reshape(self.input_, (*np.shape(self.input_)[:1], *self.row_shape))


class Flatten(ReshapeRows):
    """Make one axis of all but the first: (rows, ...) to (rows, features)."""

    def __init__(self) -> None:
        super().__init__((-1,))

    def _output(self) -> Any:
        rows, *rest = np.shape(self.input_)
        # -1 would be ambiguous for a batch of no rows
        return np.reshape(self.input_, (rows, int(np.prod(rest))))
