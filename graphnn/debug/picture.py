"""The picture of a stepper: what has run, where it stands, what the gradients are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from graphnn.draw.drawing import draw
from graphnn.draw.labels import UNKNOWN
from graphnn.draw.magnitudes import trouble_in
from graphnn.draw.marking.blame import blamed
from graphnn.draw.tables.summary_table import norm_text

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from graphnn.debug.stepper import Stepper
    from graphnn.draw import Picture

LARGEST_WHOLE = 150
"""Nodes of a pass above which only what lies around the cursor is drawn."""


def draw_stepper(
    stepper: Stepper,
    path: str | os.PathLike[str] | None = None,
    *,
    radius: int | None = None,
    direction: str = "TB",
    error: BaseException | None = None,
) -> Picture | Path:
    """Draw a pass as it stands: what has run, the cursor, the gradients so far.

    Parameters
    ----------
    stepper : Stepper
    path : path_like, optional
        Where to; see :func:`graphnn.draw.draw`. Without one, a picture is returned.
    radius : int, optional
        Draw only what lies within so many steps of the cursor; stubs count the rest. By
        default a pass of up to 150 nodes is drawn whole, a larger one within up to 4.
    direction : {"TB", "LR", "BT", "RL"}, default "TB"
    error : BaseException, optional
        What the next step has raised: its node is drawn as the one that failed.

    Returns
    -------
    Picture or Path

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, 4.0], name="w")
    >>> stepper = gn.Stepper(np.sum(np.square(w)).graph)
    >>> _ = stepper.seek(3)
    >>> picture = draw_stepper(stepper)
    >>> "step 3 of 4: backward, sum" in picture.dot
    True
    """
    graph = stepper.graph
    nodes = graph.order(stepper.targets)
    around = None
    if radius is not None or len(nodes) > LARGEST_WHOLE:
        around = _cursor(stepper)
    return draw(
        graph,
        path,
        target=stepper.targets,
        direction=direction,
        marks=marks_of(stepper, error),
        notes=notes_of(stepper, error),
        caption=caption_of(stepper, error),
        around=around,
        radius=radius,
    )


def caption_of(stepper: Stepper, error: BaseException | None = None) -> str:
    """Say where a stepper stands, or what its next step has raised."""
    step, graph = stepper.current, stepper.graph
    if error is not None and stepper.upcoming is not None:
        node = stepper.upcoming.node
        text = str(error).partition("\n")[0].removeprefix(f"{node.describe()}: ")
        where = f"step {stepper.upcoming.index} of {len(stepper)}"
        return f"{where}: {graph.name_of(node)} raised {type(error).__name__}: {text}"
    where = f"step {stepper.index} of {len(stepper)}"
    if step is None:
        return f"{where}: before the first"
    return f"{where}: {step.phase}, {graph.name_of(step.node)}"


def _cursor(stepper: Stepper) -> Any:
    """Give the node that the stepper stands at, or in front of."""
    if stepper.current is not None:
        return stepper.current.node
    return stepper.targets[0] if stepper.upcoming is None else stepper.upcoming.node


# -- marks -----------------------------------------------------------------------------
def marks_of(
    stepper: Stepper, error: BaseException | None = None
) -> dict[Any, list[str]]:
    """Say what each node is marked as; see :mod:`graphnn.draw.marking.marks`."""
    progress: dict[Any, str] = {}
    for moment in stepper.timeline:
        if moment.phase == "forward":
            progress[moment.node] = "done" if moment.state == "done" else "ahead"
        elif moment.state == "done":
            progress[moment.node] = "returned"
    for leaf in _complete_leaves(stepper):
        progress[leaf] = "returned"
    step = stepper.current
    if step is not None:  # the cursor says what the sign of progress would
        progress[step.node] = "current"
    marks = {node: [mark] for node, mark in progress.items()}

    def add(nodes: Iterable[Any], mark: str) -> None:
        for node in nodes:
            marks.setdefault(node, []).append(mark)

    add({node: None for node, _ in stepper.edited}, "edited")
    nodes = stepper.graph.order(stepper.targets)
    culprits, victims = blamed(stepper.graph, nodes, stepper.targets)
    add(culprits, "culprit")
    add([node for node in victims if node.id not in {c.id for c in culprits}], "victim")
    add(_stopped_at(stepper), "breakpoint")
    if error is not None and stepper.upcoming is not None:
        marks[stepper.upcoming.node] = ["failed"]
    return marks


def _complete_leaves(stepper: Stepper) -> list[Any]:
    """List the leaves that have their whole gradient: nothing more comes to them."""
    waiting: set[int] = set()
    fed: set[int] = set()
    for moment in stepper.timeline:
        if moment.phase == "backward":
            found = fed if moment.state == "done" else waiting
            found.update(moment.node.input_ids)
    complete = fed - waiting
    return [
        node
        for node in stepper.graph.order(stepper.targets)
        if node.id in complete and not node.input_ids and node.output_grad is not None
    ]


def _stopped_at(stepper: Stepper) -> list[Any]:
    """List the nodes that an enabled breakpoint names, if it does not name them all."""
    places = [
        breakpoint_.place
        for breakpoint_ in stepper.breakpoints
        if breakpoint_.enabled and breakpoint_.place.where is not None
    ]
    return [
        node
        for node in dict.fromkeys(moment.node for moment in stepper.timeline)
        if any(place.fits(node) for place in places)
    ]


# -- notes -----------------------------------------------------------------------------
def notes_of(stepper: Stepper, error: BaseException | None = None) -> dict[Any, str]:
    """Say under each node what its value is like or, once they flow, its gradient.

    What has not been computed is "–", so the picture keeps its size while it is stepped
    through.
    """
    is_backward = stepper.current is not None and stepper.current.phase == "backward"
    notes = {}
    for node in stepper.graph.order(stepper.targets):
        is_noted = node.kind in ("operation", "parameter")
        if is_backward and (is_noted or node.output_grad is not None):
            notes[node] = _note("‖grad‖", node.output_grad)
            trouble = trouble_in(node.output)
            if trouble and not trouble_in(node.output_grad):
                notes[node] = f"value: {trouble}"
        elif is_noted or trouble_in(node.output):
            notes[node] = _note("‖value‖", node.output)
    if error is not None and stepper.upcoming is not None:
        notes[stepper.upcoming.node] = type(error).__name__
    return notes


def _note(what: str, value: Any) -> str:
    if value is None:
        return f"{what} {UNKNOWN}"
    return trouble_in(value) or f"{what} {norm_text(value)}"
