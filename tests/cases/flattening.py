from cases.base import Case, numbers

from graphnn.ops.flattening import Flatten, ReshapeRows

CASES = [
    Case(Flatten, (numbers(2, 3, 2),)),
    Case(Flatten, (numbers(3, 2),)),
    Case(lambda: ReshapeRows((2, 3)), (numbers(2, 6),)),
    Case(lambda: ReshapeRows((-1, 2)), (numbers(3, 2, 4),)),
]
