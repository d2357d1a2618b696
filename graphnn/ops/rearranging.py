"""Operations that turn, roll and repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.indexing import refuse_nodes, scatter
from graphnn.ops.shaping import Shaping

Axes = int | Sequence[int] | None


class Flip(Shaping):
    """``np.flip``."""

    arity = 1

    def __init__(self, axis: Axes = None) -> None:
        self.axis = tuple(axis) if isinstance(axis, Sequence) else axis

    def _output(self) -> Any:
        return np.flip(self.input_, self.axis)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.flip(output_grad, self.axis)


class Rot90(Shaping):
    """``np.rot90``; the gradient is turned back."""

    arity = 1

    def __init__(self, k: int = 1, axes: Sequence[int] = (0, 1)) -> None:
        first, second = axes
        self.turns, self.axes = k, (first, second)

    def _output(self) -> Any:
        return np.rot90(self.input_, self.turns, self.axes)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.rot90(output_grad, -self.turns, self.axes)


class Roll(Shaping):
    """``np.roll``; the gradient is rolled back."""

    arity = 1

    def __init__(self, shift: int | Sequence[int], axis: Axes = None) -> None:
        self.shift: Any = tuple(np.ravel(shift).tolist()) if np.ndim(shift) else shift
        self.axis = axis

    def _output(self) -> Any:
        return np.roll(self.input_, self.shift, self.axis)

    def _input_grad(self, output_grad: Any) -> Any:
        several = isinstance(self.shift, tuple)
        back = tuple(-shift for shift in self.shift) if several else -self.shift
        return np.roll(output_grad, back, self.axis)


class Repeat(Shaping):
    """``np.repeat``; each element gets the sum over its copies.

    Parameters
    ----------
    repeats : int or sequence of int
        How many copies, of all elements or of each.
    axis : int or None
        None repeats the elements in C order.
    """

    arity = 1

    def __init__(self, repeats: int | Sequence[int], axis: int | None = None) -> None:
        self.repeats, self.axis = repeats, axis

    def _output(self) -> Any:
        return np.repeat(self.input_, self.repeats, self.axis)

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        if self.axis is None:
            before, size, after = (), np.size(self.input_), ()
        else:
            axis = self.axis % len(shape)
            before, size, after = shape[:axis], shape[axis], shape[axis + 1 :]
        counts = np.asarray(self.repeats)
        if counts.size == 1:
            copies = np.reshape(
                output_grad, (*before, size, int(counts.item()), *after)
            )
            return np.reshape(np.sum(copies, axis=len(before) + 1), shape)
        origin = np.repeat(np.arange(size), counts)
        index = (*[slice(None)] * len(before), origin)
        return np.reshape(scatter(output_grad, index, (*before, size, *after)), shape)


class Tile(Shaping):
    """``np.tile``; each element gets the sum over its copies.

    Parameters
    ----------
    times : int or sequence of int
        How often the array is laid out along each axis.
    """

    arity = 1

    def __init__(self, times: int | Sequence[int]) -> None:
        self.times = tuple(np.ravel(times).tolist())

    def _output(self) -> Any:
        return np.tile(self.input_, self.times)

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        ndim = max(len(shape), len(self.times))
        sizes = (*[1] * (ndim - len(shape)), *shape)
        times = (*[1] * (ndim - len(self.times)), *self.times)
        laid_out = [n for pair in zip(times, sizes, strict=True) for n in pair]
        copies = np.reshape(output_grad, laid_out)
        summed = tuple(2 * axis for axis, n in enumerate(times) if n != 1)
        return np.reshape(np.sum(copies, axis=summed) if summed else copies, shape)


class Resize(Shaping):
    """``np.resize``: the elements in C order, over again until the shape is filled."""

    arity = 1

    def __init__(self, shape: int | Sequence[int]) -> None:
        self.new_shape = shape

    def _output(self) -> Any:
        return np.resize(self.input_, self.new_shape)

    def _input_grad(self, output_grad: Any) -> Any:
        shape, size = np.shape(self.input_), np.size(self.input_)
        if not size:  # NumPy fills with zeros
            return np.zeros(shape, output_grad.dtype)
        origin = np.resize(np.arange(size), self.new_shape)
        return np.reshape(scatter(output_grad, (origin,), (size,)), shape)


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.flip)
def flip(m: Any, axis: Axes = None) -> Any:
    """Make the node for ``np.flip``."""
    return Flip(axis)(m)


@implements(np.flipud)
def flipud(m: Any) -> Any:
    """Make the node for ``np.flipud``."""
    return Flip(0)(m)


@implements(np.fliplr)
def fliplr(m: Any) -> Any:
    """Make the node for ``np.fliplr``."""
    return Flip(1)(m)


@implements(np.rot90)
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Make the node for ``np.rot90``."""
    return Rot90(k, axes)(m)


@implements(np.roll)
def roll(a: Any, shift: int | Sequence[int], axis: Axes = None) -> Any:
    """Make the node for ``np.roll``."""
    refuse_nodes(np.roll, shift)
    return Roll(shift, axis)(a)


@implements(np.repeat)
def repeat(a: Any, repeats: int | Sequence[int], axis: int | None = None) -> Any:
    """Make the node for ``np.repeat``."""
    refuse_nodes(np.repeat, repeats)
    return Repeat(repeats, axis)(a)


@implements(np.tile)
def tile(A: Any, reps: int | Sequence[int]) -> Any:
    """Make the node for ``np.tile``."""
    refuse_nodes(np.tile, reps)
    return Tile(reps)(A)


@implements(np.resize)
def resize(a: Any, new_shape: int | Sequence[int]) -> Any:
    """Make the node for ``np.resize``."""
    return Resize(new_shape)(a)
