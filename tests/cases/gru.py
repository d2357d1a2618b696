"""Sample uses of gated recurrent units."""

from functools import partial

import numpy as np
from cases.base import Case
from cases.recurrent import inputs

from graphnn.ops.gru import GRUSequence

drawn = partial(inputs, gates=3)

CASES = [
    Case(GRUSequence, drawn(2, 3, 4, 3, biases=(9, 3))),
    Case(GRUSequence, drawn(2, 1, 1, 2)),
    Case(partial(GRUSequence, return_sequences=True), drawn(2, 3, 2, 3)),
    Case(
        partial(GRUSequence, return_sequences=True, return_state=True, reverse=True),
        drawn(3, 2, 2, 3, biases=(9, 3)),
    ),
    Case(
        partial(GRUSequence, return_state=True, masked=True),
        drawn(2, 3, 2, 2, biases=(6, 2), lengths=(np.array([3, 1]),)),
    ),
]
