"""How quantities vary together."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.ops.elementary import Elementary
from graphnn.ops.reductions import real_dtype


class Cov(Elementary):
    """``np.cov``: the covariances of quantities, one a row, over their observations.

    With D the deviations from the means, w the weights of the observations, W a matrix
    with them on its diagonal, and f their corrected sum, the result is
    ``C = D W D^H / f``. The gradient of D from G, that of C, is
    ``(G conj(D) + conj(G^T D)) W / f``; that of the weight of observation d is
    ``(d^T G conj(d) - sum(G C) df/dw) / f``. The means add nothing to either, since
    the weighted deviations sum to 0.

    Parameters
    ----------
    rowvar : bool
        Whether a quantity is a row, else a column.
    more_inputs : tuple of str
        What the inputs after the first are: ``y``, ``fweights``, ``aweights``.
    **keywords
        ``bias``, ``ddof``, ``dtype`` of :func:`numpy.cov`.
    """

    function: ClassVar[Any] = staticmethod(np.cov)

    def __init__(
        self, rowvar: bool = True, more_inputs: tuple[str, ...] = (), **keywords: Any
    ) -> None:
        self.rowvar = bool(rowvar)
        self.more_inputs = more_inputs
        self.keywords = keywords

    def _named(self) -> dict[str, Any]:
        """Give the values of the inputs by the names that NumPy has for them."""
        return dict(zip(("m", *self.more_inputs), self.input_values, strict=True))

    def _output(self) -> Any:
        return self.function(**self._named(), rowvar=self.rowvar, **self.keywords)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        named = self._named()
        quantities = [name for name in ("m", "y") if name in named]
        rows = [self._rows(name, named[name]) for name in quantities]
        x = np.concatenate(rows) if len(rows) > 1 else rows[0]
        weights, corrected = self._weights(named, x.shape[1])
        total = np.sum(weights)
        deviations = x - np.sum(x * weights, axis=1, keepdims=True) / total
        g = np.reshape(output_grad, (x.shape[0], x.shape[0])) / corrected
        straight, turned = deviations, g.T @ deviations
        if x.dtype.kind == "c":
            straight, turned = np.conj(deviations), np.conj(turned)
        reached = g @ straight
        gradient = (reached + turned) * weights
        grads: dict[str, Any] = {}
        start = 0
        for name, its_rows in zip(quantities, rows, strict=True):
            stop = start + its_rows.shape[0]
            piece = gradient[start:stop]
            piece = piece.T if self._is_turned(name, named[name]) else piece
            grads[name] = np.reshape(piece, named[name].shape)
            start = stop
        if "aweights" in named:
            importance = named["aweights"]
            each = np.sum(deviations * reached, axis=0)  # d^T G conj(d)
            # f = sum(w) - ddof * sum(w * a) / sum(w), of which w = frequency * a
            share = self._ddof() * np.sum(weights * importance) / total**2
            slope = 1 + share - 2 * self._ddof() * importance / total
            level = np.sum(g * np.reshape(self.output, g.shape))
            frequency = named.get("fweights", 1)
            grads["aweights"] = (each - level * slope) * frequency
        return tuple(grads.get(name) for name in named)

    def _rows(self, name: str, value: Any) -> Any:
        """Give an input's quantities as rows."""
        rows = value if value.ndim == 2 else np.reshape(value, (1, -1))
        rows = rows.T if self._is_turned(name, value) else rows
        return rows.astype(self.output.dtype)

    def _is_turned(self, name: str, value: Any) -> bool:
        """Tell whether an input's quantities are columns.

        NumPy takes a second input of one row as one quantity in any case.
        """
        is_row = name == "y" and value.shape[:1] == (1,)
        return bool(not self.rowvar and value.ndim == 2 and not is_row)

    def _ddof(self) -> int:
        ddof = self.keywords.get("ddof")
        if ddof is None:
            ddof = 0 if self.keywords.get("bias") else 1
        return int(ddof)

    def _weights(self, named: dict[str, Any], observations: int) -> tuple[Any, Any]:
        """Give the observations' weights, and their corrected sum; NaN for none."""
        dtype = real_dtype(self.output.dtype)
        weights: Any = np.ones(observations, dtype)
        for name in ("fweights", "aweights"):
            if name in named:
                weights = weights * named[name].astype(dtype)
        corrected = np.sum(weights) - self._ddof()
        if "aweights" in named:
            both = np.sum(weights * named["aweights"])
            corrected = np.sum(weights) - self._ddof() * both / np.sum(weights)
        return weights, np.where(corrected > 0, corrected, np.nan)

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, ValueError):
            shapes = " and ".join(str(np.shape(value)) for value in self.input_values)
            return f"np.cov of shape {shapes}: {error}"
        return None


# -- what NumPy's calls make -----------------------------------------------------------
@implements(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Make the node for ``np.cov``."""
    inputs = {"y": y, "fweights": fweights, "aweights": aweights}
    given = {name: value for name, value in inputs.items() if value is not None}
    keywords: dict[str, Any] = {}
    if bias:
        keywords["bias"] = True
    if ddof is not None:
        keywords["ddof"] = ddof
    if dtype is not None:
        keywords["dtype"] = np.dtype(dtype)
    return bind(Cov(rowvar, tuple(given), **keywords), (m, *given.values()))


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Make the nodes for ``np.corrcoef``."""
    c: Any = np.cov(x, y, rowvar, dtype=dtype)
    c._need_value("np.corrcoef")
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    scaled = c / deviation[:, None] / deviation[None, :]
    if scaled.dtype.kind != "c":
        return np.clip(scaled, -1, 1)
    return np.clip(np.real(scaled), -1, 1) + 1j * np.clip(np.imag(scaled), -1, 1)
