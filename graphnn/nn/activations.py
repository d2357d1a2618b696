"""Activations by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.graph import Operation

ACTIVATIONS: dict[str, str] = {
    "linear": "activations.Linear",
    "relu": "activations.ReLU",
    "sigmoid": "activations.Sigmoid",
    "tanh": "activations.Tanh",
    "exponential": "exponentials.Exp",
    "leaky_relu": "rectifiers.LeakyReLU",
    "prelu": "rectifiers.PReLU",
    "elu": "rectifiers.ELU",
    "celu": "rectifiers.CELU",
    "selu": "rectifiers.SELU",
    "relu6": "rectifiers.ReLU6",
    "hard_tanh": "rectifiers.HardTanh",
    "hard_sigmoid": "rectifiers.HardSigmoid",
    "hard_swish": "rectifiers.HardSwish",
    "gelu": "smooth_activations.GELU",
    "gelu_tanh": "smooth_activations.GELU",
    "silu": "smooth_activations.SiLU",
    "softplus": "smooth_activations.Softplus",
    "mish": "smooth_activations.Mish",
    "softsign": "smooth_activations.Softsign",
    "log_sigmoid": "smooth_activations.LogSigmoid",
    "glu": "smooth_activations.GLU",
    "erf": "error_function.Erf",
    "softmax": "softmax.Softmax",
    "log_softmax": "softmax.LogSoftmax",
}
"""Where the operation of each name is; it is imported when it is asked for."""

SETTINGS: dict[str, dict[str, Any]] = {"gelu_tanh": {"approximate": True}}
"""What a name says beside the class."""

ALIASES = {
    "identity": "linear",
    "logistic": "sigmoid",
    "swish": "silu",
    "hard_silu": "hard_swish",
    "exp": "exponential",
}
"""Further names in use."""


def as_activation(activation: Any) -> Operation | None:
    """Take an activation as a name, a class, or an operation.

    Parameters
    ----------
    activation : str, class, Operation, or None
        A name is that of the class, however it is capitalised and joined:
        ``"LeakyReLU"``, ``"leaky_relu"`` and ``"leaky-relu"`` are one. Each use of a
        name is a new recipe, so ``"prelu"`` brings a parameter of its own.

    Returns
    -------
    Operation or None
        None for None.

    Raises
    ------
    ArgumentError
        For anything else; an unknown name suggests the nearest.

    Examples
    --------
    >>> as_activation("Swish")
    <SiLU recipe>
    """
    if activation is None or isinstance(activation, Operation):
        return activation
    if isinstance(activation, type) and issubclass(activation, Operation):
        return activation()
    if isinstance(activation, str):
        return by_name(activation)
    raise ArgumentError(
        f"an activation is a name, an Operation or None, not {activation!r}",
        'Give "tanh" or gn.Tanh(), or write an Operation: see gn.Operation.',
    )


def by_name(name: str) -> Operation:
    """Make the operation of a name.

    Raises
    ------
    ArgumentError
        For an unknown one; it suggests the nearest.
    """
    known = {joined(one): one for one in (*ACTIVATIONS, *ALIASES)}
    found = known.get(joined(name))
    if found is None:
        nearest = did_you_mean(name.lower(), known.values())
        raise ArgumentError(f"unknown activation {name!r}", nearest)
    found = ALIASES.get(found, found)
    module, _, cls = ACTIVATIONS[found].partition(".")
    make = getattr(import_module(f"graphnn.ops.{module}"), cls)
    operation: Operation = make(**SETTINGS.get(found, {}))
    return operation


def joined(name: str) -> str:
    """Give a name without what people write differently."""
    return "".join(letter for letter in name.lower() if letter not in "_- ")
