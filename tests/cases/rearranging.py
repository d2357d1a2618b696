"""Sample uses of operations that turn, roll and repeat."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import rearranging

CASES = [
    *[
        Case(lambda axis=axis: rearranging.Flip(axis), (numbers(2, 3),))
        for axis in (None, 0, -1, (0, 1))
    ],
    Case(rearranging.Rot90, (numbers(2, 3),)),
    Case(lambda: rearranging.Rot90(-2, (2, 0)), (numbers(2, 3, 4),)),
    Case(lambda: rearranging.Rot90(3, (1, 2)), (numbers(2, 3, 4),)),
    Case(lambda: rearranging.Roll(2), (numbers(2, 3),)),
    Case(lambda: rearranging.Roll(-4, 1), (numbers(2, 3),)),
    Case(lambda: rearranging.Roll((1, -1), (0, -1)), (numbers(2, 3),)),
    Case(lambda: rearranging.Roll(1, (0, 1)), (numbers(2, 3),)),
    Case(lambda: rearranging.Repeat(2), (numbers(2, 3),)),
    Case(lambda: rearranging.Repeat(3), (numbers(),)),
    Case(lambda: rearranging.Repeat([2], 1), (numbers(2, 3),)),
    Case(lambda: rearranging.Repeat(0, 0), (numbers(2, 3),)),
    Case(lambda: rearranging.Repeat([2, 0, 3], -1), (numbers(2, 3),)),
    Case(lambda: rearranging.Repeat(np.arange(6)), (numbers(2, 3),)),
    Case(lambda: rearranging.Tile(2), (numbers(2, 3),)),
    Case(lambda: rearranging.Tile((2, 1, 3)), (numbers(2, 3),)),
    Case(lambda: rearranging.Tile((2,)), (numbers(2, 3, 2),)),
    Case(lambda: rearranging.Tile((1, 1)), (numbers(3),)),
    Case(lambda: rearranging.Tile((0, 2)), (numbers(2, 3),)),
    Case(lambda: rearranging.Tile(3), (numbers(),)),
    Case(lambda: rearranging.Resize((3, 5)), (numbers(2, 3),)),
    Case(lambda: rearranging.Resize(4), (numbers(2, 3),)),
    Case(lambda: rearranging.Resize((2, 2)), (numbers(0, 3),)),
]
