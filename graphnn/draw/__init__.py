"""Pictures and tables of a graph."""

from graphnn.draw.drawing import draw, mimebundle, to_dot
from graphnn.draw.picture import Picture
from graphnn.draw.render import render
from graphnn.draw.sketch import sketch
from graphnn.draw.text import step_table, summary
from graphnn.draw.tree import tree

__all__ = [
    "Picture",
    "draw",
    "mimebundle",
    "render",
    "sketch",
    "step_table",
    "summary",
    "to_dot",
    "tree",
]
