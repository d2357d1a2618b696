"""Differences between neighbours, and integrals made of their sums."""

from __future__ import annotations

import operator
from typing import Any, ClassVar

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.cumulative import part
from graphnn.ops.elementary import Elementary
from graphnn.ops.indexing import scatter
from graphnn.ops.reductions import NOT_GIVEN, real_dtype


class Diff(Elementary):
    """``np.diff``: ``a[i + 1] - a[i]`` along an axis, n times over.

    Each element gets the gradient of the difference before it, less that of the one
    after it: a difference again, of the gradients with zeros around them.

    Parameters
    ----------
    n : int
        How often, 1 at least.
    axis : int
    more_inputs : tuple of str
        What the inputs after the first are: ``prepend``, ``append``.
    """

    broadcasts = True  # what is put before and after may be one number
    function: ClassVar[Any] = staticmethod(np.diff)

    def __init__(
        self, n: int = 1, axis: int = -1, more_inputs: tuple[str, ...] = ()
    ) -> None:
        self.n = operator.index(n)
        self.axis = operator.index(axis)
        self.more_inputs = more_inputs

    def _output(self) -> Any:
        x, *more = self.input_values
        around = dict(zip(self.more_inputs, more, strict=True))
        return self.function(x, n=self.n, axis=self.axis, **around)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        n, axis, x = self.n, self.axis, self.input_
        values = dict(zip(("", *self.more_inputs), self.input_values, strict=True))
        names = [name for name in ("prepend", "", "append") if name in values]
        sizes = [
            np.shape(values[name])[axis] if np.ndim(values[name]) else 1
            for name in names
        ]
        shape = [*x.shape]
        if sum(sizes) <= n:  # nothing is left of it: a sum of nothing
            shape[axis] = sum(sizes)
            gradient = np.broadcast_to(np.sum(output_grad), shape)
        else:
            shape[axis] = n
            zeros = np.zeros(shape, output_grad.dtype)
            padded = np.concatenate([zeros, output_grad, zeros], axis=axis)
            gradient = (-1) ** n * np.diff(padded, n=n, axis=axis)
        grads: dict[str, Any] = {}
        start = 0
        for name, size in zip(names, sizes, strict=True):
            piece = slice(start, start + size)
            grads[name] = gradient[part(axis, x.ndim, piece)]
            start += size
        return tuple(grads[name] for name in values)


class FiniteDifferences(Elementary):
    """``np.gradient`` along one axis: central differences, one-sided at the ends.

    Parameters
    ----------
    axis : int
    spacing : float or ndarray
        The distance between neighbours, or the coordinates.
    edge_order : int
        1 or 2: the order of accuracy at the ends.
    """

    arity = 1
    function: ClassVar[Any] = staticmethod(np.gradient)

    def __init__(self, axis: int = 0, spacing: Any = 1.0, edge_order: int = 1) -> None:
        self.axis = operator.index(axis)
        self.spacing = spacing
        self.edge_order = edge_order

    def _output(self) -> Any:
        return self.function(
            self.input_, self.spacing, axis=self.axis, edge_order=self.edge_order
        )

    def _input_grad(self, output_grad: Any) -> Any:
        x, axis = self.input_, self.axis
        length = x.shape[axis]
        total: Any = None
        for offset, coefficients in self._stencil(length).items():
            # row i has read element i + offset
            rows = np.flatnonzero(coefficients)
            if not rows.size:
                continue
            first, last = int(rows[0]), int(rows[-1]) + 1
            column = np.expand_dims(
                coefficients[first:last].astype(real_dtype(output_grad.dtype)),
                tuple(range(1, x.ndim - axis % x.ndim)),
            )
            read = column * output_grad[part(axis, x.ndim, slice(first, last))]
            place = part(axis, x.ndim, slice(first + offset, last + offset))
            moved = scatter(read, place, x.shape)
            total = moved if total is None else total + moved
        return total

    def _stencil(self, length: int) -> dict[int, Any]:
        """Find with which factor each row of the result reads which neighbour.

        A row reads three neighbours in a row at most. So three differentiations, of
        combs with a tooth at each third element, show all the factors [1]_.

        .. [1] A. Curtis, M. Powell, J. Reid, "On the estimation of sparse Jacobian
           matrices", IMA J. Appl. Math. 13, 1974.
        """
        rows = np.arange(length)
        seen = np.stack(
            [
                self.function(
                    (rows % 3 == tooth).astype(float),
                    self.spacing,
                    edge_order=self.edge_order,
                )
                for tooth in range(3)
            ]
        )
        middle = np.clip(rows, 1, max(1, length - 2))  # of the three
        stencil = {}
        for offset in range(-2, 3):
            read = rows + offset
            near = (abs(read - middle) <= 1) & (read >= 0) & (read < length)
            stencil[offset] = np.where(near, seen[read % 3, rows], 0.0)
        return stencil

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, np.exceptions.AxisError):
            return None
        if isinstance(error, ValueError):
            return f"{error} (input shape: {np.shape(self.input_)})"
        return None


