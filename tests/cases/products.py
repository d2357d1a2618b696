"""Sample uses of products of vectors, matrices and tensors."""

from cases.base import Case, numbers

from graphnn.ops import products

ABSTRACT = {products.Contraction}

DOT = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((2, 3), (4, 3, 2)),
    ((2, 5, 3), (4, 3, 2)),
    ((), (2, 3)),
    ((2, 3), ()),
]
INNER = [((3,), (3,)), ((2, 3), (4, 3)), ((2, 5, 3), (3,)), ((), (2, 3)), ((2, 3), ())]
TENSORDOT = [
    (2, (2, 3, 4), (3, 4, 5)),
    (0, (2, 3), (2, 2)),
    (([2, 0], [1, -1]), (2, 3, 4), (3, 4, 2)),
    ((-1, 0), (2, 3, 4), (4, 2)),
]
CHAINS = [[(2, 3), (3, 4), (4, 2)], [(3,), (3, 4), (4, 2), (2,)], [(3,), (3, 4)]]

CASES = [
    *[Case(products.Dot, (numbers(*a), numbers(*b, seed=1))) for a, b in DOT],
    *[Case(products.Inner, (numbers(*a), numbers(*b, seed=1))) for a, b in INNER],
    *[
        Case(
            lambda axes=axes: products.Tensordot(axes),
            (numbers(*a), numbers(*b, seed=1)),
        )
        for axes, a, b in TENSORDOT
    ],
    Case(products.Vdot, (numbers(2, 3), numbers(3, 2, seed=1))),
    Case(products.Vdot, (numbers(3), numbers(3, seed=1))),
    *[
        Case(
            products.MultiDot,
            tuple(numbers(*shape, seed=i) for i, shape in enumerate(chain)),
        )
        for chain in CHAINS
    ],
]
