"""Sample uses of the simple recurrence."""

from functools import partial

import numpy as np
from cases.base import Case
from cases.recurrent import inputs

from graphnn.ops.rnn import RNNSequence

LENGTHS = (np.array([1, 3]),)

CASES = [
    Case(RNNSequence, inputs(2, 3, 4, 3, biases=(3,))),
    Case(RNNSequence, inputs(2, 1, 1, 2)),
    Case(partial(RNNSequence, "relu", return_sequences=True), inputs(2, 3, 4, 3)),
    Case(
        partial(RNNSequence, return_sequences=True, return_state=True, reverse=True),
        inputs(3, 2, 2, 3, biases=(3,)),
    ),
    Case(
        partial(RNNSequence, return_sequences=True, return_state=True, masked=True),
        inputs(2, 3, 2, 3, biases=(3,), lengths=LENGTHS),
    ),
    Case(
        partial(RNNSequence, "relu", reverse=True, masked=True),
        inputs(2, 3, 2, 3, biases=(3,), lengths=LENGTHS),
    ),
]
