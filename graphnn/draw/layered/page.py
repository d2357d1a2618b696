"""Where everything is on the page: from rows to right and down."""

from __future__ import annotations

from dataclasses import dataclass

from graphnn.draw.layered.curves import Point
from graphnn.draw.layered.grid import LABEL_GAP, Grid
from graphnn.draw.layered.levels import Levels
from graphnn.draw.layered.positions import Positions
from graphnn.draw.layered.sizes import SIDEWAYS, Sizes
from graphnn.draw.layered.titles import free_start

TITLE_PAD, OVER_TITLE = 8.0, 4.0
"""From a frame's side to its title; from its top."""

Rectangle = tuple[float, float, float, float]


@dataclass(slots=True)
class Layout:
    """Where everything is, in points to the right and down.

    Attributes
    ----------
    boxes : list of tuple of float
        By box: its middle, its width and height.
    frames : list of tuple of float
        By frame: left, top, right, foot.
    titles : list of tuple of float
        By frame: where its title begins, left and top.
    lines : list of list of tuple of float
        By arrow: its spline, without its heads.
    labels : list of tuple, optional
        By arrow with a label: a place across, the top, and the ``text-anchor``.
    bounds : tuple of float
        Left, top, right, foot of it all.
    """

    boxes: list[Rectangle]
    frames: list[Rectangle]
    titles: list[tuple[float, float]]
    lines: list[list[Point]]
    labels: list[tuple[float, float, str] | None]
    bounds: Rectangle


class Page:
    """Turns what lies across and along the rows to the right and down."""

    def __init__(self, direction: str) -> None:
        self.sideways = direction in SIDEWAYS
        self.sign = -1.0 if direction in ("BT", "RL") else 1.0

    def at(self, across: float, along: float) -> Point:
        """Give a point of the page."""
        along *= self.sign
        return (along, across) if self.sideways else (across, along)


def collected(
    page: Page,
    grid: Grid,
    sizes: Sizes,
    places: Positions,
    levels: Levels,
    lines: list[list[Point]],
    sides: list[bool],
) -> Layout:
    """Put all that the layout has found on the page.

    Parameters
    ----------
    page : Page
    grid, sizes, places, levels
        The layout.
    lines : list of list of tuple of float
        By arrow, its spline on the page.
    sides : list of bool
        By arrow, whether its label stands after its line, not before it.

    Returns
    -------
    Layout
    """

    def middle(item: int) -> Point:
        return page.at(float(places.items[item]), levels.middle[grid.row[item]])

    def turned(size: tuple[float, float]) -> tuple[float, float]:
        return (size[1], size[0]) if page.sideways else size

    boxes = [(*middle(box), *turned(size)) for box, size in enumerate(sizes.boxes)]
    frames, titles = [], []
    for frame, (across, along) in enumerate(
        zip(places.frames, levels.frames, strict=True)
    ):
        one, other = page.at(across[0], along[0]), page.at(across[1], along[1])
        left, right = sorted((one[0], other[0]))
        top, foot = sorted((one[1], other[1]))
        frames.append((left, top, right, foot))
        top += OVER_TITLE
        if grid.titles[frame] >= 0:
            top = middle(grid.titles[frame])[1] - sizes.frames[frame][1] / 2
        titles.append((left + TITLE_PAD, top))
    labels: list[tuple[float, float, str] | None] = []
    for link, item in enumerate(grid.labelled):
        labels.append(None)
        if item >= 0 and sizes.labels[link][0]:
            x, y = middle(item)
            _, height = turned(sizes.labels[link])
            gap = LABEL_GAP if sides[link] else -LABEL_GAP
            if page.sideways:
                top = y + gap / 2 if sides[link] else y + gap / 2 - height
                labels[-1] = x, top, "middle"
            else:
                anchor = "start" if sides[link] else "end"
                labels[-1] = x + gap, y - height / 2, anchor
    layout = Layout(boxes, frames, titles, lines, labels, (0.0, 0.0, 0.0, 0.0))
    layout.bounds = _bounds(layout, [turned(size)[0] for size in sizes.labels])
    return layout


def move_titles(layout: Layout, sizes: Sizes, crossing: dict[int, list[int]]) -> None:
    """Move titles along their frames, to where no arrow runs through them."""
    for frame, links in crossing.items():
        left, top = layout.titles[frame]
        height, width = sizes.frames[frame]
        stop = layout.frames[frame][2] - TITLE_PAD
        lines = [layout.lines[link] for link in links]
        start = free_start(left, stop, width, (top, top + height), lines)
        layout.titles[frame] = start, top


def _bounds(layout: Layout, label_widths: list[float]) -> Rectangle:
    spots: list[Point] = []
    for x, y, width, height in layout.boxes:
        spots += (x - width / 2, y - height / 2), (x + width / 2, y + height / 2)
    for left, top, right, foot in layout.frames:
        spots += (left, top), (right, foot)
    for line in layout.lines:
        spots += line
    for label, width in zip(layout.labels, label_widths, strict=True):
        if label is not None:
            x, y, anchor = label
            shift = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            spots += (x - shift, y), (x - shift + width, y)
    if not spots:
        return 0.0, 0.0, 0.0, 0.0
    across, down = zip(*spots, strict=True)
    return min(across), min(down), max(across), max(down)
