"""How much room boxes, labels and titles take, from what is written in them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

from graphnn.draw.labels import LONGEST_LABEL, clean, shorten
from graphnn.draw.layered.fonts import (
    FRAME_TITLE,
    LABEL,
    LEADING,
    SMALL,
    TITLE,
    text_width,
)
from graphnn.draw.scene import Arrow, Box, Frame, Scene

SIDEWAYS = ("LR", "RL")
"""Directions in which rows run down the picture."""

POINTS_PER_INCH = 72.0
LEAST_WIDTH, LEAST_HEIGHT = 36.0, 21.6
PERIPHERY = 4.0
"""From one outline to the next."""

EAR, DEPTH, LID, SLANT = 7.0, 5.0, 4.5, 0.3
"""Of a note's corner, a box3d's side, half a cylinder's lid; of a hexagon's tips, per
height."""

LONGEST_LINE = 2 * LONGEST_LABEL


class Run(NamedTuple):
    """Letters of one look."""

    text: str
    size: float
    ink: str
    bold: bool = False

    @property
    def width(self) -> float:
        """How wide they are, in points."""
        return text_width(self.text, self.size, self.bold)


class Line(NamedTuple):
    """Runs of letters side by side."""

    runs: tuple[Run, ...]

    @property
    def width(self) -> float:
        """How wide it is, in points."""
        return sum([run.width for run in self.runs])

    @property
    def height(self) -> float:
        """From the line over it to the next."""
        return LEADING * max(run.size for run in self.runs)


@dataclass(slots=True)
class Sizes:
    """Room across and along the rows: width and height, or the other way round.

    Attributes
    ----------
    boxes, labels, frames : list of tuple of float
        By box; by arrow, of its label (0 without one); by frame, of its title.
    needs_point : list of bool
        By arrow, whether it has to have a point between its ends: for its label, or
        because another arrow joins the same two boxes.
    titles_in_rows : bool
        Whether titles of frames lie before or after rows, not beside them.
    """

    boxes: list[tuple[float, float]]
    labels: list[tuple[float, float]]
    frames: list[tuple[float, float]]
    needs_point: list[bool]
    titles_in_rows: bool


def sizes_of(scene: Scene) -> Sizes:
    """Measure what is in a scene."""
    sideways = scene.direction in SIDEWAYS

    def turned(size: tuple[float, float]) -> tuple[float, float]:
        return (size[1], size[0]) if sideways else size

    ends = [tuple(sorted((arrow.tail, arrow.head))) for arrow in scene.arrows]
    count: dict[tuple[str, ...], int] = {}
    for pair in ends:
        count[pair] = count.get(pair, 0) + 1
    labels = [
        block_size(label_lines(arrow, "")) if arrow.label else (0.0, 0.0)
        for arrow in scene.arrows
    ]
    return Sizes(
        [turned(box_size(scene, box)) for box in scene.boxes],
        [turned(size) for size in labels],
        [turned(block_size(frame_lines(frame, ""))) for frame in scene.frames],
        [
            bool(arrow.label) or count[pair] > 1
            for arrow, pair in zip(scene.arrows, ends, strict=True)
        ],
        not sideways,
    )


def box_lines(scene: Scene, box: Box) -> list[Line]:
    """Give what is written in a box."""
    ink = box.look.ink or scene.theme.ink
    faint = box.look.faint_ink or scene.theme.faint_ink
    title = shorten(clean(box.title))
    runs = [
        Run(clean(sign.text) + " ", TITLE, sign.ink or ink)
        for sign in box.signs
        if sign.text
    ]
    if box.kind == "cut":
        runs.append(Run(title, LABEL, ink))
    else:
        runs.append(Run(title, TITLE, ink, bold=True))
    if box.suffix:
        runs.append(Run(shorten(clean(box.suffix)), TITLE, ink))
    small = [
        Line((Run(shorten(clean(line), LONGEST_LINE), SMALL, faint),))
        for line in box.lines
    ]
    return [Line(tuple(runs)), *small]


def frame_lines(frame: Frame, ink: str) -> list[Line]:
    """Give what is written over a frame's boxes: nothing for one without a title."""
    title = shorten(clean(frame.title))
    runs = [Run(title, FRAME_TITLE, ink, bold=True)] if title else []
    if frame.suffix:
        space = " " if title else ""
        runs.append(Run(space + shorten(clean(frame.suffix)), FRAME_TITLE, ink))
    small = [
        Line((Run(shorten(clean(line), LONGEST_LINE), SMALL, ink),))
        for line in frame.lines
    ]
    return ([Line(tuple(runs))] if runs else []) + small


def label_lines(arrow: Arrow, ink: str) -> list[Line]:
    """Give what is written beside an arrow."""
    return [Line((Run(shorten(clean(arrow.label)), LABEL, ink),))]


def block_size(lines: list[Line]) -> tuple[float, float]:
    """Give the width and the height of lines under one another."""
    width = max([line.width for line in lines], default=0.0)
    return float(ceil(width)), float(ceil(sum([line.height for line in lines])))


def box_size(scene: Scene, box: Box) -> tuple[float, float]:
    """Give the width and the height of a box, its outermost outline included."""
    width, height = block_size(box_lines(scene, box))
    width += 2 * POINTS_PER_INCH * box.look.margin[0]
    height += 2 * POINTS_PER_INCH * box.look.margin[1]
    width, height = max(width, LEAST_WIDTH), max(height, LEAST_HEIGHT)
    shape = box.look.shape
    if shape == "ellipse":
        # The smallest ellipse around a rectangle is sqrt(2) times as wide and as high.
        width, height = width * sqrt(2), height * sqrt(2)
    elif shape == "hexagon":
        width += 2 * SLANT * height
    elif shape == "cylinder":
        height += 2 * LID
    elif shape == "note":
        width += EAR
    elif shape == "box3d":
        width, height = width + DEPTH, height + DEPTH
    more = 2 * PERIPHERY * (box.look.peripheries - 1)
    return float(ceil(width + more)), float(ceil(height + more))
