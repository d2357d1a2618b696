"""Sample uses of long short-term memory."""

from functools import partial

import numpy as np
from cases.base import Case
from cases.recurrent import inputs

from graphnn.ops.lstm import LSTMSequence

drawn = partial(inputs, gates=4, parts=2)

CASES = [
    Case(LSTMSequence, drawn(2, 3, 4, 3, biases=(12,))),
    Case(LSTMSequence, drawn(2, 1, 1, 2)),
    Case(partial(LSTMSequence, return_sequences=True), drawn(2, 3, 2, 3)),
    Case(
        partial(LSTMSequence, return_sequences=True, return_state=True, reverse=True),
        drawn(3, 2, 2, 3, biases=(12,)),
    ),
    Case(
        partial(LSTMSequence, return_state=True, masked=True),
        drawn(2, 3, 2, 2, biases=(8,), lengths=(np.array([3, 1]),)),
    ),
]
