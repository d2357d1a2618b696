"""The guard of the floating-point dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.engine import Step
from graphnn.errors import ArgumentError, did_you_mean
from graphnn.guards.checking import Guard, inputs_of, made_by, name_of
from graphnn.guards.findings import Finding, Problem, parts_of
from graphnn.ops.casting import AsType


class DtypeGuard(Guard):
    """A change of the floating-point dtype, such as a silent float64 among float32.

    The precision of an output is compared with that of the node's inputs, and that of a
    gradient with its value's; ``node.astype(dtype)`` says what it does and may. Whole
    numbers, Python's numbers and states do not count. With a `dtype`, everything is
    compared with that.

    Parameters
    ----------
    dtype : dtype, optional
        What all values and gradients are to be: ``"float32"``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones(3, np.float32))
    >>> with gn.guard("dtype"):
    ...     x * np.float64(2.0)
    Traceback (most recent call last):
    graphnn.errors.GuardError: multiply (Multiply, <doctest ...>:2): its output is
    float64, made of x (float32) and constant (float64)
    ...
    """

    kind = "dtype"
    setting_names = ("dtype",)
    tells_given = False

    def __init__(self, dtype: Any = None) -> None:
        self.dtype = None if dtype is None else as_precision(dtype)

    def is_bad(self, array: np.ndarray, is_gradient: bool) -> bool:
        """Tell whether an array is not of the dtype that is wanted, if one is."""
        found = precision(array)
        # no `in (None, …)`: in a comparison NumPy takes None for float64
        return self.dtype is not None and found is not None and found != self.dtype

    def problem(self, array: np.ndarray, step: Step | None) -> Problem:
        """Name the dtypes."""
        if self.dtype is not None:
            return Problem(f"is {array.dtype}, not {self.dtype}")
        if step is None or step.phase == "backward":
            return Problem(f"is {array.dtype}, which its value is not")
        made_of = [f"{n.name} ({array.dtype})" for n, array in floats_given(step)]
        others = ", ".join(made_of[:-1])
        listed = f"{others} and {made_of[-1]}" if others else made_of[-1]
        return Problem(f"is {array.dtype}, made of {listed}")

    def check(self, step: Step) -> Finding | None:
        """Look at what a step has made."""
        if self.dtype is not None:
            return super().check(step)
        for position, array in made_by(step):
            made = precision(array)
            if step.phase == "backward":
                given = [precision(a) for a in parts_of(step.inputs[position])]
            elif isinstance(step.node, AsType):
                continue
            else:
                given = [precision(a) for _, a in floats_given(step)]
            if made is None:
                continue
            if any(one is not None and one != made for one in given):
                what = name_of(step, position)
                return self.finding(step.node, step, step.phase, what, array, True)
        return None


def precision(array: np.ndarray) -> np.dtype[Any] | None:
    """Give the dtype of an array, for a complex one that of its parts; else None."""
    if array.dtype.kind == "c":
        return array.real.dtype
    return array.dtype if array.dtype.kind == "f" else None


def floats_given(step: Step) -> list[tuple[Any, np.ndarray]]:
    """List the floating-point arrays that a step was given, each with its node."""
    node = step.node
    values = inputs_of(step)[: len(step.inputs) - len(node.states)]
    return [
        (source, array)
        for source, value in zip(node.inputs, values, strict=False)
        if type(value) not in (bool, int, float, complex)
        for array in parts_of(value)
        if array.dtype.kind in "fc"
    ]


def as_precision(dtype: Any) -> np.dtype[Any]:
    """Take a floating-point dtype.

    Raises
    ------
    ArgumentError
    """
    try:
        found: np.dtype[Any] = np.dtype(dtype)
    except TypeError as error:
        names = ("float16", "float32", "float64")
        raise ArgumentError(
            f"the dtype of DtypeGuard is {dtype!r:.60}, which is none",
            did_you_mean(dtype, names),
        ) from error
    if found.kind not in "fc":
        raise ArgumentError(
            f"the dtype of DtypeGuard is {found}, which is not floating-point",
            'For example "float32".',
        )
    return np.zeros(0, found).real.dtype
