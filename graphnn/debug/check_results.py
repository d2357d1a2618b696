"""What the checks of single nodes have found, as numbers and as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from graphnn.testing.report import GradientReport, GradientRow, number, position

EXPLAINED = 4
"""Wrong gradients that a summary spells out."""


@dataclass(frozen=True, eq=False)
class NodeCheck:
    """What checking one node has found.

    Attributes
    ----------
    node : Operation
    report : GradientReport
        One row for each input that has a gradient; hooks that are not pure.
    """

    node: Any
    report: GradientReport

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.report.ok

    def __bool__(self) -> bool:
        return self.ok

    @property
    def rows(self) -> list[GradientRow]:
        """One for each input that has a gradient."""
        return self.report.rows

    @property
    def worst(self) -> GradientRow | None:
        """The row that is furthest beyond what is allowed; None where there is none."""
        return max(self.rows, key=excess_of, default=None)

    @property
    def argument(self) -> str:
        """Which gradient is worst: ``input 0 (x)``, ``param (w)``."""
        return self.worst.argument if self.worst else ""

    @property
    def index(self) -> tuple[int, ...] | None:
        """The worst element; None for all elements along a direction."""
        return self.worst.index if self.worst else None

    @property
    def analytic(self) -> Any:
        """What the hook says there."""
        return self.worst.analytic if self.worst else None

    @property
    def numeric(self) -> Any:
        """What was measured there."""
        return self.worst.numeric if self.worst else None

    @property
    def relative_error(self) -> float | None:
        """How far it is off, relative to its size."""
        return self.worst.relative_error if self.worst else None

    @property
    def says_something(self) -> bool:
        """Whether there was something to compare."""
        return any(row.verdict != "not finite" for row in self.rows)

    @property
    def kinks(self) -> int:
        """The number of elements that stand at a kink, and were not compared."""
        return sum(row.kinks for row in self.rows)

    @property
    def not_finite(self) -> int:
        """The number of elements that have no slope, at NaN or an infinity."""
        return sum(row.not_finite for row in self.rows)

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None, spell: Callable[[str], str] = str) -> str:
        """Write the table into a width; see :meth:`graphnn.GradientReport.text`."""
        return self.report.text(width, spell)

    def __repr__(self) -> str:
        place = ""
        if not self.ok and self.worst is not None and self.index is not None:
            place = (
                f": {self.argument} at {position(self.index)} is "
                f"{number(self.analytic)}, measured {number(self.numeric)}"
            )
        return f"<NodeCheck {self.node.name[:60]}, {self.report.headline()}{place}>"


class Checks(Sequence[NodeCheck]):
    """The checks of several nodes, the wrong ones first; printed, one table."""

    def __init__(self, checks: Sequence[NodeCheck]) -> None:
        self.checks = tuple(checks)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(self.checks)

    @property
    def wrong(self) -> list[NodeCheck]:
        """Those that have found something wrong."""
        return [check for check in self.checks if not check.ok]

    def __len__(self) -> int:
        return len(self.checks)

    @overload
    def __getitem__(self, index: int) -> NodeCheck: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[NodeCheck, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.checks[index]

    def __str__(self) -> str:
        return str(report_of(self.checks))

    def summary(
        self,
        width: int | None = None,
        most: int = 20,
        spell: Callable[[str], str] = str,
    ) -> str:
        """Write what is wrong, and count what is right.

        Parameters
        ----------
        width : int, optional
            Columns that the table is to fit into.
        most : int
            Wrong operations that are listed.
        spell : callable, optional
            How names in the table are written where not all letters can be.
        """
        wrong = self.wrong
        lines = []
        if wrong:
            lines.append(report_of(wrong[:most]).text(width, spell, EXPLAINED))
        if len(wrong) > most:
            lines.append(f"and {len(wrong) - most} more operations with wrong ones")
        right = sum(check.ok and check.says_something for check in self.checks)
        left = len(self) - len(wrong) - right
        parts = [counted(right, "operation") + " right"]
        if wrong:
            parts.insert(0, counted(len(wrong), "operation") + " wrong")
        if left:
            parts.append(f"{left} with nothing to compare")
        parts += report_of(self.checks).left_out()
        return "\n".join([*lines, ", ".join(parts)])

    def __repr__(self) -> str:
        names = ", ".join(check.node.name[:60] for check in self.wrong[:4])
        found = f"{len(self.wrong)} wrong: {names}" if names else "all right"
        return f"<Checks of {len(self)} operations, {found}>"


def report_of(checks: Iterable[NodeCheck]) -> GradientReport:
    """Put what several checks have found into one report."""
    together = GradientReport()
    for check in checks:
        together.rows += check.report.rows
        together.impurities += check.report.impurities
        together.remarks += check.report.remarks
    return together


def counted(count: int, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "operation"), counted(3, "operation")
    ('1 operation', '3 operations')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def excess_of(row: GradientRow) -> float:
    """Rank a row: one that was refused before all, else by how far it is off."""
    if row.comparison is None:
        return np.inf
    return -1.0 if row.worst is None else row.worst.excess
