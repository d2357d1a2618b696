"""A scene in Mermaid, which GitHub, GitLab and many editors show in Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphnn.draw.labels import LONGEST_LABEL, clean, shorten

if TYPE_CHECKING:
    from graphnn.draw.scene import Arrow, Box, Scene, Swatch

OUTLINES = {
    "ellipse": ("([", "])"),
    "hexagon": ("{{", "}}"),
    "cylinder": ("[(", ")]"),
    "note": ("[/", "/]"),
    "box3d": ("[[", "]]"),
}
"""Around a label, by Graphviz's name of the shape; boxes are ``[`` and ``]``."""

ROUNDED = ("(", ")")
BOX = ("[", "]")

# Whatever is neither a letter nor one of these is written as its code: Mermaid reads
# Markdown, HTML, and words such as "end", inside of labels as well.
_PLAIN = frozenset(" .,_–·×→‖…▸∇✓")

_NO_TAGS = str.maketrans("<>{}", "‹›()")
"""For a title and for comments, which know no codes."""


def to_mermaid(scene: Scene) -> str:
    """Write a scene in Mermaid.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    str
        A flowchart: boxes in the colours of their kind, frames as subgraphs, the
        legend as comments.
    """
    theme = scene.theme
    lines = []
    if scene.title:
        # YAML reads what JSON writes. Mermaid would take tags out of a title, and knows
        # no codes there.
        plain = shorten(clean(scene.title)).translate(_NO_TAGS)
        title = json.dumps(plain, ensure_ascii=False)
        lines += ["---", f"title: {title}", "---"]
    lines.append(f"flowchart {scene.direction}")
    lines += [f"  %% {_comment(line)}" for line in scene.caption]
    lines += [f"  %% {_comment(_words(swatch))}" for swatch in scene.swatches]
    if scene.ramp is not None:
        scale = f"{scene.ramp.title}: {' … '.join(scene.ramp.labels)}"
        lines.append(f"  %% {_comment(scale)}")
    lines += _boxes(scene)
    lines += [f"  {_arrow(arrow)}" for arrow in scene.arrows]
    for number, arrow in enumerate(scene.arrows):
        ink = arrow.ink or (theme.gradient if arrow.role == "gradient" else "")
        if ink:
            lines.append(f"  linkStyle {number} stroke:{ink},color:{ink}")
    lines += [f"  style {box.key} {_style(scene, box)}" for box in scene.boxes]
    for frame in scene.frames:
        look = theme.frames[frame.kind]
        lines.append(
            f"  style {frame.key} fill:{look.fill},stroke:{look.line},color:{look.ink}"
        )
    return "\n".join(lines) + "\n"


def _boxes(scene: Scene) -> list[str]:
    """Write the boxes, those of a frame inside its subgraph, without recursion."""
    inside: dict[str | None, list[tuple[str, str]]] = {None: []}
    for frame in scene.frames:
        inside[frame.key] = []
        inside[frame.parent].append(("frame", frame.key))
    for box in scene.boxes:
        inside[box.frame].append(("line", _box(box)))
    titles = {
        frame.key: " ".join(filter(None, [frame.title, frame.suffix, *frame.lines]))
        for frame in scene.frames
    }
    lines: list[str] = []
    waiting: list[tuple[int, str, str]] = [
        (1, kind, text) for kind, text in reversed(inside[None])
    ]
    while waiting:
        depth, kind, text = waiting.pop()
        space = "  " * depth
        if kind == "line":
            lines.append(space + text)
            continue
        lines.append(f"{space}subgraph {text}[{_quoted(titles[text])}]")
        waiting.append((depth, "line", "end"))
        waiting += [(depth + 1, *each) for each in reversed(inside[text])]
    return lines


def _box(box: Box) -> str:
    signs = "".join(f"{sign.text} " for sign in box.signs)
    first = f"{signs}{shorten(clean(box.title))}{box.suffix}"
    label = "<br>".join(_escaped(line) for line in (first, *box.lines))
    left, right = OUTLINES.get(box.look.shape, ROUNDED if box.look.rounded else BOX)
    return f'{box.key}{left}"{label or " "}"{right}'


def _arrow(arrow: Arrow) -> str:
    label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
    if arrow.role == "gradient":
        # No link of Mermaid's points backwards alone: this one is drawn from the head.
        return f"{arrow.head} -.->{label} {arrow.tail}"
    line = {"twin": "-.-", "cut": "-.-", "both": "<-->"}.get(
        arrow.role, "-.->" if arrow.faded else "-->"
    )
    return f"{arrow.tail} {line}{label} {arrow.head}"


def _style(scene: Scene, box: Box) -> str:
    look = box.look
    parts = [
        f"fill:{look.fill}",
        f"stroke:{look.line}",
        f"stroke-width:{look.width:g}px",
        f"color:{look.ink or scene.theme.ink}",
    ]
    if look.dashed:
        parts.append("stroke-dasharray:4 3")
    return ",".join(parts)


def _words(swatch: Swatch) -> str:
    return f"{swatch.sign.text} {swatch.meaning}".strip()


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Write what is no letter as its code, so that nothing in it is read as syntax."""
    return "".join(
        character
        if character.isalnum() or character in _PLAIN
        else f"#{ord(character)};"
        for character in shorten(clean(text), 2 * LONGEST_LABEL)
    )


def _comment(text: str) -> str:
    """Write a comment, in which braces would begin a directive."""
    return shorten(clean(text), 2 * LONGEST_LABEL).translate(_NO_TAGS)
