"""Contributions as a table that fits a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphnn.debug.contribution import (
    WORDS,
    Contribution,
    number,
    total_of,
)
from graphnn.debug.transitions import index_text
from graphnn.graph.operation import ParamOperation
from graphnn.testing.columns import GAP, aligned, is_within, shortened

if TYPE_CHECKING:
    from graphnn.debug.contributions import Contributions

BAR = 10
"""The length of the bar of a share of 100 %."""

HEADER = {
    "rank": "",
    "consumer": "consumer",
    "argument": "argument",
    "element": "element",
    "local": "local",
    "output_grad": "output_grad",
    "value": "value",
    "share": "share",
    "bar": "",
}

NUMBERS = {"rank", "local", "output_grad", "value", "share"}
"""The columns flush right."""

BRIEF_WORDS = {
    "seed": "start of the pass",
    "rest": "earlier, by hand",
    "changed": "other now",
}
"""What comes from no consumer, where there is little room."""


class Plan(NamedTuple):
    """How much of a table is written.

    Attributes
    ----------
    name : int
        The most characters of a name.
    digits : int
        Of a number.
    without : tuple of str
        Columns that are left out.
    """

    name: int
    digits: int = 6
    without: tuple[str, ...] = ()


BAR_ONLY = ("bar",)
FACTORS = ("bar", "argument", "local", "output_grad")

FULL = Plan(32)

PLANS = (
    FULL,
    Plan(32, 6, BAR_ONLY),
    Plan(20, 6, BAR_ONLY),
    Plan(20, 4, BAR_ONLY),
    Plan(20, 4, ("bar", "argument")),
    Plan(20, 4, FACTORS),
    Plan(18, 3, FACTORS),
    Plan(10, 3, FACTORS),
)
"""From all there is to say to what fits a narrow terminal."""


def table(
    found: Contributions,
    top: int,
    width: int | None = None,
    spell: Callable[[str], str] = str,
) -> str:
    """Write the largest contributions, and what the others add up to.

    Parameters
    ----------
    found : Contributions
    top : int
        The most that are listed. Those that are 0 are not, but for a single one.
    width : int, optional
        Columns to fill; names are shortened and columns left out until it fits.
    spell : callable, optional
        How names are written where not all letters can be.
    """
    node = found.node
    name = spell(found.graph.name_of(node))
    gradient = unsigned_zero(found.gradient)
    what = f"{name}.grad{index_text(found.element)} = {gradient}"
    count = f"{len(found)} contribution{'s' if len(found) != 1 else ''}"
    lines = [f"{what}: {count}"]
    nonzero = int(np.count_nonzero(found.values))
    shown = found[: min(max(top, 0), max(nonzero, 1))]
    if shown:
        lines += rows_within(shown, width, spell)
    left = len(found) - len(shown)
    if left > 0:
        rest = total_of(found.values[len(shown) :])
        told = f"together {unsigned_zero(rest)}" if nonzero > len(shown) else "0"
        lines.append(f"... and {left} more, {told}")
    return "\n".join(lines + remarks(found))


def remarks(found: Contributions) -> list[str]:
    """Say what the shares are of, where that is not the gradient."""
    size = found.magnitude
    if len(found) < 2 or not math.isfinite(size) or abs(found.total) >= 0.999 * size:
        return []
    if abs(found.total) < size / 2:
        return [
            f"They cancel: their absolute values add up to {number(size)}, "
            "which the shares are of."
        ]
    return [f"The shares are of the sum of the absolute values, {number(size)}."]


def rows_within(
    shown: list[Contribution], width: int | None, spell: Callable[[str], str]
) -> list[str]:
    """Write the rows as fully as the width lets."""
    lines: list[str] = []
    for plan in PLANS if width is not None else (FULL,):
        lines = rows_of(shown, plan, spell)
        if is_within(lines, width):
            break
    return lines


def rows_of(
    shown: list[Contribution], plan: Plan, spell: Callable[[str], str]
) -> list[str]:
    """Write the rows as a plan says."""
    columns = [column for column in HEADER if column not in plan.without]
    cells = [HEADER, *[cells_of(rank, one, plan) for rank, one in enumerate(shown, 1)]]
    for row in cells[1:]:
        row["consumer"] = spell(shortened(spell(row["consumer"]), plan.name))
    flush_right = {place for place, name in enumerate(columns) if name in NUMBERS}
    lines = aligned([[row[c] for c in columns] for row in cells], flush_right)
    words = WORDS if "local" in columns else BRIEF_WORDS
    start = len(str(len(shown))) + len(GAP)
    for place, one in enumerate(shown, start=1):
        if one.consumer is None:  # its words reach over the columns that are empty
            text = words[one.kind]
            old = lines[place]
            if not old[start : start + len(text)].strip():
                lines[place] = old[:start] + text + old[start + len(text) :]
            else:
                row = cells[place]
                figures = GAP.join([row["value"], row["share"]])
                lines[place] = f"{old[:start]}{text}{GAP}{figures}"
    return lines


def cells_of(rank: int, one: Contribution, plan: Plan) -> dict[str, str]:
    """Write one line of the table."""
    cells = dict.fromkeys(HEADER, "")
    cells |= {
        "rank": str(rank),
        "value": unsigned_zero(one.value, plan.digits),
        "share": percent(one.share),
        "bar": bar(one.share),
    }
    if one.consumer is None:
        return cells
    cells |= {"consumer": one.name, "argument": argument(one)}
    if one.element is None:
        return cells | {"element": "several", "local": "–", "output_grad": "–"}
    return cells | {
        "element": index_text(one.element) or "–",
        "local": unsigned_zero(one.local, plan.digits),
        "output_grad": unsigned_zero(one.output_grad, plan.digits),
    }


def unsigned_zero(value: Any, digits: int = 6) -> str:
    """Write a number; 0 without a sign."""
    return number(value + 0.0, digits)


def argument(one: Contribution) -> str:
    """Say which argument of the consumer the value is."""
    operation: Any = one.consumer
    last = len(operation.input_ids) - 1 - len(operation.states)
    if isinstance(operation, ParamOperation) and one.position == last:
        return "param"
    return f"input {one.position}"


def percent(share: float) -> str:
    """Write a share with its sign.

    Examples
    --------
    >>> percent(0.25), percent(-1e-5), percent(0.0)
    ('+25.0 %', '-<0.1 %', '0 %')
    """
    if not math.isfinite(share):
        return "–"
    if share == 0:
        return "0 %"
    if abs(share) < 5e-4:
        return f"{'-' if share < 0 else '+'}<0.1 %"
    return f"{100 * share:+.1f} %"


def bar(share: float) -> str:
    """Draw a share; halves count."""
    if not math.isfinite(share):
        return ""
    halves = round(abs(share) * BAR * 2)
    return "█" * (halves // 2) + "▌" * (halves % 2)