def known(argument: Any, what: str) -> Any:
    """Give an array, or a node whose shape is known."""
    if isinstance(argument, Node):
        argument._need_value(what)
        return argument
    return np.asarray(argument)


# -- what NumPy's calls make -----------------------------------------------------------
@implements(np.diff)
def diff(
    a: Any,
    n: int = 1,
    axis: int = -1,
    prepend: Any = NOT_GIVEN,
    append: Any = NOT_GIVEN,
) -> Any:
    """Make the node for ``np.diff``."""
    n = operator.index(n)
    if n == 0:
        return a
    if n < 0:
        raise ArgumentError(f"np.diff takes the difference n times, not {n} times")
    around = {"prepend": prepend, "append": append}
    # as NumPy takes them: a Python number is an array of its own dtype
    given = {
        name: value if isinstance(value, Node) else np.asarray(value)
        for name, value in around.items()
        if value is not NOT_GIVEN
    }
    return bind(Diff(n, axis, tuple(given)), (a, *given.values()))


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Make the nodes for ``np.ediff1d``."""
    ary = known(ary, "np.ediff1d")
    ends: list[list[Any]] = []
    for name, end in (("to_begin", to_begin), ("to_end", to_end)):
        if end is None:
            ends.append([])
            continue
        end = known(end, "np.ediff1d")
        if not np.can_cast(end.dtype, ary.dtype, casting="same_kind"):
            raise unsupported(
                f"np.ediff1d: {name}= of {end.dtype} does not go into an array of "
                f"{ary.dtype}",
                f"Cast it first: {name}=np.asarray(..., {str(ary.dtype)!r}).",
            )
        ends.append([np.reshape(end, -1).astype(ary.dtype)])
    row = np.reshape(ary, -1)
    pieces = [*ends[0], row[1:] - row[:-1], *ends[1]]
    return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Make the nodes for ``np.gradient``: one for each axis."""
    if any(isinstance(spacing, Node) for spacing in varargs):
        raise unsupported(
            "np.gradient(f, spacing): the spacing is a node",
            "Pass its value, or divide differences: np.diff(f) / np.diff(x).",
        )
    f._need_value("np.gradient")
    every = tuple(range(f.ndim)) if axis is None else axis
    axes = np.lib.array_utils.normalize_axis_tuple(every, f.ndim)
    spacings: Any = varargs
    if not varargs:
        spacings = (1.0,) * len(axes)
    elif len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        spacings = varargs * len(axes)
    elif len(varargs) != len(axes):
        raise ArgumentError(
            f"np.gradient along {len(axes)} axes takes {len(axes)} spacings, or one "
            f"number; {len(varargs)} given"
        )
    found = tuple(
        [
            bind(FiniteDifferences(along, spacing, edge_order), (f,))
            for along, spacing in zip(axes, spacings, strict=True)
        ]
    )
    return found[0] if len(found) == 1 else found


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Make the nodes for ``np.trapezoid``."""
    y = known(y, "np.trapezoid")
    width = dx
    if x is not None:
        x = known(x, "np.trapezoid")
        width = np.diff(x) if x.ndim == 1 else np.diff(x, axis=axis)
        if x.ndim == 1:
            shape = [1] * y.ndim
            shape[axis] = -1
            width = np.reshape(width, shape)
    left = y[part(axis, y.ndim, slice(None, -1))]
    right = y[part(axis, y.ndim, slice(1, None))]
    return np.sum(width * (right + left) / 2.0, axis=axis)
