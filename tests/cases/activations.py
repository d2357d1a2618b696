"""Sample uses of the activation functions."""

from cases.base import unary

from graphnn.ops import activations

CASES = [
    *unary(activations.Sigmoid),
    *unary(activations.Linear),
    *unary(activations.Tanh),
    *unary(activations.ReLU),
]
