"""Scopes by name: their path, with a stroke between the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphnn.draw.choosing import NO_NAMES
from graphnn.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    from graphnn.graph import Graph


def scope_called(graph: Graph, name: str) -> tuple[str, ...]:
    """Find the scope of a name.

    Raises
    ------
    ArgumentError
        If there is none of that name.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> y = gn.Dense(2, "tanh")(gn.Input("x", value=np.ones((4, 3))))
    >>> scope_called(y.graph, "dense_1"), scope_called(y.graph, "")
    (('dense_1',), ())
    """
    if not name:
        return ()
    known: dict[str, tuple[str, ...]] = {}
    for node in graph.nodes:
        path = tuple(node.scope)
        known |= {"/".join(path[: i + 1]): path[: i + 1] for i in range(len(path))}
    if name not in known:
        raise ArgumentError(
            f"{graph!r} has no scope {name!r:.60}",
            did_you_mean(str(name), known) or NO_NAMES,
        )
    return known[name]
