"""What lies around a node, as a few lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.labels import clean, shape_text, shorten, table, value_of, width_of
from graphnn.draw.tables.summary_table import norm_text

if TYPE_CHECKING:
    from graphnn.graph import Graph

LONGEST_SHAPE = 20
NARROWEST_NAME = 12

MOST_ROWS = 8
"""Consumers, and inputs, that are listed; of more, the rest is counted."""

HEADER = ("", "arg", "shape", "‖value‖", "‖grad‖", "‖part‖")


def sketch(node: Any, width: int = 80, *, graph: Graph | None = None) -> str:
    """Write a node between those that use it and those that it is made from.

    Values go up, as in the picture of a stack: consumers above, inputs below; there is
    one line for each argument, ``arg`` being its position. ``‖value‖`` and ``‖grad‖``
    are the Euclidean norms of a node's value and of its gradient; ``‖part‖`` is the
    norm of that part of the gradient which this one argument has handed back. What has
    not been computed is "–".

    Parameters
    ----------
    node : Node
    width : int, default 80
        Columns of the terminal; long names are cut at their front.
    graph : Graph, optional
        Whose consumers are shown: a parameter may have some in several graphs.

    Returns
    -------
    str

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, 4.0], name="w")
    >>> loss = np.sum(np.square(w))
    >>> loss.backward()
    >>> print(sketch(loss.inputs[0]))
                 arg  shape  ‖value‖  ‖grad‖  ‖part‖
    -----------  ---  -----  -------  ------  ------
      ┌▸ sum       0  ()          25       1    1.41
      ►  square       (2,)      18.4    1.41
      └─ w         0  (2,)         5      10      10
    """
    home = node.graph if graph is None else graph
    consumers = node.consumers if home is None else home.consumers_of(node)
    above = [
        (consumer, position, _part(consumer, position))
        for consumer in consumers
        for position, input_id in enumerate(consumer.input_ids)
        if input_id == node.id
    ]
    inputs = node.inputs if home is None else home.inputs_of(node)
    below = [(giver, i, _part(node, i)) for i, giver in enumerate(inputs)]
    rows = [
        *_rows(home, above, ["┌▸", "├▸"], first=True),
        _row("  ►  ", _name(home, node), "", node, ""),
        *_rows(home, below, ["└─", "├─"], first=False),
    ]
    others = [max(map(width_of, column)) for column in zip(HEADER, *rows, strict=True)]
    room = max(NARROWEST_NAME, width - sum(others[1:]) - 2 * (len(HEADER) - 1))
    for row in rows:
        row[0] = _cut_front(row[0], room)
    return table(HEADER, rows, {1, 3, 4, 5})


def _rows(
    home: Graph | None, edges: list[tuple[Any, int, Any]], tree: list[str], first: bool
) -> list[list[str]]:
    """Write one line for each edge; the branch ends at the first or the last line."""
    rows = [
        _row(f"  {tree[1]} ", _name(home, other), str(position), other, norm_text(part))
        for other, position, part in edges[:MOST_ROWS]
    ]
    if len(edges) > MOST_ROWS:
        more = f"  {tree[1]} … {len(edges) - MOST_ROWS:,} more"
        rows.append([more, *[""] * (len(HEADER) - 1)])
    if rows:
        end = rows[0 if first else -1]
        end[0] = end[0].replace(tree[1], tree[0], 1)
    return rows


def _row(front: str, name: str, position: str, node: Any, part: str) -> list[str]:
    return [
        front + name,
        position,
        shorten(shape_text(value_of(node)), LONGEST_SHAPE),
        norm_text(node.output),
        norm_text(node.output_grad),
        part,
    ]


def _name(home: Graph | None, node: Any) -> str:
    return clean(node.name if home is None else home.name_of(node))


def _part(consumer: Any, position: int) -> Any:
    """Give what a node has handed back to one of its inputs; None before."""
    input_grads = consumer.input_grads
    return None if input_grads is None else input_grads[position]


def _cut_front(text: str, room: int) -> str:
    """Cut a name behind the branch that it hangs on; its end tells more."""
    if width_of(text) <= room:
        return text
    branch, name = text[:5], text[5:]
    while name and width_of(f"{branch}…{name}") > room:
        name = name[1:]
    return f"{branch}…{name}"
