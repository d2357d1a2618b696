"""Calling one operation's hooks, and checking what they hand over."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from graphnn.engine.node import Node
from graphnn.errors import (
    GradientError,
    GradientShapeError,
    GraphnnError,
    ShapeError,
)

NUMERIC = frozenset("biufc")
"""The dtype kinds that a value may have: bool, integer, unsigned, float, complex."""

LAST_NUMERIC = np.dtype(np.clongdouble).num
"""The numbers of NumPy's numeric dtypes go from 0 to this (float16 comes later)."""

DIFFERENTIABLE = frozenset("fc")
"""The dtype kinds that a gradient may have."""


def call_output(node: Node) -> Any:
    """Run the node's ``_output`` on its ``input_values``."""
    try:
        output = node._output()
    except Exception as error:
        explain(node, "_output", error)
    if type(output) is np.ndarray and output.dtype.num <= LAST_NUMERIC:
        return output
    return checked_output(node, output)


def call_input_grads(node: Node, output_grad: Any) -> tuple[Any, ...]:
    """Run the node's ``_input_grads``: one gradient (or None) for each input."""
    input_grads = None
    try:
        input_grads = node._input_grads(output_grad)
    except Exception as error:
        explain(node, "_input_grads", error)
    values = node.input_values
    if type(input_grads) is tuple and len(input_grads) == len(values):
        # nearly always all is well; this is run for every node of every pass
        needs = node.needs_input_grad
        for gradient, value, needed in zip(input_grads, values, needs):  # noqa: B905
            if gradient is not None and not (
                needed
                and type(gradient) is np.ndarray
                and type(value) is np.ndarray
                and gradient.shape == value.shape
                and gradient.dtype is value.dtype
            ):
                break
        else:
            return input_grads
    return checked_input_grads(node, input_grads)


def explain(node: Node, hook: str, error: Exception) -> NoReturn:
    """Raise a hook's exception again, so that it says where it happened.

    What an operation can put in the user's terms becomes a :class:`ShapeError`;
    anything else keeps its type and gains a note.
    """
    reason = node._failure(error) if hook == "_output" else None
    if reason is not None and not isinstance(error, GraphnnError):
        raise ShapeError(f"{node.describe()}: {reason}") from error
    shapes = ", ".join(str(np.shape(v)) for v in node.input_values if not is_several(v))
    error.add_note(f"in {hook} of {node.describe()}; input shapes: {shapes or 'none'}")
    try:
        raise error
    finally:
        del error  # else the traceback, which the error holds, would hold the error


def is_several(value: Any) -> bool:
    """Tell the value of an operation with several outputs."""
    return type(value) is tuple


def checked_output(node: Node, output: Any) -> Any:
    """Turn NumPy scalars into 0-d arrays; refuse what is no value."""
    if is_several(output):
        return tuple([checked_output(node, part) for part in output])
    if isinstance(output, np.ndarray | np.generic | bool | int | float | complex):
        array = np.asarray(output)
        if array.dtype.kind in NUMERIC:
            return array
        kind: str = f"an array of dtype {array.dtype}"
    elif is_node(output) and any(map(carries_nodes, node.input_values)):
        return output  # in a trace
    elif is_node(output):
        raise GradientError(
            f"{node.describe()}: {type(node).__name__}._output was given arrays and "
            f"returned a node, {output!r}",
            "A node that the formula needs is an input: call the operation on it as "
            "well, or derive from ParamOperation and read self.param.",
        )
    else:
        kind = "None" if output is None else f"a {type(output).__name__}"
    forgot = "Is a return missing?" if output is None else "Return a numeric array."
    raise GradientError(
        f"{node.describe()}: {type(node).__name__}._output returned {kind}, "
        "not an array",
        f"{forgot} An operation with several outputs returns a tuple of arrays.",
    )


def is_node(value: Any) -> bool:
    """Tell what NumPy's protocols dispatch on, and is no array."""
    return hasattr(type(value), "__array_ufunc__") and not isinstance(
        value, np.ndarray | np.generic
    )


