"""The dark theme, for pages with a dark ground."""

from __future__ import annotations

from types import MappingProxyType

from graphnn.draw.scene import Look
from graphnn.draw.themes.looks import FrameLook, Paint, Theme

PAPER = "#11161c"
FAINT = "#b3bdc8"
GREY = "#98a3af"

DARK = Theme(
    name="dark",
    paper=PAPER,
    ink="#e6ebf1",
    faint_ink=FAINT,
    looks=MappingProxyType(
        {
            "operation": Look("box", "#1c3450", "#6fa4dd", rounded=True),
            "parameter": Look("ellipse", "#453711", "#d6a93f", margin=(0.03, 0.01)),
            "input": Look("hexagon", "#163a26", "#5fbf85", margin=(0.02, 0.02)),
            "state": Look("cylinder", "#38284e", "#b18be0", margin=(0.08, 0.09)),
            "constant": Look("note", "#2a3037", "#9aa3ad"),
            "sink": Look("box", "#4b1f2b", "#e88198", rounded=True, peripheries=2),
            "gradient": Look("box", "#4a2c0c", "#f0a45a", rounded=True),
            "fold": Look("box3d", "#213f63", "#6fa4dd", margin=(0.16, 0.1)),
            "cut": Look("box", PAPER, "#76828f", dashed=True, width=1.0, ink=FAINT),
        }
    ),
    frames=MappingProxyType(
        {
            "scope": FrameLook("#181f27", "#66727f", FAINT),
            "expanded": FrameLook("#14243a", "#6fa4dd", "#a9c8ea", dashed=True),
            "gradient": FrameLook("#261c11", "#b9803d", "#f0c08a"),
        }
    ),
    edge="#8b97a5",
    gradient="#f0a45a",
    faded="#76828f",
    marks=MappingProxyType(
        {
            "ahead": Paint(PAPER, "#76828f", GREY),
            "done": Paint(),
            "returned": Paint("#63390a", "#f5a652"),
            "edited": Paint(line="#c3a6ff"),
            "highlight": Paint(line="#ff7ae0", sign_ink="#ff9be8"),
            "current": Paint("#ffe45c", "#ffffff", "#1b1b1b"),
            "victim": Paint("#5b1729", "#ff7d93"),
            "culprit": Paint("#ff6f88", "#ffd3da", "#26040c"),
            "failed": Paint("#ff8a70", "#ffd9cf", "#280904"),
            "breakpoint": Paint(sign_ink="#ff7b72"),
        }
    ),
    ramp=(
        "#223163",
        "#08507d",
        "#016f87",
        "#028e90",
        "#27ae8d",
        "#76c683",
        "#bbda7a",
        "#fcea7f",
    ),
    unknown=Paint(PAPER, "#76828f", GREY),
    zero=Paint("#cdbcf0", "#ffffff", "#1c1330"),
    bad=Paint("#5b1729", "#ff7d93"),
    dtypes=MappingProxyType(
        {
            "float16": "#032a63",
            "float32": "#335d84",
            "float64": "#6589d9",
            "longdouble": "#9fbdfe",
            "complex64": "#92818f",
            "complex128": "#e1abcd",
            "integer": "#c1c0a4",
            "bool": "#535755",
            "": "#be8065",
        }
    ),
)
