"""Operations, one family a file. Importing them fills NumPy's dispatch table."""

from graphnn.ops import (
    casting,
    choices,
    comparisons,
    complex_numbers,
    cumulative,
    differences,
    discrete,
    elementwise,
    exponentials,
    extremes,
    indexing,
    quantiles,
    reductions,
    rounding,
    shaping,
    sorting,
    trigonometric,
)
from graphnn.ops.activations import Linear, ReLU, Sigmoid, Tanh
from graphnn.ops.linear import BiasAdd, Matmul, WeightMultiply
from graphnn.ops.losses import Loss, MeanSquaredError, SoftmaxCrossEntropy

__all__ = [
    "BiasAdd",
    "Linear",
    "Loss",
    "Matmul",
    "MeanSquaredError",
    "ReLU",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
    "WeightMultiply",
    "casting",
    "choices",
    "comparisons",
    "complex_numbers",
    "cumulative",
    "differences",
    "discrete",
    "elementwise",
    "exponentials",
    "extremes",
    "indexing",
    "quantiles",
    "reductions",
    "rounding",
    "shaping",
    "sorting",
    "trigonometric",
]
