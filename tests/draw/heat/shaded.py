"""Graphs that are coloured, and what is read of them."""

from __future__ import annotations

import numpy as np
from drawn import boxes

import graphnn as gn
from graphnn.draw.compose import compose
from graphnn.draw.options import Options
from graphnn.draw.scene import Scene
from graphnn.draw.themes import THEMES
from graphnn.draw.themes.colours import contrast


def vanishing(depth: int = 6) -> gn.Graph:
    """Sigmoids, one after the other: each makes the gradient smaller."""
    x = gn.Input("x", value=np.linspace(-1.0, 1.0, 12).reshape(4, 3))
    node = x
    for number in range(depth):
        weight = gn.Parameter(np.eye(3), name=f"w{number}")
        node = gn.Sigmoid()(node @ weight)
    loss = np.sum(node)
    loss.backward()
    return loss.graph


def scene_of(graph: gn.Graph, **options) -> Scene:
    return compose(graph, Options(**options))


def fills(graph: gn.Graph, **options) -> dict[str, str]:
    """Read the grounds out of the DOT text, by full name."""
    drawn = boxes(graph, **options)
    return {name: box.attributes["fillcolor"] for name, box in drawn.items()}


def lines(graph: gn.Graph, name: str, **options) -> list[str]:
    return boxes(graph, **options)[name].lines


def distance(colour: str, theme: str) -> float:
    """Tell how much a colour stands out from the paper."""
    return contrast(colour, THEMES[theme].paper)
