"""A drawn graph that a notebook shows and that can be saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from graphnn.draw.formats.written import write
from graphnn.draw.output.files import LAID_OUT, WRITTEN, checked_path, write_whole
from graphnn.draw.output.render import check_layout, render
from graphnn.errors import DrawError

if TYPE_CHECKING:
    from graphnn.draw.scene import Scene

LARGEST_SHOWN = 500
"""Boxes above which a notebook gets the table alone. Layers in a row are laid out in
half a second at 1,000 boxes, but a tangle of 900 takes 12 seconds, and it grows."""


class Picture:
    """A drawn graph: a notebook shows it, :meth:`save` writes it.

    Attributes
    ----------
    scene : Scene
        What it is made of.
    nodes : int
        How many nodes the graph has.
    what, unit : str
        A graph of nodes, or a plan of calls.
    """

    def __init__(
        self,
        scene: Scene,
        table: Callable[[], str],
        nodes: int,
        *,
        layout: str | None = None,
        what: str = "graph",
        unit: str = "node",
    ) -> None:
        check_layout(layout)
        self.scene = scene
        self.nodes = nodes
        self.layout = layout
        self.what, self.unit = what, unit
        self._table = table

    def __repr__(self) -> str:
        is_part = any(box.kind == "cut" for box in self.scene.boxes)
        return (
            f"<Picture of {'a part of ' if is_part else ''}a {self.what} of "
            f"{self.nodes} {self.unit}s; .save('{self.what}.svg') writes it>"
        )

    @property
    def dot(self) -> str:
        """The picture in DOT."""
        return write(self.scene, "dot")

    @property
    def table(self) -> str:
        """The graph as a table: what is shown where no picture can be."""
        return self._table()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the suffix is the format.

        Returns
        -------
        Path
            The file.
        """
        file = checked_path(path)
        form = file.suffix.lower()[1:]
        if form in LAID_OUT:
            data = render(self.scene, form, self.layout)
        else:
            data = write(self.scene, WRITTEN[form]).encode()
        write_whole(file, data)
        return file

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
        if "image/svg+xml" in wanted and len(self.scene.boxes) <= LARGEST_SHOWN:
            try:
                svg = render(self.scene, "svg", self.layout).decode()
            except DrawError:
                return bundle
            # XML's prolog and DOCTYPE may not stand inside a page.
            bundle["image/svg+xml"] = svg[svg.index("<svg") :]
        return bundle
