"""Sample uses of normalization over groups of channels."""

from functools import partial

from cases.base import Case, numbers, positive

from graphnn.ops.group_normalization import GroupNormalize

AFFINE = (positive(4, seed=3), numbers(4, seed=4))

CASES = [
    Case(partial(GroupNormalize, 2), (numbers(3, 4), *AFFINE)),
    Case(partial(GroupNormalize, 2), (numbers(2, 3, 2, 4), *AFFINE)),
    Case(partial(GroupNormalize, 2, 1), (numbers(2, 4, 3, 2), *AFFINE)),
    Case(partial(GroupNormalize, None), (numbers(2, 3, 4), *AFFINE)),
    Case(partial(GroupNormalize, None, 1), (numbers(2, 4, 3), *AFFINE)),
    Case(partial(GroupNormalize, 1, scaled=False, shifted=False), (numbers(2, 3, 4),)),
    Case(partial(GroupNormalize, 2, shifted=False), (numbers(2, 3, 4), AFFINE[0])),
]
