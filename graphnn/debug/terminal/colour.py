"""Colour where the terminal has it, and only there."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal

Role = Literal[
    "current", "done", "ahead", "bad", "faint", "heading", "positive", "negative"
]
"""What a piece of text means; how that looks is up to the palette."""

ATTRIBUTES: dict[int, dict[Role, str]] = {
    # Numbers of the 256-colour table that stand out about equally (4:1 and more) from a
    # white and from a black ground.
    256: {
        "current": "1;38;5;164",
        "done": "38;5;28",
        "ahead": "38;5;30",
        "bad": "1;38;5;160",
        "faint": "38;5;243",
        "heading": "1",
        "positive": "38;5;130",
        "negative": "38;5;31",
    },
    # Of the eight old colours only red and magenta can be read on every ground.
    8: {
        "current": "1;35",
        "done": "",
        "ahead": "2",
        "bad": "1;31",
        "faint": "2",
        "heading": "1",
        "positive": "31",
        "negative": "35",
    },
    0: {},
}
"""What a terminal is told (ECMA-48, "select graphic rendition"), by its colours."""

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
DRAWN_WITH = "░▒▓█·…×→"
"""What is printed beside ASCII."""


class Palette:
    r"""How text of each meaning looks.

    Parameters
    ----------
    colours : {0, 8, 256}
        How many the terminal has; 0 leaves text as it is.
    unicode : bool
        Whether shades, dots and arrows can be printed.

    Examples
    --------
    >>> Palette(8).bad("3 NaN")
    '\x1b[1;31m3 NaN\x1b[0m'
    >>> PLAIN.bad("3 NaN")
    '3 NaN'
    """

    def __init__(
        self, colours: Literal[0, 8, 256] = 0, *, unicode: bool = True
    ) -> None:
        self.colours = colours
        self.unicode = unicode

    def paint(self, role: Role, text: str) -> str:
        """Let text look like what it means."""
        attributes = ATTRIBUTES[self.colours].get(role)
        return f"\x1b[{attributes}m{text}\x1b[0m" if attributes and text else text

    def current(self, text: str) -> str:
        """Paint where the debugger stands."""
        return self.paint("current", text)

    def done(self, text: str) -> str:
        """Paint what has run."""
        return self.paint("done", text)

    def ahead(self, text: str) -> str:
        """Paint what is still to run."""
        return self.paint("ahead", text)

    def bad(self, text: str) -> str:
        """Paint what is wrong: NaN, an error."""
        return self.paint("bad", text)

    def faint(self, text: str) -> str:
        """Paint what is only in the background."""
        return self.paint("faint", text)

    def heading(self, text: str) -> str:
        """Paint a heading."""
        return self.paint("heading", text)


PLAIN = Palette()
"""No colour."""


def palette_for(stream: Any, environment: Mapping[str, str] | None = None) -> Palette:
    """Find out what a stream can show.

    Colour goes to terminals only. ``NO_COLOR`` (set to anything) turns it off;
    ``FORCE_COLOR`` (but for 0) turns it on for files and pipes as well, unless
    ``NO_COLOR`` is set;
    ``TERM=dumb`` is a terminal without it. On Windows a console is trusted with colour
    if it says who it is, as Windows Terminal and the one in VS Code do.

    Parameters
    ----------
    stream : text stream
        Such as ``sys.stdout``.
    environment : mapping of str to str, optional
        Default: that of the process.

    Returns
    -------
    Palette
    """
    env: Mapping[str, str] = os.environ if environment is None else environment
    unicode = can_encode(stream, DRAWN_WITH)
    if not is_coloured(stream, env):
        return Palette(0, unicode=unicode)
    many = "256color" in env.get("TERM", "") or any(map(env.get, NEW_TERMINALS))
    return Palette(256 if many else 8, unicode=unicode)


NEW_TERMINALS = ("COLORTERM", "TERM_PROGRAM", "WT_SESSION", "KITTY_WINDOW_ID")
"""Variables that only terminals with 256 colours set."""


def is_coloured(stream: Any, env: Mapping[str, str]) -> bool:
    """Tell whether a stream is to get colours."""
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR"):
        return env["FORCE_COLOR"] != "0"
    if env.get("TERM") == "dumb" or not is_terminal(stream):
        return False
    trusted = ("WT_SESSION", "TERM_PROGRAM", "ANSICON", "ConEmuANSI", "TERM")
    return sys.platform != "win32" or any(map(env.get, trusted))


def is_terminal(stream: Any) -> bool:
    """Tell a terminal from a file, a pipe, and what has been closed."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError, OSError):
        return False


def can_encode(stream: Any, text: str) -> bool:
    """Tell whether a stream can show a text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def plain(text: str) -> str:
    """Take the colours out of a text: what is left is as long as it looks.

    Examples
    --------
    >>> plain(Palette(8).current("relu_2"))
    'relu_2'
    """
    return ESCAPE.sub("", text)


def printable(text: str, most: int = 200) -> str:
    r"""Make a text of the user's fit for a line of a terminal.

    What would move the cursor or change the colours is written out, and what is too
    long is cut.

    Examples
    --------
    >>> printable("w" + chr(27) + "[2J")
    'w\\x1b[2J'
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)
