"""NaN and infinities in data, loss and gradients, and where they began."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, NotFiniteError, did_you_mean

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


def is_finite(array: Any) -> bool:
    """Tell whether all numbers are finite; quickly, where they are.

    Examples
    --------
    >>> is_finite(np.array([1.0, 1e300])), is_finite(np.array([1.0, np.nan]))
    (True, False)
    """
    if array.dtype.kind not in "fc":
        return True
    with np.errstate(all="ignore"):
        # one sum is NaN or infinite if any number is; it may overflow, too
        return bool(np.isfinite(np.vdot(array, array)) or np.isfinite(array).all())


def describe(array: np.ndarray) -> str:
    """Count what is not finite, and say where the first is; "" if all is.

    Examples
    --------
    >>> describe(np.array([[1.0, 2.0], [np.nan, np.inf]]))
    '1 NaN and 1 infinity, the first at index (1, 0)'
    """
    if is_finite(array):
        return ""
    nans, bad = int(np.isnan(array).sum()), ~np.isfinite(array)
    infinities = int(bad.sum()) - nans
    counts = [f"{nans:,} NaN"] if nans else []
    if infinities:
        noun = "infinity" if infinities == 1 else "infinities"
        counts.append(f"{infinities:,} {noun}")
    index = tuple([int(i) for i in np.argwhere(bad)[0]])
    return f"{' and '.join(counts)}, the first at index {index}"


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
        if node.inputs and not all(map(is_finite, parts(node.output))):
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


def parts(output: Any) -> tuple[Any, ...]:
    """Give the arrays of a node's output."""
    return output if type(output) is tuple else (np.asarray(output),)


def named(node: Any) -> str:
    """Name a node and the line that made it."""
    return str(node.describe())
