"""Sample uses of operations that move elements and change none."""

from cases.base import Case, numbers

from graphnn.ops import shaping

ABSTRACT = {shaping.Shaping}

CASES = [
    Case(lambda: shaping.Reshape((3, -1)), (numbers(2, 6),)),
    Case(lambda: shaping.Reshape(-1), (numbers(2, 3),)),
    Case(shaping.Transpose, (numbers(2, 3, 4),)),
    Case(lambda: shaping.Transpose((2, 0, 1)), (numbers(2, 3, 4),)),
    Case(lambda: shaping.Transpose((-1, 0, 1)), (numbers(2, 3, 4),)),
    Case(lambda: shaping.BroadcastTo((4, 2, 3)), (numbers(2, 1),)),
    Case(lambda: shaping.BroadcastTo((2, 3)), (numbers(),)),
    Case(shaping.Concatenate, (numbers(2, 3), numbers(4, 3, seed=1))),
    Case(
        lambda: shaping.Concatenate(-1),
        (numbers(2, 3), numbers(2, 1, seed=1), numbers(2, 2, seed=2)),
    ),
    Case(lambda: shaping.Concatenate(None), (numbers(2, 3), numbers(4, seed=1))),
    Case(shaping.Stack, (numbers(2, 3), numbers(2, 3, seed=1))),
    Case(lambda: shaping.Stack(-1), (numbers(2, 3), numbers(2, 3, seed=1))),
]
