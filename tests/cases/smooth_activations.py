"""Sample uses of the smooth activations."""

from cases.base import Case, numbers, unary

from graphnn.ops import smooth_activations


def steep():
    return smooth_activations.Softplus(2.5)


def tanh_gelu():
    return smooth_activations.GELU(approximate=True)


def rows_gated():
    return smooth_activations.GLU(axis=0)


CASES = [
    *unary(smooth_activations.Softplus),
    Case(steep, (numbers(2, 3),)),
    *unary(smooth_activations.LogSigmoid),
    *unary(smooth_activations.SiLU),
    *unary(smooth_activations.Mish),
    *unary(smooth_activations.GELU),
    *unary(tanh_gelu),
    *unary(smooth_activations.Softsign),
    Case(smooth_activations.GLU, (numbers(3, 4),)),
    Case(rows_gated, (numbers(2, 3),)),
    Case(rows_gated, (numbers(6),)),
]
