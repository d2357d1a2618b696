"""Layers in a row as one layer, and around a shortcut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphnn.errors import ArgumentError, ShapeError
from graphnn.nn.activation import as_layer
from graphnn.nn.layer import Layer


class Sequential(Layer):
    """Layers in a row, as one layer.

    Parameters
    ----------
    *layers : Layer, Operation, or str
        As for :class:`NeuralNetwork`; one list of them will do as well.

    Raises
    ------
    ArgumentError
        Without a layer, and for what is none.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> block = gn.Sequential(gn.Dense(4), "relu", gn.Dense(2))
    >>> block.forward(np.ones((5, 3))).shape
    (5, 2)
    >>> [layer.name for layer in block]
    ['dense_1', 'activation_1', 'dense_2']
    """

    def __init__(self, *layers: Any) -> None:
        self.layers = as_layers(layers, type(self).__name__)

    def _connect(self, *inputs: Any) -> Any:
        value: Any = inputs
        for layer in self.layers:
            value = layer(*value) if type(value) is tuple else layer(value)
        return value

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<{type(self).__name__}{name}: {len(self.layers)} layers>"


class Residual(Sequential):
    """Layers in a row whose result is added to their input: ``x + layers(x)``.

    K. He et al., "Deep residual learning for image recognition", CVPR 2016, eq. 1 and,
    with a shortcut, eq. 2.

    Parameters
    ----------
    *layers : Layer, Operation, or str
    shortcut : Layer, optional
        What the input goes through on the other way, where the layers change its shape:
        ``shortcut(x) + layers(x)``.

    Raises
    ------
    ShapeError
        On the first batch, if the two sides differ in shape.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> block = gn.Residual(gn.Dense(8, "relu"), gn.Dense(3))
    >>> block.forward(np.ones((5, 3))).shape
    (5, 3)
    """

    def __init__(self, *layers: Any, shortcut: Any = None) -> None:
        super().__init__(*layers)
        self.shortcut = None if shortcut is None else as_layer(shortcut)

    def _connect(self, *inputs: Any) -> Any:
        (input_,) = inputs
        result = super()._connect(input_)
        passed_by = input_ if self.shortcut is None else self.shortcut(input_)
        if result.output is not None and result.shape != passed_by.shape:
            side = "the input" if self.shortcut is None else "the shortcut"
            raise ShapeError(
                f"Residual: the layers give shape {result.shape}, {side} has shape "
                f"{passed_by.shape}",
                "End with as many outputs as there are inputs, or give a shortcut: "
                f"gn.Residual(..., shortcut=gn.Dense({result.shape[-1]})).",
            )
        return result + passed_by


def as_layers(layers: tuple[Any, ...], owner: str) -> list[Layer]:
    """Take layers, or one list of them.

    Raises
    ------
    ArgumentError
    """
    if len(layers) == 1 and isinstance(layers[0], list | tuple):
        layers = tuple(layers[0])
    if not layers:
        raise ArgumentError(f"{owner} has at least one layer")
    return [as_layer(layer) for layer in layers]
