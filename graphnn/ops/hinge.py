"""Losses that are 0 where the right side is taken by a margin."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.dispatch import checking
from graphnn.ops.arguments import as_flag, as_number
from graphnn.ops.class_targets import ClassTargets
from graphnn.ops.loss_checks import SLACK, Described, place
from graphnn.ops.losses import Loss, Reduction


class Hinge(Loss):
    """``max(0, margin - target * prediction)``, for targets of -1 and 1.

    C. Cortes, V. Vapnik, "Support-vector networks", Machine Learning 20, 1995.

    Parameters
    ----------
    margin : float
        How far on the right side a prediction costs nothing.
    squared : bool
        Square each of the terms.
    reduction : {"mean", "rows", "sum"}
        Average over all elements, sum over the columns and average over the rows, or
        sum.

    Notes
    -----
    Right at the margin the gradient is 0.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.Hinge(reduction="sum")
    >>> float(loss.forward(np.array([[0.5], [2.0]]), np.array([[1], [-1]])))
    3.5
    >>> loss.backward()
    array([[-1.],
           [ 1.]])
    """

    def __init__(
        self,
        *,
        margin: float = 1.0,
        squared: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.margin = as_number(margin, "the margin of Hinge", positive=True)
        self.squared = as_flag(squared, "squared")

    def _output(self) -> Any:
        prediction, target = self._pair()
        check_signs(self.input_values[1], Described(self))
        self.missing = np.maximum(self.margin - target * prediction, 0.0)
        return self._reduced(np.square(self.missing) if self.squared else self.missing)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        prediction, target = self._pair()
        each = self._each(output_grad, prediction.shape)
        slope = slope_of(self.missing, self.squared) * each
        target_grad = -prediction * slope if self.needs_input_grad[1] else None
        return -target * slope, target_grad


class MultiClassHinge(Loss):
    """How far each wrong class comes within a margin of the right one.

    sum over the wrong classes of ``max(0, margin - right + wrong)``, divided by the
    number of classes: J. Weston, C. Watkins, "Support vector machines for multi-class
    pattern recognition", ESANN 1999.

    Parameters
    ----------
    margin : float
        By how much the right class is to be ahead.
    squared : bool
        Square each of the terms.
    reduction : {"mean", "rows", "sum"}
        Average over all targets, sum over all but the rows and average over those, or
        sum.

    Notes
    -----
    The prediction has shape (rows, classes), or more axes before the classes; the
    target holds class indices, or one-hot rows.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> loss = gn.MultiClassHinge()
    >>> float(loss.forward(np.array([[0.5, 1.0]]), np.array([0])))
    0.75
    >>> loss.backward()
    array([[-0.5,  0.5]])
    """

    def __init__(
        self,
        *,
        margin: float = 1.0,
        squared: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.margin = as_number(margin, "the margin of MultiClassHinge", positive=True)
        self.squared = as_flag(squared, "squared")

    def _output(self) -> Any:
        self._rows()
        prediction, target = self.input_values
        if prediction.dtype.kind in "biu":
            prediction = prediction.astype(np.float64)
        targets = ClassTargets(prediction, target, -1, Described(self))
        if not targets.indexed:
            check_whole(target, Described(self))
        self.right = targets.probabilities()
        score = np.sum(self.right * prediction, axis=-1, keepdims=True)
        behind = np.maximum(self.margin - score + prediction, 0.0)
        self.missing = behind * (1.0 - self.right)
        terms = np.square(self.missing) if self.squared else self.missing
        return self._reduced(np.sum(terms, axis=-1) / targets.classes)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        *places, classes = self.right.shape
        each = self._each(output_grad, tuple(places)) / classes
        slope = slope_of(self.missing, self.squared)
        gradient = slope - self.right * np.sum(slope, axis=-1, keepdims=True)
        return gradient * each, None


def slope_of(missing: Any, squared: bool) -> Any:
    """Differentiate what is missing by itself, or its square; 0 where nothing is."""
    return 2.0 * missing if squared else (missing > 0).astype(missing.dtype)


@checking
def check_signs(target: Any, who: object) -> None:
    """Refuse targets other than -1 and 1."""
    numbers = target.astype(np.float64) if target.dtype.kind in "bu" else target
    wrong = np.abs(np.abs(numbers) - 1) > SLACK  # NaN passes
    if wrong.any():
        where = place(wrong)
        fix = "From 0 and 1: 2 * y - 1." if np.all((numbers == 0) | ~wrong) else ""
        raise ArgumentError(
            f"{who}: the target at {list(where)} is {numbers[where]:g}, neither -1 nor "
            "1",
            fix,
        )


@checking
def check_whole(target: Any, who: object) -> None:
    """Refuse probabilities of classes where one class is right."""
    if not np.all((target == 0) | (target == 1)):
        raise ShapeError(
            f"{who}: a target of the prediction's shape {target.shape} is one-hot, and "
            "this one holds other numbers than 0 and 1",
            "Give class indices, of shape (rows,).",
        )
