"""What a graph shows of itself: pictures, tables and trees.

Drawing is imported when it is asked for, so that running never loads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, cast

from graphnn.graph.members import Members

if TYPE_CHECKING:
    from graphnn.draw.options import DrawOptions
    from graphnn.graph.graph import Graph


class Shown(Members):
    """The nodes of a graph, and how they are shown; see :class:`graphnn.Graph`."""

    @property
    def _itself(self) -> Graph:
        return cast("Graph", self)

    def draw(
        self,
        path: str | Path | None = None,
        *,
        target: Any = None,
        within: str = "",
        show: str | Iterable[str] = ("shape",),
        depth: int | None = None,
        fold: Any = None,
        expand: Any = None,
        repeats: bool = True,
        direction: str = "TB",
        passes: str = "forward",
        highlight: Any = None,
        color_by: str | None = None,
        theme: str = "light",
        max_nodes: int | None = 200,
        around: Any = None,
        radius: int | None = None,
        layout: str | None = None,
        marks: Any = None,
        notes: Any = None,
        caption: str = "",
        **unknown: Any,
    ) -> Any:
        """Draw the graph.

        After a pass that has failed: what ran, the node that raised with its message,
        and what never ran. What is NaN or infinite is pointed out.

        Parameters
        ----------
        path : path_like, optional
            Where to; the suffix is the format: ``.svg``, ``.png``, ``.pdf``, ``.dot``
            (or ``.gv``), ``.mmd`` (Mermaid, which GitHub shows), ``.json`` (networkx's
            node-link form), ``.graphml``. Without one, a picture that a notebook shows.
        target : node, str, layer, or list of them, optional
            Draw only what it needs. A layer, or the name of its scope, is one here and
            below: the last operation in it, or all of it, whichever makes sense.
        within : str, optional
            Draw only what is in this scope, and what it takes: ``"encoder/block_3"``.
        show : str or iterable of str
            What is written: ``"shape"`` and ``"dtype"`` beside the arrows; ``"value"``
            and ``"grad"`` (small ones whole, of others how large they are),
            ``"source"`` (the user's line) and ``"formula"`` in the boxes.
        depth : int, optional
            How many levels of scopes are open: 1 makes a box of each layer, 0 one box
            of all. Equal blocks in a row are then one, ``× 12``. By default all levels
            are, for as long as these are no more than `max_nodes` boxes.
        fold, expand : str, layer, iterable of them, or callable, optional
            Scopes that are closed, and that are open whatever `depth` says: names
            (``"encoder/block_3"``), globs (``"encoder/*"``), or a function that is
            asked with each name. An operation that is to be expanded is drawn as the
            NumPy calls that it is made of.
        repeats : bool
            Whether equal blocks in a row are drawn once, where scopes are folded. Those
            that are coloured by what they measure are drawn each.
        direction : {"TB", "LR", "BT", "RL"}
            Where the arrows go: from top to bottom, from left to right, ….
        passes : {"forward", "backward", "both"}
            Which flow is drawn. Gradients run against the arrows of the values, with
            their shape and their size (Euclidean norm; of a scalar, the number); "–"
            is one that has not been computed.
        highlight : node, str, layer, iterable of them, or callable, optional
            Nodes, names or globs to point out.
        color_by : {"grad_norm", "value", "time", "memory", "dtype"}, optional
            Colour the boxes by the size of their gradient or value, by what they cost,
            or by their dtype. Of a closed scope it is the gradient at its output, or
            the value of that; after a plan, which leaves none there, the gradients of
            parameters. What is NaN or infinite is marked, the first one most.
        theme : {"light", "dark"}
        max_nodes : int or None
            Above so many boxes scopes are folded, the deepest first, unless `depth`
            says how deep to go. None: never.
        around : node, str or layer, optional
            Show only what lies around this node; stubs count what is left out.
        radius : int, optional
            How many steps from there; by default up to 4, for as long as that is no
            crowd.
        layout : {"pygraphviz", "dot", "built-in"}, optional
            What lays out; by default the first that is installed. The built-in layout
            makes only SVG; it stands in where another one takes too long.
        marks : mapping of node, str or layer to str or an iterable of them, optional
            What nodes are marked as: ``"done"``, ``"current"``, ``"failed"``, ….
        notes : mapping of node, str or layer to str, optional
            A short line of your own for the boxes of nodes.
        caption : str, optional
            A line or three over the picture.
        **unknown
            Is refused, with the nearest setting that there is.

        Returns
        -------
        Picture or Path
            The path is that of the file that was written.

        Raises
        ------
        ArgumentError
            For a setting that is none of the choices, or an unknown format.
        MissingNode
            For a name that nothing has.
        MissingFolder
            If the folder of `path` does not exist.
        DrawError
            If no layout for that format is installed.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x = gn.Input("x", value=3.0)
        >>> y = x * x
        >>> y.graph.backward(y, wrt=x)
        >>> dot = y.graph.to_dot(passes="both", show=["value", "grad"])
        >>> dot.count("dir=back")  # 3 along each of the two arguments: x.grad is 6
        2
        """
        from graphnn import draw

        self._itself.check_whole()
        return draw.draw(
            self._itself,
            path,
            target=target,
            within=within,
            show=show,
            depth=depth,
            fold=fold,
            expand=expand,
            repeats=repeats,
            direction=direction,
            passes=passes,
            highlight=highlight,
            color_by=color_by,
            theme=theme,
            max_nodes=max_nodes,
            around=around,
            radius=radius,
            layout=layout,
            marks=marks,
            notes=notes,
            caption=caption,
            **unknown,
        )

    def to_dot(self, **options: Unpack[DrawOptions]) -> str:
        """Write the graph in Graphviz's DOT language; no Graphviz is needed.

        Parameters
        ----------
        **options
            As in :meth:`draw`.
        """
        from graphnn import draw

        self._itself.check_whole()
        return draw.to_dot(self._itself, **options)

    def summary(
        self,
        *,
        depth: int | None = None,
        width: int | None = None,
        max_rows: int | None = 200,
    ) -> str:
        """Tabulate inputs and operations, with the totals.

        A row for each: name, class, shape of the output (and dtype, where it is not
        that of most), parameters, the norms of gradients where there are any, source.

        Parameters
        ----------
        depth : int, optional
            How many levels of names are told apart: with 1, each layer is one row.
        width : int, optional
            Columns that the table has to fit; by default those of the terminal, and 80
            where there is none, as in a file. What has no room is cut or left out.
        max_rows : int or None
            Above so many rows, equal blocks in a row are told once. None: never.

        Returns
        -------
        str
        """
        from graphnn import draw

        return draw.summary(self._itself, depth=depth, width=width, max_rows=max_rows)

    def tree(
        self,
        *,
        depth: int | None = None,
        width: int | None = None,
        max_lines: int | None = 60,
        within: str = "",
        title: str | None = None,
    ) -> str:
        """Write inputs and operations as a tree, under the scopes that they are in.

        What ``print(graph)`` shows. A line tells the shape of the output, parameters,
        and what it takes where that is not just what the line before it gives. Equal
        blocks in a row are written once, ``× 12``.

        Parameters
        ----------
        depth : int, optional
            How many levels of names are told apart; by default as many as fit into
            `max_lines`.
        width : int, optional
            Columns that the tree has to fit; as for :meth:`summary`.
        max_lines : int or None
            How long it may be. None: as long as it is.
        within : str, optional
            Only what is in this scope: ``"encoder/block_3"``.
        title : str, optional
            What stands in front of the totals.

        Returns
        -------
        str
        """
        from graphnn import draw

        return draw.tree(
            self._itself,
            depth=depth,
            width=width,
            max_lines=max_lines,
            within=within,
            title=title,
        )

    def __str__(self) -> str:
        return self.tree()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        from graphnn import draw

        return draw.mimebundle(self._itself, include, exclude)
