"""Averages, spreads, and how quantities vary together."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphnn.engine.hooks import DIFFERENTIABLE
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.ops.reductions import NOT_GIVEN, Axis, Reduction, masked


class Var(Reduction):
    """``np.var``: the mean of ``abs(x - mean)**2``, over n - ddof.

    An element gets ``2 * conj(x - mean) / (n - ddof)`` of the gradient. That it moves
    the mean as well adds nothing: the deviations from it sum to 0. A mean that is given
    (``mean=``) is an input like any other.
    """

    broadcasts = True  # the mean that is given
    function = staticmethod(np.var)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        mask, dtype = self._mask(), self.output.dtype
        count = self._count(mask, dtype)
        x = masked(mask, self.input_)  # no NaN, which no mask takes out later
        center = self._further().get("mean")
        if center is None:
            center = self._mean(x, mask, count)
        deviation = x - center
        if deviation.dtype.kind == "c":
            deviation = np.conj(deviation)
        freedom = self._freedom(count)
        slope = self._with_axes(output_grad) * 2 / freedom
        gradient = masked(mask, deviation * slope)
        grads = {"mean": -gradient, "where": None}
        further = [grads[name] for name in self.more_inputs]
        return (
            gradient if self.input_.dtype.kind in DIFFERENTIABLE else None,
            *further,
        )

    def _mean(self, x: Any, mask: Any, count: Any) -> Any:
        axes = self._axes()
        if mask is True:
            return np.mean(x, axis=axes, keepdims=True)
        return np.sum(x, axis=axes, keepdims=True) / np.where(count == 0, 1, count)

    def _freedom(self, count: Any) -> Any:
        """Give n - ddof, by which the squares are divided; NaN where there are none."""
        ddof = self.keywords.get("correction", self.keywords.get("ddof", 0))
        if isinstance(count, int):
            return count - ddof if count > ddof else np.nan
        return np.where(count > ddof, count - ddof, np.nan)


class Nanvar(Var):
    """``np.nanvar``."""

    function = staticmethod(np.nanvar)
    skips_nan = True


class Std(Var):
    """``np.std``, the root of the variance; where it is 0, so is the gradient.

    The root has no derivative at 0. Some libraries give NaN there; here, as in PyTorch,
    elements that are all equal are at rest.
    """

    function = staticmethod(np.std)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        level = self.output == 0
        half = 0.5 * output_grad / np.where(level, 1, self.output)
        return super()._input_grads(np.where(level, 0, half))


class Nanstd(Std):
    """``np.nanstd``."""

    function = staticmethod(np.nanstd)
    skips_nan = True


def spread_of(cls: type[Var]) -> Any:
    """Give the maker for a function with the signature of ``np.var``."""

    def make(
        a: Any,
        axis: Axis = None,
        dtype: Any = None,
        *,
        ddof: Any = 0,
        keepdims: Any = False,
        where: Any = NOT_GIVEN,
        mean: Any = NOT_GIVEN,
        correction: Any = NOT_GIVEN,
    ) -> Any:
        keywords: dict[str, Any] = {}
        if dtype is not None:
            keywords["dtype"] = np.dtype(dtype)
        if ddof != 0:
            keywords["ddof"] = ddof
        if correction is not NOT_GIVEN:
            keywords["correction"] = correction
        inputs = {"where": where, "mean": mean}
        given = {k: v for k, v in inputs.items() if v is not NOT_GIVEN}
        if given.get("where") is True:
            del given["where"]
        recipe = cls(axis, keepdims, more_inputs=tuple(given), **keywords)
        return bind(recipe, (a, *given.values()))

    return make


implements(np.var)(spread_of(Var))
implements(np.std)(spread_of(Std))
implements(np.nanvar)(spread_of(Nanvar))
implements(np.nanstd)(spread_of(Nanstd))


# -- averages --------------------------------------------------------------------------
class Average(Reduction):
    """``np.average``: ``sum(a * w) / sum(w)``.

    The weights have the shape of the array, or that of the axes.

    Parameters
    ----------
    axis, keepdims, more_inputs
        As of all reductions; the second input may be the ``weights``.
    returned : bool
        Whether the sum of the weights is a second output.
    """

    function: ClassVar[Any] = staticmethod(np.average)

    def __init__(
        self,
        axis: Axis = None,
        keepdims: bool = False,
        more_inputs: tuple[str, ...] = (),
        returned: bool = False,
    ) -> None:
        super().__init__(axis, keepdims, more_inputs=more_inputs, returned=returned)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        a, average, total_grad = self.input_, self.output, None
        if self.keywords["returned"]:
            (average, _), (output_grad, total_grad) = self.output, output_grad
        if not self.more_inputs:
            each = self._with_axes(output_grad) / self._count(True, output_grad.dtype)
            return (np.broadcast_to(each, a.shape),)
        weights = self.input_values[1]
        lifted = self._lifted(weights)
        total = np.sum(lifted, axis=self._axes(), keepdims=True)
        each = self._with_axes(output_grad) / total
        a_grad = weights_grad = None
        if self.needs_input_grad[0]:
            a_grad = each * np.broadcast_to(lifted, a.shape)
        if self.needs_input_grad[1]:
            weights_grad = each * (a - self._with_axes(average))
            if total_grad is not None:
                weights_grad = weights_grad + self._with_axes(total_grad)
            if weights.shape != a.shape:
                weights_grad = self._lowered(weights_grad)
        return a_grad, weights_grad

    def _lifted(self, weights: Any) -> Any:
        """Give weights of the reduced axes the other axes, with size 1."""
        if weights.shape == self.input_.shape:
            return weights
        axes = self._axes()
        order = sorted(range(len(axes)), key=axes.__getitem__)
        shape = [n if i in axes else 1 for i, n in enumerate(self.input_.shape)]
        return np.reshape(np.transpose(weights, order), shape)

    def _lowered(self, gradient: Any) -> Any:
        """Undo `_lifted`: sum over the other axes."""
        axes = self._axes()
        others = tuple(i for i in range(gradient.ndim) if i not in axes)
        order = [sorted(axes).index(axis) for axis in axes]
        return np.transpose(np.sum(gradient, axis=others), order)


@implements(np.average)
def average(
    a: Any,
    axis: Axis = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: Any = False,
) -> Any:
    """Make the node for ``np.average``; with `returned`, also the sum of weights."""
    keepdims = keepdims is True
    if weights is None and not returned:
        return np.mean(a, axis=axis, keepdims=keepdims)
    names = () if weights is None else ("weights",)
    recipe = Average(axis, keepdims, names, bool(returned))
    node = bind(recipe, (a,) if weights is None else (a, weights))
    if not returned:
        return node
    node._need_value("np.average(..., returned=True)")
    return tuple(node)
