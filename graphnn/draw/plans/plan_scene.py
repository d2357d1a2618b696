"""A plan as a picture: each call a box, in the colour of the memory that it writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphnn.draw.compose import CAPTION_LINES, CAPTION_WIDTH
from graphnn.draw.labels import wrapped
from graphnn.draw.options import check_direction
from graphnn.draw.output.files import checked_path
from graphnn.draw.output.picture import Picture
from graphnn.draw.plans.plan_boxes import PlanView, frames_of
from graphnn.draw.plans.plan_colours import Colours, with_passes
from graphnn.draw.plans.plan_flow import Flow
from graphnn.draw.scene import Scene
from graphnn.draw.themes import theme_called
from graphnn.errors import ArgumentError
from graphnn.planning.source import places_of, source_of, statements_of

if TYPE_CHECKING:
    from graphnn.planning.planned import PlannedPass
    from graphnn.planning.statements import Statement

MOST_CALLS = 300
"""More are no picture."""


def draw_plan(
    planned: PlannedPass,
    update: Any = None,
    path: str | os.PathLike[str] | None = None,
    *,
    direction: str = "TB",
    caption: str = "",
    theme: str = "light",
    layout: str | None = None,
) -> Picture | Path:
    """Draw the calls of a plan.

    Parameters
    ----------
    planned : PlannedPass
    update : Update, optional
        What updates the parameters.
    path : path_like, optional
        Where to write, as for :meth:`graphnn.Graph.draw`.
    direction : {"TB", "LR", "BT", "RL"}, default "TB"
    caption : str, optional
    theme : {"light", "dark"}, default "light"
    layout : {"pygraphviz", "dot", "built-in"}, optional
        What lays out; by default the first that is installed.

    Returns
    -------
    Picture or Path
        The path is that of the file that was written.

    Raises
    ------
    ArgumentError
        For a plan of very many calls; for an unknown format, direction, theme or
        layout.
    MissingFolder
        If the folder of `path` does not exist.
    DrawError
        If no layout for that format is installed.
    """
    if path is not None:
        checked_path(path)
    statements = statements_of(planned, update)
    scene = compose_plan(
        planned, update, direction=direction, caption=caption, theme=theme
    )
    picture = Picture(
        scene,
        lambda: source_of(planned, update),
        len(statements),
        layout=layout,
        what="plan",
        unit="call",
    )
    return picture if path is None else picture.save(path)


def compose_plan(
    planned: PlannedPass,
    update: Any = None,
    *,
    direction: str = "TB",
    caption: str = "",
    theme: str = "light",
) -> Scene:
    """Compose the picture of a plan.

    A box is a call: what is called, and where the result goes; boxes of one colour
    write the same memory. An arrow leads from the call that has written a value to one
    that reads it. Around the calls of a hook is a frame with the node's name.

    Parameters
    ----------
    planned : PlannedPass
    update : Update, optional
    direction : {"TB", "LR", "BT", "RL"}, default "TB"
    caption : str, optional
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    Scene

    Raises
    ------
    ArgumentError
        For a plan of very many calls, or an unknown direction or theme.
    """
    check_direction(direction)
    look = with_passes(theme_called(theme))
    statements = statements_of(planned, update)
    _check_size(statements)
    places = places_of(planned, update, statements)
    view = PlanView(statements, places, planned.outputs)
    colours = Colours(view, look)
    flow = Flow(view, look)
    scene = Scene(look, direction, title=planned.graph.name or "")
    scene.frames, frame_of = frames_of(statements)
    for number in range(len(statements)):
        leaves, arrows = flow.into(number)
        scene.boxes += [*leaves, view.box(number, colours, frame_of.get(number))]
        scene.arrows += arrows
    count = len(statements)
    said = f"{count} calls, numbered in their order" if count > 1 else f"{count} call"
    scene.caption = (
        *wrapped(caption, CAPTION_WIDTH, CAPTION_LINES),
        f"{said}; one colour, one buffer" if colours.fills else said,
    )
    scene.swatches = colours.swatches()
    return scene


def _check_size(statements: list[Statement]) -> None:
    if len(statements) > MOST_CALLS:
        raise ArgumentError(
            f"a plan of {len(statements):,} calls is too large for a picture, which "
            f"shows up to {MOST_CALLS}",
            "Draw the graph, plan.graph.draw(...), or read the calls, "
            "print(plan.source()).",
        )
