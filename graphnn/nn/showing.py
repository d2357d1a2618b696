"""What a network shows of its graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from graphnn.errors import NotRunError
from graphnn.graph import Graph
from graphnn.nn.assembly import Assembly
from graphnn.nn.listing import listing

if TYPE_CHECKING:
    from graphnn.draw.options import DrawOptions
    from graphnn.graph.failures import Failure


class Shown(Assembly):
    """Something whose graph can be looked at; see :class:`NeuralNetwork`."""

    graph: Graph | None
    layers: list[Any]
    loss: Any

    def _graph(self) -> Graph:
        """Give the graph; if it could not be built, what is left of it."""
        graph = self._graph_or_remains()
        if graph is None:
            raise NotRunError(
                "the network has no graph yet: it is built on the first batch",
                "Run net.forward(X) on a batch first; a few rows are enough.",
            )
        return graph

    def summary(
        self,
        *,
        depth: int | None = None,
        width: int | None = None,
        max_rows: int | None = 200,
    ) -> str:
        """Tabulate the operations, or with ``depth=1`` the layers.

        Parameters
        ----------
        depth, width, max_rows
            As in :meth:`Graph.summary`.

        Returns
        -------
        str
        """
        return self._graph().summary(depth=depth, width=width, max_rows=max_rows)

    def tree(
        self,
        *,
        depth: int | None = None,
        width: int | None = None,
        max_lines: int | None = 60,
    ) -> str:
        """Write layers and operations as a tree, which ``print(network)`` shows, too.

        Parameters
        ----------
        depth, width, max_lines
            As in :meth:`Graph.tree`.

        Returns
        -------
        str
        """
        return self._graph().tree(
            depth=depth, width=width, max_lines=max_lines, title=self._title()
        )

    def _title(self) -> str:
        count = "1 layer" if len(self.layers) == 1 else f"{len(self.layers):,} layers"
        return f"{type(self).__name__} of {count}"

    def __str__(self) -> str:
        if self.graph is not None:
            return self.tree()
        kind = getattr(self.loss, "__name__", type(self.loss).__name__)
        return listing(f"{self._title()}, not run yet", self.layers, f"loss: {kind}")

    def draw(
        self, path: str | Path | None = None, **options: Unpack[DrawOptions]
    ) -> Any:
        """Draw the graph.

        Parameters
        ----------
        path : path_like, optional
            Where to; the suffix is the format.
        **options
            As in :meth:`Graph.draw`.
        """
        return self._graph().draw(path, **options)

    def to_dot(self, **options: Unpack[DrawOptions]) -> str:
        """Write the graph in Graphviz's DOT language; see :meth:`draw`."""
        return self._graph().to_dot(**options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if self.graph is None and self._remains is None:
            return {"text/plain": repr(self)}
        return self._graph()._repr_mimebundle_(include, exclude)

    @property
    def failure(self) -> Failure | None:
        """What went wrong last, while the graph was built or in a pass over it.

        See :attr:`Graph.failure`.
        """
        graph = self._graph_or_remains()
        return None if graph is None else graph.failure
