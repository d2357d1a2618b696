"""Sample uses of lines that land."""

from cases.base import Case, numbers

from graphnn.ops.landing import LandedLines, LandedProducts, Landing

CASES = [
    Case(
        lambda: LandedLines(Landing(3, 1, 1, 1, 4)),
        (numbers(2, 1, 6, 2), numbers(2, 4, 2, 3, seed=1)),
    ),
    Case(
        lambda: LandedLines(Landing(2, 3, 2, 0, 8)),
        (numbers(1, 1, 2, 2), numbers(1, 3, 2, 2, seed=1)),
    ),
    Case(
        lambda: LandedLines(Landing(3, 2, 1, -2, 12)),
        (numbers(2, 1, 3, 2), numbers(2, 3, 2, 1, seed=1)),
    ),
    Case(
        lambda: LandedLines(Landing(2, 1, 1, 5, 2)),
        (numbers(1, 1, 2, 2), numbers(1, 3, 2, 1, seed=1)),
    ),
    Case(
        lambda: LandedLines(Landing(2, 3, 1, -1, 6)),
        (numbers(1, 1, 4, 1), numbers(1, 2, 1, 2, seed=1)),
    ),
    Case(
        lambda: LandedProducts(Landing(3, 1, 1, 1, 4)),
        (numbers(2, 8, 3), numbers(2, 4, 2, 3, seed=1)),
    ),
    Case(
        lambda: LandedProducts(Landing(2, 2, 1, -1, 6)),
        (numbers(1, 6, 2), numbers(1, 3, 3, 2, seed=1)),
    ),
]
