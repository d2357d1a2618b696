"""NumPy's functions that take elements out by their place or by a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.indexing import is_node, scatter
from graphnn.ops.shaping import Shaping, as_inputs

Mode = Literal["raise", "wrap", "clip"]


class Take(Shaping):
    """``np.take``; the indices are an input without gradient.

    Parameters
    ----------
    axis : int or None
        None takes from the elements in C order.
    mode : {"raise", "wrap", "clip"}
        What is done with indices out of bounds.
    """

    arity = 2

    def __init__(self, axis: int | None = None, mode: Mode = "raise") -> None:
        self.axis, self.mode = axis, mode

    def _output(self) -> Any:
        a, indices = self.input_values
        if is_node(indices) and not is_node(a):
            a = as_inputs([a])[0]  # np.take sees nodes in its first argument only
        return np.take(a, indices, axis=self.axis, mode=self.mode)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        a, indices = self.input_values
        if not self.needs_input_grad[0]:
            return None, None
        shape = np.shape(a)
        size = np.size(a) if self.axis is None else shape[self.axis]
        if indices.dtype.kind == "b":
            indices = indices.astype(np.intp)  # 0 and 1, not a mask
        if self.mode == "wrap":
            indices = indices % size
        elif self.mode == "clip":
            indices = np.minimum(np.maximum(indices, 0), size - 1)
        if self.axis is None:
            flat = scatter(output_grad, (indices,), (size,))
            return np.reshape(flat, shape), None
        before = (slice(None),) * (self.axis % len(shape))
        return scatter(output_grad, (*before, indices), shape), None


class TakeAlongAxis(Shaping):
    """``np.take_along_axis``; the indices are an input without gradient."""

    arity = 2

    def __init__(self, axis: int | None = -1) -> None:
        self.axis = axis

    def _output(self) -> Any:
        a, indices = self.input_values
        return np.take_along_axis(a, indices, self.axis)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        a, indices = self.input_values
        if not self.needs_input_grad[0]:
            return None, None
        shape = np.shape(a)
        if self.axis is None:
            flat = scatter(output_grad, (indices,), (np.size(a),))
            return np.reshape(flat, shape), None
        ndim = len(shape)
        index = [
            np.arange(size).reshape([-1 if i == axis else 1 for i in range(ndim)])
            for axis, size in enumerate(shape)
        ]
        index[self.axis] = indices
        return scatter(output_grad, tuple(index), shape), None


class Choose(Shaping):
    """``np.choose``, of an integer array and the arrays among which it chooses.

    Parameters
    ----------
    mode : {"raise", "wrap", "clip"}
        What is done with integers out of bounds.
    """

    broadcasts = True

    def __init__(self, mode: Mode = "raise") -> None:
        self.mode = mode

    def _output(self) -> Any:
        which, *choices = self.input_values
        return np.choose(which, choices, mode=self.mode)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        which, *choices = self.input_values
        if self.mode == "wrap":
            which = which % len(choices)
        elif self.mode == "clip":
            which = np.minimum(np.maximum(which, 0), len(choices) - 1)
        grads = [
            np.where(which == position, output_grad, 0) if needed else None
            for position, needed in enumerate(self.needs_input_grad[1:])
        ]
        return None, *grads


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.take)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: Mode = "raise") -> Any:
    """Make the node for ``np.take``."""
    return Take(axis, mode)(*as_inputs([a, indices]))


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Make the node for ``np.take_along_axis``."""
    return TakeAlongAxis(axis)(*as_inputs([arr, indices]))


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Make the nodes for ``np.compress``."""
    if isinstance(condition, Node):
        condition._need_value("np.compress")
    if np.ndim(condition) != 1:
        raise ShapeError(
            f"np.compress: the condition has shape {np.shape(condition)}, not one axis"
        )
    return np.take(as_inputs([a])[0], np.flatnonzero(condition), axis=axis)


@implements(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """Make the nodes for ``np.extract``."""
    return np.take(as_inputs([arr])[0], np.flatnonzero(condition))


@implements(np.choose)
def choose(a: Any, choices: Sequence[Any], *, mode: Mode = "raise") -> Any:
    """Make the node for ``np.choose``."""
    return Choose(mode)(*as_inputs([a]), *as_inputs(choices, numbers=True))


@implements(np.ix_)
def ix_(*args: Any) -> tuple[Any, ...]:
    """Make the nodes for ``np.ix_``."""
    ndim = len(args)
    index = []
    for position, sequence in enumerate(args):
        places: Any = sequence
        if isinstance(places, Node):
            places._need_value("np.ix_")
        elif not isinstance(places, np.ndarray):
            places = np.asarray(places) if len(places) else np.zeros(0, np.intp)
        if np.ndim(places) != 1:
            raise ShapeError(
                f"np.ix_: argument {position} has shape {np.shape(places)}, not one "
                "axis"
            )
        if places.dtype.kind == "b":
            places = np.flatnonzero(places)
        shape = [1] * ndim
        shape[position] = -1
        index.append(np.reshape(places, shape))
    return tuple(index)


@implements(np.trim_zeros)
def trim_zeros(*arguments: Any, **settings: Any) -> None:
    """Refuse ``np.trim_zeros``."""
    raise unsupported(
        "np.trim_zeros of a node: values would decide a shape",
        "Find the places in the value, and slice: x[first:last], with "
        "first, last = np.flatnonzero(x.output)[[0, -1]] + [0, 1].",
    )
