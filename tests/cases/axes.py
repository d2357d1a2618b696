"""Sample uses of operations that permute axes."""

from cases.base import Case, numbers

from graphnn.ops import axes

CASES = [
    Case(axes.Transpose, (numbers(2, 3, 4),)),
    Case(lambda: axes.Transpose((2, 0, 1)), (numbers(2, 3, 4),)),
    Case(lambda: axes.Transpose((-1, 0, 1)), (numbers(2, 3, 4),)),
    Case(lambda: axes.Swapaxes(0, -1), (numbers(2, 3, 4),)),
    Case(lambda: axes.Moveaxis(0, -1), (numbers(2, 3, 4),)),
    Case(lambda: axes.Moveaxis((0, 1), (-1, 0)), (numbers(2, 3, 4),)),
    *[
        Case(lambda a=a, b=b: axes.Rollaxis(a, b), (numbers(2, 3, 4),))
        for a, b in ((2, 0), (0, 3), (-1, 1), (1, -2), (0, 2))
    ],
]
