"""Equal blocks in a row: what is drawn once, with how many there are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from graphnn.draw.folding.blocks import Block
from graphnn.draw.folding.likeness import Likeness

if TYPE_CHECKING:
    from graphnn.draw.folding.scopes import Tree
    from graphnn.draw.pieces import Scope
    from graphnn.draw.view import View

SAME, LIKE, ROW = "same", "like", "row"

ASKED_FOR = 0
"""Stands among the ids of the nodes that use a value: no node has it."""


class Link(NamedTuple):
    """How a block takes from the one before it.

    Attributes
    ----------
    ways : tuple
        Of each argument that comes from outside: the place in the block before, or that
        it is the very one that this takes, or one that is like it.
    uses : mapping of int to set of int
        By place, the other nodes that use what is in the block before.
    """

    ways: tuple[int | str, ...]
    uses: dict[int, frozenset[int]]


class Repeats:
    """Runs of equal scopes, each of which feeds the next one.

    Scopes are equal if they hold the same operations with the same settings, on the
    same shapes and dtypes, wired alike, with parameters of the same shapes; in a run
    each feeds the next in the same way. From outside they all take the same (a mask,
    shared weights), or what is alike (the steps of a sequence); and nothing outside
    takes from one what it does not take from each, but for the output of the last.

    Parameters
    ----------
    view : View
    tree : Tree
    states : sequence of hashable
        Of every scope, how it is drawn as far as that was asked for: only scopes that
        are drawn alike are equal.
    may_join : callable
        Whether a scope may stand in a run.
    opens : callable
        Whether runs are looked for in a scope.

    Attributes
    ----------
    runs : list of tuple of int
        The scopes, in the order of the flow. The first stands for all.
    run_of : dict of int to int
        By scope, the run that it stands for.
    stand_ins : dict of int to int
        By the id of a node, that of the one which stands in its place.
    places : dict of int to dict of int to int
        By the id of a node and the number of a run: in which of its blocks it is.
    rows : dict of int to list of int
        Single nodes that are alike, and of which each feeds one block of a run; by the
        id of the first.
    """

    def __init__(
        self,
        view: View,
        tree: Tree,
        states: Sequence[Hashable],
        may_join: Callable[[int], bool],
        opens: Callable[[int], bool],
    ) -> None:
        self.view, self.tree, self.states = view, tree, states
        self.runs: list[tuple[int, ...]] = []
        self.run_of: dict[int, int] = {}
        self.stand_ins: dict[int, int] = {}
        self.places: dict[int, dict[int, int]] = {}
        self.rows: dict[int, list[int]] = {}
        self._fed: dict[Scope, tuple[int, dict[int, set[int]]]] = {}
        self._may_join = may_join
        self._likeness = Likeness()
        operations = [node for node in view.nodes if node.kind == "operation"]
        self._operations = sorted(
            operations, key=lambda node: (tree.first[tree.of[node.id]], node.id)
        )
        self._firsts = [tree.first[tree.of[node.id]] for node in self._operations]
        self._ends = _ends(view)
        for root in tree.roots():
            ahead = [root] if opens(root) else []
            while ahead:
                scope = ahead.pop()
                children = tree.children[scope]
                drawn = set(children)
                for run, link in self._runs_among(children):
                    self._enter(run, link)
                    drawn.difference_update(block.scope for block in run[1:])
                ahead += [c for c in reversed(children) if c in drawn and opens(c)]

    def stand_in(self, node_id: int) -> int:
        """Give the id of the node that stands in a node's place."""
        while node_id in self.stand_ins:
            node_id = self.stand_ins[node_id]
        return node_id

    # -- finding -----------------------------------------------------------------------
    def _runs_among(self, scopes: list[int]) -> Iterator[tuple[list[Block], Link]]:
        """Find the runs among the scopes that lie in one."""
        for group in self._equal(scopes):
            owner = {node_id: block for block in group for node_id in block.nodes}
            following: dict[int, list[Block]] = {}
            for block in group:
                givers = {owner[i].scope for i in block.given if i in owner}
                if len(givers) == 1:
                    following.setdefault(givers.pop(), []).append(block)
            after = {s: blocks[0] for s, blocks in following.items() if len(blocks) < 2}
            later = {block.scope for block in after.values()}
            for block in group:
                if block.scope in later:
                    continue
                chain = [block]
                while (following_one := after.get(chain[-1].scope)) is not None:
                    chain.append(following_one)
                yield from self._cut(chain)

    def _equal(self, scopes: list[int]) -> list[list[Block]]:
        """Group scopes that are equal; of others, only the size is looked at."""
        sizes: dict[tuple[int, Hashable], list[int]] = {}
        for scope in scopes:
            if self._may_join(scope):
                size = len(self._span(scope))
                sizes.setdefault((size, self.states[scope]), []).append(scope)
        groups: dict[Hashable, list[Block]] = {}
        for (size, state), alike in sizes.items():
            if size and len(alike) > 1:
                for scope in alike:
                    block = self._block(scope)
                    groups.setdefault((state, block.signature), []).append(block)
        return [group for group in groups.values() if len(group) > 1]

    def _span(self, scope: int) -> range:
        first, after = self.tree.first[scope], self.tree.after[scope]
        return range(bisect_left(self._firsts, first), bisect_left(self._firsts, after))

    def _block(self, scope: int) -> Block:
        span = self._span(scope)
        inside = self._operations[span.start : span.stop]
        inside.sort(key=lambda node: node.id)
        return Block(self.view, self.tree, self._likeness, scope, inside, self.states)

    def _cut(self, chain: list[Block]) -> Iterator[tuple[list[Block], Link]]:
        """Cut a chain of equal blocks where one is fed, or used, in another way."""
        start = 0
        while start < len(chain) - 1:
            link: Link | None = None
            end = start
            while end + 1 < len(chain):
                further = self._link(chain[end], chain[end + 1])
                if further is None or (link is not None and further != link):
                    break
                link, end = further, end + 1
            if link is not None and not self._may_end(chain[end], link):
                end -= 1
            if link is not None and end > start:
                yield chain[start : end + 1], link
            start = end + 1

    def _link(self, one: Block, other: Block) -> Link | None:
        """Tell how a block feeds another one; None if it is no matter of a run."""
        ways: list[int | str] = []
        for given, following in zip(one.given, other.given, strict=True):
            place = one.index.get(following)
            if place is not None:
                ways.append(place)
            elif given == following:
                ways.append(SAME)
            elif self._are_alike((one, given), (other, following)):
                ways.append(LIKE)
            elif self._is_row((one, given), (other, following)):
                ways.append(ROW)
            else:
                return None
        return Link(tuple(ways), self._uses(one, other))

    def _uses(self, block: Block, following: Block | None) -> dict[int, frozenset[int]]:
        """Find by place what uses the nodes of a block, besides the following one."""
        uses: dict[int, frozenset[int]] = {}
        strand = self.tree.strand[block.scope]
        for place, node_id in enumerate(block.nodes):
            takers = {
                taker
                for taker in self.tree.consumers[node_id]
                if taker not in block.index
                and (following is None or taker not in following.index)
                and self.tree.strand_of(taker) <= strand
            }
            if node_id in self._ends:
                takers.add(ASKED_FOR)
            if takers:
                uses[place] = frozenset(takers)
        return uses

    def _may_end(self, block: Block, link: Link) -> bool:
        """Tell whether a block may be the last: only its output is used further."""
        uses = self._uses(block, None)
        none: frozenset[int] = frozenset()
        if any(not its <= uses.get(place, none) for place, its in link.uses.items()):
            return False
        return all(
            place in link.ways or its <= link.uses.get(place, none)
            for place, its in uses.items()
        )

    def _are_alike(self, one: tuple[Block, int], other: tuple[Block, int]) -> bool:
        """Tell whether what two blocks take from outside is alike."""
        if self.stand_in(one[1]) == self.stand_in(other[1]):
            return True
        return self._feed_the_same(one, other)

    def _feed_the_same(self, *pairs: tuple[Block, int]) -> bool:
        """Tell whether gradients of blocks of one run take what these blocks took."""
        (run, uses), (other, others) = [
            self._fed.get(self.tree.paths[block.scope], (-1, {})) for block, _ in pairs
        ]
        (_, one_id), (_, other_id) = pairs
        common = uses.get(one_id, set()) & others.get(other_id, set())
        return run == other and bool(common)

    def _is_row(self, *pairs: tuple[Block, int]) -> bool:
        """Tell whether single nodes are alike, and each is there for its own block."""
        tokens = set()
        for block, node_id in pairs:
            node = self.view.by_id.get(node_id)
            around = self.tree.parent[block.scope]
            if node is None or node.kind != "operation" or node_id in self._ends:
                return False
            if self.tree.of[node_id] != around:
                return False
            if any(i not in block.index for i in self.tree.consumers[node_id]):
                return False
            tokens.add((type(node), node.shape, node.dtype, node.input_ids))
        return len(tokens) == 1

    # -- noting ------------------------------------------------------------------------
    def _enter(self, run: list[Block], link: Link) -> None:
        number = len(self.runs)
        self.runs.append(tuple([block.scope for block in run]))
        self.run_of[run[0].scope] = number
        for argument, way in enumerate(link.ways):
            if way == ROW:
                row = [block.given[argument] for block in run]
                self.rows[row[0]] = row
                self.stand_ins.update(dict.fromkeys(row[1:], row[0]))
        for place, block in enumerate(run):
            if not self.tree.strand[block.scope]:
                uses: dict[int, set[int]] = {}
                for argument, node_id in enumerate(block.given):
                    uses.setdefault(node_id, set()).add(argument)
                self._fed[self.tree.paths[block.scope]] = number, uses
            for node_id in block.nodes:
                self.places.setdefault(node_id, {})[number] = place
        for block in run[1:]:
            self.stand_ins.update(zip(block.nodes, run[0].nodes, strict=True))


def _ends(view: View) -> set[int]:
    """Find what is asked for by itself: targets, and what a function returned."""
    targets = view.options.target
    found = {node.id for node in view.graph.results}
    if targets is not None:
        found |= {node.id for node in view.graph.find_all(targets)}
    return found
