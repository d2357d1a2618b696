"""What losses share: a prediction and a target in, one number out.

The squared error is here; the others are in files of their own: ``regression_losses``,
``cross_entropy``, ``binary_cross_entropy``, ``kl_divergence``, ``hinge`` and
``cosine_loss``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from graphnn.errors import ArgumentError, ShapeError, did_you_mean
from graphnn.graph.operation import Operation

if TYPE_CHECKING:
    from graphnn.ops.cross_entropy import SoftmaxCrossEntropy

__all__ = ["Loss", "MeanSquaredError", "Reduction", "SoftmaxCrossEntropy"]

Reduction = Literal["rows", "mean", "sum"]
"""How the terms of a loss become one number.

``"rows"`` sums over the columns and averages over the rows, ``"mean"`` averages over
all terms, ``"sum"`` adds them up.
"""


class Loss(Operation):
    """An operation on (prediction, target) whose output is one number.

    A subclass computes an array of terms and hands it to ``_reduced``; its gradient
    hook multiplies by ``_each``.

    Parameters
    ----------
    reduction : {"rows", "mean", "sum"}
        Sum over the columns and average over the rows, average over all terms, or sum.

    Raises
    ------
    ArgumentError, ShapeError
        For settings that cannot be; for targets that do not go with the prediction.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> class FourthPower(gn.Loss):
    ...     def _output(self):
    ...         prediction, target = self._pair()
    ...         return self._reduced((prediction - target) ** 4)
    ...
    ...     def _input_grads(self, output_grad):
    ...         prediction, target = self._pair()
    ...         each = self._each(output_grad, prediction.shape)
    ...         return 4.0 * (prediction - target) ** 3 * each, None
    >>> loss = FourthPower(reduction="mean")
    >>> float(loss.forward(np.array([[1.0, 3.0]]), np.array([[1.0, 1.0]])))
    8.0
    """

    arity = 2
    reduction: Reduction = "rows"

    def __init__(self, *, reduction: Reduction = "rows") -> None:
        self.reduction = as_reduction(reduction, type(self).__name__)

    # -- what goes in ------------------------------------------------------------------
    def _rows(self) -> int:
        """Count the rows to average over."""
        shape, wanted = [np.shape(value) for value in self.input_values]
        if not shape or shape[0] == 0:
            raise ShapeError(
                f"{self.describe()}: a prediction of shape {shape} has no rows"
            )
        if not wanted or wanted[0] != shape[0]:
            raise ShapeError(
                f"{self.describe()}: a prediction of shape {shape} and a target of "
                f"shape {wanted} differ in their number of rows"
            )
        return int(shape[0])

    def _pair(self) -> tuple[Any, Any]:
        """Give the prediction and the target, floats of the same shape.

        Whole numbers and truths become floats, those of the target as the prediction's.
        """
        self._rows()
        prediction, target = self.input_values
        if prediction.shape != target.shape:
            raise ShapeError(
                f"{self.describe()}: the prediction has shape {prediction.shape}, the "
                f"target {target.shape}",
                how_to_fit(prediction, target),
            )
        if prediction.size == 0:
            raise ShapeError(
                f"{self.describe()}: a prediction of shape {prediction.shape} holds no "
                "numbers"
            )
        if prediction.dtype.kind == "f" and target.dtype.kind == "f":
            return prediction, target
        return self._as_floats(prediction, target)

    def _as_floats(self, prediction: Any, target: Any) -> tuple[Any, Any]:
        for value, what in ((prediction, "prediction"), (target, "target")):
            if value.dtype.kind == "c":
                raise ArgumentError(
                    f"{self.describe()}: the {what} is {value.dtype}; a loss compares "
                    "real numbers",
                    "Take np.abs(...), or np.real(...) and np.imag(...) as columns.",
                )
        if prediction.dtype.kind != "f":
            prediction = prediction.astype(np.float64)
        if target.dtype.kind != "f":
            target = target.astype(prediction.dtype)
        return prediction, target

    # -- what comes out ----------------------------------------------------------------
    def _reduced(self, terms: Any) -> Any:
        """Make one number of the terms."""
        return self._known(np.sum(terms) / self._count(terms.shape))

    def _each(self, output_grad: Any, shape: tuple[int, ...]) -> Any:
        """Give the gradient of a term, the same for all of an array of this shape."""
        return output_grad / self._count(shape)

    def _count(self, shape: tuple[int, ...]) -> int:
        """Tell by how much the sum of so many terms is divided."""
        if self.reduction == "sum":
            return 1
        return shape[0] if self.reduction == "rows" else math.prod(shape)

    def _known(self, loss: Any) -> Any:
        """Refuse a target that is not finite, which a loss that is not shows."""
        if isinstance(loss, np.floating) and not math.isfinite(loss):
            target = self.input_values[1]
            unknown = ~np.isfinite(target)
            if unknown.any():
                place = tuple(np.argwhere(unknown)[0].tolist())
                raise ArgumentError(
                    f"{self.describe()}: the target at {list(place)} is "
                    f"{target[place]}",
                    "Leave the rows out whose target is not known: "
                    "known = np.isfinite(y).",
                )
        return loss


class MeanSquaredError(Loss):
    """The squared error, summed over the columns and averaged over the rows.

    As in S. Weidman, "Deep Learning from Scratch", O'Reilly 2019, ch. 3. For one column
    it is the usual mean of squares.

    Parameters
    ----------
    reduction : {"rows", "mean", "sum"}
        Sum over the columns and average over the rows, average over all elements (what
        other libraries call the mean squared error), or sum.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.MeanSquaredError()
    >>> float(loss.forward(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]])))
    2.0
    >>> loss.backward()
    array([[0.],
           [2.]])
    """

    def _output(self) -> Any:
        prediction, target = self._pair()
        differences = np.reshape(prediction - target, -1)
        total = np.dot(differences, differences)
        return self._known(total / self._count(prediction.shape))

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        each = self._each(output_grad, prediction.shape)
        gradient = (prediction - target) * (2.0 * each)
        return gradient, -gradient if self.needs_input_grad[1] else None


def as_reduction(reduction: Any, name: str) -> Reduction:
    """Take a name of :data:`Reduction`.

    Raises
    ------
    ArgumentError
    """
    known = get_args(Reduction)
    if not isinstance(reduction, str) or reduction not in known:
        raise ArgumentError(
            f"{name}: unknown reduction {reduction!r}", did_you_mean(reduction, known)
        )
    return reduction  # type: ignore[return-value]


def how_to_fit(prediction: Any, target: Any) -> str:
    """Say what to do about a target that has not the shape of the prediction."""
    rows = prediction.shape[:1]
    if target.shape == rows and prediction.shape == (*rows, 1):
        return "Targets of one column have shape (rows, 1): y.reshape(-1, 1)."
    if prediction.shape == rows and target.shape == (*rows, 1):
        return "Predictions without columns have targets without: y.reshape(-1)."
    if target.shape in (rows, (*rows, 1)) and target.dtype.kind in "iu":
        return "Class indices go with gn.SoftmaxCrossEntropy()."
    return "The target has a number for each one of the prediction."


def __getattr__(name: str) -> Any:
    """Import the cross-entropy, which most of this file's users do not need."""
    if name == "SoftmaxCrossEntropy":
        from graphnn.ops import cross_entropy

        return cross_entropy.SoftmaxCrossEntropy
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
