"""What reductions share; sums, products and means.

Each function ``np.nan...`` is its plain namesake over the elements that are numbers;
the others get the gradient 0.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from graphnn.engine.hooks import DIFFERENTIABLE
from graphnn.errors import ArgumentError
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.elementary import Elementary

Axis = int | tuple[int, ...] | None

NOT_GIVEN: Any = np._NoValue
"""NumPy's own mark of a keyword that was left out."""


class Reduction(Elementary):
    """A function that takes axes away.

    Parameters
    ----------
    axis : int, tuple of int, or None
        None reduces over all axes.
    keepdims : bool
        Keep the reduced axes with size 1.
    more_inputs : tuple of str
        The keywords of the function that the inputs after the first stand for, such
        as ``where``.
    **keywords
        Further arguments of the function.
    """

    skips_nan: ClassVar[bool] = False

    def __init__(
        self,
        axis: Axis = None,
        keepdims: bool = False,
        *,
        more_inputs: tuple[str, ...] = (),
        **keywords: Any,
    ) -> None:
        if axis is not None:
            axis = (
                tuple(map(operator.index, axis))
                if isinstance(axis, tuple | list)
                else operator.index(axis)
            )
        self.axis = axis
        self.keepdims = bool(keepdims)
        self.more_inputs = more_inputs
        self.keywords = keywords

    def _check_arity(self, given: int) -> None:
        wanted = 1 + len(self.more_inputs)
        if given != wanted:
            inputs = "input" if wanted == 1 else "inputs"
            raise ArgumentError(
                f"{type(self).__name__} takes {wanted} {inputs}, {given} given"
            )

    def _output(self) -> Any:
        return self.function(
            self.input_,
            axis=self.axis,
            keepdims=self.keepdims,
            **self.keywords,
            **self._further(),
        )

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        gradient = None
        if self.needs_input_grad[0] and self.input_.dtype.kind in DIFFERENTIABLE:
            gradient = self._input_grad(output_grad)
        return (gradient, *[None] * len(self.more_inputs))

    def _further(self) -> dict[str, Any]:
        """Give the values of the inputs after the first, by keyword."""
        return dict(zip(self.more_inputs, self.input_values[1:], strict=True))

    def _axes(self) -> tuple[int, ...]:
        """List the reduced axes, counted from 0."""
        ndim = self.input_.ndim
        if self.axis is None or not ndim:
            return tuple(range(ndim))
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        return tuple(axis % ndim for axis in axes)

    def _with_axes(self, reduced: Any) -> Any:
        """Give a reduced value its axes back, with size 1."""
        if self.keepdims or not self.input_.ndim:
            return reduced
        axes = self._axes()
        shape = tuple(1 if a in axes else n for a, n in enumerate(self.input_.shape))
        return np.reshape(reduced, shape)

    def _spread(self, reduced: Any) -> Any:
        """Give each element that takes part what its reduced value has; others 0."""
        each = np.broadcast_to(self._with_axes(reduced), self.input_.shape)
        return masked(self._mask(), each)

    def _mask(self) -> Any:
        """Tell which elements take part; True for all."""
        mask: Any = self._further().get("where", True)
        if self.skips_nan:
            numbers = ~np.isnan(self.input_)
            mask = numbers if mask is True else mask & numbers
        return mask

    def _count(self, mask: Any, dtype: Any) -> Any:
        """Count the elements behind each reduced value; an array keeps its axes."""
        shape = self.input_.shape
        if mask is True:
            return math.prod(shape[axis] for axis in self._axes())
        taken = np.broadcast_to(mask, shape)
        return np.sum(taken, axis=self._axes(), dtype=dtype, keepdims=True)

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, np.exceptions.AxisError):
            return None  # NumPy's own exception says it best
        if isinstance(error, ValueError):
            return f"cannot reduce shape {np.shape(self.input_)}: {error}"
        return None


class Sum(Reduction):
    """``np.sum``; each element gets the gradient of the sum."""

    function = staticmethod(np.sum)

    def _input_grad(self, output_grad: Any) -> Any:
        return self._spread(output_grad)


class Nansum(Sum):
    """``np.nansum``."""

    function = staticmethod(np.nansum)
    skips_nan = True


class Mean(Reduction):
    """``np.mean``; each of n elements gets 1/n of the gradient of the mean."""

    function = staticmethod(np.mean)

    def _input_grad(self, output_grad: Any) -> Any:
        mask = self._mask()
        count = self._count(mask, output_grad.dtype)
        if mask is not True:
            count = np.where(count == 0, 1, count)  # the mean of nothing is NaN
        each = self._with_axes(output_grad) / count
        return masked(mask, np.broadcast_to(each, self.input_.shape))


class Nanmean(Mean):
    """``np.nanmean``."""

    function = staticmethod(np.nanmean)
    skips_nan = True


