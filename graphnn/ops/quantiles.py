"""Medians, quantiles and percentiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import dispatched, implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.discrete import without_gradient
from graphnn.ops.indexing import is_node
from graphnn.ops.reductions import Axis, Reduction, real_dtype
from graphnn.ops.sorting import ranks


@dispatched(is_node)
def mixture(
    values: Any,
    quantile: Callable[..., Any],
    axes: tuple[int, ...],
    settings: dict[str, Any],
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
    >>> mixture(np.array([40.0, 10.0, 30.0, 20.0]), np.median, (0,), {})
    array([0. , 0. , 0.5, 0.5])
    """
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
    place = quantile(numbers, axis=axes, keepdims=True, **settings)
    lower = np.floor(place)
    share = place - lower
    weights = np.where(rank == lower, 1 - share, np.where(rank == lower + 1, share, 0))
    return weights.astype(dtype)


SKIP_NAN = (np.nanmedian, np.nanquantile, np.nanpercentile)


class OrderStatistic(Reduction):
    """A median, quantile or percentile: elements mixed by their place in the order.

    At a tie the elements keep their order, and the one whose turn it is gets the
    gradient.
    """

    def _input_grad(self, output_grad: Any) -> Any:
        several = np.ndim(self.keywords.get("q", 0))
        x, axes = self.input_, self._axes()
        weights = mixture(x, self.function, axes, self.keywords)
        if not self.keepdims:
            kept = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
            output_grad = np.reshape(output_grad, (*output_grad.shape[:several], *kept))
        each = output_grad * weights
        return np.sum(each, axis=tuple(range(several))) if several else each

    def _failure(self, error: Exception) -> str | None:
        return None  # NumPy's own exception says it best


class Median(OrderStatistic):
    """``np.median``."""

    function = staticmethod(np.median)


class NanMedian(OrderStatistic):
    """``np.nanmedian``."""

    function = staticmethod(np.nanmedian)


class Quantile(OrderStatistic):
    """``np.quantile``."""

    function = staticmethod(np.quantile)


class NanQuantile(OrderStatistic):
    """``np.nanquantile``."""

    function = staticmethod(np.nanquantile)


class Percentile(OrderStatistic):
    """``np.percentile``."""

    function = staticmethod(np.percentile)


class NanPercentile(OrderStatistic):
    """``np.nanpercentile``."""

    function = staticmethod(np.nanpercentile)


without_gradient(mixture)


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
        for argument, given in (("q", q), ("weights", weights)):
            if isinstance(given, Node):
                raise unsupported(
                    f"np.{name}: {argument} is a node",
                    f"Pass its value, {argument}=node.output: it gets no gradient.",
                )
        settings: dict[str, Any] = {"q": q if np.ndim(q) == 0 else np.array(q)}
        if method != "linear":
            settings["method"] = method
        if weights is not None:
            settings["weights"] = np.array(weights)
        return bind(cls(axis, keepdims is True, **settings), (a,))

    return make


implements(np.median)(median_of(Median))
implements(np.nanmedian)(median_of(NanMedian))
for _cls, _function in (
    (Quantile, np.quantile),
    (NanQuantile, np.nanquantile),
    (Percentile, np.percentile),
    (NanPercentile, np.nanpercentile),
):
    implements(_function)(quantile_of(_cls, _function.__name__))
