"""Draw a graph: into a file, for a notebook, or as DOT."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from graphnn.draw.compose import compose
from graphnn.draw.formats.written import write
from graphnn.draw.options import DrawOptions, Options
from graphnn.draw.output.files import checked_path
from graphnn.draw.output.picture import Picture
from graphnn.draw.tables.summary_table import summary

if TYPE_CHECKING:
    from graphnn.graph import Graph


def to_dot(graph: Graph, **options: Unpack[DrawOptions]) -> str:
    """Write a graph in DOT, Graphviz's language.

    Nodes are ``n0``, ``n1``, … by their rank in ``graph.nodes``; layers are nested
    boxes; every argument is an edge that carries a shape; a scalar constant stands in
    its consumer's label. The text is the same in every process.

    Parameters
    ----------
    graph : Graph
    **options
        As in :meth:`graphnn.Graph.draw`.

    Returns
    -------
    str
    """
    return write(compose(graph, Options.of(options)), "dot")


def draw(
    graph: Graph,
    path: str | os.PathLike[str] | None = None,
    **options: Unpack[DrawOptions],
) -> Picture | Path:
    """Draw a graph.

    Parameters
    ----------
    graph : Graph
    path : path_like, optional
        Where to write; the suffix is the format. Without a path, the picture is
        returned, and a notebook shows it.
    **options
        As in :meth:`graphnn.Graph.draw`; besides, `marks`, `notes` and a `caption`.

    Returns
    -------
    Picture or Path
        The path is that of the file that was written.
    """
    if path is not None:
        checked_path(path)
    asked = Options.of(options)
    scene = compose(graph, asked)
    picture = Picture(scene, lambda: summary(graph), len(graph), layout=asked.layout)
    return picture if path is None else picture.save(path)


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
    scene = compose(graph, Options())
    picture = Picture(scene, lambda: summary(graph), len(graph))
    return picture._repr_mimebundle_(include, exclude)
