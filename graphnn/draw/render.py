"""Lay DOT out and give it to a file, a notebook or a caller."""

from __future__ import annotations

import os
import secrets
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphnn.draw.dot import to_dot
from graphnn.draw.text import summary
from graphnn.errors import ArgumentError, DrawError, MissingFolder, did_you_mean

if TYPE_CHECKING:
    from graphnn.graph import Graph

LAID_OUT = ("svg", "png", "pdf")
WRITTEN = ("dot", "gv")

LARGEST_SHOWN = 500
"""Nodes above which a notebook gets the table alone. Layers in a row are laid out in
half a second at 1,000 nodes, but a tangle of 900 takes 12 seconds, and it grows."""

HELP = (
    'Install a layout program: pip install "graphnn[draw]" (pygraphviz), or Graphviz '
    "itself, so that its program dot is on PATH (https://graphviz.org/download).\n"
    "Without one, graph.to_dot() and graph.draw('graph.dot') still work."
)

# Graphviz keeps state of its own in global variables of C.
_LAYOUT = threading.Lock()


class Picture:
    """A drawn graph: a notebook shows it, :meth:`save` writes it.

    Attributes
    ----------
    dot : str
        The graph in DOT.
    table : str
        The graph as a table: what is shown where no layout program is.
    nodes : int
        How many nodes the graph has.
    part : bool
        Whether it shows a neighbourhood, which is laid out quickly in any graph.
    what, unit : str
        A graph of nodes, or a plan of calls.
    """

    def __init__(
        self,
        dot: str,
        table: str,
        nodes: int,
        *,
        part: bool = False,
        what: str = "graph",
        unit: str = "node",
    ) -> None:
        self.dot = dot
        self.table = table
        self.nodes = nodes
        self.part = part
        self.what, self.unit = what, unit

    def __repr__(self) -> str:
        of = f"{'a part of ' if self.part else ''}a {self.what}"
        return (
            f"<Picture of {of} of {self.nodes} {self.unit}s; "
            f".save('{self.what}.svg') writes it>"
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the suffix is the format.

        Returns
        -------
        Path
            The file.
        """
        return _write(_checked(path), self.dot)

    def _repr_svg_(self) -> str | None:
        return self._repr_mimebundle_().get("image/svg+xml")

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> dict[str, str]:
        wanted = {"image/svg+xml", "text/plain"}
        if include is not None:
            wanted &= set(include)
        wanted -= set(exclude or ())
        bundle = {"text/plain": self.table} if "text/plain" in wanted else {}
        is_small = self.part or self.nodes <= LARGEST_SHOWN
        if "image/svg+xml" in wanted and is_small:
            try:
                svg = render(self.dot, "svg").decode()
            except DrawError:
                return bundle
            # XML's prolog and DOCTYPE may not stand inside a page.
            bundle["image/svg+xml"] = svg[svg.index("<svg") :]
        return bundle


def draw(
    graph: Graph,
    path: str | os.PathLike[str] | None = None,
    *,
    target: Any = None,
    direction: str = "TB",
    marks: Mapping[Any, str | Iterable[str]] | None = None,
    notes: Mapping[Any, str] | None = None,
    caption: str = "",
    around: Any = None,
    radius: int | None = None,
) -> Picture | Path:
    """Draw a graph.

    Parameters
    ----------
    graph : Graph
    path : path_like, optional
        Where to write; the suffix is the format: ``.svg``, ``.png``, ``.pdf``, or
        ``.dot`` / ``.gv``, which need no layout program. Without a path, the picture is
        returned, and a notebook shows it.
    target : node, str or a list of them, optional
        Draw only what this needs.
    direction : {"TB", "LR", "BT", "RL"}, default "TB"
    marks, notes, caption, around, radius
        As in :func:`to_dot`: what is said of single nodes, and which part is shown.

    Returns
    -------
    Picture or Path
        The path is that of the file that was written.

    Raises
    ------
    ArgumentError
        For an unknown format, direction or mark.
    MissingFolder
        If the folder of `path` does not exist.
    DrawError
        If there is no layout program.
    """
    checked = None if path is None else _checked(path)
    dot = to_dot(
        graph,
        target=target,
        direction=direction,
        marks=marks,
        notes=notes,
        caption=caption,
        around=around,
        radius=radius,
    )
    if checked is not None:
        return _write(checked, dot)
    return Picture(dot, summary(graph), len(graph), part=around is not None)


def mimebundle(
    graph: Graph,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> dict[str, str]:
    """Show a graph in a notebook: a picture where that can be had, and a table.

    Returns
    -------
    dict of str to str
        By MIME type: ``text/plain``, ``image/svg+xml``.
    """
    # The text of a picture that will not be shown is not written.
    dot = to_dot(graph) if len(graph) <= LARGEST_SHOWN else ""
    picture = Picture(dot, summary(graph), len(graph))
    return picture._repr_mimebundle_(include, exclude)


def render(dot_text: str, format: str) -> bytes:  # noqa: A002 -- Graphviz's own word
    """Lay DOT out: in process if pygraphviz is there, else with the program ``dot``.

    Parameters
    ----------
    dot_text : str
    format : {"svg", "png", "pdf"}

    Returns
    -------
    bytes

    Raises
    ------
    ArgumentError
        For another format.
    DrawError
        If neither is there, or the text is no DOT.
    """
    if format not in LAID_OUT:
        raise ArgumentError(
            f"cannot lay out as {format!r}", did_you_mean(format, LAID_OUT)
        )
    try:
        import pygraphviz
    except ImportError:
        return _render_with_program(dot_text, format)
    # A DOT string is loaded whole: labels set by attribute would lose their markup.
    try:
        with _LAYOUT, warnings.catch_warnings():
            # Graphviz's remarks (a font that it replaces) come as warnings.
            warnings.simplefilter("ignore", RuntimeWarning)
            picture = pygraphviz.AGraph(string=dot_text)
            try:
                data = picture.draw(format=format, prog="dot")
            finally:
                picture.close()
    except (ValueError, OSError, RuntimeError, pygraphviz.DotError) as error:
        raise DrawError(f"Graphviz cannot lay this out: {error}") from error
    return bytes(data)


def _render_with_program(dot_text: str, format: str) -> bytes:  # noqa: A002
    import graphviz

    try:
        return bytes(graphviz.pipe("dot", format, dot_text.encode(), quiet=True))
    except graphviz.ExecutableNotFound as error:
        raise DrawError(
            f"no layout program here to make {format.upper()}", HELP
        ) from error
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise DrawError(f"Graphviz cannot lay this out: {said or error}") from error


def write_checked(path: str | os.PathLike[str]) -> Callable[[str], Path]:
    """Refuse a path that cannot be written; give what writes DOT there.

    Raises
    ------
    ArgumentError
        For a folder, or a suffix that is no format.
    MissingFolder
        If its folder does not exist.
    """
    return partial(_write, _checked(path))


def _checked(path: str | os.PathLike[str]) -> Path:
    """Refuse, before any work, a path that cannot be written."""
    file = Path(path)
    known = [f".{name}" for name in LAID_OUT + WRITTEN]
    if file.is_dir():
        raise ArgumentError(
            f"{str(file)!r} is a folder",
            f"Name a file in it, such as {str(file / 'graph.svg')!r}.",
        )
    if file.suffix.lower() not in known:
        has = f"the suffix {file.suffix!r}" if file.suffix else "no suffix"
        near = did_you_mean(file.suffix, known) if file.suffix else ""
        near = f"{near} " if near.startswith("Did") else ""
        raise ArgumentError(
            f"cannot tell a format from {str(file)!r}: it has {has}",
            f"{near}A picture is written as {', '.join(known[:-1])} or {known[-1]}.",
        )
    if not file.parent.is_dir():
        raise MissingFolder(
            f"cannot write {str(file)!r}: there is no folder {str(file.parent)!r}",
            "Make it first, for example with Path(...).mkdir(parents=True).",
        )
    return file


def _write(file: Path, dot_text: str) -> Path:
    """Write all or nothing: a reader never sees half of a picture."""
    form = file.suffix.lower()[1:]
    data = dot_text.encode() if form in WRITTEN else render(dot_text, form)
    # Through a link to what it points at; the link itself stays.
    goal = file.resolve()
    # Opened by name, not by tempfile, so that it gets the user's usual permissions.
    draft = goal.with_name(f".graphnn-{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(goal)
    finally:
        draft.unlink(missing_ok=True)
    return file
