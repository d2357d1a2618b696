"""Sample uses of what pooling does with windows."""

from cases.base import Case, numbers

from graphnn.ops.window_functions import GivenTo, WindowSums


def masks(count, *shape):
    return [numbers(*shape, seed=seed) > 0 for seed in range(1, count + 1)]


CASES = [
    Case(lambda: WindowSums((2,), (1,)), (numbers(2, 4, 2),)),
    Case(lambda: WindowSums((2, 3), (3, 2)), (numbers(1, 5, 6, 2),)),
    Case(
        lambda: GivenTo((2,), (2,), (2, 5, 1)), (numbers(2, 2, 1), *masks(2, 2, 2, 1))
    ),
    Case(
        lambda: GivenTo((2, 2), (1, 2), (1, 4, 4, 2)),
        (numbers(1, 3, 2, 2), *masks(4, 1, 3, 2, 2)),
    ),
]
