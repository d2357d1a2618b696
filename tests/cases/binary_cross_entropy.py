"""Sample uses of the cross-entropy of two classes."""

from cases.base import MASK, Case, numbers, positive

from graphnn.ops.binary_cross_entropy import (
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
)

YES = positive(4, 3) / 2  # probabilities
SOFT = positive(4, 3, seed=1) / 2

CASES = [
    Case(BinaryCrossEntropy, (YES, SOFT)),
    Case(BinaryCrossEntropy, (YES[:2], MASK.astype(int))),
    Case(lambda: BinaryCrossEntropy(reduction="rows"), (YES, SOFT)),
    Case(BinaryCrossEntropyWithLogits, (numbers(4, 3), SOFT), free=False),
    Case(BinaryCrossEntropyWithLogits, (numbers(2, 3), MASK)),
    Case(
        lambda: BinaryCrossEntropyWithLogits(pos_weight=[0.5, 2.0, 3.0]),
        (numbers(4, 3), SOFT),
        free=False,
    ),
    Case(
        lambda: BinaryCrossEntropyWithLogits(pos_weight=3.0, reduction="sum"),
        (numbers(5, 1), positive(5, 1) / 2),
        free=False,
    ),
]
