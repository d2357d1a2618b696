"""Sample uses of operations on the shape."""

from cases.base import Case, numbers

from graphnn.ops import shaping

ABSTRACT = {shaping.Shaping, shaping.Reshaping, shaping.AtLeast}

CASES = [
    Case(lambda: shaping.Reshape((3, -1)), (numbers(2, 6),)),
    Case(lambda: shaping.Reshape(-1), (numbers(2, 3),)),
    Case(lambda: shaping.Reshape((3, 4), "F"), (numbers(2, 6),)),
    Case(lambda: shaping.Reshape((3, 4), "A"), (numbers(2, 6),)),
    Case(lambda: shaping.ExpandDims(1), (numbers(2, 3),)),
    Case(lambda: shaping.ExpandDims((0, -1)), (numbers(2, 3),)),
    Case(shaping.Squeeze, (numbers(2, 1, 3, 1),)),
    Case(lambda: shaping.Squeeze((-1,)), (numbers(2, 1, 3, 1),)),
    *[
        Case(cls, (numbers(*shape),))
        for cls in (shaping.AtLeast1d, shaping.AtLeast2d, shaping.AtLeast3d)
        for shape in ((), (3,), (2, 3), (2, 3, 4))
    ],
    Case(lambda: shaping.BroadcastTo((4, 2, 3)), (numbers(2, 1),)),
    Case(lambda: shaping.BroadcastTo((2, 3)), (numbers(),)),
    Case(shaping.BroadcastArrays, (numbers(2, 1), numbers(3, seed=1))),
    Case(shaping.BroadcastArrays, (numbers(2, 3), numbers(seed=1), numbers(4, 1, 1))),
    Case(shaping.Copy, (numbers(2, 3),)),
]