def carries_nodes(value: Any) -> bool:
    """Tell whether a value, or one of several, is a node."""
    return any(map(is_node, value)) if is_several(value) else is_node(value)


def checked_input_grads(node: Node, input_grads: Any) -> tuple[Any, ...]:
    """Check number, shape and dtype of what ``_input_grads`` returned."""
    values = node.input_values
    if not isinstance(input_grads, tuple | list) or len(input_grads) != len(values):
        returned = (
            f"{len(input_grads)} gradients"
            if isinstance(input_grads, tuple | list)
            else f"a {type(input_grads).__name__}"
            if input_grads is not None
            else "None"
        )
        raise GradientError(
            f"{node.describe()}: {type(node).__name__}._input_grads returned "
            f"{returned} for {len(values)} inputs",
            "Return a tuple with one gradient for each input "
            "(None where there is no gradient).",
        )
    checked: list[Any] = []
    for position, needs in enumerate(node.needs_input_grad):
        gradient = input_grads[position]
        if not needs or gradient is None:
            checked.append(None)
            continue
        value = values[position]
        if is_several(value) or (
            type(gradient) is np.ndarray
            and gradient.shape == value.shape
            and gradient.dtype == value.dtype
        ):
            checked.append(gradient)
        else:
            checked.append(fitted(node, position, gradient, value))
    return tuple(checked)


def fitted(node: Node, position: int, gradient: Any, value: Any) -> Any:
    """Give a gradient the shape and the dtype of its value, or say why it cannot be."""
    if isinstance(gradient, np.generic | bool | int | float | complex):
        gradient = np.asarray(gradient)
    if not hasattr(gradient, "__array_ufunc__"):
        raise GradientError(
            f"{node.describe()}: {type(node).__name__} returned a "
            f"{type(gradient).__name__} as the gradient of input {position}, "
            "not an array"
        )
    if gradient.shape != value.shape and node.broadcasts:
        gradient = unbroadcast(gradient, value.shape)
    if gradient.shape != value.shape:
        raise GradientShapeError(
            f"{node.describe()}: {type(node).__name__} returned a gradient of shape "
            f"{gradient.shape} for input {position}, whose shape is {value.shape}",
            "A gradient has the shape of its value. If the operation broadcasts its "
            "inputs, set `broadcasts = True` on the class: the gradients are then "
            "summed for it.",
        )
    if gradient.dtype.kind == "c" and value.dtype.kind == "f" and is_complex(node):
        gradient = np.real(gradient)  # a real value moves along the real axis only
    if gradient.dtype != value.dtype:
        if not np.can_cast(gradient.dtype, value.dtype, "same_kind"):
            raise GradientError(
                f"{node.describe()}: {type(node).__name__} returned a {gradient.dtype} "
                f"gradient for input {position}, which is {value.dtype}"
            )
        gradient = gradient.astype(value.dtype)
    return gradient


def is_complex(node: Node) -> bool:
    """Tell whether an operation has a complex output."""
    parts = node.output if is_several(node.output) else (node.output,)
    return any(part.dtype.kind == "c" for part in parts)


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the axes along which its value was broadcast.

    Broadcasting repeats a value; the gradient of a value used many times is the sum
    over its uses. A gradient that the value's shape does not broadcast to is returned
    as it is.
    """
    leading = len(gradient.shape) - len(shape)
    repeated = tuple(range(leading)) + tuple(
        leading + axis
        for axis, size in enumerate(shape)
        if size == 1 and leading >= 0 and gradient.shape[leading + axis] != 1
    )
    summed = tuple(1 if a in repeated else n for a, n in enumerate(gradient.shape))
    if leading < 0 or summed[leading:] != tuple(shape):
        return gradient
    if repeated:
        gradient = np.sum(gradient, axis=repeated, keepdims=True)
    return np.reshape(gradient, shape) if leading else gradient
