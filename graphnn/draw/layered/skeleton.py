"""A scene as numbers: what its layout reads, without texts and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from graphnn.draw.scene import Scene

NOWHERE = -1
"""The frame of what stands in no frame."""


class Link(NamedTuple):
    """An arrow between boxes, from `tail` to `head`; see Arrow.

    One of span 0 says nothing of rows; of one that turns back, the head comes first.
    """

    tail: int
    head: int
    span: int
    weight: int
    turns_back: bool = False

    @property
    def ends(self) -> tuple[int, int]:
        """The tail and the head."""
        return self.tail, self.head


@dataclass(slots=True)
class Skeleton:
    """Boxes, frames and arrows by number.

    Attributes
    ----------
    boxes : int
        How many boxes there are, with those that hold empty frames open.
    held : int
        How many of them are in the scene; the others come last, and are not drawn.
    frame : list of int
        By box, the innermost frame around it, or ``NOWHERE``.
    parent : list of int
        By frame, the frame around it, or ``NOWHERE``; that one comes earlier.
    path : list of tuple of int
        By frame, the frames from the outermost one to itself.
    links : list of Link
        By arrow.
    """

    boxes: int
    held: int
    frame: list[int]
    parent: list[int]
    path: list[tuple[int, ...]]
    links: list[Link]

    def path_of(self, frame: int) -> tuple[int, ...]:
        """Give the frames from the outermost one to this; none for ``NOWHERE``."""
        return self.path[frame] if frame >= 0 else ()


def skeleton_of(scene: Scene) -> Skeleton:
    """Give numbers to the boxes, frames and arrows of a scene.

    Examples
    --------
    >>> from graphnn.draw.scene import Frame
    >>> from graphnn.draw.themes import LIGHT
    >>> empty = Frame("outer", "outer"), Frame("inner", "inner", parent="outer")
    >>> skeleton = skeleton_of(Scene(LIGHT, frames=list(empty)))
    >>> skeleton.boxes, skeleton.held, skeleton.frame, skeleton.path
    (1, 0, [1], [(0,), (0, 1)])
    """
    frame_number = {frame.key: i for i, frame in enumerate(scene.frames)}
    box_number = {box.key: i for i, box in enumerate(scene.boxes)}
    parent: list[int] = []
    path: list[tuple[int, ...]] = []
    for number, frame in enumerate(scene.frames):
        around = NOWHERE if frame.parent is None else frame_number[frame.parent]
        parent.append(around)
        path.append((*path[around], number) if around >= 0 else (number,))
    inside = [
        NOWHERE if box.frame is None else frame_number[box.frame] for box in scene.boxes
    ]
    filled = set(inside) | set(parent)
    inside += [number for number in range(len(parent)) if number not in filled]
    links = [
        Link(
            box_number[arrow.tail],
            box_number[arrow.head],
            0 if arrow.role == "twin" else max(1, arrow.span),
            1 if arrow.role == "twin" else max(1, arrow.weight),
            arrow.turns_back,
        )
        for arrow in scene.arrows
    ]
    return Skeleton(len(inside), len(scene.boxes), inside, parent, path, links)
