"""From a graph, and what was asked for, to a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphnn.draw.details import facts_of, lines_of, tip_of, title_of
from graphnn.draw.folding.circles import mark_turns
from graphnn.draw.folding.closing import folded
from graphnn.draw.folding.folds import fold_look
from graphnn.draw.formulas.expanded import dress_frames, expanded
from graphnn.draw.gradients.gradient_arrows import (
    arrows_of,
    remarks_on,
    swatches_of_flow,
)
from graphnn.draw.gradients.reverse import (
    beside,
    dress,
    gradient_scopes,
    swatches_of_orders,
)
from graphnn.draw.heat.colouring import Heat
from graphnn.draw.labels import clean, shorten, wrapped
from graphnn.draw.layers_meant import without_layers
from graphnn.draw.marking.blame import marks_of_wrong, say_what_is_wrong
from graphnn.draw.marking.failure import told_of_failure
from graphnn.draw.marking.highlighting import highlighted, with_marks
from graphnn.draw.marking.marks import (
    MARKS,
    checked_marks,
    checked_notes,
    mark_box,
    swatches_of,
)
from graphnn.draw.pieces import Piece, Pieces
from graphnn.draw.scene import Arrow, Box, Frame, Scene
from graphnn.draw.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphnn.draw.options import Options
    from graphnn.graph import Graph

CAPTION_WIDTH, CAPTION_LINES = 56, 3
"""Characters of a line over the picture, and how many lines there may be."""


def compose(graph: Graph, options: Options) -> Scene:
    """Compose the picture of a graph.

    Parameters
    ----------
    graph : Graph
    options : Options

    Returns
    -------
    Scene

    Raises
    ------
    MissingNode
        If a node is not in the graph.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> from graphnn.draw.options import Options
    >>> x = gn.Input("x", value=[1.0, 2.0])
    >>> scene = compose(np.sum(x * x).graph, Options())
    >>> [box.title for box in scene.boxes], len(scene.arrows)
    (['x', 'multiply', 'sum'], 3)
    """
    options = without_layers(graph, options)
    graph, options, lines = told_of_failure(graph, options)
    marks = checked_marks(graph, options.marks)
    notes = checked_notes(graph, options.notes)
    view = View(graph, options)
    pieces = expanded(view, folded(view))
    wrong = marks_of_wrong(view)
    marks = with_marks(marks, wrong, highlighted(graph, options.highlight))
    if options.around is not None and options.marks is None:
        marks = with_marks(marks, {graph.find(options.around).id: ("current",)})
    heat = Heat(view, pieces, wrong)
    frames = frames_of(pieces)
    dress_frames(view, pieces, frames)
    scene = Scene(view.theme, options.direction, title=graph.name or "")
    scene.caption = tuple(wrapped(options.caption, CAPTION_WIDTH, CAPTION_LINES))
    for remark in [*(lines or remarks_on(view)), *pieces.remarks]:
        scene.caption += tuple(wrapped(remark, CAPTION_WIDTH, CAPTION_LINES))
    scene.frames = list(frames.values())
    for piece in pieces.all:
        box = box_of(view, piece, frames)
        if not piece.is_fold:
            dress(view, box, piece.node)
        heat.lay_over(box, piece)
        names = marks_on(piece, marks)
        say_what_is_wrong(box, piece, wrong)
        mark_box(box, names, view.theme)
        box.lines += tuple(
            [
                shorten(clean(notes[n.id]))
                for n in (*piece.nodes, *piece.ends)
                if notes.get(n.id)
            ]
        )
        scene.boxes.append(box)
    scene.arrows = beside(view, pieces, arrows_of(view, pieces))
    _fade(scene, pieces, marks)
    used = {mark for piece in pieces.all for mark in marks_on(piece, marks)}
    scene.swatches = [
        *swatches_of_flow(view, scene.arrows),
        *swatches_of_orders(view),
        *swatches_of(used, view.theme),
    ]
    heat.explain(scene)
    add_stubs(scene, view, pieces)
    if any(piece.is_fold for piece in pieces.all):
        mark_turns(scene.boxes, scene.arrows)
    return scene


def frames_of(pieces: Pieces) -> dict[tuple[str, ...], Frame]:
    """Make the frames around the pieces: by scope, each after the one around it."""
    frames: dict[tuple[str, ...], Frame] = {}
    gradients = gradient_scopes(pieces)
    for piece in pieces.all:
        missing = []
        scope = piece.scope
        while scope and scope not in frames:
            missing.append(scope)
            scope = scope[:-1]
        for scope in reversed(missing):
            parent = frames.get(scope[:-1])
            count = pieces.counts.get(scope, 1)
            frames[scope] = Frame(
                f"cluster_{len(frames)}",
                pieces.titles.get(scope, scope[-1]),
                parent=None if parent is None else parent.key,
                kind="gradient" if scope in gradients else "scope",
                suffix=f"× {count}" if count > 1 else "",
                tip="/".join(scope),
            )
    return frames


def box_of(
    view: View,
    piece: Piece,
    frames: Mapping[tuple[str, ...], Frame],
) -> Box:
    """Make the box of a piece."""
    node = piece.node
    kind = piece.kind if piece.is_fold else view.kind_of(node)
    frame = frames.get(piece.scope)
    suffix = piece.suffix and f" {piece.suffix}"
    if not piece.is_fold:
        suffix = view.arguments_of(node) + suffix
    return Box(
        piece.key,
        kind,
        piece.title or title_of(view, node),
        fold_look(view.theme, kind) if piece.is_fold else view.theme.looks[kind],
        suffix=suffix,
        lines=tuple(lines_of(view, piece)),
        tip=tip_of(view, piece),
        frame=None if frame is None else frame.key,
        facts=facts_of(view, piece),
    )


def add_stubs(scene: Scene, view: View, pieces: Pieces) -> None:
    """Add what stands for the nodes that are left out."""
    for index, stub in enumerate(view.stubs):
        text = f"… {stub.size:,} node{'' if stub.size == 1 else 's'}"
        key = f"cut{index}"
        look = view.theme.looks["cut"]
        scene.boxes.append(Box(key, "cut", text, look, tip=f"{text} left out"))
        for giver in stub.givers:
            if giver not in pieces.of:
                continue  # only what takes part in the backward pass is shown
            tail = pieces.of[giver].key
            scene.arrows.append(Arrow(tail, key, role="cut", faded=True, weight=1))
        for taker in stub.takers:
            if taker not in pieces.of:
                continue
            head = pieces.of[taker].key
            scene.arrows.append(Arrow(key, head, role="cut", faded=True, weight=1))


def marks_on(piece: Piece, marks: Mapping[int, tuple[str, ...]]) -> list[str]:
    """List the marks of the nodes of a piece, the weakest first."""
    nodes = (*piece.nodes, *piece.ends)
    found = {mark for node in nodes for mark in marks.get(node.id, ())}
    if "failed" in found:  # how far the rest of a fold has come matters less
        found -= {"ahead", "done", "returned"}
    if "culprit" in found:
        found -= {"victim"}
    return [mark for mark in MARKS if mark in found]


def _fade(scene: Scene, pieces: Pieces, marks: Mapping[int, tuple[str, ...]]) -> None:
    """Fade the arrows to what has not run yet."""
    ahead = {piece.key for piece in pieces.all if "ahead" in marks_on(piece, marks)}
    for arrow in scene.arrows:
        arrow.faded = arrow.faded or arrow.head in ahead
