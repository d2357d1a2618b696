"""A layout as SVG: inert text and lines, nothing that could run or lead anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from graphnn.draw.labels import LONGEST_LABEL, clean, shorten
from graphnn.draw.layered.curves import Point
from graphnn.draw.layered.heading import Heading, text_line
from graphnn.draw.layered.outlines import (
    at,
    drawn,
    number,
    polygon,
    rectangle,
    text_middle,
)
from graphnn.draw.layered.page import Layout
from graphnn.draw.layered.routes import HEAD, heads_of
from graphnn.draw.layered.sizes import (
    Line,
    block_size,
    box_lines,
    frame_lines,
    label_lines,
)
from graphnn.draw.scene import Arrow, Scene
from graphnn.draw.themes import FONT

MARGIN = 11.0
"""Around the picture."""

UNDER_HEADING = 8.0
HALF_HEAD = 2.6
LONGEST_TIP = 50 * LONGEST_LABEL


def written(scene: Scene, layout: Layout) -> str:
    """Write a picture.

    Parameters
    ----------
    scene : Scene
    layout : Layout
        Where its boxes, frames and arrows are.

    Returns
    -------
    str
    """
    heading = Heading(scene)
    left, top, right, foot = layout.bounds
    over = heading.height + UNDER_HEADING if heading.height else 0.0
    width = max(right - left, heading.width) + 2 * MARGIN
    height = foot - top + over + 2 * MARGIN
    shift = (width - right - left) / 2, MARGIN + over - top
    name = escape(_tip(scene.title or "a graph"), quote=True)
    size = f'width="{number(width)}pt" height="{number(height)}pt"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        f'viewBox="0 0 {number(width)} {number(height)}" role="img" '
        f'aria-label="{name}" font-family="{FONT}" xml:space="preserve">',
        f"<title>{name}</title>",
        rectangle(0.0, 0.0, width, height, f'fill="{scene.theme.paper}"'),
        *heading.drawn(width / 2, MARGIN),
        f'<g class="graph" transform="translate({at(*shift)})">',
        *_frames(scene, layout),
        *_arrows(scene, layout),
        *_boxes(scene, layout),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _tip(text: str) -> str:
    return shorten(clean(text), LONGEST_TIP)


def _group(kind: str, key: str, tip: str) -> str:
    name = f' id="{escape(clean(key), quote=True)}"' if key else ""
    return f'<g class="{kind}"{name}><title>{escape(_tip(tip))}</title>'


def _frames(scene: Scene, layout: Layout) -> list[str]:
    parts = []
    for frame, (left, top, right, foot), title in zip(
        scene.frames, layout.frames, layout.titles, strict=True
    ):
        look = scene.theme.frames[frame.kind]
        paint = f'rx="8" fill="{look.fill}" stroke="{look.line}"'
        if look.dashed:
            paint += ' stroke-dasharray="4 2.5"'
        lines = frame_lines(frame, look.ink)
        parts += [
            _group("cluster", frame.key, frame.tip or frame.title),
            rectangle(left, top, right - left, foot - top, paint),
            *_text(lines, title[0], title[1], "start"),
            "</g>",
        ]
    return parts


def _boxes(scene: Scene, layout: Layout) -> list[str]:
    parts = []
    for box, (x, y, width, height) in zip(scene.boxes, layout.boxes, strict=True):
        lines = box_lines(scene, box)
        _, text_height = block_size(lines)
        x_text, y_text = text_middle(box.look, x, y)
        parts += [
            _group("node", box.key, box.tip or box.title),
            drawn(box.look, x, y, width, height),
            *_text(lines, x_text, y_text - text_height / 2, "middle"),
            "</g>",
        ]
    return parts


def _text(lines: Sequence[Line], x: float, top: float, anchor: str) -> list[str]:
    parts = []
    for line in lines:
        parts.append(text_line(line, x, top, anchor))
        top += line.height
    return [part for part in parts if part]


def _arrows(scene: Scene, layout: Layout) -> list[str]:
    parts = []
    for arrow, line, label in zip(
        scene.arrows, layout.lines, layout.labels, strict=True
    ):
        colour, ink = _colours(scene, arrow)
        paint = f'fill="none" stroke="{colour}"'
        if arrow.role == "twin":
            paint += ' stroke-width="0.8" stroke-dasharray="1 3"'
        elif arrow.faded:
            paint += ' stroke-dasharray="4 2.5"'
        tip = arrow.tip or arrow.label or f"{arrow.tail} → {arrow.head}"
        parts.append(_group("edge", "", tip))
        parts.append(f'<path d="{_path(line)}" {paint}/>')
        at_tail, at_head = heads_of(arrow)
        if at_tail:
            parts.append(_head(line[1], line[0], colour))
        if at_head:
            parts.append(_head(line[-2], line[-1], colour))
        if label is not None:
            parts += _text(label_lines(arrow, ink), *label)
        parts.append("</g>")
    return parts


def _colours(scene: Scene, arrow: Arrow) -> tuple[str, str]:
    """Give the colours of a line and of its label."""
    theme = scene.theme
    colour, ink = theme.edge, theme.faint_ink
    if arrow.role == "gradient":
        colour = ink = theme.gradient
    if arrow.faded:
        colour = theme.faded
    return (arrow.ink, arrow.ink) if arrow.ink else (colour, ink)


def _path(line: Sequence[Point]) -> str:
    pieces = [f"M{at(*line[0])}"]
    for index in range(1, len(line), 3):
        points = " ".join([at(*point) for point in line[index : index + 3]])
        pieces.append(f"C{points}")
    return "".join(pieces)


def _head(before: Point, foot: Point, colour: str) -> str:
    """Draw the head of an arrow, which goes on where the line stops."""
    x, y = foot[0] - before[0], foot[1] - before[1]
    length = (x * x + y * y) ** 0.5 or 1.0
    x, y = x / length, y / length
    corners = [
        (foot[0] + HEAD * x, foot[1] + HEAD * y),
        (foot[0] - HALF_HEAD * y, foot[1] + HALF_HEAD * x),
        (foot[0] + HALF_HEAD * y, foot[1] - HALF_HEAD * x),
    ]
    return polygon(corners, f'fill="{colour}"')
