"""Sample uses of pseudo-inverses and least squares."""

from functools import partial

from cases.base import Case, numbers

from graphnn.ops import least_squares

LSTSQ = [((5, 3), (5,)), ((5, 3), (5, 2)), ((3, 5), (3, 2)), ((3, 3), (3,))]

CASES = [
    Case(least_squares.Pinv, (numbers(4, 2),)),
    Case(least_squares.Pinv, (numbers(2, 3, 4),)),
    Case(partial(least_squares.Pinv, rcond=1e-10), (numbers(3, 2),)),
    Case(partial(least_squares.Pinv, rtol=1e-10), (numbers(3, 2),)),
    Case(partial(least_squares.Pinv, hermitian=True), (numbers(2, 3, 3),)),
    *[Case(least_squares.Lstsq, (numbers(*a), numbers(*b, seed=1))) for a, b in LSTSQ],
]
