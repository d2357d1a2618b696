"""The gradient that a backward pass starts with, and which values can have one."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.engine.hooks import DIFFERENTIABLE
from graphnn.errors import GradientError, GradientShapeError
from graphnn.graph.leaves import as_values
from graphnn.graph.node import Node


def output_gradient(node: Node, output_grad: Any) -> Any:
    """Check the gradient that seeds a backward pass; 1 by default for a size of 1."""
    output = node.output
    if type(output) is tuple:
        if not isinstance(output_grad, tuple | list) or len(output_grad) != len(output):
            raise GradientError(
                f"{node.describe()} has {len(output)} outputs: "
                "give a tuple with a gradient (or None) for each"
            )
        return tuple(
            [
                np.zeros_like(part) if g is None else fitted(node, part, g)
                for part, g in zip(output, output_grad, strict=True)
            ]
        )
    return fitted(node, output, output_grad)


def fitted(node: Node, value: Any, output_grad: Any) -> np.ndarray:
    """Give a seed gradient the dtype of its value; check its shape."""
    if not is_differentiable(value):
        raise no_gradient(node, value)
    if output_grad is None:
        if value.size != 1:
            raise GradientError(
                f"{node.describe()} has shape {value.shape}: a gradient needs a "
                "starting point for an output of size ≠ 1",
                "Pass output_grad, an array of the output's shape, or reduce it to one "
                "number first, as a loss does.",
            )
        return np.ones(value.shape, value.dtype)
    gradient = as_values(output_grad, f"output_grad of {node.describe()}")
    if gradient.shape != value.shape:
        raise GradientShapeError(
            f"{node.describe()}: output_grad has shape {gradient.shape}, "
            f"the output has shape {value.shape}"
        )
    if gradient.dtype == value.dtype:
        return gradient
    if not np.can_cast(gradient.dtype, value.dtype, "same_kind"):
        raise GradientError(
            f"{node.describe()}: output_grad is {gradient.dtype}, "
            f"the output {value.dtype}"
        )
    return gradient.astype(value.dtype)


def is_differentiable(value: Any) -> bool:
    """Tell whether a value's dtype can have a gradient; Python numbers have none."""
    if type(value) is tuple:
        return any(is_differentiable(part) for part in value)
    return isinstance(value, np.ndarray) and value.dtype.kind in DIFFERENTIABLE


def no_gradient(node: Node, value: Any) -> GradientError:
    """Say that integers have no gradient."""
    return GradientError(
        f"{node.describe()}: there is no gradient for {np.result_type(value)} values",
        "Use floating-point numbers: array.astype(float).",
    )
