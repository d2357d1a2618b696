"""A report's rows as a table that fits a terminal: one line for each gradient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphnn.testing.report import GradientRow

HEADER = ["node", "gradient of", "compared", "error", "2nd order", "", "line"]

VERDICTS = ["refused", "wrong", "ok", "kinks", "empty"]
"""Of several, the first says it."""


def table(rows: Sequence[GradientRow]) -> str:
    """Align the gradients under a header.

    Uses with other shapes, and the second order, share a line, which tells the largest
    relative error. That the gradient's own gradient by ``output_grad`` is right goes
    without saying.
    """
    gradients: dict[tuple[str, str, bool], list[GradientRow]] = {}
    for row in rows:
        key = (row.node, row.argument, row.whole)
        gradients.setdefault(key, []).append(row)
    shown = [
        alike
        for alike in gradients.values()
        if alike[0].argument != "output_grad" or not all(row.ok for row in alike)
    ]
    lines = [HEADER, *[cells(alike) for alike in shown]]
    if all(row.order == 1 for row in rows):
        place = HEADER.index("2nd order")
        lines = [line[:place] + line[place + 1 :] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def cells(alike: Sequence[GradientRow]) -> list[str]:
    """Write one line of the table."""
    row = alike[0]
    first = [row for row in alike if row.order == 1]
    second = [row for row in alike if row.order == 2]
    compared = sum(row.compared for row in first or second)
    kinks = sum(row.kinks for row in first or second)
    verdicts = {row.verdict for row in alike}
    return [
        f"{row.node} (whole)" if row.whole else row.node,
        row.argument,
        f"{compared} + {kinks} kink{'s' if kinks != 1 else ''}"
        if kinks
        else str(compared),
        largest(first),
        largest(second),
        next(verdict for verdict in VERDICTS if verdict in verdicts),
        row.source or "–",
    ]


def largest(rows: Iterable[GradientRow]) -> str:
    """Write the largest relative error."""
    errors = [row.relative_error for row in rows if row.relative_error is not None]
    return f"{max(errors):.1e}" if errors else "–"
