"""Attention: each query gets the values of the keys that it fits.

A. Vaswani et al., "Attention is all you need", NeurIPS 2017.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.operation import Operation
from graphnn.ops.arguments import as_flag, is_number

NAMES = ("query", "key", "value")


class AttentionWeights(Operation):
    """How much each query looks at each key: ``softmax(query @ key.T * scale)``.

    It is called on query and key, and on a mask if there is one; the output has shape
    (..., query time, key time). :class:`ScaledDotProductAttention` goes on from there,
    and says what a mask is.

    Parameters
    ----------
    causal : bool
        Let the query at time t look at the keys up to time t only.
    scale : float, optional
        What the products are multiplied by; without it 1 / sqrt(features).

    Raises
    ------
    ArgumentError, ShapeError
        For settings that cannot be; for inputs and masks that do not fit together.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = np.zeros((3, 2))
    >>> gn.AttentionWeights(causal=True).forward(x, x).round(2)
    array([[1.  , 0.  , 0.  ],
           [0.5 , 0.5 , 0.  ],
           [0.33, 0.33, 0.33]])
    """

    broadcasts = True
    takes = 2  # inputs, before the mask

    def __init__(self, causal: bool = False, scale: float | None = None) -> None:
        self.causal = as_flag(causal, "causal")
        self.scale = None if scale is None else as_scale(scale)

    def _check_arity(self, given: int) -> None:
        if given not in (self.takes, self.takes + 1):
            raise ArgumentError(
                f"{type(self).__name__} takes {', '.join(NAMES[: self.takes])} and, if "
                f"there is one, a mask: {self.takes} or {self.takes + 1} inputs, "
                f"{given} given"
            )

    def _output(self) -> Any:
        return self._weights()

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return self._score_grads(self.output, output_grad)

    def _mask(self) -> Any:
        """Give the mask; None without one."""
        return (*self.input_values, None)[self.takes]

    def _factor(self) -> float:
        """Give what the products of queries and keys are multiplied by (§3.2.1)."""
        features = self.input_.shape[-1]
        return 1.0 / math.sqrt(features) if self.scale is None else self.scale

    def _weights(self) -> Any:
        """Compute the weights; 0 for what a query may not look at."""
        check_inputs(self)
        query, key = self.input_values[:2]
        scores = np.matmul(query * self._factor(), np.swapaxes(key, -1, -2))
        mask = self._mask()
        if mask is not None:
            check_mask(self, mask, scores.shape)
            scores = with_mask(scores, mask)
        if self.causal:
            earlier = np.tri(*scores.shape[-2:], dtype=np.bool_)  # where key <= query
            scores = np.where(earlier, scores, -np.inf)
        highest = np.max(scores, axis=-1, keepdims=True)
        if mask is not None:
            highest = np.where(highest == -np.inf, 0.0, highest)
        exponentials = np.exp(scores - highest)  # at most 1: nothing overflows
        total = np.sum(exponentials, axis=-1, keepdims=True)
        if mask is not None:
            total = np.where(total == 0.0, 1.0, total)  # of a query without any key
        return exponentials / total

    def _score_grads(self, weights: Any, weights_grad: Any) -> tuple[Any, ...]:
        """Carry a gradient of the weights on to query, key, and the mask.

        By a score s, a weight p has the derivative p_i * ([i = j] - p_j): I.
        Goodfellow, Y. Bengio, A. Courville, "Deep Learning", 2016, §6.2.2.3.
        """
        query, key = self.input_values[:2]
        weighted = weights * weights_grad
        scores_grad = weighted - weights * np.sum(weighted, axis=-1, keepdims=True)
        query_grad = key_grad = mask_grad = None
        if self.needs_input_grad[0]:
            query_grad = np.matmul(scores_grad, key) * self._factor()
        if self.needs_input_grad[1]:
            turned = np.swapaxes(scores_grad, -1, -2)
            key_grad = np.matmul(turned, query) * self._factor()
        if self._mask() is None:
            return query_grad, key_grad
        if self.needs_input_grad[-1]:
            mask_grad = scores_grad
        return query_grad, key_grad, mask_grad


class ScaledDotProductAttention(AttentionWeights):
    """Attention: ``softmax(query @ key.T / sqrt(features)) @ value``.

    It is called on query, key and value, and on a mask if there is one.

    ========  =============================================
    input     shape
    ========  =============================================
    query     (..., query time, features)
    key       (..., key time, features)
    value     (..., key time, value features)
    mask      broadcasts to (..., query time, key time)
    output    (..., query time, value features)
    ========  =============================================

    The axes before these (rows, heads) broadcast. A mask of bool is True where a query
    may look; one of floats is added to the scores, so that ``-inf`` hides a key. A
    query that may look at no key gets zeros (where PyTorch gives NaN) and no gradient.

    Parameters
    ----------
    causal : bool
        Let the query at time t look at the keys up to time t only.
    scale : float, optional
        What the products are multiplied by; without it 1 / sqrt(features).

    Attributes
    ----------
    weights : ndarray, shape (..., query time, key time)
        How much each query looked at each key in the last pass; a row of them sums to
        1, or is 0 for a query that may look at no key.

    Raises
    ------
    ShapeError, ArgumentError
        For shapes that do not fit, and masks that are neither bool nor float.

    Notes
    -----
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, eq. 1. The largest
    score of each query is taken off first, so nothing overflows.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> key = np.array([[10.0, 0.0], [0.0, 10.0]])
    >>> value = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    >>> query = gn.Input("query", value=[[10.0, 0.0], [1.0, 1.0]])
    >>> node = gn.ScaledDotProductAttention()(query, key, value)
    >>> node.output
    array([[1. , 2. , 3. ],
           [2.5, 3.5, 4.5]])
    >>> node.weights.round(3)
    array([[1. , 0. ],
           [0.5, 0.5]])
    """

    takes = 3

    def _output(self) -> Any:
        self.weights = self._weights()
        return np.matmul(self.weights, self.input_values[2])

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        needs = self.needs_input_grad
        value_grad = None
        others: tuple[Any, ...] = (None,) * (len(needs) - 1)
        if needs[2]:
            value_grad = np.matmul(np.swapaxes(self.weights, -1, -2), output_grad)
        if any(needs[:2]) or any(needs[3:]):
            value = self.input_values[2]
            weights_grad = np.matmul(output_grad, np.swapaxes(value, -1, -2))
            others = self._score_grads(self.weights, weights_grad)
        return *others[:2], value_grad, *others[2:]


def with_mask(scores: Any, mask: Any) -> Any:
    """Hide the scores where a mask of bool is False; add one of floats."""
    if np.result_type(mask) == np.bool_:
        return np.where(mask, scores, -np.inf)
    if np.result_type(scores, mask) != scores.dtype:
        mask = mask.astype(scores.dtype)  # float32 stays float32
    return scores + mask


def as_scale(scale: Any) -> float:
    """Take a finite number.

    Raises
    ------
    ArgumentError
    """
    if not is_number(scale) or not math.isfinite(scale):
        raise ArgumentError(
            f"scale is a finite number, not {scale!r}",
            "Leave it out for 1 / sqrt(features).",
        )
    return float(scale)


# -- what is refused -------------------------------------------------------------------
def check_inputs(node: AttentionWeights) -> None:
    """Refuse queries, keys and values that do not fit together."""
    values = node.input_values[: node.takes]
    shapes = [np.shape(value) for value in values]
    given = ", ".join(
        f"{name} {shape}" for name, shape in zip(NAMES, shapes, strict=False)
    )
    for name, value, shape in zip(NAMES, values, shapes, strict=False):
        if len(shape) < 2:
            raise ShapeError(
                f"{node.describe()}: the {name} has shape {shape}; "
                "(..., time, features) is needed",
                "A sequence of single numbers: x[:, np.newaxis].",
            )
        if value.dtype.kind == "c":
            raise ArgumentError(
                f"{node.describe()}: the {name} is complex, and the softmax is of real "
                "numbers"
            )
    if shapes[0][-1] != shapes[1][-1]:
        raise ShapeError(
            f"{node.describe()}: the query has {shapes[0][-1]} features and the key "
            f"{shapes[1][-1]} ({given})",
            "Their product is taken, so they have as many.",
        )
    if node.takes > 2 and shapes[1][-2] != shapes[2][-2]:
        raise ShapeError(
            f"{node.describe()}: there are {shapes[1][-2]} keys and {shapes[2][-2]} "
            f"values ({given})",
            "Each key, a place on the axis before the last, has its value.",
        )
    if 0 in (shapes[0][-1], shapes[1][-2]):
        raise ShapeError(f"{node.describe()}: there is nothing to look at ({given})")
    try:
        np.broadcast_shapes(*[shape[:-2] for shape in shapes])
    except ValueError:
        raise ShapeError(
            f"{node.describe()}: the axes before (time, features) do not broadcast "
            f"({given})"
        ) from None


def check_mask(node: Any, mask: Any, shape: tuple[int, ...]) -> None:
    """Refuse a mask that does not fit, or that does not say what it means."""
    dtype = np.result_type(mask)
    if dtype.kind not in "bf":
        raise ArgumentError(
            f"{node.describe()}: the mask is {dtype}; it is bool (True where a query "
            "may look) or float (added to the scores)",
            "Say which is meant: mask.astype(bool), or mask.astype(float).",
        )
    try:
        fits = np.broadcast_shapes(np.shape(mask), shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{node.describe()}: the mask has shape {np.shape(mask)}, which does not "
            f"broadcast to (..., query time, key time) = {shape}",
            "A mask of the keys of each row, (rows, key time), gets an axis for the "
            "queries: mask[:, np.newaxis].",
        )
