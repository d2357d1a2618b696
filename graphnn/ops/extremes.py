"""Largest and smallest elements, and their smooth relative log(sum(exp(x)))."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.reductions import (
    NOT_GIVEN,
    Axis,
    Reduction,
    as_result,
    masked,
    reduce,
    with_dtype,
)


class Extreme(Reduction):
    """The largest or smallest elements; equal ones share the gradient evenly.

    ``initial=`` counts as one more element.
    """

    def _input_grad(self, output_grad: Any) -> Any:
        x, extreme = self.input_, self._with_axes(self.output)
        found = x == extreme
        if not self.skips_nan:
            found = found | (x != x)  # where there is a NaN, it is the extreme
        mask = self._mask()
        if mask is not True:
            found = found & mask
        count = np.sum(found, self._axes(), output_grad.dtype, keepdims=True)
        initial = self.keywords.get("initial")
        if initial is not None:
            count = np.where(extreme == initial, count + 1, count)
        if self.skips_nan or initial is not None:
            count = np.where(count == 0, 1, count)  # of a slice without a number
        return np.where(found, self._with_axes(output_grad) / count, 0)


class Max(Extreme):
    """``np.max``."""

    function = staticmethod(np.max)


class Min(Extreme):
    """``np.min``."""

    function = staticmethod(np.min)


class Nanmax(Extreme):
    """``np.nanmax``."""

    function = staticmethod(np.nanmax)
    skips_nan = True


class Nanmin(Extreme):
    """``np.nanmin``."""

    function = staticmethod(np.nanmin)
    skips_nan = True


class LogSumExp(Reduction):
    """``np.logaddexp.reduce``: log(sum(exp(x))); its gradient is softmax(x)."""

    function = np.logaddexp.reduce

    def _input_grad(self, output_grad: Any) -> Any:
        total = self._with_axes(self.output)
        # exp(-inf) is 0: where every element is -inf, none gets a gradient
        finite = np.where(total == -np.inf, 0, total)
        x = as_result(self.input_, self.output)
        shifted = masked(self._mask(), x - finite)
        return self._spread(output_grad) * np.exp(shifted)


# -- what NumPy's calls make -----------------------------------------------------------
def without_dtype(
    cls: type[Reduction], default_axis: Axis = None
) -> Callable[..., Any]:
    """Give the maker for a function with the signature of ``np.max``."""

    def make(
        a: Any,
        axis: Axis = default_axis,
        *,
        keepdims: Any = False,
        initial: Any = NOT_GIVEN,
        where: Any = NOT_GIVEN,
    ) -> Any:
        return reduce(cls, a, axis, keepdims, where, initial=initial)

    return make


implements(np.max, np.amax)(without_dtype(Max))
implements(np.min, np.amin)(without_dtype(Min))
implements(np.nanmax)(without_dtype(Nanmax))
implements(np.nanmin)(without_dtype(Nanmin))
implements(np.maximum.reduce)(without_dtype(Max, 0))
implements(np.minimum.reduce)(without_dtype(Min, 0))
implements(np.logaddexp.reduce)(with_dtype(LogSumExp, 0))


@implements(np.ptp)
def ptp(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Make the nodes for ``np.ptp``."""
    largest = np.max(a, axis=axis, keepdims=keepdims)
    return largest - np.min(a, axis=axis, keepdims=keepdims)
