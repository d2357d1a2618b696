"""Lay a scene out, by the first layout program that is to be had."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING

from graphnn.draw.files import LAID_OUT
from graphnn.draw.formats.dot import to_dot
from graphnn.errors import ArgumentError, DrawError, did_you_mean

if TYPE_CHECKING:
    from graphnn.draw.scene import Scene

LAYOUTS = ("pygraphviz", "dot")
"""In the order in which they are tried."""

HELP = (
    'Install a layout program: pip install "graphnn[draw]" (pygraphviz), or Graphviz '
    "itself, so that its program dot is on PATH (https://graphviz.org/download).\n"
    "Without one, .dot, .mmd, .json and .graphml can be written."
)

# Graphviz keeps state of its own in global variables of C.
_LAYOUT = threading.Lock()


class NotHere(DrawError):
    """A layout program that is not installed."""


def render(picture: Scene | str, form: str, layout: str | None = None) -> bytes:
    """Lay a picture out.

    Parameters
    ----------
    picture : Scene or str
        A scene, or DOT.
    form : {"svg", "png", "pdf"}
    layout : {"pygraphviz", "dot"}, optional
        By default the first of these that is there.

    Returns
    -------
    bytes

    Raises
    ------
    ArgumentError
        For another format or layout.
    DrawError
        If no layout for this format is there.
    """
    check_layout(layout)
    if form not in LAID_OUT:
        raise ArgumentError(f"cannot lay out as {form!r}", did_you_mean(form, LAID_OUT))
    dot_text = picture if isinstance(picture, str) else to_dot(picture)
    if layout is not None:
        return _PROGRAMS[layout](dot_text, form)
    for program in _PROGRAMS.values():
        try:
            return program(dot_text, form)
        except NotHere:
            continue
    raise NotHere(f"no layout program here to make {form.upper()}", HELP)


def check_layout(layout: str | None) -> None:
    """Refuse what is no layout."""
    if layout is not None and layout not in LAYOUTS:
        raise ArgumentError(
            f"cannot lay out with {layout!r}", did_you_mean(str(layout), LAYOUTS)
        )


def _in_process(dot_text: str, form: str) -> bytes:
    """Lay out with pygraphviz."""
    try:
        import pygraphviz
    except ImportError as error:
        raise NotHere(f"no pygraphviz here to make {form.upper()}", HELP) from error
    # A DOT string is loaded whole: labels set by attribute would lose their markup.
    try:
        with _LAYOUT, warnings.catch_warnings():
            # Graphviz's remarks (a font that it replaces) come as warnings.
            warnings.simplefilter("ignore", RuntimeWarning)
            picture = pygraphviz.AGraph(string=dot_text)
            try:
                data = picture.draw(format=form, prog="dot")
            finally:
                picture.close()
    except (ValueError, OSError, RuntimeError, pygraphviz.DotError) as error:
        raise DrawError(f"Graphviz cannot lay this out: {error}") from error
    return bytes(data)


def _with_program(dot_text: str, form: str) -> bytes:
    """Lay out with the program ``dot``."""
    import graphviz

    try:
        return bytes(graphviz.pipe("dot", form, dot_text.encode(), quiet=True))
    except graphviz.ExecutableNotFound as error:
        raise NotHere(f"no layout program here to make {form.upper()}", HELP) from error
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise DrawError(f"Graphviz cannot lay this out: {said or error}") from error


_PROGRAMS = {"pygraphviz": _in_process, "dot": _with_program}
