"""The light theme."""

from __future__ import annotations

from types import MappingProxyType

from graphnn.draw.scene import Look
from graphnn.draw.themes.looks import FrameLook, Paint, Theme

PAPER = "#ffffff"
FAINT = "#505b68"
CRIMSON = "#a8123e"
RED = "#b0261c"
GREY = "#626c78"

LIGHT = Theme(
    name="light",
    paper=PAPER,
    ink="#1b2733",
    faint_ink=FAINT,
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
            "cut": Look("box", PAPER, "#808a95", dashed=True, width=1.0, ink=FAINT),
        }
    ),
    frames=MappingProxyType(
        {
            "scope": FrameLook("#f6f7f9", "#848e99", FAINT),
            "expanded": FrameLook("#eef4fb", "#2f5f93", "#2f4d70", dashed=True),
            "gradient": FrameLook("#fff6ec", "#b57a35", "#7a4a10"),
        }
    ),
    edge="#6b7682",
    gradient="#a85200",
    faded="#808a95",
    marks=MappingProxyType(
        {
            "ahead": Paint(PAPER, "#808a95", GREY),
            "done": Paint(),
            "returned": Paint("#ffd8ad", "#a85400"),
            "edited": Paint(line="#5b35a8"),
            "highlight": Paint(line="#b5179e", sign_ink="#a0128b"),
            "current": Paint("#ffe45c", "#000000"),
            "victim": Paint("#fbd7de", CRIMSON),
            "culprit": Paint(CRIMSON, "#4a0619", PAPER),
            "failed": Paint(RED, "#570f0a", PAPER),
            "breakpoint": Paint(sign_ink=RED),
        }
    ),
    ramp=(
        "#fdf9d2",
        "#cce0ae",
        "#8fc999",
        "#3fb094",
        "#028f91",
        "#006c85",
        "#014b77",
        "#152569",
    ),
    unknown=Paint(PAPER, "#808a95", GREY),
    zero=Paint("#ecd9f7", "#6a1b9a"),
    bad=Paint("#fbd7de", CRIMSON),
    dtypes=MappingProxyType(
        {
            "float16": "#eff6ff",
            "float32": "#bdd2ff",
            "float64": "#8eb4fe",
            "longdouble": "#4c87d0",
            "complex64": "#c49fc9",
            "complex128": "#8b8095",
            "integer": "#f0d58b",
            "bool": "#cbc7c9",
            "": "#c58753",
        }
    ),
)
