"""Derivatives of plain NumPy functions."""

from graphnn.functions.checkpointing import checkpoint
from graphnn.functions.derivatives import (
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    make_jvp,
    make_vjp,
    value_and_grad,
)
from graphnn.functions.tracing import trace

__all__ = [
    "checkpoint",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "make_jvp",
    "make_vjp",
    "trace",
    "value_and_grad",
]
