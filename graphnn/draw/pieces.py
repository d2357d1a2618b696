"""What the boxes of a picture stand for: a node each, or several that are folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
        Of the graph, in topological order; one, unless it is folded.
    scope : tuple of str
        The frames around it.
    title : str
        Of what is folded; a single node has its own name.
    count : int
        How many equal blocks it stands for.
    is_fold : bool
    """

    key: str
    nodes: tuple[Any, ...]
    scope: Scope
    title: str = ""
    count: int = 1
    is_fold: bool = False

    @property
    def node(self) -> Any:
        """The first node, and the only one of what is not folded."""
        return self.nodes[0]


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
    """

    all: list[Piece]
    of: Mapping[int, Piece]
    counts: Mapping[Scope, int] = field(default_factory=dict)
    titles: Mapping[Scope, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def one_each(view: View) -> Pieces:
    """Give each node a box of its own."""
    pieces = [Piece(view.key[n.id], (n,), tuple(n.scope)) for n in view.nodes]
    return Pieces(pieces, by_node(pieces))


def by_node(pieces: Iterable[Piece]) -> dict[int, Piece]:
    """Find pieces by the ids of their nodes."""
    return {node.id: piece for piece in pieces for node in piece.nodes}
