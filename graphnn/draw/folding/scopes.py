"""The scopes of what is shown, as a tree: what may be folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphnn.draw.pieces import Scope
    from graphnn.draw.view import View


class Tree:
    """The scopes of the nodes that are shown, numbered: a parent before its children.

    The nodes of a reverse pass lie in the scopes of the nodes whose gradients they are.
    They have a tree of their own, so that a layer and its gradient are two boxes, one
    beside the other, and no arrows lead in circles between them.

    Parameters
    ----------
    view : View

    Attributes
    ----------
    paths : list of tuple of str
        Of each scope, the names from the outermost to its own.
    parent : list of int
        The scope around each; a root is its own.
    level : list of int
        How deep each lies: 0 for a root.
    strand : list of int
        0 for the forward pass, otherwise the number of the reverse pass.
    children : list of list of int
    first, after : list of int
        Places in a walk that visits a scope before what is in it: what lies in scope
        ``s`` has the places from ``first[s]`` up to, without, ``after[s]``.
    of : dict of int to int
        The scope of each node, by its id.
    home : dict of int to int
        The same, but for leaves the innermost scope around all that they are used in.
    consumers : dict of int to list of int
        The nodes that use each node, by id, once for each use.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.paths: list[Scope] = []
        self.parent: list[int] = []
        self.level: list[int] = []
        self.strand: list[int] = []
        self.children: list[list[int]] = []
        self._numbers: dict[tuple[int, Scope], int] = {}
        self.consumers: dict[int, list[int]] = {node.id: [] for node in view.nodes}
        for node in view.nodes:
            for input_id in node.input_ids:
                if input_id in self.consumers:
                    self.consumers[input_id].append(node.id)
        strands = self._strands()
        self.passes = max(strands.values(), default=0)
        """How many reverse passes are among the nodes."""

        self.of: dict[int, int] = {}
        before: tuple[int, Scope] | None = None
        for node in view.nodes:
            place = strands[node.id], node.scope
            if before is None or place[1] is not before[1] or place[0] != before[0]:
                before, scope = place, self._at(*place)
            self.of[node.id] = scope
        self._walk()
        self.home = {
            node.id: self.of[node.id] if node.kind == "operation" else self._home(node)
            for node in view.nodes
        }

    def strand_of(self, node_id: int) -> int:
        """Tell which pass a node belongs to: 0 for the forward pass."""
        return self.strand[self.of[node_id]]

    def holds(self, outer: int, scope: int) -> bool:
        """Tell whether a scope is another one, or lies in it."""
        return self.first[outer] <= self.first[scope] < self.after[outer]

    def _strands(self) -> dict[int, int]:
        """Find the pass of each node; a constant belongs where it is used."""
        numbers: dict[Any, int] = {}
        strands: dict[int, int] = {}
        traces = self.view.graph._traces
        for node in self.view.nodes:
            trace = traces.get(node.id)
            strands[node.id] = 0
            if trace is not None and trace.is_gradient:
                strands[node.id] = numbers.setdefault(trace.facts, len(numbers) + 1)
        for node in self.view.nodes:
            if node.kind == "constant":
                used = [strands[taker] for taker in self.consumers[node.id]]
                strands[node.id] = min(used, default=0)
        return strands

    def _at(self, strand: int, scope: Scope) -> int:
        """Find a scope, or enter it along with those around it."""
        missing: list[Scope] = []
        while (strand, scope) not in self._numbers:
            missing.append(scope)
            if not scope:
                break
            scope = scope[:-1]
        for each in reversed(missing):
            number = self._numbers[strand, each] = len(self.paths)
            parent = self._numbers[strand, each[:-1]] if each else number
            self.paths.append(each)
            self.parent.append(parent)
            self.level.append(len(each))
            self.strand.append(strand)
            self.children.append([])
            if each:
                self.children[parent].append(number)
        return self._numbers[strand, missing[0] if missing else scope]

    def _walk(self) -> None:
        self.first = [0] * len(self.paths)
        self.after = [0] * len(self.paths)
        place = 0
        ahead = [(root, True) for root in reversed(self.roots())]
        while ahead:
            scope, enters = ahead.pop()
            if not enters:
                self.after[scope] = place
                continue
            self.first[scope] = place
            place += 1
            ahead.append((scope, False))
            ahead += [(child, True) for child in reversed(self.children[scope])]

    def roots(self) -> list[int]:
        """List the outermost scopes, the forward pass first."""
        roots = [s for s, parent in enumerate(self.parent) if parent == s]
        return sorted(roots, key=lambda root: self.strand[root])

    def _home(self, leaf: Any) -> int:
        """Find the innermost scope around all uses of a leaf, in the first pass."""
        used = {self.of[taker] for taker in self.consumers[leaf.id]}
        if not used:
            return self.of[leaf.id]
        strand = min(self.strand[scope] for scope in used)
        places = [s for s in used if self.strand[s] == strand]
        one = min(places, key=lambda scope: self.first[scope])
        last = max(places, key=lambda scope: self.first[scope])
        while not self.holds(one, last):
            one = self.parent[one]
        return one
