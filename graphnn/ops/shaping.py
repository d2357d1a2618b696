"""Operations on the shape, which leave the elements in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.leaves import Constant
from graphnn.graph.node import Node
from graphnn.graph.operation import Item, Operation

Axes = int | Sequence[int]
Order = Literal["C", "F", "A"]


class Shaping(Operation):
    """An operation on the shape; NumPy's complaint about it is worth reading."""

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, ValueError) and not isinstance(error, IndexError):
            shapes = ", ".join(str(np.shape(value)) for value in self.input_values)
            return f"{error} (input shapes: {shapes})"
        return None


class Reshaping(Shaping):
    """The same elements in the same order: the gradient gets the old shape back."""

    arity = 1

    def _input_grad(self, output_grad: Any) -> Any:
        return np.reshape(output_grad, np.shape(self.input_))


class Reshape(Reshaping):
    """``np.reshape``.

    Parameters
    ----------
    shape : int or sequence of int
    order : {"C", "F", "A"}
        In which order elements are read and placed: the last axis fastest, the first
        axis fastest, or as the input lies in memory.
    copy : bool, optional
        False lets NumPy refuse where it would have to copy.
    """

    def __init__(
        self, shape: int | Sequence[int], order: Order = "C", copy: bool | None = None
    ) -> None:
        self.new_shape = shape
        self.order = order
        self.may_copy = copy

    def _output(self) -> Any:
        if self.may_copy is not None:
            return np.reshape(
                self.input_, self.new_shape, self.order, copy=self.may_copy
            )
        if self.order == "C":
            return np.reshape(self.input_, self.new_shape)
        return np.reshape(self.input_, self.new_shape, self.order)

    def _input_grad(self, output_grad: Any) -> Any:
        order: Order = self.order
        if order == "A":
            order = "F" if lies_in_columns(self.input_) else "C"
        if order == "C":
            return super()._input_grad(output_grad)
        return np.reshape(output_grad, np.shape(self.input_), order)


def lies_in_columns(value: Any) -> bool:
    """Tell whether an array, or a node's, lies in memory column by column."""
    return np.isfortran(value.output if isinstance(value, Node) else value)


class ExpandDims(Reshaping):
    """``np.expand_dims``."""

    def __init__(self, axis: Axes) -> None:
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def _output(self) -> Any:
        return np.expand_dims(self.input_, self.axis)


class Squeeze(Reshaping):
    """``np.squeeze``."""

    def __init__(self, axis: Axes | None = None) -> None:
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def _output(self) -> Any:
        return np.squeeze(self.input_, self.axis)


class AtLeast(Reshaping):
    """A function that gives its input the axes that it lacks."""

    function: ClassVar[Any]

    def _output(self) -> Any:
        return self.function(self.input_)


class AtLeast1d(AtLeast):
    """``np.atleast_1d``."""

    function = staticmethod(np.atleast_1d)


class AtLeast2d(AtLeast):
    """``np.atleast_2d``: new axes in front."""

    function = staticmethod(np.atleast_2d)


class AtLeast3d(AtLeast):
    """``np.atleast_3d``: a matrix gets its third axis at the end."""

    function = staticmethod(np.atleast_3d)


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


class BroadcastArrays(Shaping):
    """``np.broadcast_arrays``: an output for each input, all of one shape."""

    broadcasts = True

    def _output(self) -> Any:
        return tuple(np.broadcast_arrays(*self.input_values))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return tuple(output_grad)


class Copy(Shaping):
    """``np.copy``."""

    arity = 1

    def __init__(self, order: Literal["K", "C", "F", "A"] = "K") -> None:
        self.order = order

    def _output(self) -> Any:
        return np.copy(self.input_, self.order)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.reshape)
def reshape(
    a: Any,
    shape: int | Sequence[int],
    order: Order = "C",
    *,
    copy: bool | None = None,
) -> Any:
    """Make the node for ``np.reshape``."""
    return Reshape(shape, order, copy)(a)


@implements(np.ravel)
def ravel(a: Any, order: Literal["C", "F", "A", "K"] = "C") -> Any:
    """Make the node for ``np.ravel``, and for a node's ``ravel`` and ``flatten``."""
    if order == "K":
        raise unsupported(
            f"the order 'K' of {a.describe()}: how a value happens to lie in memory "
            "is no part of the graph",
            "Choose an order: 'C' reads the last axis fastest, 'F' the first.",
        )
    return Reshape(-1, order)(a)


@implements(np.copy)
def copy(a: Any, order: Literal["K", "C", "F", "A"] = "K") -> Any:
    """Make the node for ``np.copy``."""
    return Copy(order)(a)


@implements(np.expand_dims)
def expand_dims(a: Any, axis: Axes) -> Any:
    """Make the node for ``np.expand_dims``."""
    return ExpandDims(axis)(a)


@implements(np.squeeze)
def squeeze(a: Any, axis: Axes | None = None) -> Any:
    """Make the node for ``np.squeeze``."""
    return Squeeze(axis)(a)


@implements(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """Make the nodes for ``np.atleast_1d``; what is an array stays one."""
    return at_least(AtLeast1d, arys)


@implements(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """Make the nodes for ``np.atleast_2d``; what is an array stays one."""
    return at_least(AtLeast2d, arys)


@implements(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """Make the nodes for ``np.atleast_3d``; what is an array stays one."""
    return at_least(AtLeast3d, arys)


def at_least(operation: type[AtLeast], arrays: tuple[Any, ...]) -> Any:
    """Give each of some nodes and arrays the axes that it lacks."""
    made = [
        operation()(a) if isinstance(a, Node) else operation.function(a) for a in arrays
    ]
    return made[0] if len(made) == 1 else tuple(made)


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: int | Sequence[int]) -> Any:
    """Make the node for ``np.broadcast_to``."""
    return BroadcastTo(shape)(array)


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """Make the nodes for ``np.broadcast_arrays``."""
    return outputs_of(BroadcastArrays()(*as_inputs(args)), len(args))


def outputs_of(node: Any, count: int) -> tuple[Any, ...]:
    """List the nodes of several outputs, also before there are values."""
    if node.output is None:
        return tuple([bind(Item(index), (node,)) for index in range(count)])
    made = {n.index: n for n in node.consumers if isinstance(n, Item)}
    return tuple([made[i] if i in made else node.item(i) for i in range(count)])


def as_inputs(arrays: Sequence[Any], *, numbers: bool = False) -> list[Any]:
    """Make constants of the arrays among nodes, of a first one too.

    Python numbers become arrays as well, unless `numbers` says that they do not decide
    the result's dtype (NEP 50).
    """
    kept = (bool, int, float, complex) if numbers else ()
    return [
        a if isinstance(a, Node) else Constant(a if type(a) in kept else np.asarray(a))
        for a in arrays
    ]


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
