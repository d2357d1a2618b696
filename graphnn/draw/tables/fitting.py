"""Text made to fit the width of a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from graphnn.draw.labels import table, width_of
from graphnn.errors import ArgumentError

NARROWEST = 20
"""Columns below which nothing is made to fit."""

USUAL = 80
"""Columns where there is no terminal: in a file, a pipe, a notebook."""

GAP = 2
"""Spaces between two columns of a table."""


def columns(width: Any = None) -> int:
    """Give the width that a text has to fit.

    Parameters
    ----------
    width : int, optional
        Columns. By default those of the terminal (or of the environment's ``COLUMNS``),
        and 80 where there is no terminal.

    Raises
    ------
    ArgumentError
        For what is no number, or fewer than 20.

    Examples
    --------
    >>> columns(100)
    100
    """
    if width is None:
        return max(shutil.get_terminal_size((USUAL, 24)).columns, NARROWEST)
    if isinstance(width, bool) or not isinstance(width, int) or width < NARROWEST:
        raise ArgumentError(
            f"cannot write a text with width={width!r}",
            f"It is a number of columns, {NARROWEST} or more; None is the terminal's.",
        )
    return width


def cut_front(text: str, room: int) -> str:
    """Cut a name at its front: its end tells more.

    Examples
    --------
    >>> cut_front("block_1/attention/query", 12)
    '…ntion/query'
    """
    if len(text) <= room and width_of(text) <= room:
        return text
    kept = text[max(len(text) - room + 1, 0) :]
    while kept and width_of(kept) > room - 1:
        kept = kept[1:]
    return f"…{kept}"


def cut_end(text: str, room: int) -> str:
    """Cut a text at its end.

    Examples
    --------
    >>> cut_end("(32, 8), (32, 8)", 10)
    '(32, 8), …'
    """
    if len(text) <= room and width_of(text) <= room:
        return text
    kept = text[: room - 1]
    while kept and width_of(kept) > room - 1:
        kept = kept[:-1]
    return f"{kept}…"


def wrapped_in(text: str, width: int) -> str:
    """Break a sentence into lines of a width; fixed spaces become usual ones.

    Examples
    --------
    >>> print(wrapped_in("3 operations, 12 parameters", 20))
    3 operations, 12
    parameters
    """
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(longer) <= width:
            lines[-1] = longer
        else:
            lines += [cut_end(word, width)] if lines[-1] else []
            lines[-1] = lines[-1] or cut_end(word, width)
    return "\n".join(line.replace("\xa0", " ") for line in lines)


def fitted_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: set[str],
    width: int,
    *,
    least: int,
    dropped: Sequence[str],
) -> str:
    """Align rows under a header within a width; the first column gives way.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
    right : set of str
        Columns that stand to the right.
    width : int
    least : int
        Columns of the terminal that the names are left with, if they need as many,
        before another column has to go.
    dropped : sequence of str
        Which column goes first, which next.

    Examples
    --------
    >>> rows = [["block_1/attention", "(2, 3)", "model.py:1"]]
    >>> print(fitted_table(["name", "output", "source"], rows, set(), 24, least=12,
    ...                    dropped=["source"]))
    name              output
    ----------------  ------
    …ock_1/attention  (2, 3)
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(map(width_of, column)) for column in zip(*lines, strict=True)]
    kept = list(range(len(header)))

    def room() -> int:
        return width - sum(widths[place] + GAP for place in kept[1:])

    for name in dropped:
        if room() >= min(widths[0], least):
            break
        if name in header:
            kept.remove(header.index(name))
    names = room()
    for line in lines:
        line[0] = cut_front(line[0], names)
    picked = [[line[place] for place in kept] for line in lines]
    numbers = {place for place, which in enumerate(kept) if header[which] in right}
    return table(picked[0], picked[1:], numbers)


def padded(text: str, width: int, to_right: bool = False) -> str:
    """Fill a cell up with spaces.

    Examples
    --------
    >>> padded("12", 4, to_right=True)
    '  12'
    """
    spaces = " " * (width - width_of(text))
    return spaces + text if to_right else text + spaces
