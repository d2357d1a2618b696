"""Operations that permute axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.shaping import Axes, Shaping


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


class Swapaxes(Shaping):
    """``np.swapaxes``."""

    arity = 1

    def __init__(self, axis1: int, axis2: int) -> None:
        self.axis1, self.axis2 = axis1, axis2

    def _output(self) -> Any:
        return np.swapaxes(self.input_, self.axis1, self.axis2)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.swapaxes(output_grad, self.axis1, self.axis2)


class Moveaxis(Shaping):
    """``np.moveaxis``."""

    arity = 1

    def __init__(self, start: Axes, destination: Axes) -> None:
        self.start, self.destination = start, destination

    def _output(self) -> Any:
        return np.moveaxis(self.input_, self.start, self.destination)

    def _input_grad(self, output_grad: Any) -> Any:
        return np.moveaxis(output_grad, self.destination, self.start)


class Rollaxis(Shaping):
    """``np.rollaxis``: moves an axis to lie before another."""

    arity = 1

    def __init__(self, axis: int, start: int = 0) -> None:
        self.axis, self.start = axis, start

    def _output(self) -> Any:
        return np.rollaxis(self.input_, self.axis, self.start)

    def _input_grad(self, output_grad: Any) -> Any:
        ndim = np.ndim(output_grad)
        axis = self.axis % ndim
        before = self.start + ndim if self.start < 0 else self.start
        # taking the axis out of its old place moves what came after it
        return np.moveaxis(output_grad, before - (axis < before), axis)


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.transpose)
def transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    """Make the node for ``np.transpose`` and ``np.permute_dims``."""
    return Transpose(axes)(a)


@implements(np.matrix_transpose)
def matrix_transpose(x: Any) -> Any:
    """Make the node for ``np.matrix_transpose``."""
    return Swapaxes(-2, -1)(x)


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Make the node for ``np.swapaxes``."""
    return Swapaxes(axis1, axis2)(a)


@implements(np.moveaxis)
def moveaxis(a: Any, source: Axes, destination: Axes) -> Any:
    """Make the node for ``np.moveaxis``."""
    return Moveaxis(source, destination)(a)


@implements(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Make the node for ``np.rollaxis``."""
    return Rollaxis(axis, start)(a)
