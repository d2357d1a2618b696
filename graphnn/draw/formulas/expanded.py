"""Operations that are taken apart: their own formulas, as boxes in a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphnn.draw.choosing import texts_of
from graphnn.draw.details import node_tip
from graphnn.draw.formulas.formula_graphs import (
    FormulaGraph,
    cannot_expand,
    formula_graph,
)
from graphnn.draw.formulas.meant import operations_meant
from graphnn.draw.labels import names_its_class, own_name
from graphnn.draw.pieces import Argument, Expansion, Piece, Pieces
from graphnn.errors import ArgumentError, NotRunError
from graphnn.graph.operation import Item

if TYPE_CHECKING:
    from graphnn.draw.pieces import Scope
    from graphnn.draw.scene import Frame
    from graphnn.draw.view import View


def expanded(view: View, pieces: Pieces) -> Pieces:
    """Replace the boxes of operations that are named by those of their formulas.

    What is named itself has to have a formula; what a glob or a function fits may have
    none, or one that is a single call, as long as another one has more.

    Parameters
    ----------
    view : View
    pieces : Pieces

    Returns
    -------
    Pieces

    Raises
    ------
    ArgumentError
        Where an operation cannot be taken apart; it says why.
    NotRunError
        Before it has a value.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> from graphnn.draw.options import Options
    >>> from graphnn.draw.pieces import one_each
    >>> from graphnn.draw.view import View
    >>> y = gn.Softmax()(gn.Input("x", value=[[1.0, 2.0]]))
    >>> view = View(y.graph, Options(expand="softmax"))
    >>> [piece.key for piece in expanded(view, one_each(view)).all]
    ['n0', 'n1_0', 'n1_1', 'n1_2', 'n1_3', 'n1_4']
    """
    meant = operations_meant(view)
    if not meant:
        return pieces
    given = view.options.expand
    named = set() if callable(given) else set(texts_of(given, "expand"))
    work = Work(view, pieces)
    refused: list[Exception] = []
    for piece in pieces.all:
        if piece.is_fold or not any(each.id in meant for each in piece.nodes):
            continue
        is_named = any(view.graph.name_of(each) in named for each in piece.nodes)
        try:
            formula = formula_graph(piece.node)
        except (ArgumentError, NotRunError) as error:
            if is_named:
                raise
            refused.append(error)
            continue
        if is_named or formula.is_composite:
            work.take_apart(piece, formula)
        else:
            refused.append(cannot_expand(piece.node, "it is one call"))
    if refused and not work.expansions:
        raise refused[0]
    return work.finished()


@dataclass
class Work:
    """Pieces of which some are being replaced.

    Attributes
    ----------
    view : View
    pieces : Pieces
        The old ones.
    parts : dict of Piece to list of Piece
        What an old one is replaced by; nothing, where it is one of several outputs.
    instead : dict of Piece to Piece
        For what takes from an old one: what it takes from now.
    expansions : list of Expansion
    sources : dict of int to int
        By the id of a leaf of a formula, that of the node whose value it has.
    """

    view: View
    pieces: Pieces
    parts: dict[Piece, list[Piece]] = field(default_factory=dict)
    instead: dict[Piece, Piece] = field(default_factory=dict)
    expansions: list[Expansion] = field(default_factory=list)
    sources: dict[int, int] = field(default_factory=dict)

    def take_apart(self, piece: Piece, formula: FormulaGraph) -> None:
        """Replace a piece by those of its formula."""
        node = piece.node
        self.sources |= {
            leaf_id: source_id
            for leaf_id, source_id in formula.sources.items()
            if source_id not in self.view.written  # which stands in labels there too
        }
        scope = (*piece.scope, self._frame_name(piece))
        ends = [
            (self.pieces.of[output.id], result)
            for output, result in zip(outputs_of(node), formula.results, strict=True)
            if output is not None and output.id in self.pieces.of
        ]
        made = self._parts_of(piece, scope, formula, [result for _, result in ends])
        self.parts[piece] = list(made.values())
        for old, result in ends:
            new = made.get(result.id)
            if new is None:  # it hands on what it is given
                new = self.pieces.of[self.sources[result.id]]
            else:
                new.ends += old.nodes
            self.instead[old] = new
            self.parts.setdefault(old, [])
        if piece not in self.instead:  # one of several outputs stands for all
            self.instead[piece] = self.instead[ends[-1][0]]
        self.expansions.append(Expansion(node, scope, self._entries(node, made)))

    def _parts_of(
        self, piece: Piece, scope: Scope, formula: FormulaGraph, results: list[Any]
    ) -> dict[int, Piece]:
        """Make the pieces of a formula, by the ids of its nodes."""
        view, node, graph = self.view, piece.node, formula.graph
        kind = view.kind_of(node)
        ends = {result.id for result in results}
        made: dict[int, Piece] = {}
        for inner in graph.order(results):
            if inner.id in self.sources or (
                inner.id not in ends and view.writes(inner)
            ):
                continue
            look = str(inner.kind)
            if look == "operation" and (kind != "sink" or inner.id in ends):
                look = kind
            is_used = inner.id not in ends or node.id in view.used
            view.take_in(inner, graph.name_of(inner), look, is_used=is_used)
            made[inner.id] = Piece(
                f"{piece.key}_{len(made)}",
                (inner,),
                (*scope, *inner.scope[len(node.scope) + 1 :]),
                title=short_name(graph.name_of(inner), inner.scope),
                count=piece.count,
            )
        return made

    def _frame_name(self, piece: Piece) -> str:
        """Call the frame as the operation; but not like a scope beside it."""
        own = own_name(self.view.name_of(piece.node), piece.node.scope)
        depth = len(piece.scope)
        taken = {p.scope[depth] for p in self.pieces.all if len(p.scope) > depth}
        while own in taken:
            own += "()"
        return own

    def _entries(self, node: Any, made: Mapping[int, Piece]) -> dict[int, Piece]:
        """Find what first takes each input, by the position of the argument."""
        first: dict[int, Piece] = {}
        for piece in made.values():
            for input_id in piece.node.input_ids:
                if input_id in self.sources:
                    first.setdefault(self.sources[input_id], piece)
        return {
            position: first[input_id]
            for position, input_id in enumerate(node.input_ids)
            if input_id in first
        }

    def finished(self) -> Pieces:
        """Give the pieces, old and new."""
        pieces = self.pieces
        pieces.all = [new for old in pieces.all for new in self.parts.get(old, [old])]
        of = {node_id: self._now(piece) for node_id, piece in pieces.of.items()}
        of |= {piece.node.id: piece for parts in self.parts.values() for piece in parts}
        pieces.of = of
        pieces.sources = self.sources
        pieces.expansions = {each.scope: each for each in self.expansions}
        return pieces

    def _now(self, piece: Piece) -> Piece:
        """Follow a piece to what stands for it now."""
        while piece in self.instead:
            piece = self.instead[piece]
        return piece


def short_name(name: str, scope: Scope) -> str:
    """Leave out of a name the scopes that it repeats: a hook may name what it makes.

    Examples
    --------
    >>> short_name("lstm/step/h", ("lstm", "step", "gate"))
    'h'
    """
    while scope and not name.startswith("/".join(scope) + "/"):
        scope = scope[:-1]
    return own_name(name, scope)


def outputs_of(node: Any) -> list[Any]:
    """List the nodes of the outputs: the node itself or, of several, one for each.

    One that is not in the graph any more is None.
    """
    if type(node.output) is not tuple:
        return [node]
    items = {each.index: each for each in node.consumers if isinstance(each, Item)}
    return [items.get(index) for index in range(len(node.output))]


# -- what is drawn of it ---------------------------------------------------------------
def entries(pieces: Pieces) -> Iterator[Argument]:
    """List the arguments of what is taken apart: each leads to what takes it first.

    Gradients come back along these; along those of its parts none has.
    """
    for expansion in pieces.expansions.values():
        node = expansion.node
        for position, given in enumerate(node.input_ids):
            giver, taker = pieces.of.get(given), expansion.entries.get(position)
            if giver is not None and taker is not None and giver is not taker:
                yield Argument(giver, taker, node, position, given)


def dress_frames(view: View, pieces: Pieces, frames: Mapping[Scope, Frame]) -> None:
    """Tell the frames around formulas from others, and whose they are."""
    for scope, expansion in pieces.expansions.items():
        node, frame = expansion.node, frames[scope]
        frame.kind, frame.title = "expanded", own_name(view.name_of(node), node.scope)
        class_name = type(node).__name__
        if not names_its_class(frame.title, class_name):
            frame.suffix = class_name
        frame.tip = node_tip(view, node)
