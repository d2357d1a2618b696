"""Sample uses of indexing."""

import numpy as np
from cases.base import MASK, Case, numbers

from graphnn.ops import indexing
from graphnn.ops.elementary import Slot

ABSTRACT = {indexing.Indexing}

INDICES = [
    1,
    -1,
    (slice(1, None), slice(None, None, 2)),
    (slice(None, None, -1), slice(2, None, -2)),
    (Ellipsis, None, 0),
    (1, 2),
    (),
    Ellipsis,
    True,
    [0, 1, 0],
    [True, False],
    (slice(None), np.array([2, 2, 0])),
    (np.array([0, 1]), np.array([2, 0])),
    (np.array([[0], [1]]), np.array([2, 0, 2])),
    (1, np.array([2, 2])),
    MASK,
    (slice(None), MASK[0]),
    (MASK[:, 0], 1),
    (MASK[:, 0], np.array([0, 0])[: MASK[:, 0].sum()]),
    np.zeros((2, 3), bool),
    (slice(0, 0), 1),
    np.array([[0, 1], [1, 1]]),
    np.int64(1),
]
ROWS, COLUMNS = np.array([0, 1, 1]), np.array([2, 0, 0])

CASES = [
    *[
        Case(lambda index=index: indexing.GetItem(index), (numbers(2, 3),))
        for index in INDICES
    ],
    Case(lambda: indexing.GetItem(()), (numbers(),)),
    Case(lambda: indexing.GetItem(Slot(0)), (numbers(2, 3), MASK)),
    Case(lambda: indexing.GetItem((Slot(0), Slot(1))), (numbers(2, 3), ROWS, COLUMNS)),
    Case(
        lambda: indexing.GetItem((slice(None), [0, Slot(0)])),
        (numbers(2, 3), np.array(0)),
    ),
    Case(lambda: indexing.Scatter((slice(None), 1), (2, 3)), (numbers(2),)),
    Case(lambda: indexing.Scatter(np.array([1, 1, 0]), (2, 4)), (numbers(3, 4),)),
    Case(lambda: indexing.Scatter(MASK, (2, 3)), (numbers(MASK.sum()),)),
    Case(
        lambda: indexing.Scatter((slice(None), Slot(0)), (2, 3)),
        (numbers(2, 3), COLUMNS),
    ),
]
