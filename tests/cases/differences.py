"""Sample uses of differences between neighbours."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import differences

COORDINATES = np.cumsum(numbers(5, signs=False))

CASES = [
    Case(differences.Diff, (numbers(2, 4),)),
    Case(lambda: differences.Diff(1, 0), (numbers(3, 2),)),
    Case(lambda: differences.Diff(2, 1), (numbers(2, 5, 3),)),
    Case(lambda: differences.Diff(3, -2), (numbers(2, 4, 2),)),
    Case(
        lambda: differences.Diff(2, 0, ("prepend", "append")),
        (numbers(2, 3), numbers(seed=1), numbers(1, 3, seed=2)),
    ),
    Case(lambda: differences.Diff(1, -1, ("append",)), (numbers(2, 3), numbers(2, 2))),
    *[
        Case(
            lambda along=along, spacing=spacing, order=order: (
                differences.FiniteDifferences(along, spacing, order)
            ),
            (numbers(*shape),),
        )
        for order in (1, 2)
        for along, spacing, shape in [
            (0, 1.0, (5, 2)),
            (1, 0.3, (2, 4)),
            (-1, COORDINATES, (2, 3, 5)),
            (-2, COORDINATES, (2, 5, 3)),
            (0, 2, (3,)),
        ]
    ],
    Case(lambda: differences.FiniteDifferences(1, 0.5), (numbers(3, 2),)),
]
