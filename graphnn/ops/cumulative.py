"""Running sums, products, and largest and smallest elements, along one axis."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar, SupportsIndex

import numpy as np

from graphnn.errors import MissingHook
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import dispatched, implements
from graphnn.ops.elementary import Elementary
from graphnn.ops.indexing import is_node
from graphnn.ops.reductions import as_result, masked, products_before


class Cumulative(Elementary):
    """A function that runs along an axis, its result as long as what it reads.

    Parameters
    ----------
    axis : int or None
        None runs over all elements, in C order.
    **keywords
        Further arguments of the function.
    """

    arity = 1
    skips_nan: ClassVar[bool] = False

    def __init__(self, axis: SupportsIndex | None = None, **keywords: Any) -> None:
        self.axis = None if axis is None else operator.index(axis)
        self.keywords = keywords

    def _output(self) -> Any:
        return self.function(self.input_, axis=self.axis, **self.keywords)

    def _row(self) -> tuple[Any, int]:
        """Give the elements as they are run over, and along which axis."""
        if self.axis is None or self.input_.ndim == 0:
            return np.reshape(self.input_, -1), 0
        return self.input_, self.axis

    def _input_grad(self, output_grad: Any) -> Any:
        x, axis = self._row()
        mask = ~np.isnan(x) if self.skips_nan else True
        gradient = masked(mask, self._row_grad(output_grad, x, axis, mask))
        return np.reshape(gradient, self.input_.shape)

    def _row_grad(self, output_grad: Any, x: Any, axis: int, mask: Any) -> Any:
        raise MissingHook(f"{type(self).__name__} does not define _row_grad")


class Cumsum(Cumulative):
    """``np.cumsum``; an element gets the gradients of its own sum and of later ones."""

    function: ClassVar[Any] = staticmethod(np.cumsum)

    def _row_grad(self, output_grad: Any, x: Any, axis: int, mask: Any) -> Any:
        return flipped(np.cumsum(flipped(output_grad, axis), axis=axis), axis)


class Nancumsum(Cumsum):
    """``np.nancumsum``: NaN counts as 0, and has the gradient 0."""

    function = staticmethod(np.nancumsum)
    skips_nan = True


class Cumprod(Cumulative):
    """``np.cumprod``, right in all derivatives with zeros among the elements.

    The derivative of the k-th product by the i-th element is the product of those
    before i and of those from i + 1 to k. The first does not depend on k; the sum over
    k of the second, times the gradients g, is ``s[i] = g[i] + x[i + 1] * s[i + 1]``.
    """

    function: ClassVar[Any] = staticmethod(np.cumprod)

    def _row_grad(self, output_grad: Any, x: Any, axis: int, mask: Any) -> Any:
        x = masked(mask, as_result(x, self.output), 1)
        return products_before(x, axis) * recurrence(
            output_grad, followed(x, axis), axis
        )


class Nancumprod(Cumprod):
    """``np.nancumprod``: NaN counts as 1, and has the gradient 0."""

    function = staticmethod(np.nancumprod)
    skips_nan = True


class CumExtreme(Cumulative):
    """The largest or smallest element so far; of equal ones the first gets it all."""

    def _row_grad(self, output_grad: Any, x: Any, axis: int, mask: Any) -> Any:
        reached = self.output
        before = reached[part(axis, x.ndim, slice(None, -1))]
        stays = reached[part(axis, x.ndim, slice(1, None))] == before
        end = list(x.shape)
        end[axis] = min(1, end[axis])
        changes = np.concatenate([np.ones(end, bool), ~stays], axis=axis)
        stays = np.concatenate([stays, np.zeros(end, bool)], axis=axis)
        # what an element gets that stays the extreme: the gradients until it is beaten
        collected = recurrence(output_grad, stays.astype(output_grad.dtype), axis)
        return np.where(changes, collected, 0)


class Cummax(CumExtreme):
    """``np.maximum.accumulate``."""

    function = np.maximum.accumulate


class Cummin(CumExtreme):
    """``np.minimum.accumulate``."""

    function = np.minimum.accumulate


class LogCumSumExp(Cumulative):
    """``np.logaddexp.accumulate``: the logarithms of running sums of exponentials.

    The derivative of the k-th by the i-th is ``exp(x[i] - y[k])``. Their sum over k,
    times the gradients g, is ``exp(x[i] - y[i]) * s[i]``, with
    ``s[i] = g[i] + exp(y[i] - y[i + 1]) * s[i + 1]``. The results y never fall, so no
    exponential exceeds 1.
    """

    function = np.logaddexp.accumulate

    def _row_grad(self, output_grad: Any, x: Any, axis: int, mask: Any) -> Any:
        # exp(-inf) is 0: while all elements are -inf, none gets a gradient
        empty = self.output == -np.inf
        y = np.where(empty, 0, self.output)
        falls = y[part(axis, y.ndim, slice(None, -1))]
        falls = falls - y[part(axis, y.ndim, slice(1, None))]
        end = list(y.shape)
        end[axis] = min(1, end[axis])
        falls = np.concatenate([falls, np.zeros(end, y.dtype)], axis=axis)
        factors = np.exp(np.where(empty, -np.inf, falls))
        collected = recurrence(output_grad, factors, axis)
        return np.exp(as_result(x, self.output) - y) * collected


# -- a linear recurrence, which these gradients need -----------------------------------
@dispatched(is_node, operands=2)
def recurrence(values: Any, factors: Any, axis: int) -> Any:
    """Solve ``s[i] = values[i] + factors[i] * s[i + 1]`` along an axis, from its end.

    After the last there is nothing: ``s[-1] = values[-1]``. As Horner's rule does, it
    forms no product but with what follows, so it overflows only where a result does.

    Examples
    --------
    >>> recurrence(np.array([1.0, 1.0, 1.0]), np.array([2.0, 10.0, 0.0]), 0)
    array([23., 11.,  1.])
    """
    solved = np.array(values, np.result_type(values, factors))
    rows, factor_of = np.moveaxis(solved, axis, 0), np.moveaxis(factors, axis, 0)
    for i in reversed(range(len(rows) - 1)):
        rows[i] += factor_of[i] * rows[i + 1]
    return solved


class Recurrence(Elementary):
    """``s[i] = values[i] + factors[i] * s[i + 1]``.

    Its gradient runs the other way: that of ``values[i]`` is what ``s[i]`` gets, plus
    ``factors[i - 1]`` times that of ``values[i - 1]``.
    """

    arity = 2
    function = staticmethod(recurrence)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def _output(self) -> Any:
        values, factors = self.input_values
        return self.function(values, factors, self.axis)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        axis, factors = self.axis, self.input_values[1]
        turned = followed(flipped(factors, axis), axis)
        values_grad = flipped(
            recurrence(flipped(output_grad, axis), turned, axis), axis
        )
        factors_grad = None
        if self.needs_input_grad[1]:
            factors_grad = values_grad * followed(self.output, axis)
        return values_grad, factors_grad


@implements(recurrence)
def recurrence_node(values: Any, factors: Any, axis: int) -> Any:
    """Make the node for :func:`recurrence`."""
    return bind(Recurrence(axis), (values, factors))


def part(axis: int, ndim: int, piece: slice) -> tuple[slice, ...]:
    """Index a piece of an axis."""
    return (slice(None),) * (axis % ndim) + (piece,)


def flipped(values: Any, axis: int) -> Any:
    """Turn the order along an axis round."""
    return values[part(axis, values.ndim, slice(None, None, -1))]


def followed(values: Any, axis: int) -> Any:
    """Give each element along an axis the one that follows it; the last gets 0."""
    end = list(values.shape)
    end[axis] = min(1, end[axis])
    rest = values[part(axis, values.ndim, slice(1, None))]
    return np.concatenate([rest, np.zeros(end, values.dtype)], axis=axis)


# -- what NumPy's calls make -----------------------------------------------------------
def running(cls: type[Cumulative]) -> Callable[..., Any]:
    """Give the maker for a function with the signature of ``np.cumsum``."""

    def make(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
        return bind(cls(axis, **given_dtype(dtype)), (a,))

    return make


def accumulating(cls: type[Cumulative]) -> Callable[..., Any]:
    """Give the maker for the method ``accumulate`` of a ufunc."""

    def make(array: Any, axis: int = 0, dtype: Any = None) -> Any:
        if array.ndim == 0:
            raise TypeError("cannot accumulate on a scalar")
        return bind(cls(operator.index(axis), **given_dtype(dtype)), (array,))

    return make


def given_dtype(dtype: Any) -> dict[str, Any]:
    """Give the keyword ``dtype``, if there is one."""
    return {} if dtype is None else {"dtype": np.dtype(dtype)}


implements(np.cumsum)(running(Cumsum))
implements(np.nancumsum)(running(Nancumsum))
implements(np.cumprod)(running(Cumprod))
implements(np.nancumprod)(running(Nancumprod))
implements(np.add.accumulate)(accumulating(Cumsum))
implements(np.multiply.accumulate)(accumulating(Cumprod))
implements(np.maximum.accumulate)(accumulating(Cummax))
implements(np.minimum.accumulate)(accumulating(Cummin))
implements(np.logaddexp.accumulate)(accumulating(LogCumSumExp))


if hasattr(np, "cumulative_sum"):  # since NumPy 2.1

    class CumulativeSum(Cumsum):
        """``np.cumulative_sum``: with ``include_initial=True`` it begins with 0."""

        function: ClassVar[Any] = staticmethod(np.cumulative_sum)

        def _input_grad(self, output_grad: Any) -> Any:
            return super()._input_grad(without_initial(self, output_grad))

    class CumulativeProd(Cumprod):
        """``np.cumulative_prod``: with ``include_initial=True`` it begins with 1."""

        function: ClassVar[Any] = staticmethod(np.cumulative_prod)

        def _input_grad(self, output_grad: Any) -> Any:
            return super()._input_grad(without_initial(self, output_grad))

    def without_initial(node: Cumulative, output_grad: Any) -> Any:
        """Leave out the gradient of the number that a result begins with."""
        if not node.keywords.get("include_initial"):
            return output_grad
        axis = node._row()[1]
        return output_grad[part(axis, output_grad.ndim, slice(1, None))]

    def cumulative(cls: type[Cumulative]) -> Callable[..., Any]:
        """Give the maker for ``np.cumulative_sum`` or ``np.cumulative_prod``."""

        def make(
            x: Any,
            /,
            *,
            axis: int | None = None,
            dtype: Any = None,
            include_initial: bool = False,
        ) -> Any:
            initial = {"include_initial": True} if include_initial else {}
            return bind(cls(axis, **given_dtype(dtype), **initial), (x,))

        return make

    implements(np.cumulative_sum)(cumulative(CumulativeSum))
    implements(np.cumulative_prod)(cumulative(CumulativeProd))
