"""Counts, or sums of weights, in bins that are given or follow the data."""

from __future__ import annotations

import operator
from typing import Any, ClassVar

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import OPERATIONS, implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.discrete import without_gradient
from graphnn.ops.elementary import Elementary
from graphnn.ops.indexing import gather


class HistogramEdges(Elementary):
    """``np.histogram_bin_edges``, even ones from the smallest to the largest element.

    An edge moves with both, in proportion; equal ones share its gradient evenly.

    Parameters
    ----------
    bins : int or str
        Their number, or how NumPy finds it.
    """

    arity = 1
    function: ClassVar[Any] = staticmethod(np.histogram_bin_edges)

    def __init__(self, bins: int | str = 10) -> None:
        self.bins = bins

    def _output(self) -> Any:
        return self.function(self.input_, self.bins)

    def _input_grad(self, output_grad: Any) -> Any:
        x = self.input_
        if x.size == 0:
            return np.zeros(x.shape, x.dtype)
        count = output_grad.shape[0] - 1
        share = (np.arange(count + 1) / count).astype(output_grad.dtype)
        lowest, highest = x == np.min(x), x == np.max(x)
        low = np.sum(output_grad * (1 - share)) / np.sum(lowest, dtype=share.dtype)
        high = np.sum(output_grad * share) / np.sum(highest, dtype=share.dtype)
        return np.where(lowest, low, 0) + np.where(highest, high, 0)


class Histogram(Elementary):
    """The counts of ``np.histogram``, or the sums of the weights in each bin.

    A weight gets the gradient of its bin. Elements and edges get none: a count stays
    when they move a little.

    Parameters
    ----------
    more_inputs : tuple of str
        What the inputs after the first are: ``bins``, ``weights``.
    **settings
        ``bins`` and ``between``, where they are no inputs.
    """

    def __init__(self, more_inputs: tuple[str, ...] = (), **settings: Any) -> None:
        self.more_inputs = more_inputs
        self.settings = settings

    def _arguments_of(self) -> dict[str, Any]:
        named = zip(self.more_inputs, self.input_values[1:], strict=True)
        return {**self.settings, **dict(named)}

    def _output(self) -> Any:
        return sums_in_bins(self.input_, **self._arguments_of())

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        named = self._arguments_of()
        grads = {}
        if "weights" in named and self.needs_input_grad[-1]:
            weights = named.pop("weights")
            bins = bins_of(self.input_, **named)
            gradient = np.where(bins < 0, 0, gather(output_grad, np.maximum(bins, 0)))
            grads["weights"] = np.reshape(gradient, weights.shape)
        return (None, *[grads.get(name) for name in self.more_inputs])

    def _failure(self, error: Exception) -> str | None:
        return None  # NumPy's own exception says it best


def sums_in_bins(a: Any, bins: Any, between: Any = None, weights: Any = None) -> Any:
    """Count the elements in each bin, or sum their weights."""
    if any(isinstance(given, Node) for given in (a, bins, weights)):
        return OPERATIONS[sums_in_bins](a, bins, between, weights)
    return np.histogram(a, bins, between, weights=weights)[0]


def bins_of(a: Any, bins: Any, between: Any = None) -> Any:
    """Find the bin of each element; -1 for those outside.

    Examples
    --------
    >>> bins_of(np.array([0.0, 0.5, 1.5, 2.0, 9.0]), [0, 1, 2])
    array([ 0,  0,  1,  1, -1])
    """
    if isinstance(a, Node) or isinstance(bins, Node):
        return OPERATIONS[bins_of](a, bins, between)
    flat = np.reshape(a, -1)
    edges = np.histogram_bin_edges(flat, bins, between)
    found = np.searchsorted(edges, flat, side="right") - 1
    last = len(edges) - 2
    found = np.where(flat == edges[-1], last, found)  # the last bin has both its edges
    return np.where((flat >= edges[0]) & (flat <= edges[-1]), found, -1)


without_gradient(bins_of)


# -- what NumPy's calls make -----------------------------------------------------------
@implements(sums_in_bins)
def sums_node(a: Any, bins: Any, between: Any = None, weights: Any = None) -> Any:
    """Make the node for :func:`sums_in_bins`."""
    settings = {} if between is None else {"between": between}
    inputs = {}
    if isinstance(bins, Node):
        inputs["bins"] = bins
    else:
        settings["bins"] = bins
    if weights is not None:
        inputs["weights"] = weights
    return bind(Histogram(tuple(inputs), **settings), (a, *inputs.values()))


@implements(np.histogram_bin_edges)
def histogram_bin_edges(
    a: Any,
    bins: Any = 10,
    range: Any = None,  # noqa: A002 -- NumPy's name
    weights: Any = None,
) -> Any:
    """Make the node for the edges, where they follow the data; else give them."""
    bins, between = checked_bins(bins, range)
    if isinstance(bins, str) and weights is not None:
        raise unsupported(
            f"np.histogram(..., bins={bins!r}) finds no bins for weights",
            "Give their number, or the edges.",
        )
    if isinstance(bins, Node):
        return bins
    if not isinstance(a, Node):
        return np.histogram_bin_edges(a, bins, between)
    if between is None and np.ndim(bins) == 0:
        return bind(HistogramEdges(bins), (a,))
    if isinstance(bins, str):
        return edges_between(a, bins, between)
    a._need_value("np.histogram")
    return np.histogram_bin_edges(np.empty(0, a.dtype), bins, between)


def edges_between(a: Any, bins: str, between: Any) -> Any:
    """Find edges whose number, but not whose range, follows the data."""
    if isinstance(a, Node):
        return OPERATIONS[edges_between](a, bins, between)
    return np.histogram_bin_edges(a, bins, between)


without_gradient(edges_between)


@implements(np.histogram)
def histogram(
    a: Any,
    bins: Any = 10,
    range: Any = None,  # noqa: A002 -- NumPy's name
    density: bool | None = None,
    weights: Any = None,
) -> tuple[Any, Any]:
    """Make the nodes for ``np.histogram``: the counts, and the edges."""
    bins, between = checked_bins(bins, range)
    a = a if isinstance(a, Node) else np.asarray(a)
    edges = OPERATIONS[np.histogram_bin_edges](a, bins, between, weights)
    counts = sums_in_bins(a, bins, between, weights)
    if density:
        widths = np.diff(edges)
        counts = counts / widths.astype(float) / np.sum(counts)
    return counts, edges


def checked_bins(bins: Any, between: Any) -> tuple[Any, Any]:
    """Take the bins as a number, a name, an array or a node; a range as numbers."""
    if between is not None:
        if isinstance(between, Node) or any(isinstance(end, Node) for end in between):
            raise unsupported(
                "np.histogram: an end of the range is a node",
                "Pass its value, or give the edges as a node.",
            )
        between = tuple(between)
    if isinstance(bins, Node | str):
        return bins, between
    return operator.index(bins) if np.ndim(bins) == 0 else np.array(bins), between
