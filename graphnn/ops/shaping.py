"""Operations that move elements and change none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation


class Shaping(Operation):
    """An operation on the shape; NumPy's complaint about it is worth reading."""

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, ValueError) and not isinstance(error, IndexError):
            shapes = ", ".join(str(np.shape(value)) for value in self.input_values)
            return f"{error} (input shapes: {shapes})"
        return None


class Reshape(Shaping):
    """``np.reshape``, in C order."""

    arity = 1

    def __init__(self, shape: int | Sequence[int]) -> None:
        self.new_shape = shape

    def _output(self) -> Any:
        return np.reshape(self.input_, self.new_shape)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.reshape(output_grad, self.input_.shape)


class Transpose(Shaping):
    """``np.transpose``."""

    arity = 1

    def __init__(self, axes: Sequence[int] | None = None) -> None:
        self.axes = None if axes is None else tuple(axes)

    def _output(self) -> Any:
        return np.transpose(self.input_, self.axes)

    def _input_grad(self, output_grad: Any) -> Any:
        if self.axes is None:
            return np.transpose(output_grad)
        back = np.argsort([axis % len(self.axes) for axis in self.axes])
        return np.transpose(output_grad, tuple(back.tolist()))


class BroadcastTo(Shaping):
    """``np.broadcast_to``; the engine sums the gradient back."""

    arity = 1
    broadcasts = True

    def __init__(self, shape: int | Sequence[int]) -> None:
        self.new_shape = shape

    def _output(self) -> Any:
        return np.broadcast_to(self.input_, self.new_shape)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


class Concatenate(Shaping):
    """``np.concatenate``."""

    def __init__(self, axis: int | None = 0) -> None:
        self.axis = axis

    def _output(self) -> Any:
        return np.concatenate(self.input_values, axis=self.axis)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        pieces = []
        start = 0
        for value in self.input_values:
            if self.axis is None:
                stop = start + value.size
                pieces.append(np.reshape(output_grad[start:stop], value.shape))
            else:
                stop = start + value.shape[self.axis]
                before = (slice(None),) * (self.axis % value.ndim)
                pieces.append(output_grad[(*before, slice(start, stop))])
            start = stop
        return tuple(pieces)


class Stack(Shaping):
    """``np.stack``."""

    def __init__(self, axis: int = 0) -> None:
        self.axis = axis

    def _output(self) -> Any:
        return np.stack(self.input_values, axis=self.axis)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        before = (slice(None),) * (self.axis % output_grad.ndim)
        return tuple(
            output_grad[(*before, position)]
            for position in range(len(self.input_values))
        )


@implements(np.reshape)
def reshape(a: Any, shape: int | Sequence[int]) -> Any:
    """Make the node for ``np.reshape``."""
    return Reshape(shape)(a)


@implements(np.ravel)
def ravel(a: Any) -> Any:
    """Make the node for ``np.ravel``."""
    return Reshape(-1)(a)


@implements(np.transpose)
def transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    """Make the node for ``np.transpose``."""
    return Transpose(axes)(a)


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Make the node for ``np.swapaxes``."""
    axes = list(range(a.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return Transpose(axes)(a)


@implements(np.expand_dims)
def expand_dims(a: Any, axis: int | Sequence[int]) -> Any:
    """Make the node for ``np.expand_dims``."""
    return Reshape(np.expand_dims(np.empty(a.shape, bool), axis).shape)(a)


@implements(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    """Make the node for ``np.squeeze``."""
    return Reshape(np.squeeze(np.empty(a.shape, bool), axis).shape)(a)


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: int | Sequence[int]) -> Any:
    """Make the node for ``np.broadcast_to``."""
    return BroadcastTo(shape)(array)


@implements(np.concatenate)
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Make the node for ``np.concatenate``."""
    return Concatenate(axis)(*as_inputs(arrays))


@implements(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Make the node for ``np.stack``."""
    return Stack(axis)(*as_inputs(arrays))


def as_inputs(arrays: Sequence[Any]) -> list[Any]:
    """Make constants of the arrays among nodes, of a first one too."""
    from graphnn.graph.leaves import Constant

    return [a if isinstance(a, Node) else Constant(np.asarray(a)) for a in arrays]


# -- what a shape alone decides is an array, not a node --------------------------------
@implements(np.shape)
def shape_of(a: Any) -> Any:
    """Answer ``np.shape``."""
    return a.shape


@implements(np.ndim)
def ndim_of(a: Any) -> Any:
    """Answer ``np.ndim``."""
    return a.ndim


@implements(np.size)
def size_of(a: Any) -> Any:
    """Answer ``np.size``."""
    return a.size