class Prod(Reduction):
    """``np.prod``; each element gets the product of all the others.

    That product is one of those before it and one of those after it, so zeros among
    the elements do no harm, in no derivative: nothing is divided.
    """

    function = staticmethod(np.prod)

    def _input_grad(self, output_grad: Any) -> Any:
        x = masked(self._mask(), as_result(self.input_, self.output), 1)
        axes = self._axes()
        kept = tuple(axis for axis in range(x.ndim) if axis not in axes)
        rows = np.transpose(x, (*kept, *axes))
        ordered = rows.shape
        leading = ordered[: len(kept)]
        rows = np.reshape(rows, (*leading, math.prod(ordered[len(kept) :])))
        if rows.shape[-1] == 0:
            return self._spread(output_grad)
        before = products_before(rows, -1)
        after = products_before(rows[..., ::-1], -1)[..., ::-1]
        others = np.reshape(before * after, ordered)
        back = tuple(np.argsort((*kept, *axes)).tolist())
        initial = self.keywords.get("initial")
        if initial is not None:
            output_grad = output_grad * np.asarray(initial, output_grad.dtype)
        return self._spread(output_grad) * np.transpose(others, back)


class Nanprod(Prod):
    """``np.nanprod``."""

    function = staticmethod(np.nanprod)
    skips_nan = True


def masked(mask: Any, values: Any, instead: Any = 0) -> Any:
    """Put something else where a mask is not True."""
    return values if mask is True else np.where(mask, values, instead)


def as_result(values: Any, result: Any) -> Any:
    """Cast a function's argument to the dtype that ``dtype=`` lets it compute in."""
    if values.dtype.kind == "c" and result.dtype.kind != "c":
        return as_result(np.real(values), result)
    return values if values.dtype == result.dtype else values.astype(result.dtype)


def real_dtype(dtype: Any) -> Any:
    """Give the dtype of the real part."""
    return np.empty(0, dtype).real.dtype


def products_before(values: Any, axis: int) -> Any:
    """Multiply, for each element along an axis, those before it.

    Examples
    --------
    >>> products_before(np.array([2.0, 3.0, 5.0]), 0)
    array([1., 2., 6.])
    """
    shape = list(values.shape)
    shape[axis] = 1
    but_last = (slice(None),) * (axis % values.ndim) + (slice(None, -1),)
    ones = np.ones(shape, values.dtype)
    return np.cumprod(np.concatenate([ones, values[but_last]], axis=axis), axis=axis)


# -- what NumPy's calls make -----------------------------------------------------------
def reduce(
    cls: type[Reduction],
    a: Any,
    axis: Axis,
    keepdims: Any,
    where: Any = NOT_GIVEN,
    /,
    **keywords: Any,
) -> Any:
    """Bind a reduction; a mask becomes an input, other keywords settings."""
    given = {k: v for k, v in keywords.items() if v is not NOT_GIVEN}
    for name, value in given.items():
        if isinstance(value, Node):
            raise unsupported(
                f"{name}= of {cls.__name__} is a node",
                f"Pass a number or an array: {name}=node.output.",
            )
    if keepdims is NOT_GIVEN:
        keepdims = False
    if where is NOT_GIVEN or where is True:
        return bind(cls(axis, keepdims, **given), (a,))
    return bind(cls(axis, keepdims, more_inputs=("where",), **given), (a, where))


def with_dtype(cls: type[Reduction], default_axis: Axis = None) -> Callable[..., Any]:
    """Give the maker for a function with the signature of ``np.sum``."""

    def make(
        a: Any,
        axis: Axis = default_axis,
        dtype: Any = None,
        *,
        keepdims: Any = False,
        initial: Any = NOT_GIVEN,
        where: Any = NOT_GIVEN,
    ) -> Any:
        if dtype is None:
            return reduce(cls, a, axis, keepdims, where, initial=initial)
        dtype = np.dtype(dtype)
        return reduce(cls, a, axis, keepdims, where, initial=initial, dtype=dtype)

    return make


def mean_of(cls: type[Reduction]) -> Callable[..., Any]:
    """Give the maker for a function with the signature of ``np.mean``."""

    def make(
        a: Any,
        axis: Axis = None,
        dtype: Any = None,
        *,
        keepdims: Any = False,
        where: Any = NOT_GIVEN,
    ) -> Any:
        dtype = NOT_GIVEN if dtype is None else np.dtype(dtype)
        return reduce(cls, a, axis, keepdims, where, dtype=dtype)

    return make


implements(np.sum)(with_dtype(Sum))
implements(np.nansum)(with_dtype(Nansum))
implements(np.prod)(with_dtype(Prod))
implements(np.nanprod)(with_dtype(Nanprod))
implements(np.mean)(mean_of(Mean))
implements(np.nanmean)(mean_of(Nanmean))
implements(np.add.reduce)(with_dtype(Sum, 0))
implements(np.multiply.reduce)(with_dtype(Prod, 0))
