"""What a theme is made of: the colours of boxes, of frames, of marks, and of scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graphnn.draw.scene import Look


class FrameLook(NamedTuple):
    """The colours of a frame: its ground, its line, and its title."""

    fill: str
    line: str
    ink: str
    dashed: bool = False


class Paint(NamedTuple):
    """The colours that something lays over a box; what is empty stays as it is.

    Attributes
    ----------
    fill, line : str
        Of the ground and of the outline, as ``#rrggbb``.
    ink : str
        Of the texts on that ground, if they are not the theme's.
    sign_ink : str
        Of a mark's sign, where it stands on the ground of a theme's own.
    """

    fill: str = ""
    line: str = ""
    ink: str = ""
    sign_ink: str = ""


@dataclass(frozen=True)
class Theme:
    """The colours of a picture.

    Attributes
    ----------
    name : str
    paper : str
        The ground of it all.
    ink, faint_ink : str
        Of titles and of small lines.
    looks : mapping of str to Look
        By kind of box. A ``sink`` is an operation whose output nothing uses, such as a
        loss; of a traced function, what it returned. ``gradient`` is a node that
        ``graph.gradient`` made, ``fold`` stands for several nodes, ``cut`` for what is
        left out.
    frames : mapping of str to FrameLook
        By kind of frame.
    edge, gradient, faded : str
        Of arrows: of values, of gradients, and along which nothing has flowed.
    marks : mapping of str to Paint
        By the name of a mark; see :data:`graphnn.draw.marks.MARKS`.
    ramp : tuple of str
        Anchors of the scale of shades, from what is least to what is most; what is most
        stands out most from the paper.
    unknown, zero, bad : Paint
        Beside the scale: what has not been computed, what is exactly 0, and what is no
        finite number.
    dtypes : mapping of str to str
        The grounds for dtypes, by name; ``""`` for all others.
    """

    name: str
    paper: str
    ink: str
    faint_ink: str
    looks: Mapping[str, Look]
    frames: Mapping[str, FrameLook]
    edge: str
    gradient: str
    faded: str
    marks: Mapping[str, Paint]
    ramp: tuple[str, ...]
    unknown: Paint
    zero: Paint
    bad: Paint
    dtypes: Mapping[str, str]
