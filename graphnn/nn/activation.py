"""An operation, such as an activation, as a layer."""

from __future__ import annotations

from typing import Any

from graphnn.errors import ArgumentError
from graphnn.graph import Operation
from graphnn.nn.activations import as_activation
from graphnn.nn.assembly import Assembly
from graphnn.nn.layer import Layer


class Activation(Layer):
    """One operation as a layer.

    Parameters
    ----------
    activation : str, Operation, or class
        As for :class:`Dense`; any operation of one input will do.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.Activation("relu").forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    """

    def __init__(self, activation: Any) -> None:
        operation = as_activation(activation)
        if operation is None:
            raise ArgumentError("an Activation needs an activation, not None")
        self.activation = operation

    def _setup_layer(self, input_: Any) -> None:
        self.operations = [self.activation]

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Activation{name}: {type(self.activation).__name__}>"


def as_layer(layer: Any) -> Layer:
    """Take a layer, or what can stand for one: an operation, or an activation's name.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    if isinstance(layer, Layer):
        return layer
    if isinstance(layer, type) and issubclass(layer, Layer):
        raise ArgumentError(
            f"{layer.__name__} is a class, not a layer",
            f"Make one: gn.{layer.__name__}(...).",
        )
    if isinstance(layer, Assembly):
        raise ArgumentError(
            f"{layer!r} is a network, not a layer",
            "Its layers in a row are one: gn.Sequential(network.layers).",
        )
    is_class = isinstance(layer, type) and issubclass(layer, Operation)
    if isinstance(layer, Operation | str) or is_class:
        return Activation(layer)
    raise ArgumentError(
        f"{layer!r} is not a Layer",
        "A network is made of layers, operations, and names of activations.",
    )
