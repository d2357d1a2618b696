"""What a layer shows: its part of the graph that it is in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from graphnn.errors import NotRunError
from graphnn.nn.alone import Alone
from graphnn.nn.listing import home_of, layer_text

if TYPE_CHECKING:
    from graphnn.draw.options import DrawOptions
    from graphnn.graph import Graph
    from graphnn.graph.failures import Failure


class ShownLayer(Alone):
    """A layer that can be looked at; see :class:`Layer`."""

    def draw(
        self, path: str | Path | None = None, **options: Unpack[DrawOptions]
    ) -> Any:
        """Draw the layer's part of the graph, and what it takes.

        Parameters
        ----------
        path : path_like, optional
            Where to; the suffix is the format.
        **options
            As in :meth:`Graph.draw`.

        Raises
        ------
        NotRunError
            Before the first batch.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> layers = [gn.Dense(4, "tanh"), gn.Dense(1)]
        >>> network = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
        >>> _ = network.forward(np.ones((2, 3)))
        >>> layers[1].draw()
        <Picture of a graph of 10 nodes; .save('graph.svg') writes it>
        """
        graph, within = self._home()
        options.setdefault("within", within)
        return graph.draw(path, **options)

    def to_dot(self, **options: Unpack[DrawOptions]) -> str:
        """Write the layer's part of the graph in DOT; see :meth:`draw`."""
        graph, within = self._home()
        options.setdefault("within", within)
        return graph.to_dot(**options)

    def __str__(self) -> str:
        return layer_text(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if home_of(self)[0] is None and self._graph_or_remains() is None:
            return {"text/plain": repr(self)}
        return self.draw()._repr_mimebundle_(include, exclude)

    @property
    def failure(self) -> Failure | None:
        """What went wrong last in the layer's graph; see :attr:`Graph.failure`."""
        graph = self._graph_or_remains()
        return None if graph is None else graph.failure

    def _home(self) -> tuple[Graph, str]:
        """Find the graph to draw, and the scope in it; all of what could not be built.

        Raises
        ------
        NotRunError
        """
        graph, scope = home_of(self)
        if graph is not None:
            return graph, "/".join(scope)
        remains = self._graph_or_remains()
        if remains is None:
            raise NotRunError(
                f"{self!r} has no graph yet: it is built on the first batch",
                "Run layer.forward(X), or the network that it is in, on a few rows.",
            )
        return remains, ""
