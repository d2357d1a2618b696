"""What a guard has found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.engine import Step
from graphnn.engine.brief import brief
from graphnn.guards.measures import is_finite, range_of

if TYPE_CHECKING:
    from graphnn.guards.checking import Guard


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an array.

    Attributes
    ----------
    text : str
        With its verb: ``"holds 1 NaN of 6 numbers, the first at index (1, 0)"``.
    count : int or None
        How many numbers (units, for dead ones) are concerned.
    index : tuple of int or None
        Of the first of them.
    norm : float or None
        Euclidean, where that is what is wrong.
    """

    text: str
    count: int | None = None
    index: tuple[int, ...] | None = None
    norm: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """Something that is wrong with what a node has made.

    Attributes
    ----------
    guard : Guard
    node : Operation or leaf
    step : Step or None
        None for what no step has made: the value of a leaf, the gradient that a
        backward pass started with.
    phase : {"forward", "backward"}
    what : str
        ``"output"``, ``"value"`` (of a leaf), ``"the gradient of w"``, …
    array : ndarray
        The one that is bad.
    problem : Problem
    culprit : bool
        Whether all that the node was given is fine, so that this is where it was born.
    """

    guard: Guard
    node: Any
    step: Step | None
    phase: str
    what: str
    array: np.ndarray
    problem: Problem
    culprit: bool

    @property
    def kind(self) -> str:
        """The kind of the guard: ``"nan"``."""
        return self.guard.kind

    @property
    def count(self) -> int | None:
        """How many numbers are concerned."""
        return self.problem.count

    @property
    def index(self) -> tuple[int, ...] | None:
        """The index of the first of them."""
        return self.problem.index

    @property
    def norm(self) -> float | None:
        """The Euclidean norm, where that is what is wrong."""
        return self.problem.norm

    @property
    def headline(self) -> str:
        """What is wrong, with the node, its class and the user's line."""
        what = self.what if self.what.startswith("the ") else f"its {self.what}"
        return f"{self.node.describe()}: {what} {self.problem.text}{self._given()}"

    def _given(self) -> str:
        if self.step is None or not self.guard.tells_given:
            return ""
        if not self.culprit:
            return "; what it was given is no better"
        if self.step.node is not self.node:
            return "; each of those that were added is fine"
        step, are_fine = self.step, "are fine"
        given = [a for v in (*step.inputs, step.output_grad) for a in parts_of(v)]
        if self.kind == "nan" and not all(map(is_finite, given)):
            are_fine = "hold no NaN"  # an infinity is not fine, and may be the reason
        if self.phase == "forward":
            return f"; its inputs {are_fine}"
        return f"; its output_grad and its values {are_fine}"

    @property
    def reason(self) -> str:
        """The likely reason, read from the numbers; "" where none is known.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x = gn.Input("x", value=[4.0, -1.0])
        >>> with np.errstate(invalid="ignore"):
        ...     y = np.sqrt(x)
        >>> gn.origin(y.graph, "nan")[0].reason
        'the square root of a negative number, -1.0'
        """
        # a long table, read only where something is wrong
        from graphnn.guards.reasons import likely_reason

        return likely_reason(self) if self.culprit else ""

    @property
    def details(self) -> list[str]:
        """The likely reason, and what the numbers around it are like."""
        lines = [f"Likely reason: {self.reason}."] if self.reason else []
        if self.step is None or self.step.node is not self.node:
            return [*lines, *self._sized(self.what, self.array)]
        lines += self._sized(self.what, self.array)
        for node, value in zip(self.node.inputs, self.step.inputs, strict=True):
            lines += self._sized(f"input {node.name}", value)
        if self.phase == "backward":
            lines += self._sized("output_grad", self.step.output_grad)
        return lines

    def _sized(self, what: str, value: Any) -> Iterator[str]:
        for array in parts_of(value):
            words = [brief(array), range_of(array) if array.ndim else ""]
            yield f"  {what}: {', '.join(filter(None, words))}"

    def __str__(self) -> str:
        return "\n".join([self.headline, *self.details])

    def __repr__(self) -> str:
        role = "culprit" if self.culprit else "victim"
        return f"<Finding {self.kind} {self.phase}: {role} {self.node.name[:60]!r}>"


def parts_of(value: Any) -> list[np.ndarray]:
    """Give the arrays of a value, of one of several outputs, or of a gradient."""
    if value is None:
        return []
    if type(value) is tuple:
        return [np.asarray(part) for part in value if part is not None]
    return [np.asarray(value)]
