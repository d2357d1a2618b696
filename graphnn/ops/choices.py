"""Choosing elementwise: the larger, the smaller, what a condition says.

Where two are equal, ``maximum``, ``minimum``, ``fmax`` and ``fmin`` split the gradient
evenly. ``clip`` hands it to the value, also where that equals a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements, in_place, unsupported
from graphnn.graph.node import Node
from graphnn.ops.elementary import Binary, Elementwise, Unary


class Extreme(Binary):
    """One of two numbers."""

    def _left_grad(self, output_grad: Any) -> Any:
        return self._share(output_grad, *self.input_values)

    def _right_grad(self, output_grad: Any) -> Any:
        left, right = self.input_values
        return self._share(output_grad, right, left)

    def _share(self, output_grad: Any, mine: Any, other: Any) -> Any:
        """Give all where it is mine, half where both are the same."""
        share = np.where(other == self.output, 0.5 * output_grad, output_grad)
        return np.where(mine == self.output, share, 0)


class Maximum(Extreme):
    """The larger of two; NaN if one is."""

    function = np.maximum


class Minimum(Extreme):
    """The smaller of two; NaN if one is."""

    function = np.minimum


class Fmax(Extreme):
    """The larger of two; the number, if the other is NaN."""

    function = np.fmax


class Fmin(Extreme):
    """The smaller of two; the number, if the other is NaN."""

    function = np.fmin


class Clip(Elementwise):
    """``np.clip``: values moved into an interval, whose bounds are inputs as well.

    The gradient goes to the value inside the interval, the bounds included, else to the
    bound; if the lower is above the upper, to the upper, as the value does.

    Parameters
    ----------
    low, high : bool
        Which of the bounds there are, and so which inputs.
    """

    plain = False

    def __init__(self, low: bool, high: bool) -> None:
        self.low, self.high = low, high

    def _check_arity(self, given: int) -> None:
        wanted = 1 + self.low + self.high
        if given != wanted:
            raise ArgumentError(
                f"Clip takes the value and its bounds, {wanted} inputs: {given} given"
            )

    def _bounds(self) -> tuple[Any, Any]:
        values = self.input_values
        return values[1] if self.low else None, values[-1] if self.high else None

    def _output(self) -> Any:
        return np.clip(self.input_, *self._bounds())

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        low, high = self._bounds()
        value = self.input_
        # False for NaN, so that a NaN takes part in nothing
        above = True if low is None else value >= low
        below = True if high is None else value <= high
        grads = [np.where(above & below, output_grad, 0)]
        if self.low:
            in_order = True if high is None else low <= high
            grads.append(np.where((value < low) & in_order, output_grad, 0))
        if self.high:
            out_of_order = False if low is None else low > high
            grads.append(np.where((value > high) | out_of_order, output_grad, 0))
        return tuple(grads)


@implements(np.clip)
def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,  # noqa: A002 -- NumPy's name
    max: Any = None,  # noqa: A002
) -> Any:
    """Make the node for ``np.clip``."""
    if (a_min is not None and min is not None) or (
        a_max is not None and max is not None
    ):
        raise ArgumentError(
            "np.clip got a bound twice",
            "Give a_min and a_max, or min= and max=, not both.",
        )
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    bounds = [bound for bound in (low, high) if bound is not None]
    return bind(Clip(low is not None, high is not None), [a, *bounds])


class Heaviside(Binary):
    """0 below 0, 1 above; at 0 what the second input says, which gets the gradient."""

    function = np.heaviside

    def _left_grad(self, output_grad: Any) -> None:
        return None

    def _right_grad(self, output_grad: Any) -> Any:
        return np.where(self.input_values[0] == 0, output_grad, 0)


class NanToNum(Unary):
    """``np.nan_to_num``: no gradient where a number was put; of each part by itself.

    Parameters
    ----------
    nan, posinf, neginf : float or None
        What is put for NaN and the infinities.
    """

    plain = False

    def __init__(
        self,
        nan: float = 0.0,
        posinf: float | None = None,
        neginf: float | None = None,
    ) -> None:
        self.nan, self.posinf, self.neginf = nan, posinf, neginf

    def _output(self) -> Any:
        return np.nan_to_num(
            self.input_, nan=self.nan, posinf=self.posinf, neginf=self.neginf
        )

    def _input_grad(self, output_grad: Any) -> Any:
        value = self.input_
        if value.dtype.kind != "c":
            return np.where(np.isfinite(value), output_grad, 0)
        real = np.where(np.isfinite(np.real(value)), np.real(output_grad), 0)
        imag = np.where(np.isfinite(np.imag(value)), np.imag(output_grad), 0)
        return real + 1j * imag


@implements(np.nan_to_num)
def nan_to_num(
    x: Any,
    copy: bool = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    """Make the node for ``np.nan_to_num``."""
    if not copy:
        raise in_place("np.nan_to_num(..., copy=False)")
    return NanToNum(nan, posinf, neginf)(x)


class Where(Elementwise):
    """``np.where(condition, a, b)``: elementwise choice."""

    arity = 3

    def _output(self) -> Any:
        condition, if_true, if_false = self.input_values
        return np.where(condition, if_true, if_false)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        condition = self.input_values[0]
        _, if_true, if_false = self.needs_input_grad
        return (
            None,
            np.where(condition, output_grad, 0) if if_true else None,
            np.where(condition, 0, output_grad) if if_false else None,
        )


@implements(np.where)
def where(condition: Any, *choices: Any) -> Any:
    """Make the node for ``np.where``; of a condition alone, where it is true."""
    if not choices:
        return np.nonzero(condition)
    if len(choices) != 2:
        raise ArgumentError("np.where takes a condition alone, or x and y beside it")
    return bind(Where.__new__(Where), (condition, *choices))


@implements(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Make the nodes for ``np.select``: the first condition that is true chooses."""
    if len(condlist) != len(choicelist):
        raise ArgumentError(
            f"np.select takes as many choices as conditions: {len(condlist)} "
            f"conditions and {len(choicelist)} choices given"
        )
    chosen = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        value = condition.output if isinstance(condition, Node) else condition
        if value is not None and np.result_type(value) != np.bool_:
            raise unsupported(
                f"np.select with a condition of dtype {np.result_type(value)}",
                "A condition is an array of bool, such as x > 0.",
            )
        chosen = np.where(condition, choice, chosen)
    return chosen


@implements(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> None:
    """Refuse ``np.piecewise``, which hands the functions only parts of the array."""
    raise unsupported(
        "np.piecewise of a node has no operation",
        "Choose elementwise: np.where(x < 0, -x, x), "
        "or np.select([x < 0, x < 1], [-x, x], default).",
    )
