"""A report's rows as a table that fits a terminal: one line for each gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from graphnn.testing.columns import aligned, is_within, shortened

if TYPE_CHECKING:
    from graphnn.testing.report import GradientRow

HEADER = ["node", "gradient of", "compared", "error", "2nd order", "", "line"]

VERDICTS = ["refused", "wrong", "ok", "kinks", "not finite", "empty"]
"""Of several, the first says it."""


class Plan(NamedTuple):
    """How much of a table is written.

    Attributes
    ----------
    name : int
        The most characters of a name.
    names_inputs : bool
        Whether an input is called by its name, too, and not by its number alone.
    without : tuple of str
        Columns that are left out.
    """

    name: int
    names_inputs: bool = True
    without: tuple[str, ...] = ()


FULL = Plan(10_000)

PLANS = (
    FULL,
    Plan(24),
    Plan(18),
    Plan(10_000, False),
    Plan(24, False),
    Plan(24, False, ("line",)),
    Plan(24, False, ("line", "compared")),
    Plan(18, False, ("line", "compared")),
    Plan(10, False, ("line", "compared")),
)
"""From all there is to say to what fits a narrow terminal."""


def table(
    rows: Sequence[GradientRow],
    width: int | None = None,
    spell: Callable[[str], str] = str,
) -> str:
    """Align the gradients under a header.

    Uses with other shapes, and the second order, share a line, which tells the largest
    relative error. That the gradient's own gradient by ``output_grad`` is right goes
    without saying.

    Parameters
    ----------
    rows : sequence of GradientRow
    width : int, optional
        Columns to fill; names are shortened and columns left out until it fits.
    spell : callable, optional
        How names are written where not all letters can be.
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
    without = ("2nd order",) if all(row.order == 1 for row in rows) else ()
    for plan in PLANS if width is not None else (FULL,):
        left_out = {*plan.without, *without}
        places = [i for i, name in enumerate(HEADER) if name not in left_out]
        cells = [HEADER, *[cells_of(alike, plan, spell) for alike in shown]]
        chosen = [[row[place] for place in places] for row in cells]
        lines = ruled(aligned(chosen), chosen)
        if is_within(lines, width):
            break
    return "\n".join(lines)


def ruled(lines: list[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Draw a rule under the header, broken between the columns."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = "  ".join("-" * width for width in widths)
    return [lines[0], rule, *lines[1:]]


def cells_of(
    alike: Sequence[GradientRow], plan: Plan, spell: Callable[[str], str]
) -> list[str]:
    """Write one line of the table."""
    row = alike[0]
    first = [row for row in alike if row.order == 1]
    second = [row for row in alike if row.order == 2]
    verdicts = {row.verdict for row in alike}
    name = spell(shortened(spell(row.node), plan.name))
    return [
        f"{name} (whole)" if row.whole else name,
        spell(argument(spell(row.argument), plan)),
        counts(first or second),
        largest(first),
        largest(second),
        next(verdict for verdict in VERDICTS if verdict in verdicts),
        spell(row.source) or "–",
    ]


def counts(rows: Sequence[GradientRow]) -> str:
    """Write how many elements were compared, and how many were not, and why."""
    compared, kinks, not_finite = [
        sum(counted)
        for counted in zip(
            *[(row.compared, row.kinks, row.not_finite) for row in rows], strict=True
        )
    ]
    parts = [str(compared)]
    if kinks:
        parts.append(f"{kinks} kink{'s' if kinks != 1 else ''}")
    if not_finite:
        parts.append(f"{not_finite} not finite")
    return " + ".join(parts)


def argument(text: str, plan: Plan) -> str:
    """Write what a gradient is of: ``input 0 (dense_1/sigmoid)``.

    Examples
    --------
    >>> argument("input 0 (dense_1/weight_multiply)", Plan(18))
    'input 0 (…/weight_multiply)'
    >>> argument("input 0 (dense_1/weight_multiply)", Plan(18, False))
    'input 0'
    """
    front, bracket, name = text.partition(" (")
    if not bracket:
        return text
    if not plan.names_inputs:
        return front
    return f"{front} ({shortened(name.removesuffix(')'), plan.name)})"


def largest(rows: Iterable[GradientRow]) -> str:
    """Write the largest relative error."""
    errors = [row.relative_error for row in rows if row.relative_error is not None]
    return f"{max(errors):.1e}" if errors else "–"
