"""What the boxes of a picture stand for: a node each, or several that are folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from graphnn.draw.view import View

Scope = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Piece:
    """What one box stands for.

    Attributes
    ----------
    key : str
        Of the box.
    nodes : tuple of node
        Of the graph, in topological order; one, unless it is folded or stands for equal
        ones.
    scope : tuple of str
        The frames around it.
    title : str
        Of what is folded; a single node has its own name.
    suffix : str
        Stands behind the title: ``"× 12"``.
    count : int
        How many equal blocks, or equal nodes of such, it stands for.
    is_fold : bool
    kind : str
        The look of what is folded.
    counted : tuple of node
        Those that its figures are about: of equal blocks in one frame, what is in the
        first. By default all.
    ends : tuple of node
        Operations that are taken apart, and whose output it is: it has their marks.
    """

    key: str
    nodes: tuple[Any, ...]
    scope: Scope
    title: str = ""
    suffix: str = ""
    count: int = 1
    is_fold: bool = False
    kind: str = "fold"
    counted: tuple[Any, ...] = ()
    ends: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        self.counted = self.counted or self.nodes

    @property
    def node(self) -> Any:
        """The first node, and the only one of what is not folded."""
        return self.nodes[0]


class Expansion(NamedTuple):
    """An operation that is taken apart.

    Attributes
    ----------
    node : Operation
        Of the graph that is drawn.
    scope : tuple of str
        The frame around its parts.
    entries : mapping of int to Piece
        By the position of an argument, the part that takes it first.
    """

    node: Any
    scope: Scope
    entries: Mapping[int, Piece]


@dataclass(slots=True)
class Pieces:
    """How a graph is cut into boxes.

    Attributes
    ----------
    all : list of Piece
        In topological order of their first nodes.
    of : mapping of int to Piece
        The piece that each node is in, by id; of equal blocks that are drawn once, the
        piece that stands in the node's place.
    counts : mapping of tuple of str to int
        Frames that stand for several equal ones, by scope, and for how many.
    titles : mapping of tuple of str to str
        Frames that are not called by the last name of their scope.
    remarks : tuple of str
        What a reader should know of it: lines of the caption.
    stand_ins : mapping of int to int
        By the id of a node, that of the one which stands in its place.
    expansions : mapping of tuple of str to Expansion
        The operations that are taken apart, by the frame around their parts.
    sources : mapping of int to int
        By the id of a leaf of a formula, that of the node whose value it has.
    """

    all: list[Piece]
    of: Mapping[int, Piece]
    counts: Mapping[Scope, int] = field(default_factory=dict)
    titles: Mapping[Scope, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    stand_ins: Mapping[int, int] = field(default_factory=dict)
    expansions: Mapping[Scope, Expansion] = field(default_factory=dict)
    sources: Mapping[int, int] = field(default_factory=dict)

    def stand_in(self, node_id: int) -> int:
        """Give the id of the node that stands in a node's place: its own, mostly."""
        while node_id in self.stand_ins:
            node_id = self.stand_ins[node_id]
        return node_id


class Argument(NamedTuple):
    """A use of a node by another one, from box to box.

    Attributes
    ----------
    giver, taker : Piece
    node : node
        The one that uses.
    position : int
        Of the argument.
    given : int
        The id of what is used.
    """

    giver: Piece
    taker: Piece
    node: Any
    position: int
    given: int

    @property
    def is_merged(self) -> bool:
        """Whether an arrow stands for it together with others."""
        if self.giver.is_fold or self.taker.is_fold:
            return True
        return self.giver.count > 1 and self.taker.count == 1


def arguments(pieces: Pieces) -> Iterator[Argument]:
    """List the arguments that lead from box to box.

    Left out is what is written in a label, what is not shown, what stays in a box; and
    of equal blocks that are drawn once, what goes into another one than the first.
    """
    for taker in pieces.all:
        for node in taker.counted:
            for position, input_id in enumerate(node.input_ids):
                given = pieces.sources.get(input_id, input_id)
                giver = pieces.of.get(given)
                if giver is not None and giver is not taker:
                    yield Argument(giver, taker, node, position, given)


def one_each(view: View) -> Pieces:
    """Give each node a box of its own."""
    pieces = [Piece(view.key[n.id], (n,), tuple(n.scope)) for n in view.nodes]
    return Pieces(pieces, by_node(pieces))


def by_node(pieces: Iterable[Piece]) -> dict[int, Piece]:
    """Find pieces by the ids of their nodes."""
    return {node.id: piece for piece in pieces for node in piece.nodes}
