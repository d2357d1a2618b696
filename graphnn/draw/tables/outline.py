"""A graph as an outline: scopes inside scopes, and equal blocks in a row found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphnn.draw.labels import clean, own_name
from graphnn.draw.tables.runs import Signatures, runs_among, span

if TYPE_CHECKING:
    from graphnn.graph import Graph


@dataclass(slots=True, eq=False)
class Entry:
    """A node, a scope with all that is in it, or equal blocks in a row.

    Attributes
    ----------
    kind : {"node", "scope", "run"}
    label : str
        The name under the entry that this one is in.
    name : str
        The whole name: a node's own, or the path of a scope.
    scope : tuple of str
        The path of a scope; of a node, the scopes around it.
    level : int
        How many scopes are open where what is in this entry is shown.
    children : list of Entry
        What is in it; of equal blocks, what is in the first.
    start, stop : int
        The nodes that it stands for, as a slice of :attr:`Outline.nodes`.
    operations, parameters : int
        How many; a parameter is counted where it is first used.
    times : int
        How many equal blocks it stands for.
    each : int, optional
        Parameters of one of them, where all have as many.
    is_mixed : bool
        Whether each of these blocks is several things, under no scope of their own.
    signature : int
        The same for what may be equal.
    """

    kind: str
    label: str
    name: str
    scope: tuple[str, ...]
    level: int
    children: list[Entry] = field(default_factory=list)
    start: int = 0
    stop: int = 0
    operations: int = 0
    parameters: int = 0
    times: int = 1
    each: int | None = None
    is_mixed: bool = False
    signature: int = 0


class Outline:
    """The inputs and operations of a graph under the scopes that they are in.

    A scope comes where its first node does; in it, nodes are in topological order.

    Parameters
    ----------
    graph : Graph
    within : tuple of str
        Only what is in this scope.
    joined : bool
        Whether a scope around a single thing is one entry with it.
    runs : bool
        Whether equal blocks in a row become one entry.

    Attributes
    ----------
    root : Entry
        The whole graph.
    nodes : list of node
        In the order of the outline.
    parameters : list of Parameter
        Those of the graph; within a scope, those that are used there.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        within: tuple[str, ...] = (),
        joined: bool = False,
        runs: bool = False,
    ) -> None:
        self.graph = graph
        shown = [
            node
            for node in graph.nodes
            if node.kind in ("operation", "input")
            and tuple(node.scope[: len(within)]) == within
        ]
        leaves = {node.id: node for node in graph.nodes if node.kind == "parameter"}
        used = {i for node in shown for i in node.input_ids if i in leaves}
        # One that no operation uses is part of the graph all the same.
        self.parameters: list[Any] = [
            node for node in leaves.values() if not within or node.id in used
        ]
        self.root, self.nodes = _nested(graph, shown, within)
        self.place = {node.id: place for place, node in enumerate(self.nodes)}
        self._own = _own_parameters(shown, leaves)
        _measure(self, joined=joined, runs=runs)

    def parameters_of(self, node: Any) -> list[Any]:
        """Give the parameters that a node is the first to use."""
        return self._own.get(node.id, [])

    def lines(self, depth: int | None = None) -> Iterator[tuple[Entry, list[bool]]]:
        """Give the entries that are shown, and of each level whether it is the last.

        Parameters
        ----------
        depth : int, optional
            How many levels are shown: with 1, a scope is one entry. Default: all.
        """
        if depth == 0:
            yield self.root, []
            return
        open_: list[tuple[Iterator[Entry], int]] = [
            (iter(self.root.children), len(self.root.children))
        ]
        place = [0]
        while open_:
            entries, _ = open_[-1]
            entry = next(entries, None)
            if entry is None:
                open_.pop()
                place.pop()
                continue
            place[-1] += 1
            yield entry, [p == n for p, (_, n) in zip(place, open_, strict=True)]
            if self.is_open(entry, depth):
                open_.append((iter(entry.children), len(entry.children)))
                place.append(0)

    def is_open(self, entry: Entry, depth: int | None) -> bool:
        """Tell an entry whose children are shown."""
        return bool(entry.children) and (depth is None or entry.level < depth)

    def depth_for(self, most: int) -> int | None:
        """Choose how many levels are shown in so many lines; None for all of them."""
        counts: Counter[int] = Counter()
        stack = [self.root]
        while stack:
            entry = stack.pop()
            counts[entry.level] += len(entry.children)
            stack += entry.children
        if counts.total() <= most:
            return None
        lines, deepest = 0, 1
        for level in sorted(counts):
            lines += counts[level]
            if lines > most:
                break
            deepest = level + 1
        return deepest

    def output_of(self, entry: Entry) -> Any:
        """Give the last node of an entry whose value is used elsewhere, or nowhere."""
        if entry.kind == "node":
            return self.nodes[entry.start]
        for place in range(entry.stop - 1, entry.start - 1, -1):
            node = self.nodes[place]
            consumers = [self.place.get(c.id) for c in self.graph.consumers_of(node)]
            if not consumers or any(
                p is None or not entry.start <= p < entry.stop for p in consumers
            ):
                return node
        return self.nodes[entry.stop - 1] if entry.stop > entry.start else None

    def takes(self, entry: Entry) -> list[Any]:
        """List what the nodes of an entry take from outside of it, each once."""
        found: dict[int, Any] = {}
        for node in self.nodes[entry.start : entry.stop]:
            for giver in self.graph.inputs_of(node):
                place = self.place.get(giver.id)
                if place is None or not entry.start <= place < entry.stop:
                    found[giver.id] = giver
        return list(found.values())


