"""Sample uses of softmax and its logarithm."""

from cases.base import Case, numbers, unary

from graphnn.ops import softmax


def first_axis(cls):
    return lambda: cls(axis=0)


def two_axes(cls):
    return lambda: cls(axis=(0, -1))


def whole(cls):
    return lambda: cls(axis=None)


ABSTRACT = {softmax.Normalized}

CASES = [
    case
    for cls in (softmax.Softmax, softmax.LogSoftmax)
    for case in (
        *unary(cls),
        Case(first_axis(cls), (numbers(3, 2),)),
        Case(two_axes(cls), (numbers(2, 3, 4),)),
        Case(whole(cls), (numbers(2, 3),)),
    )
]
