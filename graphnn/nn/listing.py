"""What ``print(network)`` and ``print(layer)`` show."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphnn.graph import Graph

MOST_LINES = 60


def layer_text(layer: Any) -> str:
    """Show a layer: its part of the graph, once it is in one.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.Dense(2, "tanh")
    >>> print(layer)
    Dense: 2 neurons
    >>> layer(gn.Input("x", value=np.ones((4, 3)))).name
    'dense_1/tanh'
    >>> print(layer)
    Dense dense_1: 3 operations, 8 parameters (64 bytes), values 192 bytes, float64
                       output  parameters
    ├ weight_multiply  (4, 2)           6  ← x
    ├ bias_add         (4, 2)           2
    └ tanh             (4, 2)
    """
    graph, scope = home_of(layer)
    if graph is None:
        return listing(told(layer), layer.sublayers)
    name = "/".join(scope)
    return graph.tree(within=name, title=f"{type(layer).__name__} {name}")


def listing(title: str, parts: Iterable[Any], *further: str) -> str:
    """List layers that are in no graph yet, and under each those inside it.

    Parameters
    ----------
    title : str
    parts : iterable of Layer
    *further : str
        Lines that stand at the end of the list.

    Returns
    -------
    str
        As wide as the terminal at most; layers in a row that look alike are one line.

    Examples
    --------
    >>> import graphnn as gn
    >>> print(listing("A network", [gn.Dense(4), *[gn.Dense(2) for _ in range(3)]]))
    A network
    ├ Dense: 4 neurons
    └ Dense: 2 neurons × 3
    """
    lines, stack = [title], _items("", parts, further)
    while stack and len(lines) <= MOST_LINES:
        front, is_last, text, inside = stack.pop()
        lines.append(f"{front}{'└' if is_last else '├'} {text}")
        stack += _items(f"{front}{' ' if is_last else '│'} ", inside, ())
    if stack:  # perhaps without an end: a layer may have itself for a part
        lines.append("⋮")
    width = shutil.get_terminal_size((80, 24)).columns
    return "\n".join(_cut(line, width) for line in lines)


_Item = tuple[str, bool, str, list[Any]]
"""What stands in front of a line, whether it is the last, its text, layers inside."""


def _items(front: str, parts: Iterable[Any], further: Sequence[str]) -> list[_Item]:
    """Make the lines of one level, the last one first."""
    found: list[tuple[str, list[Any]]] = []
    for _, alike in groupby(parts, key=_look):
        row = list(alike)
        times = f" × {len(row)}" if len(row) > 1 else ""
        found.append((told(row[0]) + times, row[0].sublayers))
    found += [(text, []) for text in further]
    items = [(front, False, text, inside) for text, inside in found]
    if items:
        items[-1] = (front, True, *found[-1])
    return items[::-1]


def _look(layer: Any) -> list[str]:
    """Tell what a layer looks like, with those inside it (as far as they are shown)."""
    layers = [layer]
    for each in layers:
        if len(layers) > MOST_LINES:
            break
        layers += each.sublayers
    return [f"{told(each)} {len(each.sublayers)}" for each in layers]


def home_of(layer: Any) -> tuple[Graph | None, tuple[str, ...]]:
    """Find the graph that a layer is in, and its scope there."""
    ends = layer._ends
    if ends is not None:
        output = ends.output[0] if type(ends.output) is tuple else ends.output
        graph: Graph | None = output.graph
        if graph is not None:
            for scope, other in graph.layers.items():
                if other is layer:
                    return graph, scope
    return None, ()


def told(layer: Any) -> str:
    """Write a layer or a recipe as its repr does, on one line, without the brackets."""
    return repr(layer).replace("\n", " ").removeprefix("<").removesuffix(">")


def _cut(line: str, width: int) -> str:
    """Cut a line at its end; a letter that is not of Europe may take two columns."""
    room = width
    for place, character in enumerate(line):
        room -= 1 if character < "\u1100" or character in "├└│×⋮…–" else 2
        if room < 0 or (room == 0 and place + 1 < len(line)):
            return line[:place] + "…"
    return line
