"""What is remembered of a pass that has failed, and of an operation that was refused.

A pass that fails leaves the graph as it was before, so what went wrong is on no node.
The record of it holds ids, shapes, norms and texts: no array but for a few numbers, no
exception, no frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from graphnn.graph.node import IDS
from graphnn.graph.nodelist import NodeList
from graphnn.graph.remains import with_stand_ins

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Failure:
    """What went wrong in the last pass over a graph, or as an operation was made.

    ``graph.failure`` gives it, and ``graph.draw()`` shows it: what ran, the node that
    failed in red with its message, and in grey what never ran.

    Attributes
    ----------
    phase : {"forward", "backward", "building"}
        Building: an operation was refused as it was made, and is no node of the graph.
    node : Node or None
        Whose hook has raised; None where it was no node's. Of an operation that was
        refused it is a stand-in, with its class, name, inputs and line.
    error : str
        The name of the exception's type.
    message : str
        Its text.
    ran : list of node
        The operations that had run forward in the pass, or, of a backward pass, before.
    returned : list of node
        What the backward pass had been through, leaves that were complete included.
    ahead : list of node
        What the pass would have come to.
    graph : Graph
        The graph; where an operation was refused, another that has its stand-in, and
        those of the nodes that were taken out again with it.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((2, 3)))
    >>> loss = np.sum(np.exp(x @ np.ones((3, 4))))
    >>> graph = loss.graph
    >>> try:
    ...     graph.forward(x=np.ones((2, 5)))
    ... except gn.ShapeError:
    ...     print(graph.failure)
    forward failed at matmul with a ShapeError, after 0 of 3 operations
    >>> [node.name for node in graph.failure.ahead], graph.failure.shape_of(x)
    (['exp', 'sum'], (2, 5))
    >>> _ = graph.forward(x=np.ones((2, 3)))
    >>> graph.failure is None
    True
    """

    def __init__(self, graph: Graph, record: Record) -> None:
        nodes = graph._nodes
        self.graph = graph
        self.phase, self.error = record.phase, record.error
        self.message = record.message
        self.node: Any = nodes.get(record.node)
        self.ran = NodeList([nodes[i] for i in record.ran if i in nodes])
        self.returned = NodeList([nodes[i] for i in record.returned if i in nodes])
        self.ahead = NodeList([nodes[i] for i in record.ahead if i in nodes])
        self._record = record

    @property
    def headline(self) -> str:
        """The first line of the message, without the node that it begins with."""
        return self._record.headline

    @property
    def is_interrupt(self) -> bool:
        """Whether nothing went wrong: somebody has stopped it."""
        return self._record.is_interrupt

    def shape_of(self, node: Any) -> Any:
        """Give the shape that a node's value had in what failed; None if it had none.

        A tuple of them for an operation with several outputs.
        """
        if self.phase == "forward":
            return self._record.shapes.get(node.id, (None, None))[0]
        return self._record.shapes.get(node.id, (node.shape, None))[0]

    def progress(self) -> tuple[int, int]:
        """Count the operations that the pass had been through, and all of it."""
        through = self.returned if self.phase == "backward" else self.ran
        done = sum(node.kind == "operation" for node in through)
        rest = sum(node.kind == "operation" for node in self.ahead)
        through_ids = {node.id for node in through}
        is_on_its_way = self.node is not None and self.node.id not in through_ids
        return done, done + rest + (is_on_its_way and self.node.kind == "operation")

    def draw(self, path: Any = None, **options: Any) -> Any:
        """Draw what has happened; see :meth:`graphnn.Graph.draw`."""
        return self.graph.draw(path, **options)

    def __str__(self) -> str:
        where = "" if self.node is None else f" at {self.graph.name_of(self.node)}"
        if self.is_interrupt:
            what = f"{self.phase} was interrupted{where} by a {self.error}"
        else:
            article = "an" if self.error[:1] in "AEIOU" else "a"
            what = f"{self.phase} failed{where} with {article} {self.error}"
        if self.phase == "building":
            return what
        done, count = self.progress()
        return f"{what}, after {done} of {count} operation{'s' * (count != 1)}"

    def __repr__(self) -> str:
        return f"<Failure: {str(self)[:200]}>"


@dataclass(frozen=True, slots=True)
class Record:
    """The same by ids; see :class:`Failure`.

    Attributes
    ----------
    born : int
        An id that was free when it happened: a later operation has a larger one.
    shapes : mapping of int to (shape, dtype)
        Of what had run in the pass that failed.
    gradients : mapping of int to Brief
        In a backward pass that failed: how large those are that were complete.
    handed_on : mapping of int to tuple of Brief
        Those that nodes had handed on.
    stand_ins : tuple of Node
        Of what is no node (any more), by id.
    """

    phase: str
    error: str
    message: str
    headline: str
    is_interrupt: bool
    node: int = 0
    ran: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    ahead: tuple[int, ...] = ()
    shapes: Mapping[int, tuple[Any, Any]] = field(default_factory=dict)
    gradients: Mapping[int, Any] = field(default_factory=dict)
    handed_on: Mapping[int, tuple[Any, ...]] = field(default_factory=dict)
    stand_ins: tuple[Any, ...] = ()
    born: int = field(default_factory=IDS.__next__)


def failure_of(graph: Graph) -> Failure | None:
    """Give what has failed last; None where something has gone well since."""
    record = graph._failure
    if record is None:
        return None
    if any(n.id > record.born and n.kind == "operation" for n in graph._nodes.values()):
        graph._failure = None
        return None
    return Failure(with_stand_ins(graph, record), record)


# -- copies ----------------------------------------------------------------------------
def record_for_copy(graph: Graph) -> Record | None:
    """Give what a copy of the graph takes along: what was refused is in no copy."""
    record = None if failure_of(graph) is None else graph._failure
    return None if record is None or record.phase == "building" else record


def renumbered_record(
    record: Record | None, new_ids: Mapping[int, int]
) -> Record | None:
    """Write a record down with fresh ids."""
    if record is None:
        return None

    def new(ids: Iterable[int]) -> tuple[int, ...]:
        return tuple([new_ids[i] for i in ids if i in new_ids])

    def of_new(facts: Mapping[int, Any]) -> dict[int, Any]:
        return {new_ids[i]: fact for i, fact in facts.items() if i in new_ids}

    return replace(
        record,
        node=new_ids.get(record.node, 0),
        ran=new(record.ran),
        returned=new(record.returned),
        ahead=new(record.ahead),
        shapes=of_new(record.shapes),
        gradients=of_new(record.gradients),
        handed_on=of_new(record.handed_on),
        born=next(IDS),
    )
