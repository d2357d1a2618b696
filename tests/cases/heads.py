"""Sample uses of splitting features into heads."""

from cases.base import Case, numbers

from graphnn.ops import heads

CASES = [
    Case(lambda: heads.SplitHeads(2), (numbers(2, 3, 4),)),
    Case(lambda: heads.SplitHeads(3), (numbers(2, 6),)),
    Case(lambda: heads.SplitHeads(1), (numbers(2, 2, 3, 4),)),
    Case(heads.JoinHeads, (numbers(2, 3, 4, 5),)),
    Case(heads.JoinHeads, (numbers(3, 2, 4),)),
]
