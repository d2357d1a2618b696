"""Evenly spaced numbers, powers, polynomials and grids."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.shaping import Shaping, as_inputs


class Linspace(Shaping):
    """``np.linspace``, between a start and a stop.

    Each number is ``(1 - t) * start + t * stop`` for a t between 0 and 1.

    Parameters
    ----------
    num : int
    endpoint : bool
        Whether the stop is the last of the numbers.
    dtype : optional
    axis : int
        Along which axis of the result the numbers run.
    """

    arity = 2
    broadcasts = True

    def __init__(
        self, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
    ) -> None:
        self.num, self.endpoint, self.axis = num, endpoint, axis
        self.to_dtype = dtype

    def _output(self) -> Any:
        start, stop = self.input_values
        return np.linspace(
            start, stop, self.num, self.endpoint, dtype=self.to_dtype, axis=self.axis
        )

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        ndim = np.ndim(output_grad)
        t = np.linspace(0, 1, self.num, self.endpoint).astype(output_grad.dtype)
        t = t.reshape([-1 if axis == self.axis % ndim else 1 for axis in range(ndim)])
        start, stop = self.needs_input_grad
        return (
            np.sum(output_grad * (1 - t), axis=self.axis) if start else None,
            np.sum(output_grad * t, axis=self.axis) if stop else None,
        )


class Vander(Shaping):
    """``np.vander``: the powers of a vector's elements, a row for each.

    Parameters
    ----------
    columns : int, optional
        How many powers; as many as elements by default.
    increasing : bool
        Whether the powers rise from left to right.
    """

    arity = 1

    def __init__(self, columns: int | None = None, increasing: bool = False) -> None:
        self.columns, self.increasing = columns, increasing

    def _output(self) -> Any:
        return np.vander(self.input_, self.columns, self.increasing)

    def _input_grad(self, output_grad: Any) -> Any:
        rising = slice(None) if self.increasing else slice(None, None, -1)
        powers, grads = self.output[:, rising], output_grad[:, rising]
        # d(x**n)/dx = n x**(n - 1), the column to the left
        n = np.arange(1, powers.shape[1]).astype(output_grad.dtype)
        return np.sum(grads[:, 1:] * n * powers[:, :-1], axis=1)


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Make the node for ``np.linspace``."""
    ends = as_inputs([start, stop], numbers=True)
    made = Linspace(num, endpoint, dtype, axis)(*ends)
    if not retstep:
        return made
    steps = num - 1 if endpoint else num
    if steps <= 0:
        raise unsupported(
            f"np.linspace(..., num={num}, retstep=True): there is no step",
            "Ask for two numbers or more, or leave retstep= out.",
        )
    return made, (stop - start) / steps


@implements(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Make the nodes for ``np.logspace``."""
    if isinstance(base, Node):
        base._need_value("np.logspace")
    if np.ndim(base):
        ndim = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (with_axes(a, ndim) for a in (start, stop, base))
        base = np.expand_dims(base, axis)
    exponents = np.linspace(start, stop, num, endpoint, axis=axis)
    made = np.power(base, exponents)
    return made if dtype is None else made.astype(dtype)


def with_axes(array: Any, ndim: int) -> Any:
    """Give an array or a node new axes in front, up to a number of them."""
    if not isinstance(array, Node):
        return np.array(array, ndmin=ndim)
    lacking = ndim - np.ndim(array)
    return np.expand_dims(array, tuple(range(lacking))) if lacking else array


@implements(np.geomspace)
def geomspace(*arguments: Any, **settings: Any) -> None:
    """Refuse ``np.geomspace``."""
    raise unsupported(
        "np.geomspace of a node has no operation",
        "For positive ends: np.exp(np.linspace(np.log(start), np.log(stop), num)).",
    )


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Make the node for ``np.vander``."""
    return Vander(N, increasing)(x)


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Make the nodes for ``np.polyval``: Horner's rule."""
    if not isinstance(x, Node):
        x = np.asarray(x)
    value: Any = np.zeros_like(x)
    for coefficient in p:
        value = value * x + coefficient
    return value


@implements(np.meshgrid)
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """Make the nodes for ``np.meshgrid``."""
    if indexing not in ("xy", "ij"):
        raise unsupported(
            f"np.meshgrid(..., indexing={indexing!r})", "It is 'xy' or 'ij'."
        )
    ndim = len(xi)
    axes = list(range(ndim))
    if indexing == "xy" and ndim > 1:
        axes[:2] = [1, 0]
    lines = [
        np.reshape(x, [-1 if i == axis else 1 for i in range(ndim)])
        for x, axis in zip(xi, axes, strict=True)
    ]
    return tuple(lines) if sparse else tuple(np.broadcast_arrays(*lines))
