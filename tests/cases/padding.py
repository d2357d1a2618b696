"""Sample uses of padding."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops.padding import Pad

WIDTHS = [1, (2, 1), ((0, 2), (1, 0)), ((7, 0), (1, 8))]
if np.lib.NumpyVersion(np.__version__) >= "2.2.0":
    WIDTHS += [{-1: (1, 2)}, {0: 3}]  # by axis

CASES = [
    *[
        Case(lambda w=w, m=m: Pad(w, m), (numbers(2, 3, seed=i),))
        for m in ("constant", "edge", "reflect", "symmetric", "wrap")
        for i, w in enumerate(WIDTHS)
    ],
    Case(lambda: Pad(1, constant_values=((1, 2), (3, 4))), (numbers(2, 3),)),
    Case(lambda: Pad(((0, 0), (1, 2)), "reflect"), (numbers(2, 1),)),
    Case(lambda: Pad(3), (numbers(),)),
]
