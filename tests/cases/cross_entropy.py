"""Sample uses of the cross-entropy of classes."""

import numpy as np
from cases.base import Case, numbers, positive

from graphnn.ops.cross_entropy import (
    ClassLoss,
    NegativeLogLikelihood,
    SoftmaxCrossEntropy,
)

ABSTRACT = {ClassLoss}
LABELS = np.array([2, 0, 1, 2])
OVER_TIME = np.array([[1, 0, 2], [2, 2, 0]])
WEIGHTS = (0.5, 2.0, 1.25)
SOFT = positive(4, 3, seed=7)


def log_softmax(logits):
    return logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))


def settled(**settings):
    return lambda: SoftmaxCrossEntropy(**settings)


CASES = [
    Case(settled(label_smoothing=0.1), (numbers(4, 3), LABELS)),
    Case(settled(class_weights=WEIGHTS), (numbers(4, 3), LABELS)),
    Case(
        settled(class_weights=WEIGHTS, label_smoothing=0.2, ignore_index=0),
        (numbers(4, 3), LABELS),
    ),
    Case(
        settled(class_weights=WEIGHTS, label_smoothing=0.2, reduction="rows"),
        (numbers(4, 3), SOFT),
    ),
    Case(settled(ignore_index=2), (numbers(2, 3, 4), OVER_TIME)),
    Case(settled(ignore_index=0, axis=1), (numbers(2, 4, 3), OVER_TIME)),
    Case(settled(reduction="rows"), (numbers(2, 3, 4), numbers(2, 3, 4, signs=False))),
    Case(settled(reduction="sum"), (numbers(4, 3), LABELS.reshape(4, 1))),
    Case(NegativeLogLikelihood, (log_softmax(numbers(4, 3)), LABELS), free=False),
    Case(NegativeLogLikelihood, (log_softmax(numbers(4, 3)), SOFT), free=False),
    Case(
        lambda: NegativeLogLikelihood(class_weights=WEIGHTS, ignore_index=1),
        (log_softmax(numbers(4, 3)), LABELS),
        free=False,
    ),
]
