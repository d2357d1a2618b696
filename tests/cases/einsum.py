"""Sample uses of ``np.einsum``."""

from cases.base import Case, numbers

from graphnn.ops.einsum import Einsum

SUBSCRIPTS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ba", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iij->j", (2, 2, 3)),
    ("iii->i", (2, 2, 2)),
    ("iijj->ij", (2, 2, 3, 3)),
    ("ij->", (2, 3)),
    ("ij->ji", (2, 3)),
    ("i,i,i->i", (3,), (3,), (3,)),
    ("i,ij,jj->", (2,), (2, 3), (3, 3)),
    (",ij->ij", (), (2, 3)),
    ("ij,ij->ij", (1, 3), (2, 3)),
    ("ij,ij->", (1, 3), (2, 3)),
    ("ij,j", (2, 3), (3,)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (4, 3, 2)),
    ("...,...", (2, 3), (3,)),
    ("i...->...", (2, 3)),
    ("k...,jk", (3, 2), (4, 3)),
    ("...ii->...i", (2, 3, 3)),
    ("ik, jk, lk -> ijl", (2, 3), (4, 3), (2, 3)),
]
OPTIMIZED = ["optimal", ["einsum_path", (0, 2), (0, 1)]]

CASES = [
    *[
        Case(
            lambda text=text: Einsum(text),
            tuple(numbers(*shape, seed=i) for i, shape in enumerate(shapes)),
        )
        for text, *shapes in SUBSCRIPTS
    ],
    *[
        Case(
            lambda optimize=optimize: Einsum("ij,jk,kl->il", optimize),
            (numbers(2, 3), numbers(3, 4, seed=1), numbers(4, 2, seed=2)),
        )
        for optimize in OPTIMIZED
    ],
]
