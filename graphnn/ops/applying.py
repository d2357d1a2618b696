"""Python functions applied along axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph.dispatch import implements
from graphnn.graph.node import Node
from graphnn.ops.splitting import unstack_node


@implements(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """Make the nodes for ``np.apply_along_axis``: those of each call of the function.

    The graph is built for as many lines as there are now; a pass with more or fewer is
    refused.
    """
    arr._need_value("np.apply_along_axis")
    if not arr.size:
        raise ShapeError(
            f"np.apply_along_axis of {arr.describe()}: shape {arr.shape} has no lines "
            "to apply a function to"
        )
    lines = np.moveaxis(arr, axis, -1)
    outer = lines.shape[:-1]
    flat = np.reshape(lines, (math.prod(outer), -1))
    results = [func1d(line, *args, **kwargs) for line in unstack_node(flat)]
    if not any(isinstance(result, Node) for result in results):
        results = [np.asanyarray(result) for result in results]
    inner = np.shape(results[0])
    found = np.reshape(np.stack(results), (*outer, *inner))
    # the results' axes take the place of the line's
    place = axis % arr.ndim
    places = tuple(range(place, place + len(inner)))
    return np.moveaxis(found, tuple(range(len(outer), len(outer) + len(inner))), places)


@implements(np.apply_over_axes)
def apply_over_axes(
    func: Callable[[Any, int], Any], a: Any, axes: int | Sequence[int]
) -> Any:
    """Make the nodes for ``np.apply_over_axes``: one axis after another."""
    a._need_value("np.apply_over_axes")
    ndim = a.ndim
    for axis in np.ravel(axes).tolist():
        place = axis + ndim if axis < 0 else axis
        result = func(a, place)
        if np.ndim(result) != ndim:
            result = np.expand_dims(result, place)
        if np.ndim(result) != ndim:
            raise ShapeError(
                "np.apply_over_axes: the function changed the number of axes of "
                f"{a.describe()} from {ndim} to {np.ndim(result)}"
            )
        a = result
    return a
