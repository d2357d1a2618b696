"""The picture of what has failed: what ran, the node that failed, what never ran."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphnn.draw.labels import UNKNOWN, place
from graphnn.graph.briefs import Brief, remembered
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import LIVE_GRAPHS
from graphnn.graph.members import Gradients

if TYPE_CHECKING:
    from graphnn.draw.options import Options
    from graphnn.graph.failures import Failure, Record

VALUES = frozenset({"output", "input_values"})
GRADIENTS = frozenset({"_grad", "_lent_grad"})

PASS_NAMES = {"forward": "the forward pass", "backward": "the backward pass"}


def told_of_failure(
    graph: Graph, options: Options
) -> tuple[Graph, Options, tuple[str, ...]]:
    """Give what is drawn of a graph whose last pass has failed, and how.

    Parameters
    ----------
    graph : Graph
    options : Options
        Where they have marks, these are what the picture is to tell.

    Returns
    -------
    Graph, Options
        The same ones where nothing has failed; else a graph that shows what the pass
        had come to, with marks and notes.
    tuple of str
        Lines that stand over the picture.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> from graphnn.draw.options import Options
    >>> x = gn.Input("x", value=[1.0, 2.0])
    >>> graph = np.sum(np.exp(x + np.ones(2))).graph
    >>> try:
    ...     graph.forward(x=np.ones(3))
    ... except gn.ShapeError:
    ...     drawn, options, lines = told_of_failure(graph, Options())
    >>> {node.name: marks for node, marks in options.marks.items()}
    {'exp': ['ahead'], 'sum': ['ahead'], 'add': ['failed']}
    >>> drawn["x"].shape, drawn["exp"].shape
    ((3,), None)
    >>> print(lines[1])
    ShapeError: shapes (3,) and (2,) do not broadcast
    """
    failure = None if options.marks is not None else graph.failure
    if failure is None:
        return graph, options, ()
    drawn = graph_in_failure(graph, failure)
    marks, notes = marks_of_failure(failure), notes_of_failure(failure)
    if options.notes is not None:
        notes |= options.notes
    return drawn, replace(options, marks=marks, notes=notes), lines_of_failure(failure)


def marks_of_failure(failure: Failure) -> dict[Any, list[str]]:
    """Say what each node is marked as; see :data:`graphnn.draw.marking.marks.MARKS`."""
    marks = {node: ["done"] for node in failure.ran}
    marks |= {node: ["returned"] for node in failure.returned}
    marks |= {node: ["ahead"] for node in failure.ahead}
    if failure.node is not None:
        marks[failure.node] = ["failed"]
    return marks


def notes_of_failure(failure: Failure) -> dict[Any, str]:
    """Give the type of the error, which stands under the node."""
    return {} if failure.node is None else {failure.node: failure.error}


def lines_of_failure(failure: Failure) -> tuple[str, ...]:
    """Write what stands over the picture: where it failed, the message, what to do."""
    lines = [_where(failure)]
    if failure.headline:
        lines.append(f"{failure.error}: {failure.headline}")
    elif not failure.is_interrupt:
        lines.append(failure.error)
    fix = failure.message.partition("\n")[2].strip()
    return (*lines, fix) if fix else tuple(lines)


def _where(failure: Failure) -> str:
    """Say what has failed, where, and how far it had come."""
    what, node = PASS_NAMES.get(failure.phase, "building"), failure.node
    if failure.is_interrupt:
        what += f" was interrupted by a {failure.error}"
    else:
        what += " failed"
    if node is not None:
        what += f" at {failure.graph.name_of(node)}"
        if place(node) != UNKNOWN:
            what += f" ({place(node)})"
    if failure.phase == "building":
        return what
    done, count = failure.progress()
    return f"{what}, after {done} of {count} operation{'s' * (count != 1)}"


# -- the graph that is drawn -----------------------------------------------------------
class DrawnGraph(Graph):
    """A graph of copies of another's nodes, which are found by the originals, too."""

    def find(self, node_or_name: Any) -> Any:
        """Give the node of a name, or the copy of a node."""
        if not isinstance(node_or_name, str):
            node_or_name = self._nodes.get(getattr(node_or_name, "id", 0), node_or_name)
        return super().find(node_or_name)


def graph_in_failure(graph: Graph, failure: Failure) -> Graph:
    """Give a graph for a picture: what the pass that failed had come to see.

    All gradients on the nodes are those of another pass, and after a failed forward
    pass the values are: the nodes stand without them, but for the gradients that a
    failed backward pass had come to. An operation that was refused stands where it
    would have been.
    """
    record = graph._failure
    if record is None:
        return failure.graph
    graph = failure.graph
    is_forward = failure.phase == "forward"
    passed = {record.node, *record.ran, *record.ahead, *record.shapes}
    sums, handed_on = gradients_of(record)
    progress = {node.id: marks[0] for node, marks in marks_of_failure(failure).items()}
    graph._give_names()
    drawn = DrawnGraph(graph.name)
    drawn._names.of, drawn._names.ids = dict(graph._names.of), dict(graph._names.ids)
    drawn._named = len(graph._nodes)
    for node_id, node in graph._nodes.items():
        if node.kind in ("operation", "input", "parameter"):
            left = set(GRADIENTS)
            if is_forward and node_id in passed and node.kind != "parameter":
                left |= VALUES
            copy = object.__new__(type(node))
            copy.__dict__.update({k: v for k, v in vars(node).items() if k not in left})
            copy.__dict__["_graph"] = None if node._graph is None else drawn
            if node.kind == "parameter":
                copy.__dict__["_grad"] = sums.get(node_id)
            if node.kind == "operation":
                # what has run is not drawn as one with an equal block that has not
                copy.__dict__["_progress"] = progress.get(node_id, "")
                copy.__dict__["_settings"] = node._settings | {"_progress"}
            drawn._nodes[node_id] = copy
        else:
            drawn._nodes[node_id] = node
    drawn.training, drawn._result_ids = graph.training, graph._result_ids
    drawn._traces, drawn._layers = graph._traces, graph._layers
    drawn._has_values = graph._has_values and not is_forward
    drawn._seen = {
        i: fact for i, fact in graph._seen.items() if not (is_forward and i in passed)
    }
    drawn._seen |= record.shapes
    drawn._gradients = Gradients(sums, handed_on)
    drawn._failure = record
    LIVE_GRAPHS.discard(drawn)  # it is no graph that leaves are used in
    return drawn


def gradients_of(record: Record) -> tuple[dict[int, Any], dict[int, tuple[Any, ...]]]:
    """Give arrays as large as the gradients were that a failed pass had come to."""
    made: dict[Brief, Any] = {}

    def array_of(brief: Any) -> Any:
        if isinstance(brief, tuple):
            return tuple([array_of(part) for part in brief])
        if brief is not None and brief not in made:
            made[brief] = remembered(brief)
        return made.get(brief)

    return (
        {node_id: array_of(brief) for node_id, brief in record.gradients.items()},
        {node_id: array_of(briefs) for node_id, briefs in record.handed_on.items()},
    )
