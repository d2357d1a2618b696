"""The outlines of boxes: where an arrow may touch them, and how they are drawn."""

from __future__ import annotations

from math import sqrt

from graphnn.draw.layered.sizes import DEPTH, EAR, LID, PERIPHERY, SLANT
from graphnn.draw.scene import Look

ROUND = 6.0
"""Radius of a rounded corner."""


def reach_of(look: Look, width: float, height: float, side: str) -> float:
    """Give how far off the middle of a side arrows may touch a box.

    Parameters
    ----------
    look : Look
    width, height : float
    side : {"top", "bottom", "left", "right"}

    Returns
    -------
    float
    """
    upright = side in ("left", "right")
    half = (height if upright else width) / 2
    if look.shape == "ellipse":
        return 0.6 * half
    if look.shape == "hexagon":
        return 0.4 * half if upright else half - SLANT * height - 2.0
    if look.shape == "cylinder":
        return half - 2 * LID - 2.0 if upright else 0.8 * half
    if look.shape == "note":
        return half - EAR - 2.0
    if look.shape == "box3d":
        return half - 2 * DEPTH
    return half - 4.0


def inset_of(
    look: Look, width: float, height: float, side: str, offset: float
) -> float:
    """Give how far the outline lies inside its rectangle, off the middle of a side."""
    upright = side in ("left", "right")
    half, deep = (height, width) if upright else (width, height)
    half, deep = half / 2, deep / 2
    if look.shape == "ellipse":
        return _round_inset(offset, half, deep)
    if look.shape == "hexagon" and upright:
        return SLANT * height * abs(offset) / half
    if look.shape == "cylinder" and not upright:
        return _round_inset(offset, half, LID)
    return 0.0


def text_middle(look: Look, x: float, y: float) -> tuple[float, float]:
    """Give the middle of the text in a box around a middle."""
    if look.shape == "cylinder":
        return x, y + LID
    if look.shape == "note":
        return x - EAR / 2, y
    if look.shape == "box3d":
        return x - DEPTH / 2, y + DEPTH / 2
    return x, y


def _round_inset(offset: float, half: float, deep: float) -> float:
    part = min(1.0, abs(offset) / half)
    return deep * (1.0 - sqrt(1.0 - part * part))


def drawn(look: Look, x: float, y: float, width: float, height: float) -> str:
    """Draw a box's outline around a middle, as SVG.

    Examples
    --------
    >>> svg = drawn(Look("ellipse", "#fff2cf", "#94660a"), 10.0, 10.0, 8.0, 4.0)
    >>> svg[: svg.index(" fill")]
    '<ellipse cx="10" cy="10" rx="4" ry="2"'
    """
    parts = []
    for ring in range(look.peripheries):
        less = 2 * PERIPHERY * ring
        ground = look.fill if ring == 0 else "none"
        paint = (
            f'fill="{ground}" stroke="{look.line}" stroke-width="{number(look.width)}"'
        )
        if look.dashed:
            paint += ' stroke-dasharray="4 2.5"'
        parts.append(_ring(look, x, y, width - less, height - less, paint))
    return "".join(parts)


def _ring(
    look: Look, x: float, y: float, width: float, height: float, paint: str
) -> str:
    left, top = x - width / 2, y - height / 2
    right, foot = x + width / 2, y + height / 2
    if look.shape == "ellipse":
        return (
            f'<ellipse cx="{number(x)}" cy="{number(y)}" rx="{number(width / 2)}" '
            f'ry="{number(height / 2)}" {paint}/>'
        )
    if look.shape == "hexagon":
        tip = SLANT * height
        return polygon(
            [
                (left, y),
                (left + tip, top),
                (right - tip, top),
                (right, y),
                (right - tip, foot),
                (left + tip, foot),
            ],
            paint,
        )
    if look.shape == "cylinder":
        return _cylinder(left, top, right, foot, paint)
    if look.shape == "note":
        body = [
            (left, top),
            (right - EAR, top),
            (right, top + EAR),
            (right, foot),
            (left, foot),
        ]
        fold = right - EAR, top + EAR
        ear = f"M{at(right - EAR, top)}L{at(*fold)}L{at(right, top + EAR)}"
        return polygon(body, paint) + f'<path d="{ear}" {paint}/>'
    if look.shape == "box3d":
        return _box3d(left, top, right, foot, paint)
    corner = f' rx="{number(ROUND)}"' if look.rounded else ""
    return rectangle(left, top, width, height, f"{paint}{corner}")


def _cylinder(left: float, top: float, right: float, foot: float, paint: str) -> str:
    half = (right - left) / 2
    arc = f"A{number(half)} {number(LID)} 0 0"
    side = top + LID
    body = (
        f"M{at(left, side)}{arc} 1 {at(right, side)}L{at(right, foot - LID)}"
        f"{arc} 1 {at(left, foot - LID)}Z"
    )
    lid = f"M{at(left, side)}{arc} 0 {at(right, side)}"
    return f'<path d="{body}" {paint}/><path d="{lid}" {paint}/>'


def _box3d(left: float, top: float, right: float, foot: float, paint: str) -> str:
    front_top, front_right = top + DEPTH, right - DEPTH
    body = [
        (left, front_top),
        (left + DEPTH, top),
        (right, top),
        (right, foot - DEPTH),
        (front_right, foot),
        (left, foot),
    ]
    edges = (
        f"M{at(left, front_top)}L{at(front_right, front_top)}L{at(front_right, foot)}"
        f"M{at(front_right, front_top)}L{at(right, top)}"
    )
    return polygon(body, paint) + f'<path d="{edges}" {paint}/>'


def rectangle(left: float, top: float, width: float, height: float, more: str) -> str:
    """Draw a rectangle, as SVG."""
    return (
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(width)}" '
        f'height="{number(height)}" {more}/>'
    )


def polygon(corners: list[tuple[float, float]], more: str) -> str:
    """Draw a polygon, as SVG."""
    points = " ".join([f"{number(x)},{number(y)}" for x, y in corners])
    return f'<polygon points="{points}" {more}/>'


def at(x: float, y: float) -> str:
    """Write a point."""
    return f"{number(x)} {number(y)}"


def number(value: float) -> str:
    """Write a number with up to two decimals.

    Examples
    --------
    >>> number(12.0), number(0.125), number(-0.001)
    ('12', '0.12', '0')
    """
    rounded = round(value, 2)
    whole = int(rounded)
    return str(whole) if rounded == whole else str(rounded)
