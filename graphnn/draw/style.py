"""How each kind of node looks: told apart by shape (on grey paper too) and by colour.

Every text is readable on its ground: a contrast of at least 4.5 (WCAG 2.1, level AA).
"""

from __future__ import annotations

from typing import NamedTuple

FONT = "Helvetica,Arial,sans-serif"
INK = "#1b2733"
FAINT_INK = "#505b68"
PAPER = "#ffffff"


class Look(NamedTuple):
    """The Graphviz attributes of one kind of node.

    Attributes
    ----------
    shape : str
        Graphviz's name of the outline.
    fill, line : str
        Colours, as ``#rrggbb``.
    style : str
        Graphviz's ``style``.
    peripheries : str
        How many outlines are drawn.
    margin : str
        Room between the outline and the label, in inches: ``"across,down"``.
    """

    shape: str
    fill: str
    line: str
    style: str = "filled"
    peripheries: str = "1"
    margin: str = "0.13,0.07"

    def attributes(self) -> dict[str, str]:
        """Give them under Graphviz's names."""
        return {
            "shape": self.shape,
            "style": self.style,
            "fillcolor": self.fill,
            "color": self.line,
            "peripheries": self.peripheries,
            "margin": self.margin,
        }


LOOKS = {
    "operation": Look("box", "#e6f0fb", "#2f5f93", style="rounded,filled"),
    "parameter": Look("ellipse", "#fff2cf", "#94660a", margin="0.03,0.01"),
    "input": Look("hexagon", "#e0f4e6", "#2a7746", margin="0.02,0.02"),
    "state": Look("cylinder", "#efe6f7", "#6b4a94", margin="0.08,0.09"),
    "constant": Look("note", "#f0f0f0", "#66696d"),
    "sink": Look("box", "#fbe6e9", "#a02f48", style="rounded,filled", peripheries="2"),
}
"""The kinds: a `sink` is an operation whose output nothing uses, such as a loss; of a
traced function, what it returned."""

GRAPH = {
    "bgcolor": PAPER,
    "fontname": FONT,
    "fontsize": "12",
    "fontcolor": INK,
    "labelloc": "t",
    "nodesep": "0.3",
    "ranksep": "0.32",
    "pad": "0.15",
}

NODE = {
    "fontname": FONT,
    "fontsize": "12",
    "fontcolor": INK,
    "height": "0.3",
    "width": "0.5",
    "penwidth": "1.2",
}

EDGE = {
    "fontname": FONT,
    "fontsize": "10",
    "fontcolor": FAINT_INK,
    "color": "#6b7682",
    "arrowsize": "0.65",
    "penwidth": "1.0",
}

FADED_EDGE = {"style": "dashed", "color": "#858f9a"}
"""What changes of an edge along which nothing has flowed, or that leads out of what is
shown."""

CUT = {
    "shape": "box",
    "style": "dashed",
    "color": "#858f9a",
    "fontcolor": FAINT_INK,
    "fontsize": "10",
    "height": "0.25",
}
"""What stands for nodes that are left out."""

CLUSTER = {
    "style": "rounded,filled",
    "fillcolor": "#f6f7f9",
    "color": "#b4bcc6",
    "fontcolor": FAINT_INK,
    "fontsize": "11",
    "labeljust": "l",
    "labelloc": "t",
    "margin": "12",
}

STRAIGHTNESS = {"parameter": "1", "state": "1", "constant": "1", "input": "4"}
"""Graphviz's ``weight`` of the edges out of a kind of node (8 for others): what flows
through the layers runs straight, and parameters stand beside it."""

SMALL = "9"
"""Points of the second line of a label."""
