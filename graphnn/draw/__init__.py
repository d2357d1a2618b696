"""Pictures and tables of a graph."""

from graphnn.draw.drawing import draw, mimebundle, to_dot
from graphnn.draw.output.picture import Picture
from graphnn.draw.output.render import render
from graphnn.draw.tables.sketch import sketch
from graphnn.draw.tables.summary_table import step_table, summary
from graphnn.draw.tables.tree import tree

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
