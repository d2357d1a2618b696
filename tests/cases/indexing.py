"""Sample uses of indexing."""

import numpy as np
from cases.base import MASK, Case, numbers

from graphnn.ops import indexing

INDICES = [
    1,
    -1,
    (slice(1, None), slice(None, None, 2)),
    (Ellipsis, None, 0),
    [0, 1, 0],
    (slice(None), np.array([2, 2, 0])),
    (np.array([0, 1]), np.array([2, 0])),
    MASK,
    np.array([[0, 1], [1, 1]]),
    np.int64(1),
]

CASES = [
    *[
        Case(lambda index=index: indexing.GetItem(index), (numbers(2, 3),))
        for index in INDICES
    ],
    Case(lambda: indexing.Scatter((slice(None), 1), (2, 3)), (numbers(2),)),
    Case(lambda: indexing.Scatter(np.array([1, 1, 0]), (2, 4)), (numbers(3, 4),)),
]
