"""Medians, quantiles and percentiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import OPERATIONS, implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.discrete import without_gradient
from graphnn.ops.elementary import Elementary
from graphnn.ops.reductions import Axis, Reduction, real_dtype
from graphnn.ops.sorting import ranks

Settings = dict[str, Any]

SKIP_NAN = (np.nanmedian, np.nanquantile, np.nanpercentile)

STEEPNESS = {
    "linear": -1.0,
    "hazen": 0.0,
    "weibull": 1.0,
    "interpolated_inverted_cdf": 0.0,
    "median_unbiased": 1 / 3,
    "normal_unbiased": 1 / 4,
}
"""How many more than n elements a method passes as q goes from 0 to 1.

Methods that are not listed jump from element to element.
"""


class OrderStatistic(Reduction):
    """A median, quantile or percentile: elements mixed by their place in the order.

    At a tie the elements keep their order, and the one whose turn it is gets the
    gradient. A quantile moves with q as the line between two elements does; at an
    element itself, where two lines meet, the gradient of q is 0.
    """

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        x, axes = self.input_, self._axes()
        q = self._further().get("q")
        several = np.ndim(q) if q is not None else 0
        if not self.keepdims:
            kept = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
            output_grad = np.reshape(output_grad, (*output_grad.shape[:several], *kept))
        x_grad = q_grad = None
        how = (self.function, axes, self.keywords)
        if self.needs_input_grad[0]:
            x_grad = output_grad * mixture(x, q, *how)
            if several:
                x_grad = np.sum(x_grad, axis=tuple(range(several)))
        if q is None:
            return (x_grad,)
        if self.needs_input_grad[1]:
            moves = movement(x, q, *how)
            mixed = np.where(moves != 0, x, 0)  # infinities and NaN only if they mix
            own = tuple(range(several, moves.ndim))
            q_grad = np.sum(output_grad * moves * mixed, axis=own)
        return x_grad, q_grad

    def _failure(self, error: Exception) -> str | None:
        return None  # NumPy's own exception says it best


class Median(OrderStatistic):
    """``np.median``."""

    function = staticmethod(np.median)


class Nanmedian(OrderStatistic):
    """``np.nanmedian``."""

    function = staticmethod(np.nanmedian)


class Quantile(OrderStatistic):
    """``np.quantile``."""

    function = staticmethod(np.quantile)


class Nanquantile(OrderStatistic):
    """``np.nanquantile``."""

    function = staticmethod(np.nanquantile)


class Percentile(OrderStatistic):
    """``np.percentile``."""

    function = staticmethod(np.percentile)


class Nanpercentile(OrderStatistic):
    """``np.nanpercentile``."""

    function = staticmethod(np.nanpercentile)


# -- which elements are mixed ----------------------------------------------------------
def mixture(
    values: Any,
    q: Any,
    quantile: Callable[..., Any],
    axes: tuple[int, ...],
    settings: Settings,
) -> Any:
    """Tell which elements a quantile mixes, and with which weights.

    A quantile of n elements is one of them, or two neighbours in size mixed. Which, and
    how, depends on n only (and, with `weights`, on the order); so the same quantile of
    the elements' ranks, 0 to n - 1, shows it: 2.3 is 0.7 of the third smallest and 0.3
    of the fourth. This holds for each of NumPy's methods [1]_.

    Returns
    -------
    ndarray
        Of the shape of q and that of the values: a weight for each element.

    References
    ----------
    .. [1] R. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The American
       Statistician 50(4), 1996.

    Examples
    --------
    >>> mixture(np.array([40.0, 10.0, 30.0, 20.0]), None, np.median, (0,), {})
    array([0. , 0. , 0.5, 0.5])
    """
    if isinstance(values, Node) or isinstance(q, Node):
        return OPERATIONS[mixture](values, q, quantile, axes, settings)
    rank, place = ranks_and_place(values, q, quantile, axes, settings)
    lower = np.floor(place)
    share = place - lower
    weights = np.where(rank == lower, 1 - share, np.where(rank == lower + 1, share, 0))
    return weights.astype(real_dtype(values.dtype))


def movement(
    values: Any,
    q: Any,
    quantile: Callable[..., Any],
    axes: tuple[int, ...],
    settings: Settings,
) -> Any:
    """Differentiate :func:`mixture` by q: what one element gains, the other loses."""
    if isinstance(values, Node) or isinstance(q, Node):
        return OPERATIONS[movement](values, q, quantile, axes, settings)
    rank, place = ranks_and_place(values, q, quantile, axes, settings)
    more = STEEPNESS.get(settings.get("method", "linear"))
    if more is None:
        return np.zeros(np.broadcast_shapes(rank.shape, place.shape), place.dtype)
    count: Any = np.sum(np.ones(values.shape), axis=axes, keepdims=True)
    if quantile in SKIP_NAN:
        count = np.sum(~np.isnan(values), axis=axes, keepdims=True)
    steepness = count + more
    if quantile in (np.percentile, np.nanpercentile):
        steepness = steepness / 100
    gains = (rank == np.ceil(place)).astype(float) - (rank == np.floor(place))
    moves: Any = steepness * gains
    return moves.astype(real_dtype(values.dtype))


def ranks_and_place(
    values: Any,
    q: Any,
    quantile: Callable[..., Any],
    axes: tuple[int, ...],
    settings: Settings,
) -> tuple[Any, Any]:
    """Rank the elements, and find where among the ranks a quantile is."""
    order = (*[i for i in range(values.ndim) if i not in axes], *axes)
    rows = np.transpose(values, order)
    flat = rows.reshape(*rows.shape[: values.ndim - len(axes)], -1)
    rank = ranks(flat, -1).reshape(rows.shape).transpose(np.argsort(order))
    # in the dtype of the values, in which NumPy has found the place
    dtype = real_dtype(values.dtype)
    exact = flat.shape[-1] < 1 / np.finfo(dtype).eps
    numbers = rank.astype(dtype if exact else float)
    if quantile in SKIP_NAN:
        numbers = np.where(np.isnan(values), np.nan, numbers)
    given = settings if q is None else {**settings, "q": q}
    # NumPy before 2.4 mixes up the weights of several axes, but not of all
    axis = None if len(axes) == values.ndim else axes
    return rank, quantile(numbers, axis=axis, keepdims=True, **given)


class Mixture(Elementary):
    """The weights with which a quantile mixes elements; they move with q."""

    function = staticmethod(mixture)

    def __init__(
        self, quantile: Callable[..., Any], axes: tuple[int, ...], settings: Settings
    ) -> None:
        self.how = (quantile, axes, settings)

    def _output(self) -> Any:
        values, q = (*self.input_values, None)[:2]
        return mixture(values, q, *self.how)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        values, *more = self.input_values
        if not (more and self.needs_input_grad[1]):
            return (None,) * len(self.input_values)
        q = more[0]
        own = tuple(range(np.ndim(q), self.output.ndim))
        return None, np.sum(output_grad * movement(values, q, *self.how), axis=own)


@implements(mixture)
def mixture_node(
    values: Any,
    q: Any,
    quantile: Callable[..., Any],
    axes: tuple[int, ...],
    settings: Settings,
) -> Any:
    """Make the node for :func:`mixture`."""
    inputs = (values,) if q is None else (values, q)
    return bind(Mixture(quantile, axes, settings), inputs)


without_gradient(movement)


# -- what NumPy's calls make -----------------------------------------------------------
def median_of(cls: type[OrderStatistic]) -> Callable[..., Any]:
    """Give the maker for ``np.median`` or ``np.nanmedian``."""

    def make(a: Any, axis: Axis = None, *, keepdims: Any = False) -> Any:
        return bind(cls(axis, keepdims is True), (a,))

    return make


def quantile_of(cls: type[OrderStatistic], name: str) -> Callable[..., Any]:
    """Give the maker for a function with the signature of ``np.quantile``."""

    def make(
        a: Any,
        q: Any,
        axis: Axis = None,
        *,
        method: str = "linear",
        keepdims: Any = False,
        weights: Any = None,
    ) -> Any:
        if isinstance(weights, Node):
            raise unsupported(
                f"np.{name}: the weights are a node",
                "Pass their value, weights=node.output: they get no gradient.",
            )
        settings: Settings = {}
        if method != "linear":
            settings["method"] = method
        if weights is not None:
            settings["weights"] = np.array(weights)
        recipe = cls(axis, keepdims is True, more_inputs=("q",), **settings)
        return bind(recipe, (a, q))

    return make


implements(np.median)(median_of(Median))
implements(np.nanmedian)(median_of(Nanmedian))
for _cls, _function in (
    (Quantile, np.quantile),
    (Nanquantile, np.nanquantile),
    (Percentile, np.percentile),
    (Nanpercentile, np.nanpercentile),
):
    implements(_function)(quantile_of(_cls, _function.__name__))
