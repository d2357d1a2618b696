"""Colours as numbers: how light they are, how they contrast, and scales of them.

The scales go from yellow over green to blue, on which the colour-blind see as many
steps as others do. They get darker (or lighter) all the way, so they are read in grey.
"""

from __future__ import annotations

from collections.abc import Sequence

BLACK, WHITE = "#000000", "#ffffff"

READABLE = 4.5
"""The contrast of a text with its ground: WCAG 2.1, 1.4.3, level AA."""

VISIBLE = 3.0
"""The contrast of an outline or an arrow: WCAG 2.1, 1.4.11."""


def channels(colour: str) -> tuple[float, float, float]:
    """Give red, green and blue, from 0 to 1.

    Examples
    --------
    >>> channels("#ff0033")
    (1.0, 0.0, 0.2)
    """
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    """Compute how light a colour is: 0 for black, 1 for white.

    The relative luminance of WCAG 2.1, of a colour in sRGB.

    Examples
    --------
    >>> luminance("#000000"), round(luminance("#808080"), 3)
    (0.0, 0.216)
    """
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Compute the contrast of two colours: 1 if they are equal, 21 at most.

    Examples
    --------
    >>> round(contrast("#ffffff", "#000000"), 6), contrast("#123456", "#123456")
    (21.0, 1.0)
    """
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: str, preferred: str) -> str:
    """Choose the colour of a text: the preferred one, where it is readable.

    Examples
    --------
    >>> ink_on("#fdf9d2", "#1b2733"), ink_on("#152569", "#1b2733")
    ('#1b2733', '#ffffff')
    """
    if contrast(preferred, ground) >= READABLE:
        return preferred
    return max(BLACK, WHITE, key=lambda ink: contrast(ink, ground))


def shade(anchors: Sequence[str], place: float) -> str:
    """Give the colour at a place of a scale.

    Parameters
    ----------
    anchors : sequence of str
        The colours at even distances, two or more.
    place : float
        From 0, the first of them, to 1, the last.

    Returns
    -------
    str

    Examples
    --------
    >>> shade(["#000000", "#ffffff"], 0.5), shade(["#000000", "#ffffff"], 1.0)
    ('#808080', '#ffffff')
    """
    place = min(max(place, 0.0), 1.0) * (len(anchors) - 1)
    below = min(int(place), len(anchors) - 2)
    share = place - below
    pairs = zip(channels(anchors[below]), channels(anchors[below + 1]), strict=True)
    mixed = [round(255 * (low + (high - low) * share)) for low, high in pairs]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def shades(anchors: Sequence[str], count: int) -> tuple[str, ...]:
    """Give evenly spaced colours of a scale, from its first to its last.

    Examples
    --------
    >>> shades(["#000000", "#ffffff"], 3)
    ('#000000', '#808080', '#ffffff')
    """
    return tuple([shade(anchors, i / max(1, count - 1)) for i in range(count)])
