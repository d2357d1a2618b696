"""Tables that fit a width: names are cut in front, then columns are left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

GAP = "  "


def shortened(name: str, room: int) -> str:
    """Cut a name in front, at a slash where there is one: its end tells more.

    Parameters
    ----------
    name : str
    room : int
        The most characters of the result.

    Examples
    --------
    >>> shortened("encoder/dense_1/weight_multiply", 20)
    '…/weight_multiply'
    >>> shortened("encoder/dense_1/weight_multiply", 10)
    '…_multiply'
    >>> shortened("dense_1/sigmoid", 20)
    'dense_1/sigmoid'
    """
    if len(name) <= room:
        return name
    end = name[len(name) - max(room, 2) + 1 :]
    slash = end.find("/")
    return f"…{end[slash:] if 0 <= slash < len(end) - 1 else end}"


def aligned(
    rows: Sequence[Sequence[str]], flush_right: Collection[int] = ()
) -> list[str]:
    r"""Put columns under each other, flush left but for those that are named.

    Examples
    --------
    >>> print(*aligned([["node", "error"], ["add", "12"]], {1}), sep="|\n")
    node  error|
    add      12
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(
            cell.rjust(width) if place in flush_right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def is_within(lines: Sequence[str], width: int | None) -> bool:
    """Tell whether all lines fit."""
    return width is None or all(len(line) <= width for line in lines)
