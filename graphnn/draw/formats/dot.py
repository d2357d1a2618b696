"""A scene in DOT, Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphnn.draw.formats.markup import (
    bold,
    in_rows,
    legend,
    markup,
    ramp_bar,
    small_print,
    stacked,
    tooltip,
)
from graphnn.draw.labels import LONGEST_LABEL, clean, shorten
from graphnn.draw.themes import FONT

if TYPE_CHECKING:
    import graphviz

    from graphnn.draw.scene import Arrow, Box, Frame, Scene

GRAPH = {
    "fontname": FONT,
    "fontsize": "12",
    "labelloc": "t",
    "nodesep": "0.3",
    "ranksep": "0.32",
    "pad": "0.15",
    "tooltip": " ",
}
NODE = {"fontname": FONT, "fontsize": "12", "height": "0.3", "width": "0.5"}
PENWIDTH = "1.2"
EDGE = {"fontname": FONT, "fontsize": "10", "arrowsize": "0.65", "penwidth": "1.0"}
CLUSTER = {"fontsize": "11", "labeljust": "l", "labelloc": "t", "margin": "12"}
CUT = {"fontsize": "10", "height": "0.25"}


def to_dot(scene: Scene) -> str:
    """Write a scene in DOT.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    str
        The same in every process.
    """
    import graphviz

    theme = scene.theme
    dot = graphviz.Digraph(
        "graphnn",
        graph_attr={
            **GRAPH,
            "rankdir": scene.direction,
            "bgcolor": theme.paper,
            "fontcolor": theme.ink,
        },
        node_attr={**NODE, "fontcolor": theme.ink, "penwidth": PENWIDTH},
        edge_attr={**EDGE, "fontcolor": theme.faint_ink, "color": theme.edge},
    )
    if heading := _heading(scene):
        dot.attr(label=f"<{heading}>")
    _add_boxes(scene, dot)
    for arrow in scene.arrows:
        dot.edge(arrow.tail, arrow.head, **_arrow(scene, arrow))
    return str(dot.source)


def _heading(scene: Scene) -> str:
    """Write the title, the caption, and what marks and colours mean, if any."""
    lines = [bold(scene.title)] if scene.title else []
    lines += map(markup, scene.caption)
    has_table = bool(scene.swatches or scene.ramp)
    if scene.swatches:
        lines.append(legend(in_rows(scene.swatches), scene.theme.ink))
    if scene.ramp is not None:
        lines.append(small_print(scene.ramp.title, scene.theme.ink))
        lines.append(ramp_bar(scene.ramp.colours, scene.ramp.labels, scene.theme.ink))
    return stacked(*lines) if len(lines) > 1 or has_table else "".join(lines)


def _add_boxes(scene: Scene, dot: graphviz.Digraph) -> None:
    """Write the boxes, those of a frame inside it."""
    import graphviz

    frames: dict[str | None, graphviz.Digraph] = {None: dot}
    inside: dict[str | None, list[str]] = {None: []}
    for frame in scene.frames:
        frames[frame.key] = graphviz.Digraph(frame.key)
        frames[frame.key].attr(**_frame(scene, frame))
        inside[frame.key] = []
        inside[frame.parent].append(frame.key)
    for box in scene.boxes:
        frames[box.frame].node(box.key, **_box(scene, box))
    # Not by `subgraph`, which copies what is inside of each frame once more for each of
    # the frames around it.
    waiting = [(1, key, True) for key in reversed(inside[None])]
    while waiting:
        depth, key, enters = waiting.pop()
        indent = "\t" * depth
        if not enters:
            dot.body.append(f"{indent}}}\n")
            continue
        dot.body.append(f"{indent}subgraph {key} {{\n")
        dot.body.extend(indent + line for line in frames[key].body)
        waiting.append((depth, key, False))
        waiting += [(depth + 1, each, True) for each in reversed(inside[key])]


def _frame(scene: Scene, frame: Frame) -> dict[str, str]:
    look = scene.theme.frames[frame.kind]
    label = bold(frame.title)
    if frame.suffix:
        label += markup(f" {frame.suffix}")
    if scene.direction in ("TB", "BT"):
        label += air_beside(f"{frame.title}{frame.suffix}")
    if frame.lines:
        label = stacked(label, *[small_print(line, look.ink) for line in frame.lines])
    return {
        **CLUSTER,
        "label": f"<{label}>",
        "tooltip": tooltip(frame.tip or frame.title),
        "style": "rounded,filled" + (",dashed" if look.dashed else ""),
        "fillcolor": look.fill,
        "color": look.line,
        "fontcolor": look.ink,
    }


def air_beside(title: str) -> str:
    """Give the air that makes a frame wide enough for arrows to pass its title.

    The title stands on the left, and most arrows lead into the middle.

    Examples
    --------
    >>> air_beside("tanh")
    '&#8195;&#8195;'
    """
    return "&#8195;" * (min(len(title), LONGEST_LABEL) // 3 + 1)


def _box(scene: Scene, box: Box) -> dict[str, str]:
    look, theme = box.look, scene.theme
    styles = [
        "rounded" if look.rounded else "",
        "filled",
        "dashed" if look.dashed else "",
    ]
    attributes = {
        "label": f"<{_label(scene, box)}>",
        "tooltip": tooltip(box.tip or box.title),
        "shape": look.shape,
        "style": ",".join(filter(None, styles)),
        "fillcolor": look.fill,
        "color": look.line,
        "peripheries": str(look.peripheries),
        "margin": f"{look.margin[0]:g},{look.margin[1]:g}",
    }
    if (width := f"{look.width:g}") != PENWIDTH:
        attributes["penwidth"] = width
    if look.ink and look.ink != theme.ink:
        attributes["fontcolor"] = look.ink
    return attributes | (CUT if box.kind == "cut" else {})


def _label(scene: Scene, box: Box) -> str:
    if box.kind == "cut":
        return markup(box.title)
    label = bold(box.title) + markup(box.suffix)
    if box.signs:
        signs = [_sign(sign.text, sign.ink) for sign in box.signs]
        label = f"{' '.join(signs)} {label}"
    if not box.lines:
        return label
    ink = box.look.faint_ink or scene.theme.faint_ink
    lines = [shorten(clean(line), 2 * LONGEST_LABEL) for line in box.lines]
    return stacked(label, *[small_print(line, ink) for line in lines])


def _sign(text: str, ink: str) -> str:
    return f'<font color="{ink}">{markup(text)}</font>' if ink else markup(text)


def _arrow(scene: Scene, arrow: Arrow) -> dict[str, str]:
    attributes = {
        # Spaces keep the text off the line that it belongs to.
        "label": _text(f" {shorten(clean(arrow.label))} ") if arrow.label else "",
        "tooltip": tooltip(arrow.tip),
        "labeltooltip": tooltip(arrow.tip),
        "weight": str(arrow.weight),
        "minlen": str(arrow.span),
    }
    if not arrow.tip:
        del attributes["tooltip"], attributes["labeltooltip"]
    if arrow.role == "gradient":
        attributes |= {"dir": "back", "color": scene.theme.gradient}
        attributes["fontcolor"] = scene.theme.gradient
    elif arrow.role == "twin":
        attributes |= {"dir": "none", "style": "dotted"}
    elif arrow.role == "both":
        attributes["dir"] = "both"
    if arrow.faded:
        attributes |= {"style": "dashed"}
        if arrow.role != "gradient":
            attributes["color"] = scene.theme.faded
    if arrow.ink:
        attributes |= {"color": arrow.ink, "fontcolor": arrow.ink}
    return attributes


def _text(label: str) -> str:
    """Escape a label that is no markup, though it may begin with ``<``."""
    import graphviz

    return str(graphviz.nohtml(graphviz.escape(label)))
