"""Lay a scene out, by the first layout that is to be had."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from graphnn.draw.formats.dot import to_dot
from graphnn.draw.output.files import LAID_OUT
from graphnn.draw.output.programs import (
    HELP,
    NotHere,
    TooSlow,
    with_dot,
    with_pygraphviz,
)
from graphnn.errors import ArgumentError, DrawError, did_you_mean
from graphnn.graph.source import capture

if TYPE_CHECKING:
    from graphnn.draw.scene import Scene

LAYOUTS = ("pygraphviz", "dot", "built-in")
"""In the order in which they are tried."""

_PROGRAMS = {"pygraphviz": with_pygraphviz, "dot": with_dot}


def render(picture: Scene | str, form: str, layout: str | None = None) -> bytes:
    """Lay a picture out.

    Parameters
    ----------
    picture : Scene or str
        A scene, or DOT.
    form : {"svg", "png", "pdf"}
    layout : {"pygraphviz", "dot", "built-in"}, optional
        By default the first of these that is there. The built-in one makes SVG, of a
        scene.

    Returns
    -------
    bytes

    Raises
    ------
    ArgumentError
        For another format or layout.
    DrawError
        If no layout for this format is there, or it takes too long; an SVG is then
        laid out by the built-in one, unless another was asked for.
    """
    check_layout(layout)
    if form not in LAID_OUT:
        raise ArgumentError(f"cannot lay out as {form!r}", did_you_mean(form, LAID_OUT))
    if layout == "built-in":
        if form != "svg" or isinstance(picture, str):
            what = (
                f"{form.upper()} of DOT" if isinstance(picture, str) else form.upper()
            )
            raise DrawError(
                f"the built-in layout makes SVG of a graph, no {what}",
                "Leave layout= out, or write a .svg.",
            )
        return built_in(picture, form)
    dot_text = picture if isinstance(picture, str) else to_dot(picture)
    arrows = dot_text.count(" -> ")
    if layout is not None:
        return _PROGRAMS[layout](dot_text, form, arrows)
    for program in _PROGRAMS.values():
        try:
            return program(dot_text, form, arrows)
        except NotHere:
            continue
        except TooSlow as error:
            if form != "svg" or isinstance(picture, str):
                raise
            file, line, _ = capture() or ("graphnn", 0, "")
            text = f"{error}\nThis one is by the built-in layout."
            warnings.warn_explicit(text, UserWarning, file, line)
            break
    return built_in(picture, form)


def check_layout(layout: str | None) -> None:
    """Refuse what is no layout."""
    if layout is not None and layout not in LAYOUTS:
        raise ArgumentError(
            f"cannot lay out with {layout!r}", did_you_mean(str(layout), LAYOUTS)
        )


def built_in(picture: Scene | str, form: str) -> bytes:
    """Lay a scene out without any program."""
    from graphnn.draw.layered import to_svg

    if form != "svg" or isinstance(picture, str):
        raise NotHere(f"no layout program here to make {form.upper()}", HELP)
    return to_svg(picture).encode()
