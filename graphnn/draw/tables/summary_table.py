"""A graph and its backward pass as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.labels import UNKNOWN, clean, place, shape_text, table
from graphnn.draw.options import check_count
from graphnn.draw.tables.amounts import (
    count_of,
    output_text,
    parameters_text,
    totals,
    usual_dtype,
)
from graphnn.draw.tables.fitting import (
    columns,
    cut_end,
    cut_front,
    fitted_table,
    wrapped_in,
)
from graphnn.draw.tables.outline import Entry, Outline
from graphnn.engine.norms import euclidean_norm

if TYPE_CHECKING:
    from graphnn.engine.steps import Step
    from graphnn.graph import Graph

MOST_ROWS = 200
"""Rows above which equal blocks, and then scopes, are told in one."""

LEAST_NAME = 32
"""Columns of the terminal for names before another column is left out for them."""

WIDEST = 32
"""Where a cell that is no name is cut, whatever room there is."""

GRAD, PARAM_GRAD = "‖grad‖", "‖param grad‖"
HEADER = ("name", "class", "output", "parameters", GRAD, PARAM_GRAD, "source")

LEFT_OUT = (GRAD, "source", "class", PARAM_GRAD, "parameters", "output")
"""The columns that go, one after another, where a terminal is narrow."""


def summary(
    graph: Graph,
    *,
    depth: int | None = None,
    width: int | None = None,
    max_rows: int | None = MOST_ROWS,
) -> str:
    """Tabulate a graph.

    One row for each input and operation: name, class, shape of the output (and dtype,
    where it is not that of most), number of parameters, the norm of the gradient that
    has reached it and of its parameters' gradients, where there are any, the user's
    line. A parameter is counted where it is first used; a shape that is not known yet
    is shown as "–".

    Parameters
    ----------
    graph : Graph
    depth : int, optional
        How many levels of names are told apart: with 1, each layer is one row.
    width : int, optional
        Columns that the table has to fit. By default those of the terminal, and 80
        where there is none, as in a file: what does not fit is left out or cut, the
        source first, then the class; names lose their front. A large number shows all.
    max_rows : int or None, default 200
        Where there would be more rows, equal blocks in a row are shown once, and if
        there are still more, so many levels as fit. None shows every row.

    Returns
    -------
    str
        The table and the totals.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((2, 3)))
    >>> y = x @ gn.Parameter(np.ones((3, 4)))
    >>> print(y.graph.summary(width=80).splitlines()[-1])
    1 operation, 12 parameters (96 bytes), values 112 bytes, float64
    """
    check_count(depth, "depth", 0, "levels of names that are told apart")
    check_count(max_rows, "max_rows", 1, "rows above which equal blocks fold")
    room = columns(width)
    outline = Outline(graph)
    entries = _shown(outline, depth)
    remark = ""
    if max_rows is not None and len(entries) > max_rows:
        count = len(entries)
        outline = Outline(graph, runs=True)
        entries = _shown(outline, _least(depth, outline.depth_for(max_rows)))
        remark = (
            f"{min(len(entries), max_rows):,} rows for {count:,}: equal blocks are "
            "told once, with their number. max_rows=None shows every row."
        )
    usual = usual_dtype(outline.nodes)
    rows = [_row(outline, entry, usual) for entry in entries]
    if max_rows is not None and len(rows) > max_rows:
        rows = _without_middle(rows, max_rows)
    used = [
        place
        for place, name in enumerate(HEADER)
        if name not in (GRAD, PARAM_GRAD)
        or any(row[place] not in (UNKNOWN, "") for row in rows)
    ]
    shown = fitted_table(
        [HEADER[place] for place in used],
        [[row[place] for place in used] for row in rows],
        {"parameters", GRAD, PARAM_GRAD},
        room,
        least=min(LEAST_NAME, room * 2 // 5),
        dropped=LEFT_OUT,
    )
    told = [wrapped_in(text, room) for text in (remark, totals(outline)) if text]
    return "\n\n".join([shown, *told])


def _shown(outline: Outline, depth: int | None) -> list[Entry]:
    """List the entries that get a row; an open scope is told by what is in it."""
    return [
        entry
        for entry, _ in outline.lines(depth)
        if entry.kind != "scope" or not outline.is_open(entry, depth)
    ]


def _least(*depths: int | None) -> int | None:
    return min((depth for depth in depths if depth is not None), default=None)


def _row(outline: Outline, entry: Entry, usual: str) -> list[str]:
    node = outline.output_of(entry)
    name = entry.name or clean(outline.graph.name or "graph")
    if entry.times > 1:
        name = f"{name} × {entry.times:,}"
    return [
        name,
        cut_end(class_of(outline, entry), WIDEST),
        cut_end(output_text(node, usual), WIDEST),
        parameters_text(entry),
        UNKNOWN if node is None else norm_text(node.output_grad),
        _parameter_norm(outline, entry),
        UNKNOWN if node is None else cut_front(place(node), WIDEST),
    ]


def class_of(outline: Outline, entry: Entry) -> str:
    """Name the class of a node, or of the layer whose scope it is."""
    if entry.kind == "node" or (entry.kind == "run" and not entry.children):
        return type(outline.nodes[entry.start]).__name__
    if entry.kind == "run" and entry.is_mixed:
        return ""
    layer = outline.graph.layers.get(entry.scope)
    return "" if layer is None else type(layer).__name__


def _parameter_norm(outline: Outline, entry: Entry) -> str:
    """Write the norm of the gradients of the parameters that are first used in it."""
    parameters = [
        parameter
        for node in outline.nodes[entry.start : entry.stop]
        for parameter in outline.parameters_of(node)
    ]
    if not parameters:
        return ""
    return norm_text(tuple([parameter.grad for parameter in parameters]))


def _without_middle(rows: Sequence[list[str]], most: int) -> list[list[str]]:
    """Leave out what stands in the middle of too many rows, and count it."""
    head = max(most * 2 // 3, 1)
    tail = most - head - 1
    left_out = count_of(len(rows) - head - max(tail, 0), "more row")
    between = [f"⋮ {left_out}", *[""] * (len(HEADER) - 1)]
    return [*rows[:head], between, *rows[len(rows) - max(tail, 0) :]]


def step_table(steps: Iterable[Step]) -> str:
    """Tabulate the steps of a backward pass.

    Parameters
    ----------
    steps : iterable of Step
        ``graph.backward_steps()``; it is run to its end.

    Returns
    -------
    str
        One row for each step: its number, the node, its class, the shape and the length
        (Euclidean norm) of the gradient that flowed in, and the user's line.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter(np.array([3.0, 4.0]))
    >>> loss = np.sum(w * w)
    >>> print(step_table(loss.graph.backward_steps()).splitlines()[0])
    step  node      class     output_grad  ‖output_grad‖  source
    """
    rows = [
        [
            str(step.index),
            clean(step.node.name),
            type(step.node).__name__,
            shape_text(step.output_grad),
            norm_text(step.output_grad),
            place(step.node),
        ]
        for step in steps
    ]
    header = ["step", "node", "class", "output_grad", "‖output_grad‖", "source"]
    return table(header, rows, {0, 4})


def norm_text(gradient: Any) -> str:
    """Write the Euclidean norm of a gradient, over all its parts if there are several.

    Examples
    --------
    >>> norm_text(np.array([3.0, 4.0])), norm_text(None)
    ('5', '–')
    """
    if gradient is None:
        return UNKNOWN
    parts = gradient if isinstance(gradient, tuple) else (gradient,)
    arrays = [np.asarray(part) for part in parts if part is not None]
    return f"{euclidean_norm(*arrays):.3g}" if arrays else UNKNOWN
