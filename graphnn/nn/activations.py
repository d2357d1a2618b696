"""Activations by name."""

from __future__ import annotations

from typing import Any

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.graph import Operation
from graphnn.ops import Linear, ReLU, Sigmoid, Tanh

ACTIVATIONS: dict[str, type[Operation]] = {
    "linear": Linear,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
}


def as_activation(activation: Any) -> Operation | None:
    """Take an activation as a name, a class, or an operation.

    Raises
    ------
    ArgumentError
        For anything else; an unknown name suggests the nearest.
    """
    if activation is None or isinstance(activation, Operation):
        return activation
    if isinstance(activation, type) and issubclass(activation, Operation):
        return activation()
    if isinstance(activation, str):
        if activation in ACTIVATIONS:
            return ACTIVATIONS[activation]()
        raise ArgumentError(
            f"unknown activation {activation!r}", did_you_mean(activation, ACTIVATIONS)
        )
    raise ArgumentError(
        f"an activation is a name, an Operation or None, not {activation!r}"
    )