def _nested(
    graph: Graph, shown: Sequence[Any], within: tuple[str, ...]
) -> tuple[Entry, list[Any]]:
    """Put nodes under their scopes; give the root, and the nodes in its order."""
    base = len(within)
    root = Entry("scope", "/".join(within), "/".join(within), within, 0)
    scopes = {within: root}
    for place, node in enumerate(shown):
        scope = tuple(node.scope)
        parent = scopes.get(scope)
        if parent is None:
            known = len(scope)
            while scope[:known] not in scopes:
                known -= 1
            parent = scopes[scope[:known]]
            for length in range(known + 1, len(scope) + 1):
                path = scope[:length]
                entry = Entry(
                    "scope", clean(path[-1]), clean("/".join(path)), path, length - base
                )
                parent.children.append(entry)
                parent = scopes[path] = entry
        name = graph.name_of(node)
        label = clean(own_name(name, scope))
        entry = Entry("node", label, clean(name), scope, len(scope) - base)
        entry.operations = int(node.kind == "operation")
        entry.start = place
        parent.children.append(entry)
    order: list[Any] = []
    stack = [root]
    while stack:
        entry = stack.pop()
        if entry.kind == "node":  # whose place among those shown is noted so far
            order.append(shown[entry.start])
            entry.start = len(order) - 1
        else:
            entry.start = len(order)
        stack += reversed(entry.children)
    return root, order


def _own_parameters(
    shown: Sequence[Any], leaves: dict[int, Any]
) -> dict[int, list[Any]]:
    """Give the parameters that each node is the first to use, by its id."""
    counted: set[int] = set()
    own: dict[int, list[Any]] = {}
    for node in shown:
        for input_id in dict.fromkeys(node.input_ids):
            if input_id in leaves and input_id not in counted:
                counted.add(input_id)
                own.setdefault(node.id, []).append(leaves[input_id])
    return own


def _measure(outline: Outline, *, joined: bool, runs: bool) -> None:
    """Count what is in each entry, from the innermost; join and find runs."""
    signatures = Signatures(outline.graph, outline.nodes, outline.place)
    entries = [outline.root]
    for entry in entries:
        entries += entry.children
    for entry in reversed(entries):
        if entry.kind == "node":
            entry.stop = entry.start + 1
            node = outline.nodes[entry.start]
            entry.parameters = sum(p.value.size for p in outline.parameters_of(node))
            if runs:
                entry.signature = signatures.of_node(node, entry.label)
            continue
        entry.stop = entry.children[-1].stop if entry.children else entry.start
        entry.operations = sum(child.operations for child in entry.children)
        entry.parameters = sum(child.parameters for child in entry.children)
        if runs:
            below = [child.signature for child in entry.children]
            entry.signature = signatures.of_scope(entry.label, below)
            entry.children = _with_runs(entry, signatures)
        if joined and len(entry.children) == 1 and entry is not outline.root:
            _join(entry)


def _join(entry: Entry) -> None:
    """Let a scope be one entry with the only thing in it."""
    (only,) = entry.children
    if only.kind == "run":
        return
    entry.kind, entry.label = only.kind, f"{entry.label}/{only.label}"
    entry.name, entry.scope, entry.level = only.name, only.scope, only.level
    entry.children = only.children


def _with_runs(parent: Entry, signatures: Signatures) -> list[Entry]:
    """Put one entry in the place of each run of equal blocks."""
    entries = parent.children
    result: list[Entry] = []
    done = 0
    for start, period, times in runs_among(entries, signatures):
        result += entries[done:start]
        done = start + period * times
        result.append(_run(entries[start:done], period, times, parent.level))
    return [*result, *entries[done:]]


def _run(entries: list[Entry], period: int, times: int, level: int) -> Entry:
    first, last = entries[0], entries[-1]
    counts = [
        sum(entry.parameters for entry in entries[place : place + period])
        for place in range(0, len(entries), period)
    ]
    return Entry(
        "run",
        span(first.label, last.label),
        span(first.name, last.name),
        first.scope,
        # A run of scopes is a level as each of them is; several things are no new one.
        first.level if period == 1 else level,
        list(first.children) if period == 1 else entries[:period],
        first.start,
        last.stop,
        sum(entry.operations for entry in entries),
        sum(counts),
        times,
        counts[0] if len(set(counts)) == 1 else None,
        period > 1,
    )
