"""How wide a text is, without a font at hand: a table of the letters of Helvetica.

Arial, Liberation Sans and Nimbus Sans are made to the same widths. What is not in the
table is estimated, rather too wide than too narrow.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

TITLE, LABEL, FRAME_TITLE, SMALL = 12.0, 10.0, 11.0, 9.0
"""Sizes of letters in points: of a box's title, an arrow's label, a frame's title, and
of the small lines under a title."""

LEADING = 1.2
"""From one line to the next, in sizes of the letters."""

ASCENT = 0.76
"""From the top of a line to the foot of its letters, in sizes of the letters."""

# From U+0020 to U+007E, in thousandths of the size of the letters.
_REGULAR = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 "
    "556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 "
    "1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 "
    "667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 "
    "333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 "
    "556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 "
    "556 556 556 556 556 556 556 556 556 556 333 333 584 584 584 611 "
    "975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 "
    "667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 "
    "333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 "
    "611 611 389 556 333 611 556 778 556 556 500 389 280 389 584"
)
# Signs that pictures of networks are full of.
_SIGNS = {
    "\u00a0": 278,
    "·": 333,
    "×": 584,
    "…": 1000,
    "–": 556,
    "—": 1000,
    "−": 584,
    "→": 1000,
    "←": 1000,
    "‖": 500,
    "∇": 713,
    "✓": 840,
    "✗": 840,
    "►": 770,
    "●": 770,
    "✎": 840,
    "�": 1030,
}
_WIDE, _EMOJI, _CAPITAL, _OTHER = 1000, 1200, 780, 680

_WIDTHS = {
    False: {chr(32 + i): int(width) for i, width in enumerate(_REGULAR.split())},
    True: {chr(32 + i): int(width) for i, width in enumerate(_BOLD.split())},
}


@lru_cache(maxsize=16384)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Give the width of a line in points.

    Parameters
    ----------
    text : str
    size : float
        Of the letters, in points.
    bold : bool, default False

    Returns
    -------
    float

    Examples
    --------
    >>> text_width("weight", 12.0, bold=True), text_width("", 9.0)
    (38.004, 0.0)
    """
    table = _WIDTHS[bold]
    total = 0
    for character in text:
        width = table.get(character)
        total += _estimate(character, table) if width is None else width
    return round(total * size / 1000.0, 3)


def _estimate(character: str, table: dict[str, int]) -> int:
    """Judge a character that is not in the table by what kind of character it is."""
    if character in _SIGNS:
        return _SIGNS[character]
    if (
        unicodedata.combining(character)
        or character in "\u200b\u200c\u200d\ufe0e\ufe0f"
    ):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return _EMOJI if unicodedata.category(character) == "So" else _WIDE
    base = unicodedata.normalize("NFD", character)[0]
    if base in table:
        return table[base]  # a letter with an accent
    if ord(character) >= 0x1F000:
        return _EMOJI
    category = unicodedata.category(character)
    return _CAPITAL if category in ("Lu", "So", "Sm") else _OTHER
