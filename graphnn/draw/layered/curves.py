"""Cubic splines: a start, and three points for each piece."""

from __future__ import annotations

from itertools import pairwise

Point = tuple[float, float]

SLACK = 0.45
"""How far the ends of a bend pull, in its length."""


def straight(start: Point, end: Point) -> list[Point]:
    """Give a straight line as a spline."""
    third = (end[0] - start[0]) / 3, (end[1] - start[1]) / 3
    return [
        start,
        (start[0] + third[0], start[1] + third[1]),
        (end[0] - third[0], end[1] - third[1]),
        end,
    ]


def rounded(corners: list[Point], radius: float = 4.0) -> list[Point]:
    """Join corners by straight lines, and round them."""
    line = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        enter, leave = _towards(corner, before, radius), _towards(corner, after, radius)
        line += straight(line[-1], enter)[1:]
        line += [corner, corner, leave]
    return line + straight(line[-1], corners[-1])[1:]


def _towards(corner: Point, other: Point, most: float) -> Point:
    away = other[0] - corner[0], other[1] - corner[1]
    length = abs(away[0]) + abs(away[1])  # one of them is 0
    part = min(most, length / 2) / length if length else 0.0
    return corner[0] + away[0] * part, corner[1] + away[1] * part


def smooth(knots: list[Point]) -> list[Point]:
    """Draw a curve through knots that turns nowhere but at them.

    Both ends run along; between knots at one place across, the curve is straight. What
    is `across` is a monotone cubic function of what is `along` (F. Fritsch, R. Carlson,
    "Monotone piecewise cubic interpolation", SIAM Journal on Numerical Analysis 17 (2),
    1980), with the slopes of F. Fritsch and J. Butland (1984).

    Examples
    --------
    >>> smooth([(0.0, 0.0), (0.0, 9.0)])
    [(0.0, 0.0), (0.0, 4.05), (0.0, 4.95), (0.0, 9.0)]
    """
    slopes = [0.0]
    for (x0, y0), (x1, y1), (x2, y2) in zip(knots, knots[1:], knots[2:], strict=False):
        one = (x1 - x0) / max(y1 - y0, 0.01)
        other = (x2 - x1) / max(y2 - y1, 0.01)
        slopes.append(2 * one * other / (one + other) if one * other > 0 else 0.0)
    slopes.append(0.0)
    line = [knots[0]]
    for index, ((x0, y0), (x1, y1)) in enumerate(pairwise(knots)):
        run = y1 - y0
        pulls = [
            SLACK * run if slope == 0 else run / 3
            for slope in slopes[index : index + 2]
        ]
        line += [
            (x0 + slopes[index] * pulls[0], y0 + pulls[0]),
            (x1 - slopes[index + 1] * pulls[1], y1 - pulls[1]),
            (x1, y1),
        ]
    return line
