"""Sample uses of the divergence of distributions."""

import numpy as np
from cases.base import Case, positive

from graphnn.ops.kl_divergence import KLDivergence


def distributions(*shape, seed=0, axis=-1):
    drawn = positive(*shape, seed=seed)
    return drawn / np.sum(drawn, axis=axis, keepdims=True)


P, Q = distributions(4, 3), distributions(4, 3, seed=1)
STACKED = (
    distributions(2, 3, 2, axis=1),
    np.log(distributions(2, 3, 2, seed=1, axis=1)),
)

CASES = [
    Case(KLDivergence, (np.log(P), Q), free=False),
    Case(lambda: KLDivergence(log_prediction=False), (P, Q), free=False),
    Case(
        lambda: KLDivergence(log_target=True, reduction="mean"),
        (np.log(P), np.log(Q)),
        free=False,
    ),
    Case(
        lambda: KLDivergence(log_prediction=False, log_target=True, axis=1),
        (
            distributions(2, 3, 2, axis=1),
            np.log(distributions(2, 3, 2, seed=1, axis=1)),
        ),
        free=False,
    ),
]
