"""A graph and its backward pass as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.labels import UNKNOWN, clean, place, shape_text, table, value_of
from graphnn.engine.norms import euclidean_norm
from graphnn.graph.leaves import Parameter

if TYPE_CHECKING:
    from graphnn.engine.steps import Step
    from graphnn.graph import Graph


def summary(graph: Graph) -> str:
    """Tabulate a graph.

    One row for each input and operation: name, class, shape of the output, number of
    parameters, the user's line. A parameter is counted where it is first used; a shape
    that is not known yet is shown as "–".

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    str
        The table and a line of totals.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((2, 3)))
    >>> y = x @ gn.Parameter(np.ones((3, 4)))
    >>> print(y.graph.summary().splitlines()[-1])
    1 operation, 12 parameters (96 bytes)
    """
    parameters = {node.id: node for node in graph.nodes if isinstance(node, Parameter)}
    counted: set[int] = set()
    rows: list[list[str]] = []
    operations = 0
    for node in graph.nodes:
        if node.kind not in ("operation", "input"):
            continue
        operations += node.kind == "operation"
        own = set(node.input_ids) & parameters.keys() - counted
        counted |= own
        rows.append(
            [
                clean(graph.name_of(node)),
                type(node).__name__,
                shape_text(value_of(node)),
                f"{sum(parameters[own_id].value.size for own_id in own):,}",
                place(node),
            ]
        )
    # One that no operation uses is part of the graph all the same.
    values = [node.value for node in parameters.values()]
    size = sum(value.size for value in values)
    frozen = sum(node.value.size for node in parameters.values() if not node.trainable)
    totals = (
        f"{_count(operations, 'operation')}, {_count(size, 'parameter')} "
        f"({_count(sum(value.nbytes for value in values), 'byte')})"
    )
    if frozen:
        totals += f", {frozen:,} of them not trainable"
    header = ["name", "class", "output", "parameters", "source"]
    return f"{table(header, rows, {3})}\n\n{totals}"


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


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
