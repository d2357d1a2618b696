"""What a check has found, as a table and as a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from graphnn.testing.comparison import Comparison, Pair
from graphnn.testing.table import table

Verdict = Literal["ok", "wrong", "refused", "kinks", "not finite", "empty"]

SHOWN = 8
"""How many failures a message spells out."""


@dataclass(frozen=True)
class GradientRow:
    """One gradient that was compared: of one input of one node, or of one leaf.

    Attributes
    ----------
    node : str
        Name of the node; for a whole gradient, of the target.
    operation : str
        Its class.
    source : str
        The user's file and line that made the node, ``""`` where it is not known.
    argument : str
        What the gradient is of: ``input 0 (x)``, ``param (w)``, ``leaf w``.
    order : int
        1 for the gradient, 2 for the gradient of the gradient.
    whole : bool
        True for the gradient of the target by a leaf, through the whole graph.
    shape : tuple of int
    dtype : numpy.dtype
    inputs : tuple of shape
        The shapes of all inputs of the node; empty for a whole gradient.
    comparison : Comparison or None
        The numbers; None where the hook was refused.
    reason : str
        Why it was refused.
    hook : str
        Where the formula is: ``Sigmoid._input_grad (model.py:14)``.
    """

    node: str
    operation: str
    source: str
    argument: str
    order: int
    whole: bool
    shape: tuple[int, ...]
    dtype: Any
    inputs: tuple[tuple[int, ...], ...]
    comparison: Comparison | None
    reason: str = ""
    hook: str = ""

    @property
    def compared(self) -> int:
        """The number of elements that were compared one by one."""
        return len(self.comparison.pairs) if self.comparison else 0

    @property
    def kinks(self) -> int:
        """The number of elements that were not, because they stand at a kink."""
        return self.comparison.kinks if self.comparison else 0

    @property
    def not_finite(self) -> int:
        """The number of elements that were not, because there is no slope at NaN."""
        return self.comparison.not_finite if self.comparison else 0

    @property
    def worst(self) -> Pair | None:
        """The element that is furthest off; None where none was compared."""
        return self.comparison.worst if self.comparison else None

    @property
    def relative_error(self) -> float | None:
        """How far the worst element is off, relative to its size."""
        return self.worst.relative if self.worst else None

    @property
    def absolute_error(self) -> float | None:
        """How far the worst element is off."""
        return self.worst.distance if self.worst else None

    @property
    def index(self) -> tuple[int, ...] | None:
        """Where the worst element is; None for all elements along a direction."""
        worst = self.worst
        if worst is None or len(worst.index) != len(self.shape):
            return None
        return worst.index

    @property
    def analytic(self) -> Any:
        """What the hooks say there."""
        return self.worst.analytic if self.worst else None

    @property
    def numeric(self) -> Any:
        """What was measured there."""
        return self.worst.numeric if self.worst else None

    @property
    def verdict(self) -> Verdict:
        """Say ``ok``, ``wrong`` or ``refused``; of nothing compared, why.

        That is ``kinks``, ``not finite``, or ``empty``.
        """
        if self.comparison is None:
            return "refused"
        worst = self.worst
        if worst is None:
            if self.kinks:
                return "kinks"
            return "not finite" if self.not_finite else "empty"
        return "wrong" if worst.excess > 1 else "ok"

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict not in ("wrong", "refused")

    @property
    def key(self) -> tuple[Any, ...]:
        """What rows have in common that differ in shapes and values only."""
        return self.node, self.operation, self.argument, self.order, self.whole

    def place(self) -> str:
        """Name the node, its class, its line and the input."""
        where = f", {self.source}" if self.source else ""
        what = "gradient" if self.order == 1 else "second derivative"
        return (
            f"{self.node} ({self.operation}{where}), {what} of {self.argument} "
            f"of shape {self.shape}"
        )

    def explain(self) -> str:
        """Say what is wrong, with the numbers."""
        if self.comparison is None:
            lines = [line.rstrip(".") for line in self.reason.splitlines()]
            return ". ".join(lines) + "."
        worst, comparison = self.worst, self.comparison
        if worst is None:
            return f"{self.place()}: nothing to compare."
        if self.index is None:
            what = "all elements along a random direction"
        else:
            of = f"{comparison.wrong} of {self.compared} compared elements"
            what = f"{of}, the worst at {position(self.index)}"
        if comparison.wrong == 0 and self.index is not None:
            what = f"the element at {position(self.index)}"
        text = (
            f"{self.place()}: wrong for {what}: analytic {number(worst.analytic)}, "
            f"numeric {number(worst.numeric)}, off by {percent(worst.relative)}"
        )
        factor = comparison.factor()
        if factor is not None:
            text += f"; everywhere analytic = {number(factor)} × numeric"
        return text + (f". The formula is {self.hook}." if self.hook else ".")


@dataclass(frozen=True)
class Finding:
    """Something about the hooks of a node.

    Attributes
    ----------
    node, operation, source : str
    text : str
    """

    node: str
    operation: str
    source: str
    text: str

    def __str__(self) -> str:
        where = f", {self.source}" if self.source else ""
        return f"{self.node} ({self.operation}{where}): {self.text}"


@dataclass
class GradientReport:
    """What :func:`graphnn.check_gradients` has found.

    Attributes
    ----------
    rows : list of GradientRow
        One for each gradient that was compared.
    impurities : list of Finding
        Hooks that are not pure: random ones, and those that change what they are given.
    remarks : list of str
        What is no error: hooks that cannot be traced, elements at a kink.
    """

    rows: list[GradientRow] = field(default_factory=list)
    impurities: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every gradient is right and every hook pure."""
        return not self.impurities and all(row.ok for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def failures(self) -> list[GradientRow]:
        """The rows that are wrong; those of single nodes, where there are any.

        A whole gradient is wrong wherever one of its nodes is.
        """
        failures = [row for row in self.rows if not row.ok]
        return [row for row in failures if not row.whole] or failures

    def problems(self) -> list[str]:
        """Spell out everything that is wrong."""
        lines = dict.fromkeys(map(str, self.impurities))
        alike: dict[Any, list[GradientRow]] = {}
        for row in self.failures:
            alike.setdefault(row.key, []).append(row)
        for key, wrong in alike.items():
            same_gradient = [row for row in self.rows if row.key == key]
            lines[wrong[0].explain() + other_shapes(wrong, same_gradient)] = None
        return list(lines)

    def headline(self) -> str:
        """Sum up in one line."""
        wrong = sum(not row.ok for row in self.rows)
        count = f"{len(self.rows)} comparison{'s' if len(self.rows) != 1 else ''}"
        if self.ok:
            parts = [f"{count}, all right" if self.rows else "nothing to compare"]
            return "; ".join(parts + self.left_out())
        parts = [f"{wrong} of {count} wrong"] if wrong else [f"{count} right"]
        hooks = len({str(finding) for finding in self.impurities})
        if hooks:
            parts.append(f"{hooks} trouble{'s' if hooks != 1 else ''} with hooks")
        return "; ".join([", ".join(parts), *self.left_out()])

    def left_out(self) -> list[str]:
        """Count the elements that have no slope, in words; none is said nothing of."""
        count = sum(row.not_finite for row in self.rows)
        elements = "element" if count == 1 else "elements"
        return [f"{count} {elements} not finite, not compared"] if count else []

    def message(self) -> str:
        """Give headline and causes, for an exception."""
        problems = self.problems()
        lines = [self.headline(), *[f"  {problem}" for problem in problems[:SHOWN]]]
        if len(problems) > SHOWN:
            lines.append(f"  … and {len(problems) - SHOWN} more")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def text(
        self,
        width: int | None = None,
        spell: Callable[[str], str] = str,
        most: int | None = None,
    ) -> str:
        """Write the table and, below it, what is wrong.

        Parameters
        ----------
        width : int, optional
            Columns that the table is to fit into; the sentences are for others to wrap.
        spell : callable, optional
            How names in the table are written where not all letters can be.
        most : int, optional
            Wrong gradients that are spelled out; default: all.
        """
        lines = [table(self.rows, width, spell)] if self.rows else []
        problems = self.problems()
        lines += problems[:most]
        if most is not None and len(problems) > most:
            lines.append(f"… and {len(problems) - most} more")
        lines += [f"Remark: {remark}" for remark in dict.fromkeys(self.remarks)]
        return "\n".join([*lines, self.headline()])

    def __repr__(self) -> str:
        return f"<GradientReport: {self.headline()}>"


def other_shapes(wrong: Sequence[GradientRow], rows: Sequence[GradientRow]) -> str:
    """Say with which shapes the same gradient is wrong, too, and with which right."""
    first = wrong[0].inputs
    also = {shapes(row): None for row in wrong if row.inputs != first}
    right = {shapes(row): None for row in rows if row.ok and row.compared}
    text = f" Also wrong for inputs of shape {', '.join(also)}." if also else ""
    return text + (f" Right for {', '.join(right)}." if right else "")


def shapes(row: GradientRow) -> str:
    """Write the shapes of a node's inputs."""
    return " and ".join(map(str, row.inputs))


def position(index: tuple[int, ...]) -> str:
    """Write an index: ``[1, 2]``; ``[()]`` for the only element of a 0-d array."""
    return f"[{', '.join(map(str, index)) or '()'}]"


def number(value: Any) -> str:
    """Write a number with as many digits as tell 0.1 % apart."""
    if isinstance(value, complex) and value.imag:
        return f"{value.real:.6g}{value.imag:+.6g}j"
    return f"{np.real(value) + 0.0:.6g}"  # not -0


def percent(relative: float) -> str:
    """Write a relative error."""
    if not np.isfinite(relative):
        return "more than can be said"
    return f"{100 * relative:.3g} %"
