"""Who is in a graph: its nodes, their names, who consumes whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

from graphnn.errors import MissingNode, did_you_mean
from graphnn.graph.changes import CHANGES
from graphnn.graph.failing import note_removed
from graphnn.graph.failures import Failure, Record, failure_of
from graphnn.graph.naming import Names
from graphnn.graph.node import IDS, Node
from graphnn.graph.nodelist import NodeList

if TYPE_CHECKING:
    from graphnn.engine.groups import Run
    from graphnn.graph.context import Trace


class Mark(NamedTuple):
    """A moment in the life of a graph: how many nodes it had, and the next id."""

    nodes: int
    id: int


class Gradients:
    """What the last backward pass over a graph has left, by the id of the node.

    Parameters
    ----------
    outputs : dict of int to gradient
        What has reached each node.
    inputs : dict of int to tuple
        What each node has handed on.
    """

    def __init__(
        self, outputs: dict[int, Any], inputs: dict[int, tuple[Any, ...]]
    ) -> None:
        self.outputs, self.inputs = outputs, inputs
        self.unpublished: list[Run] = []
        """What is not in the dicts before somebody asks."""

    def published(self) -> Gradients:
        """Be complete."""
        runs, self.unpublished = self.unpublished, []
        for run in runs:
            run.publish(self.outputs, self.inputs)
        return self


class Members:
    """What a graph is as a collection of nodes; see :class:`graphnn.Graph`."""

    name: str | None

    def __init__(self) -> None:
        self._nodes: dict[int, Any] = {}
        self._names = Names()
        self._named = 0  # how many of _nodes have been named
        self._consumers: dict[int, list[int]] = {}
        self._indexed = 0  # how many of _nodes are in _consumers
        self._traces: dict[int, Trace] = {}  # what traced nodes were traced from
        self._set_aside: dict[int, Any] = {}  # comparisons that an `if` has made
        self._merged = 0  # the id at which the graph last took over another
        self._layers: WeakValueDictionary[tuple[str, ...], Any] | None = None
        self._gradients = Gradients({}, {})
        self._failure: Record | None = None
        self._version = 0
        """Another after each change to what was there; new nodes change nothing."""

    # -- changing ----------------------------------------------------------------------
    def changed(self) -> None:
        """Note that what was made from the graph may not hold any more."""
        self._version += 1
        CHANGES.tick()

    def register(self, node: Node) -> None:
        """Take a node of its own (an input, an operation) into the graph."""
        node._graph = self  # type: ignore[assignment]  # only graphs have members
        self._nodes[node.id] = node

    def refer(self, node: Node) -> None:
        """Refer to a node that belongs to no graph or, in a pause, to another."""
        self._nodes.setdefault(node.id, node)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take the nodes that a failing block has added out again.

        The nodes of a graph that was taken over in the block are older than it and
        stay.
        """
        known, start = set(self._nodes), next(IDS)
        layers = None if self._layers is None else dict(self._layers)
        try:
            yield
        except BaseException as error:
            self._layers = None if layers is None else WeakValueDictionary(layers)
            before = list(self._nodes.values())
            self.remove([node_id for node_id in self._nodes if node_id > start])
            leaves = [n for n in self._nodes.values() if n._graph is None]
            self.remove(
                [n.id for n in leaves if n.id not in known and not self.consumers_of(n)]
            )
            gone = [node for node in before if node.id not in self._nodes]
            note_removed(self, error, gone)  # type: ignore[arg-type]  # as above
            raise

    def set_aside(self, node: Any) -> None:
        """Take out a comparison that nobody but an ``if`` was meant to see.

        Whoever holds it may still use it: see :meth:`bring_back`.
        """
        if node.id != max(self._nodes) or self.consumers_of(node):
            return
        leaves = [i for i in node.inputs if i.kind == "constant"]
        unused = [leaf for leaf in leaves if len(self.consumers_of(leaf)) == 1]
        gone = {n.id: n for n in [*unused, node]}
        self._set_aside |= gone
        self.remove(gone)

    def bring_back(self, nodes: Iterable[Any]) -> None:
        """Take in again what was set aside and is used after all."""
        for node in nodes:
            for node_id in (*node.input_ids, node.id):
                if node_id in self._set_aside:
                    self._nodes[node_id] = self._set_aside.pop(node_id)

    def remove(self, node_ids: Iterable[int]) -> None:
        """Take out nodes that no other node needs."""
        self._give_names()  # the count of the named is that of the first in the dict
        count = len(self._nodes)
        for node_id in node_ids:
            self._names.drop(node_id)
            del self._nodes[node_id]
            self._traces.pop(node_id, None)
        self._named = len(self._nodes)
        self._consumers, self._indexed = {}, 0
        if self._named < count:
            self.changed()

    def mark(self) -> Mark:
        """Note which nodes are there, to find those that come later."""
        return Mark(len(self._nodes), next(IDS))

    def since(self, mark: Mark) -> list[Any]:
        """List the nodes that came after a mark; of a merge, those made after it."""
        if self._merged < mark.id:
            return self._latest(mark.nodes)
        return [node for node in self.nodes if node.id > mark.id]

    def forget_since(self, mark: Mark) -> None:
        """Take out the nodes that came after a mark."""
        self.remove([node.id for node in self.since(mark)])

    def _latest(self, count: int) -> list[Any]:
        """List the nodes but for the first `count`, in the order in which they came."""
        latest = islice(reversed(self._nodes.values()), len(self._nodes) - count)
        return list(latest)[::-1]

    def take_over(self, other: Members) -> None:
        """Take over the nodes of another graph."""
        self._give_names()
        other._give_names()
        for node_id in sorted(other._nodes):
            if node_id in self._nodes:
                continue
            node = self._nodes[node_id] = other._nodes[node_id]
            if node._graph is other:
                node._graph = self
            self._names.add(node_id, other._names.of[node_id])
        self._named = len(self._nodes)
        self._consumers, self._indexed = {}, 0
        self._traces |= other._traces
        self._set_aside |= other._set_aside
        if other._layers:
            self.layers.update({**other._layers, **self.layers})
        self._merged = next(IDS)
        self._version = max(self._version, other._version)
        self.changed()

    # -- looking -----------------------------------------------------------------------
    @property
    def nodes(self) -> NodeList:
        """All nodes by id, the leaves that the graph refers to included."""
        return NodeList([self._nodes[node_id] for node_id in sorted(self._nodes)])

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Node) and self._nodes.get(node.id) is node

    def __getitem__(self, name: str) -> Node:
        self._give_names()
        node_id = self._names.ids.get(name)
        if node_id is None:
            raise MissingNode(
                f"no node {name!r} in {self!r}", did_you_mean(name, self._names.ids)
            )
        node: Node = self._nodes[node_id]
        return node

    def find(self, node_or_name: Any) -> Node:
        """Give the node of a name, or check that a node is of this graph."""
        if isinstance(node_or_name, str):
            return self[node_or_name]
        if isinstance(node_or_name, Node):
            if node_or_name in self:
                return node_or_name
            raise MissingNode(f"{node_or_name!r} is not in {self!r}")
        raise MissingNode(
            f"{type(node_or_name).__name__} is neither a node nor the name of one"
        )

    def name_of(self, node: Node) -> str:
        """Give the name of a node in this graph."""
        if node.id not in self._nodes:
            return node.wanted_name()
        self._give_names()
        return self._names.of[node.id]

    def rename(self, node: Node) -> None:
        """Give a node the name that it wants now."""
        self._give_names()
        self._names.drop(node.id)
        self._names.add(node.id, node.wanted_name())

    def inputs_of(self, node: Node) -> NodeList:
        """Give the inputs of a node."""
        return NodeList([self._nodes[input_id] for input_id in node.input_ids])

    def consumers_of(self, node: Node) -> NodeList:
        """Give the nodes of this graph that have `node` among their inputs."""
        if self._indexed < len(self._nodes):
            for consumer in self._latest(self._indexed):
                for input_id in dict.fromkeys(consumer.input_ids):
                    self._consumers.setdefault(input_id, []).append(consumer.id)
            self._indexed = len(self._nodes)
        ids = sorted(self._consumers.get(node.id, ()))
        return NodeList([self._nodes[consumer_id] for consumer_id in ids])

    @property
    def failure(self) -> Failure | None:
        """What went wrong last, while nothing has gone well since; see `Failure`.

        A pass that begins forgets it, and so does the next operation that is made. A
        copy of the graph has it as well, but for an operation that was refused as it
        was made.
        """
        return failure_of(self)  # type: ignore[arg-type]  # only graphs have members

    @property
    def layers(self) -> WeakValueDictionary[tuple[str, ...], Any]:
        """The layers that have added operations, by the scope of these."""
        if self._layers is None:
            self._layers = WeakValueDictionary()
        return self._layers

    @property
    def parameters(self) -> NodeList:
        """The parameters that the graph refers to, by id."""
        return NodeList([n for n in self.nodes if n.kind == "parameter"])

    @property
    def states(self) -> NodeList:
        """What the operations carry from one training pass to the next, by id."""
        return NodeList([n for n in self.nodes if n.kind == "state"])

    def find_all(self, targets: Any) -> list[Node]:
        """Give the nodes for one target or a list of them."""
        if isinstance(targets, Node | str) or not isinstance(targets, Sequence):
            return [self.find(targets)]
        return [self.find(target) for target in targets]

    def _give_names(self) -> None:
        if self._named < len(self._nodes):
            for node in self._latest(self._named):
                self._names.add(node.id, node.wanted_name())
            self._named = len(self._nodes)

    @property
    def _output_grads(self) -> dict[int, Any]:
        return self._gradients.published().outputs

    @_output_grads.setter
    def _output_grads(self, gradients: dict[int, Any]) -> None:
        self._gradients = Gradients(gradients, self._input_grads)

    @property
    def _input_grads(self) -> dict[int, tuple[Any, ...]]:
        return self._gradients.published().inputs

    @_input_grads.setter
    def _input_grads(self, gradients: dict[int, tuple[Any, ...]]) -> None:
        self._gradients = Gradients(self._output_grads, gradients)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Graph{name}: {len(self._nodes)} nodes>"
