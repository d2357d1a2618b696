"""The likely reason why an operation made a NaN or an infinity.

Read from the numbers themselves, in the places that went bad: a reason is given only
where the data show it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from graphnn.guards.checking import handed_to
from graphnn.guards.findings import Finding, parts_of
from graphnn.ops.elementary import Elementwise
from graphnn.ops.elementwise import (
    Add,
    Cbrt,
    Divide,
    FloorDivide,
    Fmod,
    Multiply,
    Power,
    Reciprocal,
    Remainder,
    Sqrt,
    Square,
    Subtract,
)
from graphnn.ops.exponentials import Exp, Exp2, Expm1, Log, Log1p, Log2, Log10
from graphnn.ops.linear import BiasAdd, Matmul, WeightMultiply
from graphnn.ops.losses import MeanSquaredError
from graphnn.ops.products import Dot, Inner
from graphnn.ops.reductions import Mean, Prod, Sum
from graphnn.ops.trigonometric import (
    Arccos,
    Arccosh,
    Arcsin,
    Arctanh,
    Cos,
    Cosh,
    Sin,
    Sinh,
    Tan,
)

Test = Callable[[Any, Any], Any]


class Rule(NamedTuple):
    """Numbers for which a formula gives no finite one.

    Attributes
    ----------
    classes : tuple of type
    test : callable
        ``test(x, y)`` of the numbers in the bad places, those of the first and of the
        last input: where the reason holds.
    text : str
        With ``{x}``, ``{y}``, ``{name}`` (of the operation) and ``{largest}``.
    """

    classes: tuple[type, ...]
    test: Test
    text: str


def are_finite(x: Any, y: Any) -> Any:
    """Tell where both numbers are finite: so that the result was too large."""
    return np.isfinite(x) & np.isfinite(y)


LOGARITHMS = (Log, Log2, Log10)
BEYOND = "is beyond the largest {largest}"
VALUES = (
    Rule(LOGARITHMS, lambda x, y: x < 0, "the logarithm of a negative number, {x}"),
    Rule(LOGARITHMS, lambda x, y: x == 0, "the logarithm of 0"),
    Rule((Log1p,), lambda x, y: x == -1, "log1p of -1, which is the logarithm of 0"),
    Rule((Log1p,), lambda x, y: x < -1, "log1p of {x}, which is below -1"),
    Rule((Sqrt,), lambda x, y: x < 0, "the square root of a negative number, {x}"),
    Rule((Divide,), lambda x, y: (x == 0) & (y == 0), "0 divided by 0"),
    Rule((Divide,), lambda x, y: y == 0, "{x} divided by 0"),
    Rule((Divide,), lambda x, y: np.isinf(x) & np.isinf(y), "{x} divided by {y}"),
    Rule((Divide,), are_finite, "{x} divided by {y} " + BEYOND),
    Rule((Reciprocal,), lambda x, y: x == 0, "1 divided by 0"),
    Rule((Remainder, Fmod, FloorDivide), lambda x, y: y == 0, "{x} divided by 0"),
    Rule((Power,), lambda x, y: (x == 0) & (y < 0), "0 to the power of {y}"),
    Rule(
        (Power,),
        lambda x, y: (x < 0) & np.isfinite(x) & np.isfinite(y) & (y != np.floor(y)),
        "a negative number, {x}, to the power of {y}, which is not whole",
    ),
    Rule((Power,), are_finite, "{x} to the power of {y} " + BEYOND),
    Rule((Exp, Exp2, Expm1, Sinh, Cosh), are_finite, "{name} of {x} " + BEYOND),
    Rule((Square,), are_finite, "the square of {x} " + BEYOND),
    Rule(
        (Multiply,),
        lambda x, y: ((x == 0) & np.isinf(y)) | (np.isinf(x) & (y == 0)),
        "{x} times {y}",
    ),
    Rule((Multiply,), are_finite, "{x} times {y} " + BEYOND),
    Rule((Add,), lambda x, y: np.isinf(x) & np.isinf(y) & (x != y), "{x} plus {y}"),
    Rule((Add,), are_finite, "{x} plus {y} " + BEYOND),
    Rule((Subtract,), lambda x, y: np.isinf(x) & (x == y), "{x} minus {y}"),
    Rule((Subtract,), are_finite, "{x} minus {y} " + BEYOND),
    Rule(
        (Arcsin, Arccos, Arctanh),
        lambda x, y: abs(x) > 1,
        "{name} of {x}, which is not from -1 to 1",
    ),
    Rule((Arctanh,), lambda x, y: abs(x) == 1, "arctanh of {x}"),
    Rule((Arccosh,), lambda x, y: x < 1, "arccosh of {x}, which is below 1"),
    Rule((Sin, Cos, Tan), lambda x, y: np.isinf(x), "{name} of {x}"),
)
SLOPES = (
    Rule((Sqrt,), lambda x, y: x == 0, "the slope of the square root at 0 is infinite"),
    Rule((Cbrt,), lambda x, y: x == 0, "the slope of the cube root at 0 is infinite"),
    Rule(LOGARITHMS, lambda x, y: x == 0, "the slope of {name} at 0 is infinite"),
    Rule((Log1p,), lambda x, y: x == -1, "the slope of log1p at -1 is infinite"),
    Rule((Divide,), lambda x, y: y == 0, "a division by 0"),
    Rule((Reciprocal,), lambda x, y: x == 0, "the slope of 1 / x at 0 is infinite"),
    Rule(
        (Power,),
        lambda x, y: (x == 0) & (y < 1) & (y != 0),
        "the slope of x ** {y} at 0 is infinite",
    ),
    Rule(
        (Arcsin, Arccos, Arctanh),
        lambda x, y: abs(x) == 1,
        "the slope of {name} at {x} is infinite",
    ),
    Rule((Arccosh,), lambda x, y: x == 1, "the slope of arccosh at 1 is infinite"),
)
PRODUCTS = (
    *(Add, Subtract, Multiply, Square, Sum, Mean, Prod),
    *(BiasAdd, WeightMultiply, Matmul, Dot, Inner, MeanSquaredError),
)
"""What only adds and multiplies: of finite numbers it makes others by overflow only."""


def likely_reason(finding: Finding) -> str:
    """Say why a NaN or an infinity was born; "" where the numbers do not tell.

    Parameters
    ----------
    finding : Finding
        Of a culprit.
    """
    array = finding.array
    if finding.kind not in ("nan", "inf") or array.dtype.kind != "f":
        return ""
    bad = np.isnan(array) if finding.kind == "nan" else np.isinf(array)
    step = finding.step
    if step is None or step.node is not finding.node:
        return reason_of_sum(finding, bad)
    given = [*step.inputs, *([] if step.phase == "forward" else [step.output_grad])]
    arrays = [part for value in given for part in parts_of(value)]
    if any(part.dtype.kind == "c" for part in arrays):
        return ""
    with np.errstate(all="ignore"):
        if isinstance(step.node, Elementwise):
            found = reason_of_formula(finding, bad, arrays)
            if found:
                return found
        is_product = isinstance(step.node, PRODUCTS)
        if is_product and all(np.isfinite(part).all() for part in arrays):
            largest = max(float(np.abs(part).max(initial=0.0)) for part in arrays)
            return (
                f"sums and products of finite numbers, up to {largest:.4g} in size, "
                f"that go beyond the largest {largest_of(array)}"
            )
    return ""


def reason_of_formula(finding: Finding, bad: Any, arrays: list[np.ndarray]) -> str:
    """Look the numbers in the bad places up in the tables."""
    step, node = finding.step, finding.node
    is_forward = finding.phase == "forward"
    shape = np.shape(finding.array if step is None or is_forward else step.output)
    places = bad if bad.shape == shape else np.ones(shape, bool)  # summed over some
    *values, last = [np.broadcast_to(part, shape)[places] for part in arrays]
    if is_forward:
        values.append(last)
    x, y = values[0], values[-1]
    for rule in VALUES if is_forward else SLOPES:
        holds = rule.test(x, y) if isinstance(node, rule.classes) else np.zeros(0, bool)
        if not holds.any():
            continue
        place = int(np.argmax(holds))
        text = rule.text.format(
            x=x[place],
            y=y[place],
            name=getattr(node.function, "__name__", node.name),
            largest=largest_of(finding.array),
        )
        if not is_forward and finding.kind == "nan" and last[place] == 0:
            text += ", and a gradient of 0 came in: 0 times infinity"
        return text
    return ""


def reason_of_sum(finding: Finding, bad: Any) -> str:
    """Tell gradients whose sum is not finite, though each of them is fine."""
    if finding.step is None:
        return ""
    handed = handed_to(finding.step.node.graph, finding.node)
    arrays = [part[bad] for _, gradient in handed for part in parts_of(gradient)]
    if any((a == np.inf).any() for a in arrays) and any(
        (a == -np.inf).any() for a in arrays
    ):
        return "gradients of inf and -inf were added"
    if arrays and all(np.isfinite(a).all() for a in arrays):
        largest = max(float(np.abs(a).max(initial=0.0)) for a in arrays)
        return (
            f"gradients of up to {largest:.4g} in size were added, and their sum is "
            f"beyond the largest {largest_of(finding.array)}"
        )
    return ""


def largest_of(array: np.ndarray) -> str:
    """Name the largest number of a dtype."""
    return f"{array.dtype}, {np.finfo(array.dtype).max:.3g}"
