"""Text for Graphviz's HTML-like labels: inert, and nothing that it would expand."""

from __future__ import annotations

import html
from collections.abc import Sequence

from graphnn.draw.labels import clean, shorten
from graphnn.draw.scene import Swatch

SMALL = "9"
"""Points of the small lines of a label."""

LEGEND_COLUMNS = 3

LONGEST_TIP = 800
"""Characters of a tooltip. Graphviz refuses a quoted string of 16 kB, and a backslash
takes up 20 of them."""


def markup(text: str) -> str:
    r"""Escape for an HTML-like label.

    Graphviz expands ``\N``, ``\G`` and the like there, unless the backslash is doubled;
    as an entity it cannot escape the quotation mark after it either.

    Examples
    --------
    >>> markup("<b> \\N")
    '&lt;b&gt; &#92;&#92;N'
    """
    return html.escape(clean(text)).replace("\\", "&#92;" * 2)


def bold(text: str) -> str:
    """Set a name in bold; Graphviz refuses an empty ``<b></b>``.

    Examples
    --------
    >>> bold("sigmoid"), bold("")
    ('<b>sigmoid</b>', '<b>&#160;</b>')
    """
    return f"<b>{markup(shorten(clean(text))) or '&#160;'}</b>"


def small_print(text: str, ink: str) -> str:
    """Set a line in small letters.

    Examples
    --------
    >>> small_print("Sigmoid", "#505b68")
    '<font point-size="9" color="#505b68">Sigmoid</font>'
    """
    # Graphviz refuses an empty <font></font>.
    words = markup(text) or "&#160;"
    return f'<font point-size="{SMALL}" color="{ink}">{words}</font>'


def stacked(*lines: str) -> str:
    """Set markup line under line; a table keeps the lines from touching.

    Examples
    --------
    >>> stacked("a", "b").count("<tr>")
    2
    """
    rows = "".join(f"<tr><td>{line}</td></tr>" for line in lines)
    plain = 'border="0" cellborder="0" cellspacing="1" cellpadding="0"'
    return f"<table {plain}>{rows}</table>"


def tooltip(text: str) -> str:
    """Escape for a tooltip: no markup, but entities, and backslashes expanded twice.

    A text from ``<`` to ``>`` would be taken for markup unless these are entities.

    Examples
    --------
    >>> tooltip("<b>")
    '&lt;b&gt;'
    """
    short = shorten(clean(text), LONGEST_TIP)
    return html.escape(short).replace("\\", "&#92;" * 4)


PLAIN_TABLE = 'border="0" cellborder="0" cellpadding="2"'


def legend(rows: Sequence[Sequence[Swatch]], ink: str) -> str:
    """Write, as a table, what marks and colours mean.

    Parameters
    ----------
    rows : sequence of sequences of Swatch
    ink : str
        Of what each means.
    """
    air = '<td height="4"></td>'
    written = ["".join([_entry(swatch, ink) for swatch in row]) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in [air, *written, air])
    return _apart(f'<table {PLAIN_TABLE} cellspacing="3">{body}</table>')


def _apart(table: str) -> str:
    """Put empty columns beside a table.

    Under a wider line Graphviz pulls all columns apart: let it be empty ones, mostly.
    """
    sides = "<td></td>" * 4
    return (
        f'<table {PLAIN_TABLE} cellspacing="0">'
        f"<tr>{sides}<td>{table}</td>{sides}</tr></table>"
    )


def in_rows(swatches: Sequence[Swatch]) -> list[Sequence[Swatch]]:
    """Put the entries of a legend in rows of about equal length.

    Examples
    --------
    >>> four = [Swatch(str(i), "#ffffff", "#000000") for i in range(4)]
    >>> [len(row) for row in in_rows(four)]
    [2, 2]
    """
    count = max(1, -(-len(swatches) // LEGEND_COLUMNS))
    columns = max(1, -(-len(swatches) // count))
    return [
        swatches[start : start + columns] for start in range(0, len(swatches), columns)
    ]


def _entry(swatch: Swatch, ink: str) -> str:
    """Write a small box that looks so, and beside it what it means."""
    frame = f'bgcolor="{swatch.fill}" color="{swatch.line}"'
    frame += f' border="{2 if swatch.wide else 1}"'
    frame += ' width="26" height="20" fixedsize="true"'
    if swatch.dashed:
        frame += ' style="dashed"'
    sign = small_print(swatch.sign.text, swatch.sign.ink or swatch.ink or ink)
    return (
        f"<td {frame}>{sign}</td>"
        f'<td align="left">{small_print(f"{swatch.meaning}  ", ink)}</td>'
    )


def ramp_bar(colours: Sequence[str], labels: Sequence[str], ink: str) -> str:
    """Write a bar of colours, with labels under it that are spread evenly.

    Parameters
    ----------
    colours : sequence of str
    labels : sequence of str
        The first at the left end, the last at the right end.
    ink : str
    """
    cells = "".join(
        f'<td bgcolor="{colour}" width="16" height="12" fixedsize="true"></td>'
        for colour in colours
    )
    # Each label spans its share of the cells, so it stands under its place.
    shares = [
        len(colours) * (i + 1) // len(labels) - len(colours) * i // len(labels)
        for i in range(len(labels))
    ]
    aligns = ["left", *["center"] * (len(labels) - 2), "right"]
    words = "".join(
        f'<td colspan="{share}" align="{align}">{small_print(label, ink)}</td>'
        for share, align, label in zip(shares, aligns, labels, strict=False)
        if share
    )
    return _apart(
        f'<table {PLAIN_TABLE} cellspacing="0"><tr>{cells}</tr><tr>{words}</tr></table>'
    )
