"""Sample uses of windows added up where they overlap."""

from cases.base import Case, numbers

from graphnn.ops.patches import AddPatches

CASES = [
    Case(lambda: AddPatches((1,), (1,), (2, 4, 2)), (numbers(2, 3, 2, 2),)),
    Case(lambda: AddPatches((2,), (3,), (2, 9, 1)), (numbers(2, 3, 2, 1),)),
    Case(
        lambda: AddPatches((1, 2), (2, 1), (1, 5, 6, 2)), (numbers(1, 3, 3, 2, 2, 2),)
    ),
]
