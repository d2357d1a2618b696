"""Operations that join arrays, and those that put elements in and take them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph.dispatch import implements
from graphnn.graph.node import Node
from graphnn.ops.indexing import refuse_nodes, scatter
from graphnn.ops.shaping import Shaping, as_inputs


class Joining(Shaping):
    """A function of a list of arrays.

    Parameters
    ----------
    axis : int or None
        None reads every array in C order.
    dtype, casting
        The dtype of the result, and what may be cast to it.
    """

    def __init__(
        self, axis: int | None = 0, dtype: Any = None, casting: str = "same_kind"
    ) -> None:
        self.axis = axis
        self.cast: dict[str, Any] = {}
        if dtype is not None or casting != "same_kind":
            self.cast = {"dtype": dtype, "casting": casting}


class Concatenate(Joining):
    """``np.concatenate``; each input gets its piece of the gradient."""

    def _output(self) -> Any:
        return np.concatenate(self.input_values, axis=self.axis, **self.cast)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        before = (slice(None),) * ((self.axis or 0) % np.ndim(output_grad))
        pieces: list[Any] = []
        start = 0
        for value, needed in zip(self.input_values, self.needs_input_grad, strict=True):
            shape = np.shape(value)
            stop = start + (np.size(value) if self.axis is None else shape[self.axis])
            piece = None
            if needed:
                piece = output_grad[(*before, slice(start, stop))]
                if self.axis is None:
                    piece = np.reshape(piece, shape)
            pieces.append(piece)
            start = stop
        return tuple(pieces)


class Stack(Joining):
    """``np.stack``; each input gets its layer of the gradient."""

    def _output(self) -> Any:
        return np.stack(self.input_values, axis=self.axis or 0, **self.cast)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        before = (slice(None),) * ((self.axis or 0) % np.ndim(output_grad))
        return tuple(
            output_grad[(*before, position)] if needed else None
            for position, needed in enumerate(self.needs_input_grad)
        )


class Insert(Shaping):
    """``np.insert``, of an array and the values that are put into it.

    Parameters
    ----------
    where : int, slice, or sequence of int
        Before which elements.
    axis : int or None
        None reads the array in C order.
    """

    arity = 2

    def __init__(self, where: Any, axis: int | None = None) -> None:
        self.where, self.axis = where, axis

    def _output(self) -> Any:
        into, values = self.input_values
        return np.insert(into, self.where, values, self.axis)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        into, values = map(np.shape, self.input_values)
        # the same insertion, of -1 for "not from there" and of the places of elements
        new = np.ones(values, bool)
        is_new = np.insert(np.zeros(into, bool), self.where, new, self.axis)
        into_grad = values_grad = None
        if self.needs_input_grad[0]:
            into_grad = np.reshape(output_grad[~is_new], into)
        if self.needs_input_grad[1]:
            size = np.size(self.input_values[1])
            places = np.arange(size).reshape(values)
            origin = np.insert(np.full(into, -1), self.where, places, self.axis)[is_new]
            values_grad = np.reshape(
                scatter(output_grad[is_new], origin, (size,)), values
            )
        return into_grad, values_grad


class Delete(Shaping):
    """``np.delete``.

    Parameters
    ----------
    where : int, slice, or sequence of int
        Which elements go.
    axis : int or None
        None reads the array in C order.
    """

    arity = 1

    def __init__(self, where: Any, axis: int | None = None) -> None:
        self.where, self.axis = where, axis

    def _output(self) -> Any:
        return np.delete(self.input_, self.where, self.axis)

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        if self.axis is None:
            stays = np.zeros(np.size(self.input_), bool)
            before: tuple[slice, ...] = ()
        else:
            stays = np.zeros(shape[self.axis], bool)
            before = (slice(None),) * (self.axis % len(shape))
        stays[np.delete(np.arange(stays.size), self.where)] = True
        if self.axis is None:
            return np.reshape(scatter(output_grad, stays, (stays.size,)), shape)
        return scatter(output_grad, (*before, stays), shape)


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.concatenate)
def concatenate(
    arrays: Sequence[Any],
    axis: int | None = 0,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """Make the node for ``np.concatenate``."""
    return Concatenate(axis, dtype, casting)(*as_inputs(arrays))


@implements(np.stack)
def stack(
    arrays: Sequence[Any],
    axis: int = 0,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """Make the node for ``np.stack``."""
    return Stack(axis, dtype, casting)(*as_inputs(arrays))


@implements(np.vstack)
def vstack(tup: Sequence[Any], **cast: Any) -> Any:
    """Make the nodes for ``np.vstack``."""
    rows = [at_least(2, np.atleast_2d, array) for array in tup]
    return np.concatenate(rows, 0, **cast)


@implements(np.hstack)
def hstack(tup: Sequence[Any], **cast: Any) -> Any:
    """Make the nodes for ``np.hstack``."""
    arrays = list(tup)
    if isinstance(arrays[0], Node):
        arrays[0]._need_value("np.hstack")
    axis = 0 if np.ndim(arrays[0]) < 2 else 1
    rows = [at_least(1, np.atleast_1d, array) for array in arrays]
    return np.concatenate(rows, axis, **cast)


@implements(np.dstack)
def dstack(tup: Sequence[Any]) -> Any:
    """Make the nodes for ``np.dstack``."""
    return np.concatenate([at_least(3, np.atleast_3d, array) for array in tup], 2)


@implements(np.column_stack)
def column_stack(tup: Sequence[Any]) -> Any:
    """Make the nodes for ``np.column_stack``."""
    columns = []
    for array in tup:
        if isinstance(array, Node):
            array._need_value("np.column_stack")
        few = np.ndim(array) < 2
        columns.append(np.reshape(array, (-1, 1)) if few else array)
    return np.concatenate(columns, 1)


def at_least(ndim: int, function: Callable[[Any], Any], array: Any) -> Any:
    """Give an array or a node the axes that it lacks, if any."""
    known = not isinstance(array, Node) or array.output is not None
    return array if known and np.ndim(array) >= ndim else function(array)


@implements(np.block)
def block(arrays: Any) -> Any:
    """Make the nodes for ``np.block``."""
    depth, ndim = depth_of(arrays)
    return assembled(arrays, depth, max(depth, ndim)) if depth else np.copy(arrays)


def depth_of(arrays: Any) -> tuple[int, int]:
    """Give how deep lists are nested, and the number of axes of what is in them."""
    if not isinstance(arrays, list):
        if isinstance(arrays, Node):
            arrays._need_value("np.block")
        return 0, np.ndim(arrays)
    found = [depth_of(array) for array in arrays]
    depths = {depth for depth, _ in found}
    if len(depths) != 1:
        raise ShapeError(
            "np.block: an empty list"
            if not depths
            else f"np.block: lists nested to different depths {sorted(depths)}",
            "All blocks of a list are either arrays or lists: [[a, b], [c, d]].",
        )
    return 1 + depths.pop(), max(ndim for _, ndim in found)


def assembled(arrays: Any, depth: int, ndim: int) -> Any:
    """Join the innermost lists along the last axis, those around along earlier ones."""
    if depth:
        inner = [assembled(array, depth - 1, ndim) for array in arrays]
        return np.concatenate(inner, axis=-depth)
    lacking = ndim - np.ndim(arrays)
    return np.expand_dims(arrays, tuple(range(lacking))) if lacking else arrays


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Make the node for ``np.append``."""
    return np.concatenate((arr, values), axis)


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Make the node for ``np.insert``."""
    refuse_nodes(np.insert, obj)
    return Insert(obj, axis)(*as_inputs([arr, values]))


@implements(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Make the node for ``np.delete``."""
    refuse_nodes(np.delete, obj)
    return Delete(obj, axis)(arr)
