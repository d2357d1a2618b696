"""Sample uses of diagonals and triangles."""

from cases.base import Case, numbers

from graphnn.ops import diagonals

ABSTRACT = {diagonals.Triangle}
OFFSETS = (0, 1, -1, 5)

CASES = [
    *[
        Case(lambda cls=cls, k=k: cls(k), (numbers(2, 3),))
        for cls in (
            diagonals.Diag,
            diagonals.Diagonal,
            diagonals.Trace,
            diagonals.Tril,
            diagonals.Triu,
        )
        for k in OFFSETS
    ],
    *[Case(lambda k=k: diagonals.Diag(k), (numbers(3),)) for k in OFFSETS],
    *[
        Case(lambda cls=cls, at=at: cls(*at), (numbers(2, 3, 4),))
        for cls in (diagonals.Diagonal, diagonals.Trace)
        for at in ((0, 1, 0), (1, -1, 0), (-1, -2, -1), (0, 2, 1))
    ],
    Case(lambda: diagonals.Diagonal(1, 1, 0), (numbers(3, 2),)),
    *[
        Case(lambda cls=cls: cls(1), (numbers(*shape),))
        for cls in (diagonals.Tril, diagonals.Triu)
        for shape in ((4, 2, 3), (3,))
    ],
]
