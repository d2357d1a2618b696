"""NaN and infinities in data, loss and gradients, and where they began."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, NotFiniteError, did_you_mean
from graphnn.guards.findings import parts_of
from graphnn.guards.measures import describe, is_finite

POLICIES = ("raise", "skip", "ignore")


def as_policy(value: Any) -> str:
    """Take what a trainer does about a loss that is not finite.

    Raises
    ------
    ArgumentError
    """
    if not isinstance(value, str) or value not in POLICIES:
        raise ArgumentError(
            f"on_nan is 'raise', 'skip' or 'ignore', not {value!r}",
            did_you_mean(value, POLICIES),
        )
    return str(value)


def check_data(arrays: tuple[np.ndarray, ...], what: str) -> None:
    """Refuse data with numbers that are not finite.

    Raises
    ------
    NotFiniteError
    """
    for number, array in enumerate(arrays):
        found = describe(array)
        if found:
            name = what if len(arrays) == 1 else f"{what}[{number}]"
            raise NotFiniteError(
                f"{name} holds {found}",
                "Fill such places in, or leave these rows out; "
                "fit(..., allow_nan=True) takes the data as it is.",
            )


# -- a batch ---------------------------------------------------------------------------
def trouble(network: Any, loss: float, X: Any, y: Any) -> str:
    """Say what is not finite after the backward pass of a batch; "" if nothing is."""
    if not math.isfinite(loss):
        return f"the loss is {loss}{origin(network, X, y)}"
    for parameter in network.graph.parameters:
        gradient = parameter.grad
        if gradient is not None and not is_finite(gradient):
            return (
                f"the gradient of {parameter.name} holds {describe(gradient)}"
                f"{origin_of_gradient(network)}"
            )
    return ""


def origin(network: Any, X: Any, y: Any) -> str:
    """Find where a loss went wrong: in the batch, a parameter, or a node."""
    for name, values in (("X", X), ("y", y)):
        for array in values if isinstance(values, tuple) else (values,):
            found = describe(np.asarray(array))
            if found:
                return f": {name} holds {found}"
    for parameter in network.parameters:
        found = describe(parameter.value)
        if found:
            return f": {parameter.name} already held {found}"
    for node in network.graph.order(network.loss):
        if node.inputs and not all(map(is_finite, parts_of(node.output))):
            return f": the first values that are not finite are those of {named(node)}"
    return ""


def origin_of_gradient(network: Any) -> str:
    """Find the node out of whose backward hook the first bad gradient came."""
    for node in reversed(network.graph.order(network.loss)):
        if not node.inputs:
            continue
        gradients = [g for g in node.input_grads or () if g is not None]
        if not all(map(is_finite, gradients)):
            return f": it comes from the gradient of {named(node)}"
    return ""


def named(node: Any) -> str:
    """Name a node and the line that made it."""
    return str(node.describe())
