"""Sample uses of looking up rows by number."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops.embedding import EmbeddingLookup, PositionAdd

IDS = np.array([[2, 0, 2], [1, 2, 0]])

CASES = [
    Case(lambda: EmbeddingLookup(numbers(4, 3)), (IDS,)),
    Case(lambda: EmbeddingLookup(numbers(4, 3)), (IDS.astype(np.uint8).reshape(-1),)),
    Case(lambda: EmbeddingLookup(numbers(4, 3), padding_index=2), (IDS,)),
    Case(lambda: PositionAdd(numbers(4, 3)), (numbers(2, 4, 3),)),
    Case(lambda: PositionAdd(numbers(5, 3)), (numbers(2, 2, 3),)),
]
