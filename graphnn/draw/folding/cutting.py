"""Cut a graph into pieces, where it is known which scopes are closed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphnn.draw.details import title_of
from graphnn.draw.pieces import Piece, Pieces

if TYPE_CHECKING:
    from graphnn.draw.folding.repeats import Repeats
    from graphnn.draw.folding.scopes import Tree
    from graphnn.draw.pieces import Scope
    from graphnn.draw.view import View

LONGEST_TITLE = 36
"""Characters of the names of the first and the last of equal blocks, one after another;
of longer ones only the end of the last is written."""


class Cut:
    """A graph that is cut into pieces.

    Parameters
    ----------
    view : View
    tree : Tree
    repeats : Repeats
    closed : sequence of bool
        By scope.
    """

    def __init__(
        self, view: View, tree: Tree, repeats: Repeats, closed: Sequence[bool]
    ) -> None:
        self.view, self.tree, self.repeats = view, tree, repeats
        self.outermost = [-1] * len(tree.paths)
        """The outermost closed scope around each, or -1."""
        for scope, parent in enumerate(tree.parent):
            around = self.outermost[parent]
            self.outermost[scope] = scope if around < 0 and closed[scope] else around
        self._first_strand: dict[str, int] = {}
        for path, strand in zip(tree.paths, tree.strand, strict=True):
            if path:
                lowest = self._first_strand.get(path[0], strand)
                self._first_strand[path[0]] = min(lowest, strand)

    def pieces(self) -> Pieces:
        """Give the pieces."""
        together: dict[tuple[bool, int], list[Any]] = {}
        for node_id, key in self._keys().items():
            together.setdefault(key, []).append(self.view.by_id[node_id])
        of: dict[int, Piece] = {}
        pieces = []
        for (is_fold, number), nodes in together.items():
            piece = self._fold(number, nodes) if is_fold else self._single(nodes)
            pieces.append(piece)
            of.update(dict.fromkeys([node.id for node in nodes], piece))
        counts: dict[Scope, int] = {}
        titles: dict[Scope, str] = {}
        for scope, run in self.repeats.run_of.items():
            if self.outermost[scope] < 0:
                path = self._frames(scope)
                counts[path] = len(self.repeats.runs[run])
                titles[path] = self._title(scope)
        return Pieces(pieces, of, counts, titles, stand_ins=self.repeats.stand_ins)

    # -- what belongs together ---------------------------------------------------------
    def _keys(self) -> dict[int, tuple[bool, int]]:
        """Find the box of each node: that of a closed scope, or that of a node."""
        tree, keys = self.tree, {}
        ends = self._ends()
        for node in self.view.nodes:
            stand_in = self.repeats.stand_in(node.id)
            scope = tree.of[stand_in]
            closed = self.outermost[scope]
            is_kept = node.kind == "input" or (
                node.id in ends and not tree.level[scope]
            )
            inside = closed >= 0 and not is_kept
            keys[node.id] = (True, closed) if inside else (False, stand_in)
        for node in self.view.nodes:
            if node.kind in ("operation", "input") or node.scope or keys[node.id][0]:
                continue
            takers = tree.consumers[node.id]
            strand = min(map(tree.strand_of, takers), default=0)
            boxes = {keys[i] for i in takers if tree.strand_of(i) == strand}
            if len(boxes) == 1 and (box := boxes.pop())[0]:
                keys[node.id] = box
        return keys

    def _ends(self) -> set[int]:
        """Find the results: where all is one box, they have boxes of their own."""
        if not self.outermost or self.outermost[0] < 0:
            return set()
        if self.view.options.target is not None:
            targets = self.view.graph.find_all(self.view.options.target)
            return {node.id for node in targets}
        nodes = self.view.nodes
        return {node.id for node in nodes if self.view.kind_of(node) == "sink"}

    # -- pieces ------------------------------------------------------------------------
    def _single(self, nodes: list[Any]) -> Piece:
        stand_in = self.view.by_id[self.repeats.stand_in(nodes[0].id)]
        title = suffix = ""
        if stand_in.id in self.repeats.rows:
            title = span(title_of(self.view, nodes[0]), title_of(self.view, nodes[-1]))
            suffix = f"× {len(nodes)}"
        nodes = [stand_in, *[node for node in nodes if node is not stand_in]]
        return Piece(
            self.view.key[stand_in.id],
            tuple(nodes),
            self._frames(self.tree.of[stand_in.id]),
            title=title,
            suffix=suffix,
            count=len(nodes),
            counted=(stand_in,),
        )

    def _fold(self, scope: int, nodes: list[Any]) -> Piece:
        count = self._count(scope)
        around = self.tree.parent[scope]
        return Piece(
            f"f{self.view.key[nodes[0].id][1:]}",
            tuple(nodes),
            () if around == scope else self._frames(around),
            title=self._title(scope),
            suffix=f"× {count}" if count > 1 else "",
            count=count,
            is_fold=True,
            kind="gradient" if self.tree.strand[scope] else "fold",
            counted=self._counted(scope, nodes),
        )

    def _count(self, scope: int) -> int:
        run = self.repeats.run_of.get(scope)
        return 1 if run is None else len(self.repeats.runs[run])

    def _counted(self, scope: int, nodes: list[Any]) -> tuple[Any, ...]:
        """Leave out what lies in others of the equal blocks around a closed scope."""
        around = []
        outer = scope
        while self.tree.parent[outer] != outer:
            outer = self.tree.parent[outer]
            if outer in self.repeats.run_of:
                around.append(self.repeats.run_of[outer])
        if not around:
            return tuple(nodes)
        places = self.repeats.places
        return tuple(
            [
                node
                for node in nodes
                if not any(places.get(node.id, {}).get(run) for run in around)
            ]
        )

    # -- names -------------------------------------------------------------------------
    def _frames(self, scope: int) -> Scope:
        """Give the open scopes around what lies in a scope, as they are shown."""
        if (closed := self.outermost[scope]) >= 0:
            around = self.tree.parent[closed]
            if around == closed:
                return ()
            scope = around
        path = self.tree.paths[scope]
        if not path or not self.tree.strand[scope]:
            return path
        return (self._shown(path[0], self.tree.strand[scope]), *path[1:])

    def _shown(self, name: str, strand: int) -> str:
        """Tell the gradient of a layer from the layer, by name."""
        if self._first_strand.get(name, 0) == strand:
            return name
        number = f" {strand}" if self.tree.passes > 1 else ""
        return f"{name} (gradient{number})"

    def _title(self, scope: int) -> str:
        tree = self.tree
        run = self.repeats.run_of.get(scope)
        scopes = [scope] if run is None else self.repeats.runs[run]
        names = [tree.paths[s][-1] if tree.paths[s] else "" for s in scopes]
        if not names[0]:
            names = [self.view.graph.name or "graph"]
        title = names[0] if len(names) == 1 else span(names[0], names[-1])
        if tree.level[scope] <= 1:
            shown = self._shown(names[0], tree.strand[scope])
            title += shown[len(names[0]) :]
        return title


def span(first: str, last: str) -> str:
    """Name the first and the last of a row.

    Examples
    --------
    >>> span("block_1", "block_12")
    'block_1 … block_12'
    >>> span("transformer_block_1", "transformer_block_12")
    'transformer_block_1 … _12'
    """
    whole = f"{first} … {last}"
    number = re.search(r"[0-9]+\Z", last)
    if len(whole) > LONGEST_TITLE and number:
        base = last[: number.start()]
        if base and re.fullmatch(re.escape(base) + "[0-9]+", first):
            return f"{first} … {last[len(base.rstrip('_')) :]}"
    return whole
