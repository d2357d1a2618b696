"""Sample uses of the activations made of pieces: on both sides of every corner."""

import numpy as np
from cases.base import Case, numbers, unary

from graphnn.ops import rectifiers


def slopes(*shape):
    return np.linspace(0.1, 0.7, int(np.prod(shape))).reshape(shape)


def leaky():
    return rectifiers.LeakyReLU(0.2)


def prelu_by_channel():
    return rectifiers.PReLU(slopes(3))


def prelu_by_row():
    return rectifiers.PReLU(slopes(2, 1))


def elu():
    return rectifiers.ELU(0.7)


def celu():
    return rectifiers.CELU(1.5)


def bounded():
    return rectifiers.HardTanh(-0.9, 1.1)


def wide(*shape):
    return numbers(*shape, high=9.0)


CASES = [
    *unary(leaky),
    Case(rectifiers.LeakyReLU, (numbers(2, 3),)),
    *unary(rectifiers.PReLU),
    Case(prelu_by_channel, (numbers(2, 3),)),
    Case(prelu_by_channel, (numbers(2, 4, 3),)),
    Case(prelu_by_row, (numbers(4, 2, 3),)),
    *unary(rectifiers.ELU),
    Case(elu, (numbers(2, 3),)),
    *unary(rectifiers.CELU),
    Case(celu, (numbers(2, 3),)),
    *unary(rectifiers.SELU),
    *unary(rectifiers.HardTanh),
    Case(bounded, (numbers(2, 3),)),
    *unary(rectifiers.ReLU6, wide),
    *unary(rectifiers.HardSigmoid, wide),
    *unary(rectifiers.HardSwish, wide),
]
