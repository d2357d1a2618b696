"""How each kind of box looks: told apart by shape (on grey paper too) and by colour.

Every text is readable on its ground, a contrast of at least 4.5 (WCAG 2.1, level AA),
and every outline and arrow is seen on what it stands on: at least 3.
"""

from __future__ import annotations

from graphnn.draw.themes.dark import DARK
from graphnn.draw.themes.light import LIGHT
from graphnn.draw.themes.looks import FrameLook, Paint, Theme
from graphnn.errors import ArgumentError, did_you_mean

__all__ = [
    "DARK",
    "FONT",
    "LIGHT",
    "STRAIGHTNESS",
    "THEMES",
    "FrameLook",
    "Paint",
    "Theme",
    "theme_called",
]

FONT = "Helvetica,Arial,sans-serif"

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def theme_called(name: str) -> Theme:
    """Find a theme.

    Raises
    ------
    ArgumentError
        If there is none of that name.

    Examples
    --------
    >>> theme_called("dark").paper
    '#11161c'
    """
    if not isinstance(name, str) or name not in THEMES:
        raise ArgumentError(
            f"cannot draw in the theme {name!r}", did_you_mean(str(name), THEMES)
        )
    return THEMES[name]


STRAIGHTNESS = {"parameter": 1, "state": 1, "constant": 1, "input": 4}
"""How straight the arrows out of a kind of node run (8 for others): what flows through
the layers runs straight, and parameters stand beside it."""
