"""Operations, one family a file. Importing them fills NumPy's dispatch table."""

from graphnn.ops import discrete, elementwise, indexing, reductions, shaping
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
    "discrete",
    "elementwise",
    "indexing",
    "reductions",
    "shaping",
]
