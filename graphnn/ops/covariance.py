"""How quantities vary together."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, unsupported
from graphnn.graph.node import Node
from graphnn.ops.elementary import Elementary
from graphnn.ops.reductions import real_dtype


class Cov(Elementary):
    """``np.cov``: the covariances of quantities, one a row, over their observations.

    With D the deviations from the means, W the weights, s one over their (corrected)
    sum, the result is ``C = s D W D^H``, and the gradient of D from G, that of C, is
    ``s (G conj(D) + conj(G^T D)) W``: twice ``s G D W`` for a symmetric G. The means
    add nothing, since the weighted deviations sum to 0.

    Parameters
    ----------
    rowvar : bool
        Whether a quantity is a row, else a column.
    bias, ddof, fweights, aweights, dtype
        See :func:`numpy.cov`.
    """

    function: ClassVar[Any] = staticmethod(np.cov)

    def __init__(self, rowvar: bool = True, **keywords: Any) -> None:
        self.rowvar = bool(rowvar)
        self.keywords = keywords

    def _output(self) -> Any:
        return self.function(*self.input_values, rowvar=self.rowvar, **self.keywords)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        rows = [self._rows(i) for i in range(len(self.input_values))]
        x = np.concatenate(rows) if len(rows) > 1 else rows[0]
        weights, scale = self._weights(x.shape[1])
        means = np.sum(x * (weights / weights.sum()), axis=1, keepdims=True)
        deviations = x - means
        g = np.reshape(output_grad, (x.shape[0], x.shape[0]))
        turned = g.T @ deviations
        if x.dtype.kind == "c":
            turned, deviations = np.conj(turned), np.conj(deviations)
        scaled = (weights * scale).astype(real_dtype(x.dtype))
        gradient = (g @ deviations + turned) * scaled
        grads = []
        start = 0
        for i, value in enumerate(self.input_values):
            stop = start + rows[i].shape[0]
            piece = gradient[start:stop]
            piece = piece.T if self._is_turned(i) else piece
            grads.append(np.reshape(piece, value.shape))
            start = stop
        return tuple(grads)

    def _rows(self, position: int) -> Any:
        """Give an input's quantities as rows."""
        value = self.input_values[position]
        rows = value if value.ndim == 2 else np.reshape(value, (1, -1))
        rows = rows.T if self._is_turned(position) else rows
        return rows.astype(self.output.dtype)

    def _is_turned(self, position: int) -> bool:
        """Tell whether an input's quantities are columns.

        NumPy takes a second input of one row as one quantity in any case.
        """
        value = self.input_values[position]
        is_row = position == 1 and value.shape[:1] == (1,)
        return bool(not self.rowvar and value.ndim == 2 and not is_row)

    def _weights(self, observations: int) -> tuple[Any, float]:
        """Give the observations' weights, and one over their corrected sum."""
        frequencies = self.keywords.get("fweights")
        importance = self.keywords.get("aweights")
        weights = np.ones(observations)
        for given in (frequencies, importance):
            if given is not None:
                weights = weights * np.asarray(given, float)
        ddof = self.keywords.get("ddof")
        if ddof is None:
            ddof = 0 if self.keywords.get("bias") else 1
        total = weights.sum()
        corrected = total - ddof
        if importance is not None:
            corrected = total - ddof * np.sum(weights * importance) / total
        return weights, 1 / corrected if corrected > 0 else np.nan

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
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if isinstance(weights, Node):
            raise unsupported(
                f"np.cov(..., {name}=): the weights are a node",
                f"Pass their value, {name}=node.output: they get no gradient.",
            )
    keywords = {
        "bias": bias or None,
        "ddof": ddof,
        "fweights": fweights,
        "aweights": aweights,
        "dtype": None if dtype is None else np.dtype(dtype),
    }
    given = {key: value for key, value in keywords.items() if value is not None}
    return bind(Cov(rowvar, **given), (m,) if y is None else (m, y))


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Make the nodes for ``np.corrcoef``."""
    c: Any = np.cov(x, y, rowvar, dtype=dtype)
    c._need_value("np.corrcoef")
    if c.ndim == 0:
        return c / c
    each = np.arange(c.shape[0])
    deviation = np.sqrt(np.real(c[each, each]))
    scaled = c / deviation[:, None] / deviation[None, :]
    if scaled.dtype.kind != "c":
        return np.clip(scaled, -1, 1)
    return np.clip(np.real(scaled), -1, 1) + 1j * np.clip(np.imag(scaled), -1, 1)
