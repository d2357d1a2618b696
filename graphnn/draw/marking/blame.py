"""Which nodes hold NaN or infinities, and which of them went wrong first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.folding.folds import PARAMETERS_WRONG
from graphnn.draw.magnitudes import arrays_in, count, trouble_in
from graphnn.draw.marking.infinities import Infinities
from graphnn.guards.statuses import statuses

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece
    from graphnn.draw.scene import Box
    from graphnn.draw.view import View
    from graphnn.graph import Graph

MOST_LOOKED_AT = 100_000_000
"""Numbers of a graph above which it is not looked through unless that is asked for."""


def blamed(
    graph: Graph, nodes: Sequence[Any], ends: Iterable[Any]
) -> tuple[list[Any], list[Any]]:
    """List the nodes whose values or gradients went wrong first, and those after them.

    NaN and infinities each have a first one. An infinity may be meant, as where
    attention is masked: it is wrong only once it has come to an end or to a gradient,
    or would have but for a NaN; see :mod:`graphnn.draw.marking.infinities`.

    Parameters
    ----------
    graph : Graph
    nodes : sequence of node
        Those that are looked at, in topological order.
    ends : iterable of node
        What the pass is run for.

    Returns
    -------
    tuple of two lists of node
        The culprits and the victims. A node can be both, by its value and its gradient,
        or by NaN and infinities.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[4.0, -1.0])
    >>> with np.errstate(invalid="ignore"):
    ...     y = np.sum(np.sqrt(x) * 2.0)
    >>> culprits, victims = blamed(y.graph, y.graph.nodes, [y])
    >>> [node.name for node in culprits], [node.name for node in victims]
    (['sqrt'], ['multiply', 'sum'])
    """
    held = [node.output for node in nodes] + [node.output_grad for node in nodes]
    bad = [value for value in held if trouble_in(value)]
    culprits: set[int] = set()
    victims: set[int] = set()
    if any(count(np.isnan, value) for value in bad):
        found = statuses(graph, "nan")
        for node in nodes:
            stands = {found.values.get(node), found.gradients.get(node)}
            if "birth" in stands:
                culprits.add(node.id)
            # a gradient that goes no further is healed, and was bad all the same
            if "propagated" in stands or count(np.isnan, node.output_grad):
                victims.add(node.id)
    if any(count(np.isinf, value) for value in bad):
        found = statuses(graph, "inf")
        infinities = Infinities(nodes, ends, found)
        for node in nodes:
            stands = {infinities.status_of(node), found.gradients.get(node)}
            if "birth" in stands:
                culprits.add(node.id)
            if "propagated" in stands or count(np.isinf, node.output_grad):
                victims.add(node.id)
    return (
        [node for node in nodes if node.id in culprits],
        [node for node in nodes if node.id in victims],
    )


def marks_of_wrong(view: View) -> dict[int, tuple[str, ...]]:
    """Mark what holds NaN, or infinities that are not meant, by the ids of the nodes.

    A picture with marks of its caller's has these and no others. A very large graph is
    looked through only if its gradients or values are what it is coloured by.
    """
    options, nodes = view.options, view.chosen
    is_asked = options.color_by in ("grad_norm", "value")
    if options.marks is not None or not (is_asked or is_small(nodes)):
        return {}
    ends = view.graph.find_all(options.target) if options.target is not None else None
    if ends is None:
        ends = [node for node in nodes if view.kind_of(node) == "sink"]
    culprits, victims = blamed(view.graph, nodes, ends)
    marks = {node.id: ("victim",) for node in victims}
    return marks | {node.id: ("culprit",) for node in culprits}


def is_small(nodes: Iterable[Any]) -> bool:
    """Tell whether looking through all numbers of nodes takes no time to speak of."""
    size = 0
    for node in nodes:
        size += sum(array.size for array in arrays_in(node.output))
    return size <= MOST_LOOKED_AT


def say_what_is_wrong(
    box: Box, piece: Piece, wrong: Mapping[int, tuple[str, ...]]
) -> None:
    """Count, in a box that is marked, what is no finite number: in one line.

    Where the box has a line that says so, as of its gradient, only a culprit's values
    are counted besides: there it began.
    """
    nodes = [node for node in piece.nodes if node.id in wrong]
    text = trouble_line(nodes)
    if not piece.is_fold:
        if text and not any(text in line for line in box.lines):
            is_told = any(line.startswith("grad: ") for line in box.lines)
            box.lines += (f"value: {text}" if is_told else text,)
        return
    is_of_values = not text.startswith("grad: ")
    of_output = any(each.startswith("output: ") for each in box.lines)
    of_gradient = any(each.startswith("grad: ") for each in box.lines)
    is_culprit = any("culprit" in wrong[node.id] for node in nodes)
    if not text or of_output or (of_gradient and not (is_of_values and is_culprit)):
        return
    is_kept = [not each.startswith(PARAMETERS_WRONG) for each in box.lines]
    if is_of_values:
        box.lines = (*compress(box.lines, is_kept), f"values: {text}")
    elif all(is_kept):
        box.lines += (text,)


def trouble_line(nodes: Iterable[Any]) -> str:
    """Say what is wrong with values or, where these are fine, with gradients.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> trouble_line([gn.Input("x", value=[np.nan, 1.0])])
    '1 NaN of 2'
    >>> trouble_line([gn.Input("x", value=[1.0])])
    ''
    """
    nodes = list(nodes)
    values = tuple([a for node in nodes for a in arrays_in(node.output)])
    if text := trouble_in(values):
        return text
    gradients = tuple([a for node in nodes for a in arrays_in(node.output_grad)])
    text = trouble_in(gradients)
    return f"grad: {text}" if text else ""
