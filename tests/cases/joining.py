"""Sample uses of operations that join arrays, and put elements in and take them out."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import joining

ABSTRACT = {joining.Joining}

CASES = [
    Case(joining.Concatenate, (numbers(2, 3), numbers(4, 3, seed=1))),
    Case(
        lambda: joining.Concatenate(-1),
        (numbers(2, 3), numbers(2, 1, seed=1), numbers(2, 2, seed=2)),
    ),
    Case(lambda: joining.Concatenate(None), (numbers(2, 3), numbers(4, seed=1))),
    Case(joining.Stack, (numbers(2, 3), numbers(2, 3, seed=1))),
    Case(lambda: joining.Stack(-1), (numbers(2, 3), numbers(2, 3, seed=1))),
    Case(lambda: joining.Insert(1), (numbers(2, 3), numbers(seed=1))),
    Case(lambda: joining.Insert(-1, 1), (numbers(2, 3), numbers(2, seed=1))),
    Case(lambda: joining.Insert([0, 2], 1), (numbers(2, 3), numbers(2, 1, seed=1))),
    Case(lambda: joining.Insert([2, 2, 0], 0), (numbers(2, 3), numbers(3, 3, seed=1))),
    Case(lambda: joining.Insert(slice(0, 2), 1), (numbers(2, 3), numbers(2, seed=1))),
    Case(lambda: joining.Delete(1), (numbers(2, 3),)),
    Case(lambda: joining.Delete([0, -1], 1), (numbers(2, 3),)),
    Case(lambda: joining.Delete(slice(None, None, 2), -2), (numbers(3, 4),)),
    Case(
        lambda: joining.Delete(np.array([True, False, True]), 1),
        (numbers(2, 3),),
    ),
]
