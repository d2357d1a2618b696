"""What a picture is made of, before any format: boxes, frames and arrows.

:func:`graphnn.draw.compose.compose` makes a scene of a graph; the writers in
:mod:`graphnn.draw.formats` and the layout in :mod:`graphnn.draw.layered` read it. Every
text in it is text: a writer cleans and escapes it for its format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from graphnn.draw.themes import Theme


class Look(NamedTuple):
    """How a box looks.

    Attributes
    ----------
    shape : str
        Graphviz's name of the outline: ``"box"``, ``"ellipse"``, ``"hexagon"``,
        ``"cylinder"``, ``"note"``.
    fill, line : str
        Colours of the ground and of the outline, as ``#rrggbb``.
    rounded, dashed : bool
        Whether the corners are round; whether the outline is dashed.
    peripheries : int
        How many outlines are drawn.
    margin : tuple of float
        Room between the outline and the text, in inches: across, down.
    width : float
        Of the outline, in points.
    ink, faint_ink : str
        Colours of the title, and of the small lines under it.
    """

    shape: str
    fill: str
    line: str
    rounded: bool = False
    dashed: bool = False
    peripheries: int = 1
    margin: tuple[float, float] = (0.13, 0.07)
    width: float = 1.2
    ink: str = ""
    faint_ink: str = ""


class Sign(NamedTuple):
    """A character of a mark, and its colour: that of the title if empty."""

    text: str
    ink: str = ""


@dataclass(slots=True)
class Box:
    """A node, or what stands for several.

    Attributes
    ----------
    key : str
        Letters, digits and underscores; unique in its scene.
    kind : str
        Which look it has: ``"operation"``, ``"parameter"``, ``"fold"``, …; see
        :class:`graphnn.draw.themes.Theme`.
    title : str
        The name, in bold.
    look : Look
    suffix : str
        Stands behind the title, not in bold: the arguments that are plain numbers.
    lines : tuple of str
        Small lines under the title.
    signs : tuple of Sign
        Those of its marks, in front of the title.
    tip : str
        What a reader sees who points at it.
    frame : str, optional
        The key of the innermost frame around it.
    facts : mapping
        What is known of it, by name, as numbers and str: for the formats that programs
        read.
    """

    key: str
    kind: str
    title: str
    look: Look
    suffix: str = ""
    lines: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    tip: str = ""
    frame: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Frame:
    """A line around boxes: a scope, or an operation that is taken apart.

    Attributes
    ----------
    key : str
        As a box's.
    title : str
    parent : str, optional
        The key of the frame around it, which comes earlier in the scene.
    kind : str
        ``"scope"``, ``"expanded"`` or ``"gradient"``: which look it has.
    suffix : str
        Stands behind the title: ``"× 12"``.
    lines : tuple of str
        Small lines under the title.
    tip : str
    """

    key: str
    title: str
    parent: str | None = None
    kind: str = "scope"
    suffix: str = ""
    lines: tuple[str, ...] = ()
    tip: str = ""


@dataclass(slots=True)
class Arrow:
    """An argument, or a gradient on its way back along one.

    Attributes
    ----------
    tail, head : str
        Keys of boxes: the head is laid out after the tail, whichever way it points.
    role : str
        ``"value"``, ``"gradient"`` (its point lies at the tail), ``"both"`` (it stands
        for several of either), ``"cut"`` (it leads out of what is shown) or
        ``"twin"`` (no flow: a gradient node and what it is the gradient of).
    label, tip : str
    faded : bool
        Whether nothing has flowed along it.
    weight : int
        How straight it should run: 0 to 8, and more.
    span : int
        Over how many rows at least.
    ink : str
        A colour of its own.
    turns_back : bool
        Whether the head is laid out before the tail, after all: it closes a circle of
        boxes that stand for several nodes. Without these arrows there is no circle.
    facts : mapping
    """

    tail: str
    head: str
    role: str = "value"
    label: str = ""
    tip: str = ""
    faded: bool = False
    weight: int = 8
    span: int = 1
    ink: str = ""
    turns_back: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


class Swatch(NamedTuple):
    """An entry of a legend: a small box that looks so, and what it means."""

    meaning: str
    fill: str
    line: str
    sign: Sign = Sign("")
    dashed: bool = False
    wide: bool = False
    ink: str = ""


class Ramp(NamedTuple):
    """A scale of colours, with what its ends and its middle stand for.

    Attributes
    ----------
    title : str
    colours : tuple of str
        From the lowest to the highest, evenly.
    labels : tuple of str
        Of the lowest, (of some between,) and of the highest, evenly.
    """

    title: str
    colours: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(slots=True)
class Scene:
    """A picture, before any format.

    Attributes
    ----------
    theme : Theme
    direction : str
        ``"TB"``, ``"LR"``, ``"BT"`` or ``"RL"``: where the arrows go.
    title : str
        The graph's name, in bold over the picture.
    caption : tuple of str
        Lines over the picture.
    swatches : list of Swatch
        What the marks and the colours mean.
    ramp : Ramp, optional
        What the shades mean.
    boxes, frames, arrows : list
        In the order in which they are written; a frame comes after its parent.
    """

    theme: Theme
    direction: str = "TB"
    title: str = ""
    caption: tuple[str, ...] = ()
    swatches: list[Swatch] = field(default_factory=list)
    ramp: Ramp | None = None
    boxes: list[Box] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
