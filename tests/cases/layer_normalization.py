"""Sample uses of normalizations over axes of each sample."""

from functools import partial

from cases.base import Case, numbers, positive

from graphnn.ops.layer_normalization import LayerNormalize, RMSNormalize

PLAIN = {"scaled": False, "shifted": False}


def affine(*shape):
    return positive(*shape, seed=3), numbers(*shape, seed=4)


CASES = [
    Case(LayerNormalize, (numbers(4, 5), *affine(5))),
    Case(partial(LayerNormalize, (-2, -1)), (numbers(2, 3, 4), *affine(3, 4))),
    Case(partial(LayerNormalize, (1, 3)), (numbers(2, 3, 2, 4), *affine(3, 4))),
    Case(partial(LayerNormalize, **PLAIN), (numbers(2, 3, 4),)),
    Case(partial(LayerNormalize, shifted=False), (numbers(2, 4), affine(4)[0])),
    Case(partial(LayerNormalize, scaled=False), (numbers(2, 4), affine(4)[1])),
    Case(RMSNormalize, (numbers(4, 5), affine(5)[0])),
    Case(partial(RMSNormalize, (1, -1)), (numbers(2, 3, 2, 4), affine(3, 4)[0])),
    Case(partial(RMSNormalize, shifted=True), (numbers(2, 3, 4), *affine(4))),
    Case(partial(RMSNormalize, epsilon=0.5, **PLAIN), (numbers(2, 3, 4),)),
]
