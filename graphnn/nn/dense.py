"""The dense (fully connected) layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph import Parameter
from graphnn.nn.activations import as_activation
from graphnn.nn.initializers import as_initializer, initial_weights
from graphnn.nn.layer import Layer
from graphnn.nn.pages import on_page
from graphnn.ops import BiasAdd, WeightMultiply
from graphnn.ops.arguments import as_flag


class Dense(Layer):
    """``activation(input @ W + B)``: every output sees every input.

    Parameters
    ----------
    neurons : int
        The number of outputs.
    activation : str, Operation, or None
        The name of one, such as ``"tanh"``, ``"relu"``, ``"leaky_relu"`` or ``"gelu"``,
        as :func:`~graphnn.nn.activations.as_activation` takes it; or an operation, also
        of your own (one object may serve many layers: it is a recipe).
    weight_init : str, callable, or array_like
        Where the weights begin: one of ``gn.initializers``, by its name, such as
        ``"glorot"`` or ``"he_uniform"``, or with settings,
        ``gn.initializers.normal(std=0.02)``; ``function(rng, shape) -> array``; or the
        weights themselves. Biases start at 0.
    bias : bool
        False leaves ``+ B`` out.

    Attributes
    ----------
    weight : Parameter, shape (inputs, neurons)
    bias : Parameter, shape (1, neurons), or None
        Both from the first batch on; None before. Another parameter may take the place
        of one, to share it with another layer; the next batch uses it.

    Raises
    ------
    ArgumentError
        For a number of neurons that is not a whole number of at least 1, and for names
        that are unknown.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.Dense(3, activation="relu")
    >>> layer.forward(np.ones((4, 5))).shape
    (4, 3)
    >>> [operation.name for operation in layer.operations]
    ['dense_1/weight_multiply', 'dense_1/bias_add', 'dense_1/relu']
    """

    def __init__(
        self,
        neurons: int,
        activation: Any = None,
        weight_init: Any = "glorot",
        bias: bool = True,
    ) -> None:
        super().__init__(neurons)
        self.has_bias = as_flag(bias, "the bias of Dense")
        self.weight: Parameter | None = None
        self.bias: Parameter | None = None
        self.activation = as_activation(activation)
        self.weight_init = as_initializer(weight_init)

    def _setup_layer(self, input_: Any) -> None:
        if input_.ndim < 2:
            raise ShapeError(
                f"Dense takes a batch of shape (rows, features), not {input_.shape}",
                "One sample is a batch of one row: x.reshape(1, -1).",
            )
        dtype = input_.dtype if input_.dtype.kind == "f" else np.dtype(np.float64)
        shape = (int(input_.shape[-1]), self.neurons)
        weights = initial_weights(self.weight_init, self.rng, shape, dtype)
        self.weight = Parameter(on_page(weights), name="weight")
        if self.has_bias:
            biases = np.zeros((1, self.neurons), dtype)
            self.bias = Parameter(on_page(biases), name="bias")
        self.operations = self._recipes()

    def _recipes(self) -> list[Any]:
        recipes: list[Any] = [WeightMultiply(self.weight)]
        if self.bias is not None:
            recipes.append(BiasAdd(self.bias))
        if self.activation is not None:
            recipes.append(self.activation)
        return recipes

    def _connect(self, *inputs: Any) -> Any:
        self.operations = self._recipes()  # of the parameters that it has now
        return super()._connect(*inputs)
