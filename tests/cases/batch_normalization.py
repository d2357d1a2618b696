"""Sample uses of normalization by running statistics; training has tests of its own."""

from functools import partial

from cases.base import Case, numbers, positive

from graphnn.ops.batch_normalization import BatchNormalize

AFFINE = (positive(3, seed=3), numbers(3, seed=4))
BatchNormalized = partial(BatchNormalize, numbers(3, seed=5), positive(3, seed=6))

CASES = [
    Case(BatchNormalized, (numbers(4, 3), *AFFINE)),
    Case(BatchNormalized, (numbers(2, 4, 2, 3), *AFFINE)),
    Case(partial(BatchNormalized, channel_axis=1), (numbers(2, 3, 4), *AFFINE)),
    Case(partial(BatchNormalized, scaled=False, shifted=False), (numbers(4, 3),)),
    Case(partial(BatchNormalized, scaled=False), (numbers(4, 3), AFFINE[1])),
]
