"""What a scope is made of, written so that equal scopes are written alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphnn.draw.folding.likeness import Likeness
    from graphnn.draw.folding.scopes import Tree
    from graphnn.draw.view import View

OUTSIDE = "outside"


class Block:
    """The content of a scope.

    Parameters
    ----------
    view : View
    tree : Tree
    likeness : Likeness
    scope : int
    operations : sequence of node
        What lies in the scope, at any depth, in topological order.
    states : sequence of hashable
        Of every scope: how it is drawn, as far as that was asked for.

    Attributes
    ----------
    index : dict of int to int
        The places of the nodes in the block, by id: operations and the leaves that are
        used nowhere else, in the order in which they are come across.
    given : list of int
        The ids of what the block takes from outside, argument by argument.
    signature : hashable
        The same for equal blocks: the kinds of nodes, how they are wired, the shapes of
        what is given, the scopes inside.
    """

    def __init__(
        self,
        view: View,
        tree: Tree,
        likeness: Likeness,
        scope: int,
        operations: Sequence[Any],
        states: Sequence[Hashable],
    ) -> None:
        self.tree, self.scope = tree, scope
        self.index: dict[int, int] = {}
        self.given: list[int] = []
        self._scopes: dict[int, int] = {scope: 0}
        self._states = states
        self._written: list[Hashable] = []
        by_id, written = view.by_id, view.written
        for node in operations:
            row: list[Hashable] = []
            for input_id in node.input_ids:
                if input_id in written:
                    row.append(written[input_id])
                    continue
                place = self.index.get(input_id)
                source = by_id.get(input_id)
                if place is None and source is not None and self._is_own_leaf(source):
                    place = self._enter(input_id, likeness.number_of(source))
                if place is not None:
                    row.append(place)
                    continue
                self.given.append(input_id)
                shown = view.graph._nodes[input_id] if source is None else source
                row.append((OUTSIDE, shown.shape, shown.dtype))
            self._enter(node.id, likeness.number_of(node))
            self._written.append(tuple(row))
        self.nodes = list(self.index)
        self.signature = tuple(self._written)

    def _is_own_leaf(self, node: Any) -> bool:
        """Tell a leaf that nothing outside uses; what is fed is nobody's own."""
        if node.kind in ("operation", "input"):
            return False
        return self.tree.holds(self.scope, self.tree.home[node.id])

    def _enter(self, node_id: int, kind: int) -> int:
        place = self.index[node_id] = len(self.index)
        self._written.append((kind, self._place_of(self.tree.of[node_id])))
        return place

    def _place_of(self, scope: int) -> int:
        """Give the place of a scope among those of the block; -1 if it is outside."""
        if not self.tree.holds(self.scope, scope):
            return -1
        missing: list[int] = []
        while scope not in self._scopes:
            missing.append(scope)
            scope = self.tree.parent[scope]
        for each in reversed(missing):
            self._scopes[each] = len(self._scopes)
            around = self._scopes[self.tree.parent[each]]
            self._written.append((around, self._states[each]))
        return self._scopes[missing[0] if missing else scope]
