"""What leaves a closed scope: the nodes whose value, and gradient, are its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece
    from graphnn.draw.view import View


class Outputs:
    """Finds what leaves closed scopes.

    Parameters
    ----------
    view : View
    """

    def __init__(self, view: View) -> None:
        self._results = {node.id for node in view.graph.results}
        self._takers: dict[int, list[Any]] = {}
        for taker in view.chosen:
            for input_id in dict.fromkeys(taker.input_ids):
                self._takers.setdefault(input_id, []).append(taker)

    def of_blocks(self, piece: Piece, nodes: Sequence[Any]) -> list[list[Any]]:
        """List the outputs of a closed scope, or of each of several equal ones.

        Parameters
        ----------
        piece : Piece
        nodes : sequence of node
            All that it stands for.

        Returns
        -------
        list of list of node
        """
        found = [self._of_block(block) for block in blocks_of(piece, nodes)]
        return [outputs for outputs in found if outputs]

    def _of_block(self, block: Iterable[Any]) -> list[Any]:
        """List the operations that something outside takes, or nothing at all."""
        operations = [node for node in block if node.kind == "operation"]
        inside = {node.id for node in operations}
        return [node for node in operations if self._leaves(node, inside)]

    def _leaves(self, node: Any, inside: set[int]) -> bool:
        takers = self._takers.get(node.id, [])
        if node.forward_node is None:  # what a gradient reads is no output by that
            takers = [taker for taker in takers if taker.forward_node is None]
        is_read = any(taker.id not in inside for taker in takers)
        return is_read or not takers or node.id in self._results


def blocks_of(piece: Piece, nodes: Sequence[Any]) -> list[list[Any]]:
    """Tell the equal blocks apart that one box stands for."""
    if piece.count == 1 and len(piece.counted) == len(nodes):
        return [list(nodes)]
    blocks: dict[tuple[str, ...], list[Any]] = {}
    for node in nodes:
        scope = tuple(node.scope[: len(piece.scope) + 1])
        blocks.setdefault(scope, []).append(node)
    return list(blocks.values())
