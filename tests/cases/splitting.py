"""Sample uses of operations that take arrays apart."""

from cases.base import Case, numbers

from graphnn.ops import splitting

ABSTRACT = {splitting.Splitting}

CASES = [
    Case(lambda: splitting.Split(2), (numbers(4, 3),)),
    Case(lambda: splitting.Split(3, -1), (numbers(2, 6),)),
    Case(lambda: splitting.Split([1, 3], 1), (numbers(2, 5),)),
    Case(lambda: splitting.Split([-2, 1, 9], 1), (numbers(2, 5),)),
    Case(lambda: splitting.Split([3, 1]), (numbers(4, 3),)),
    Case(lambda: splitting.ArraySplit(3), (numbers(5, 2),)),
    Case(lambda: splitting.ArraySplit(4, 1), (numbers(2, 3),)),
    Case(lambda: splitting.Unstack(0, 2), (numbers(2, 3),)),
    Case(lambda: splitting.Unstack(-1, 3), (numbers(2, 3),)),
]
