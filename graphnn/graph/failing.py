"""Writing down what fails: a pass, an operation that is refused, a layer."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from types import CodeType, MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from graphnn import engine
from graphnn.errors import FeedError
from graphnn.graph.briefs import Briefs
from graphnn.graph.failures import Record
from graphnn.graph.remains import seen_in, stand_in, stand_in_of_layer
from graphnn.graph.states import advance_states

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

LONGEST_MESSAGE = 2000
"""Characters of a message that are kept."""

WALKS: set[CodeType] = set()
"""Of functions that go from node to node: the one whose turn it is is their ``node``.
"""

NOTHING: Mapping[int, Any] = MappingProxyType({})

Walk = TypeVar("Walk", bound=Callable[..., Any])


def walk(function: Walk) -> Walk:
    """Mark a function that goes from node to node."""
    WALKS.add(function.__code__)
    return function


for _function in (engine.forward, engine.reverse, advance_states):
    walk(_function)


def record_of(
    error: BaseException, phase: str, node: Any = None, **settings: Any
) -> Record:
    """Write down an exception."""
    try:
        message = str(error)
    except Exception:  # an exception of the user's own may fail at this as well
        message = ""
    if len(message) > LONGEST_MESSAGE:
        message = message[: LONGEST_MESSAGE - 1] + "…"
    headline = message
    if node is not None:
        headline = headline.removeprefix(f"{node.describe()}: ")
        settings.setdefault("node", node.id)
    return Record(
        phase,
        type(error).__name__,
        message,
        headline.partition("\n")[0],
        not isinstance(error, Exception),
        **settings,
    )


def forward_record(
    error: BaseException,
    order: Sequence[Any],
    values: Mapping[int, Any],
    last: Any,
) -> Record:
    """Write down a forward pass that fails.

    Parameters
    ----------
    error : BaseException
    order : sequence of node
    values : mapping of int to value
        By id: what has one.
    last : node or None
        The one that had run last.
    """
    node = node_on_turn(error, last)
    if not values and isinstance(error, FeedError):
        without = (n for n in order if n.kind == "input" and n.output is None)
        node = next(without, None)
    return forward_progress(error, order, values.__contains__, node, shapes_of(values))


def forward_progress(
    error: BaseException,
    order: Sequence[Any],
    has_run: Callable[[int], bool],
    node: Any,
    shapes: Mapping[int, tuple[Any, Any]],
) -> Record:
    """Write down how far a forward pass has come."""
    failed = 0 if node is None else node.id
    operations = [n.id for n in order if n.kind == "operation"]
    ran = tuple([i for i in operations if has_run(i)])
    ahead = {i for i in operations if i != failed and not has_run(i)}
    used: set[int] = set()
    for each in order:
        if each.id not in ahead:
            used.update((each.id, *each.input_ids) if each.input_ids else ())
    # a leaf that only what never ran would have read was not come to, either
    read = {i for each in order if each.id in ahead for i in each.input_ids}
    read -= {failed, *used}
    leaves = [n.id for n in order if not n.input_ids and n.id in read]
    rest = tuple([n.id for n in order if n.id in ahead.union(leaves)])
    return record_of(error, "forward", node, ran=ran, ahead=rest, shapes=shapes)


def backward_record(
    error: BaseException,
    order: Sequence[Any],
    wanted: Container[int],
    returned: Container[int],
    last: Any,
    gradients: Mapping[int, Any] = NOTHING,
    handed_on: Mapping[int, tuple[Any, ...]] = NOTHING,
) -> Record:
    """Write down a backward pass that fails.

    Parameters
    ----------
    error : BaseException
    order : sequence of node
        In the order of the forward pass.
    wanted, returned : container of int
        The ids that a gradient is to pass; of those the operations that have handed
        theirs on.
    last : node or None
        The one that had its turn last.
    gradients, handed_on : mapping of int to gradient, to tuple of them
        What has reached nodes so far, and what they have handed on, by id.
    """
    node = node_on_turn(error, last)
    failed = 0 if node is None else node.id
    done, ahead, waiting = [], [], set()
    for each in order:
        if not each.input_ids or each.id not in wanted:
            continue
        if each.id in returned:
            done.append(each.id)
            continue
        waiting.update(each.input_ids)
        if each.id != failed:
            ahead.append(each.id)
    for each in order:
        if not each.input_ids and each.id in wanted and each.id != failed:
            (ahead if each.id in waiting else done).append(each.id)
    input_ids = {each.id: each.input_ids for each in order}
    briefs = Briefs(gradients, handed_on, input_ids, [*done, failed])
    return record_of(
        error,
        "backward",
        node,
        ran=tuple([n.id for n in order if n.kind == "operation"]),
        returned=tuple(done),
        ahead=tuple(ahead),
        gradients=briefs.sums,
        handed_on=briefs.handed_on,
    )


def node_on_turn(error: BaseException, last: Any) -> Any:
    """Find whose turn it was: that of the walk, if the exception comes out of it.

    What the walk hands over it has done: then something that was told of it has raised.
    """
    trace: TracebackType | None = error.__traceback__
    for _ in range(3):  # deeper ones may be those of another pass
        if trace is None:
            break
        if trace.tb_frame.f_code in WALKS:
            return trace.tb_frame.f_locals.get("node", last)
        trace = trace.tb_next
    return last


def note_refused(
    graphs: Iterable[Graph | None],
    node: Any,
    inputs: Iterable[Any],
    error: BaseException,
) -> None:
    """Let graphs remember an operation that did not become a node of theirs."""
    inputs = list(inputs)
    for graph in graphs:
        if graph is None:
            continue
        outside = {n.id: stand_in(n) for n in inputs if n.id not in graph._nodes}
        for each in outside.values():
            each.__dict__["input_ids"] = ()  # those are of another graph
        record = record_of(error, "building", node, shapes=seen_in(inputs))
        refused = stand_in(node, record.born, tuple([n.id for n in inputs]))
        graph._failure = replace(
            record,
            node=record.born,
            stand_ins=(*[outside[i] for i in sorted(outside)], refused),
        )


def note_refused_layer(
    graph: Graph,
    layer: Any,
    scope: tuple[str, ...],
    inputs: list[Any],
    error: BaseException,
) -> None:
    """Let a graph remember a layer that has failed by none of its operations."""
    if is_known(graph._failure, error):
        return
    node = stand_in_of_layer(layer, scope)
    note_refused([graph], node, inputs, error)


def is_known(record: Record | None, error: BaseException) -> bool:
    """Tell whether a record is that of an exception."""
    if record is None or record.phase != "building":
        return False
    now = record_of(error, "building")
    return (record.error, record.message) == (now.error, now.message)


def note_removed(graph: Graph, error: BaseException, removed: Iterable[Any]) -> None:
    """Let a graph remember the nodes that are taken out after a failure."""
    record = graph._failure
    if record is None or not is_known(record, error):
        record = record_of(error, "building")
    removed = list(removed)
    stand_ins = {each.id: each for each in record.stand_ins}
    stand_ins |= {node.id: stand_in(node) for node in removed}
    graph._failure = replace(
        record,
        stand_ins=tuple([stand_ins[node_id] for node_id in sorted(stand_ins)]),
        shapes={**record.shapes, **seen_in(removed)},
    )


def shapes_of(values: Mapping[int, Any]) -> dict[int, tuple[Any, Any]]:
    """Give shape and dtype of each value; equal ones are one object."""
    known: dict[Any, tuple[Any, Any]] = {}
    found = {}
    for node_id, value in values.items():
        if type(value) is tuple:
            several = value
            fact: Any = (
                tuple([part.shape for part in several]),
                tuple([part.dtype for part in several]),
            )
        else:
            fact = (np.shape(value), np.result_type(value))
        found[node_id] = known.setdefault(fact, fact)
    return found
