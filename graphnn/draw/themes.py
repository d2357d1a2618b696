"""How each kind of box looks: told apart by shape (on grey paper too) and by colour.

Every text is readable on its ground: a contrast of at least 4.5 (WCAG 2.1, level AA).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from graphnn.draw.scene import Look
from graphnn.errors import ArgumentError, did_you_mean

FONT = "Helvetica,Arial,sans-serif"


class FrameLook(NamedTuple):
    """The colours of a frame: its ground, its line, and its title."""

    fill: str
    line: str
    ink: str
    dashed: bool = False


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


LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1b2733",
    faint_ink="#505b68",
    looks=MappingProxyType(
        {
            "operation": Look("box", "#e6f0fb", "#2f5f93", rounded=True),
            "parameter": Look("ellipse", "#fff2cf", "#94660a", margin=(0.03, 0.01)),
            "input": Look("hexagon", "#e0f4e6", "#2a7746", margin=(0.02, 0.02)),
            "state": Look("cylinder", "#efe6f7", "#6b4a94", margin=(0.08, 0.09)),
            "constant": Look("note", "#f0f0f0", "#66696d"),
            "sink": Look("box", "#fbe6e9", "#a02f48", rounded=True, peripheries=2),
            "gradient": Look("box", "#ffe3c7", "#a85400", rounded=True),
            "fold": Look("box3d", "#dbe9f9", "#2f5f93", margin=(0.16, 0.1)),
            "cut": Look(
                "box",
                "#ffffff",
                "#858f9a",
                dashed=True,
                width=1.0,
                ink="#505b68",
            ),
        }
    ),
    frames=MappingProxyType(
        {
            "scope": FrameLook("#f6f7f9", "#b4bcc6", "#505b68"),
            "expanded": FrameLook("#eef4fb", "#2f5f93", "#2f4d70", dashed=True),
            "gradient": FrameLook("#fff6ec", "#d9a66b", "#7a4a10"),
        }
    ),
    edge="#6b7682",
    gradient="#b35900",
    faded="#858f9a",
)

THEMES = {theme.name: theme for theme in (LIGHT,)}


def theme_called(name: str) -> Theme:
    """Find a theme.

    Raises
    ------
    ArgumentError
        If there is none of that name.
    """
    if name not in THEMES:
        raise ArgumentError(
            f"cannot draw in the theme {name!r}", did_you_mean(str(name), THEMES)
        )
    return THEMES[name]


STRAIGHTNESS = {"parameter": 1, "state": 1, "constant": 1, "input": 4}
"""How straight the arrows out of a kind of node run (8 for others): what flows through
the layers runs straight, and parameters stand beside it."""
