"""Sample uses of sums, products and means."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import reductions

ABSTRACT = {reductions.Reduction}
MASK_3D = numbers(2, 3, 4, seed=8) > 0
MASK_3D[:, 0, :2] = MASK_3D[:, 1, 2:] = MASK_3D[:, 2, 1] = True  # in each slice one


def reduction(cls):
    settings = [
        {},
        {"axis": 0},
        {"axis": -1, "keepdims": True},
        {"axis": (0, 2)},
        {"axis": (2, -3), "keepdims": True},
        {"axis": ()},
    ]
    return [
        *[
            Case(lambda kw=kw: cls(**kw), (numbers(2, 3, 4, seed=i),))
            for i, kw in enumerate(settings)
        ],
        Case(cls, (numbers(),)),
    ]


def masked(cls, **settings):
    """List uses with `where=`: a mask of the input's shape, and one that broadcasts."""
    return [
        Case(
            lambda axis=axis: cls(axis, more_inputs=("where",), **settings),
            (numbers(2, 3, 4, seed=3), mask),
        )
        for axis, mask in [(None, MASK_3D), ((0, -1), MASK_3D[0]), (1, MASK_3D)]
    ]


def with_nan(cls, **settings):
    """List uses on arrays with NaN; in each slice there is a number."""
    array = numbers(2, 3, 4, seed=4)
    array[0, 1, 2] = array[1, 2, 0] = array[1, 2, 3] = np.nan
    return [
        Case(lambda axis=axis: cls(axis, **settings), (array,))
        for axis in (None, 1, (-1, 0))
    ]


def zeros(*places):
    """Draw numbers with zeros among them."""
    array = numbers(2, 3, 4, seed=6)
    for place in places:
        array[place] = 0.0
    return array


CASES = [
    *reduction(reductions.Sum),
    *masked(reductions.Sum, initial=2.0),
    *with_nan(reductions.Nansum),
    *reduction(reductions.Mean),
    *masked(reductions.Mean),
    *with_nan(reductions.Nanmean),
    *reduction(reductions.Prod),
    *masked(reductions.Prod, initial=2.0),
    *with_nan(reductions.Nanprod),
    *[
        Case(lambda axis=axis: reductions.Prod(axis), (zeros(*places),))
        for axis in (None, -1, (0, 1))
        for places in [((0, 0, 1),), ((0, 0, 1), (0, 1, 1)), ((0, 0, 1), (0, 0, 2))]
    ],
]
