"""Sample uses of attention."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import attention

QUERY, KEY, VALUE = numbers(2, 3, 4), numbers(2, 5, 4, seed=1), numbers(2, 5, 2, seed=2)
ADDED = numbers(2, 3, 5, seed=3)
HEADS = numbers(2, 2, 3, 4), numbers(2, 2, 3, 4, seed=1), numbers(2, 2, 3, 4, seed=2)
ALLOWED = np.array(
    [[True, False, True, True, False], [False] * 5, [False, True, False, False, True]]
)


def weights(**settings):
    return lambda: attention.AttentionWeights(**settings)


def attend(**settings):
    return lambda: attention.ScaledDotProductAttention(**settings)


CASES = [
    Case(weights(), (QUERY, KEY)),
    Case(weights(causal=True), (QUERY, KEY, ADDED)),
    Case(attend(), (QUERY, KEY, VALUE)),
    Case(attend(scale=0.7), (QUERY[0], KEY[0], VALUE[0])),
    Case(attend(causal=True), HEADS),
    Case(attend(), (QUERY, KEY, VALUE, ADDED)),
    Case(attend(), (QUERY, KEY[0], VALUE, ADDED[0, :1])),
    Case(attend(causal=True), (*HEADS, numbers(2, 1, 3, 1, seed=4))),
    Case(attend(), (QUERY, KEY, VALUE, ALLOWED)),
    Case(attend(causal=True), (QUERY, KEY, VALUE, ALLOWED[np.newaxis])),
    Case(attend(), (HEADS[0], HEADS[1][:, :1], HEADS[2][0])),
]
