"""Interpolation between points."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.node import Node
from graphnn.ops.elementary import Elementary
from graphnn.ops.indexing import gather, scatter


class Interp(Elementary):
    """``np.interp``: straight lines between the points (xp, fp).

    Between two points the value is ``(1 - w) * f0 + w * f1`` with the weight
    ``w = (x - x0) / (x1 - x0)``: it moves with f0 and f1 by their weights, with x by
    the slope of the line, and with x0 and x1 by minus the slope, by their weights. At a
    point the slope is that of the line on its right.

    Parameters
    ----------
    left, right : bool
        Whether there are inputs beside x, xp and fp: the values below and above all
        points. Without them those of the first and the last point go on.
    """

    function = staticmethod(np.interp)

    def __init__(self, left: bool = False, right: bool = False) -> None:
        self.left, self.right = left, right

    def _check_arity(self, given: int) -> None:
        wanted = 3 + self.left + self.right
        if given != wanted:
            raise ArgumentError(f"Interp takes {wanted} inputs here, {given} given")

    def _output(self) -> Any:
        x, xp, fp, *beyond = self.input_values
        left = beyond[0] if self.left else None
        right = beyond[-1] if self.right else None
        return np.interp(x, xp, fp, left, right)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        x, xp, fp = self.input_values[:3]
        below, above = x < xp[0], x > xp[-1]
        inside = np.where(below | above, 0, output_grad)
        lined = inside if self.left else np.where(below, output_grad, inside)
        lined = lined if self.right else np.where(above, output_grad, lined)
        grads = self._line_grads(inside, lined, x, xp, fp)
        if self.left:
            grads.append(np.sum(np.where(below, output_grad, 0)))
        if self.right:
            grads.append(np.sum(np.where(above, output_grad, 0)))
        return tuple(grads)

    def _line_grads(
        self, inside: Any, lined: Any, x: Any, xp: Any, fp: Any
    ) -> list[Any]:
        """Give the gradients of x, xp and fp.

        `lined` is the gradient of the values that points have a weight in; `inside`
        that of those between the first and the last.
        """
        count = np.size(xp)
        if count == 1:
            return [None, None, np.sum(lined, keepdims=True).reshape(1)]
        start = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, count - 2)
        x0, x1 = gather(xp, start), gather(xp, start + 1)
        f0, f1 = gather(fp, start), gather(fp, start + 1)
        width = np.where(x1 == x0, 1, x1 - x0)
        slope = (f1 - f0) / width
        weight = (np.clip(x, xp[0], xp[-1]) - x0) / width
        x_grad, xp_grad, fp_grad = None, None, None
        needs_x, needs_xp, needs_fp, *_ = self.needs_input_grad
        if needs_x:
            x_grad = inside * slope
        if needs_xp:
            xp_grad = self._to_points(-inside * slope, weight, start, count)
        if needs_fp:
            fp_grad = self._to_points(lined, weight, start, count)
        return [x_grad, xp_grad, fp_grad]

    def _to_points(self, gradient: Any, weight: Any, start: Any, count: int) -> Any:
        """Share a gradient out to the two points of each line."""
        return scatter(gradient * (1 - weight), start, (count,)) + scatter(
            gradient * weight, start + 1, (count,)
        )


@implements(np.interp)
def interp(
    x: Any,
    xp: Any,
    fp: Any,
    left: Any = None,
    right: Any = None,
    period: float | None = None,
) -> Any:
    """Make the nodes for ``np.interp``."""
    if period is not None:
        return periodic(x, xp, fp, period)
    beyond = [value for value in (left, right) if value is not None]
    return bind(Interp(left is not None, right is not None), [x, xp, fp, *beyond])


def periodic(x: Any, xp: Any, fp: Any, period: float) -> Any:
    """Interpolate between points that come again and again, as NumPy does."""
    if period == 0:
        raise ArgumentError("np.interp with a period of 0")
    period = abs(period)
    x, xp = [in_float64(a) % period for a in (x, xp)]
    fp = fp if isinstance(fp, Node) else np.asarray(fp)
    order = np.argsort(xp)
    xp, fp = gather(xp, order), gather(fp, order)
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    fp = np.concatenate([fp[-1:], fp, fp[:1]])
    return np.interp(x, xp, fp)


def in_float64(a: Any) -> Any:
    """Take a node or an array in the dtype in which NumPy interpolates."""
    a = a if isinstance(a, Node) else np.asarray(a)
    return a if a.dtype == np.float64 else a.astype(np.float64)
