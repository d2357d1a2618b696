"""Contributions as a table that fits a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from graphnn.debug.contribution import (
    WORDS,
    Contribution,
    index_text,
    number,
    total_of,
)
from graphnn.graph.operation import ParamOperation

if TYPE_CHECKING:
    from graphnn.debug.contributions import Contributions

BAR = 10
"""The length of the bar of a share of 100 %."""

LONGEST = 32
"""The most characters of a name; of longer ones, the end is shown."""

HEADER = ["", "consumer", "argument", "element", "local", "output_grad", "value"]
HEADER += ["share", ""]

LEFT = (1, 2, 3, 8)
"""The columns of words, flush left."""


def table(found: Contributions, top: int) -> str:
    """Write the largest contributions, and what the others add up to."""
    node = found.node
    name = found.graph.name_of(node)
    what = f"{name}.grad{index_text(found.element)} = {number(found.gradient)}"
    count = f"{len(found)} contribution{'s' if len(found) != 1 else ''}"
    lines = [f"{what}: {count}"]
    shown = found[: max(top, 0)]
    if shown:
        rows = [cells(rank, one) for rank, one in enumerate(shown, start=1)]
        lines += aligned([HEADER, *rows])
    left = len(found) - len(shown)
    if left > 0:
        rest = total_of(found.values[len(shown) :])
        lines.append(f"... and {left} more, together {number(rest)}")
    if cancels(found):
        lines.append(
            f"They cancel: their absolute values add up to {number(found.magnitude)}, "
            "which the shares are of."
        )
    return "\n".join(lines)


def cancels(found: Contributions) -> bool:
    """Tell whether the sum of the absolute values is more than the sum's."""
    return (
        len(found) > 1
        and math.isfinite(found.magnitude)
        and abs(found.total) < 0.999 * found.magnitude
    )


def cells(rank: int, one: Contribution) -> list[str]:
    """Write one line of the table."""
    share = [percent(one.share), bar(one.share)]
    if one.consumer is None:
        words = ["", "", "", "", number(one.value), *share]
        return [str(rank), WORDS[one.kind], *words]
    if one.element is None:
        place, local, incoming = "several", "–", "–"
    else:
        place = index_text(one.element) or "–"
        local, incoming = number(one.local), number(one.output_grad)
    name = one.name
    name = name if len(name) <= LONGEST else "…" + name[1 - LONGEST :]
    words = [name, argument(one), place, local, incoming]
    return [str(rank), *words, number(one.value), *share]


def argument(one: Contribution) -> str:
    """Say which argument of the consumer the value is."""
    operation: Any = one.consumer
    last = len(operation.input_ids) - 1 - len(operation.states)
    if isinstance(operation, ParamOperation) and one.position == last:
        return "param"
    return f"input {one.position}"


def percent(share: float) -> str:
    """Write a share with its sign."""
    if not math.isfinite(share):
        return "–"
    return f"{100 * share:+.1f} %"


def bar(share: float) -> str:
    """Draw a share; halves count."""
    if not math.isfinite(share):
        return ""
    halves = round(abs(share) * BAR * 2)
    return "█" * (halves // 2) + "▌" * (halves % 2)


def aligned(rows: list[list[str]]) -> list[str]:
    """Put the columns under each other: words flush left, numbers flush right."""
    long = {WORDS[kind] for kind in WORDS}
    widths = [
        max(len(row[column]) for row in rows if row[column] not in long)
        for column in range(len(rows[0]))
    ]
    lines = []
    for row in rows:
        if row[1] in long:  # they reach over the columns that are empty
            space = sum(widths[1:6]) + 2 * 4
            row = [row[0], row[1].ljust(space), *row[6:]]
            places = [0, 1, 6, 7, 8]
        else:
            places = list(range(len(row)))
        parts = [
            cell.ljust(widths[column]) if column in LEFT else cell.rjust(widths[column])
            for cell, column in zip(row, places, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines
