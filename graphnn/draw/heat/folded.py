"""What closed scopes are coloured by: their output, so that they can be compared.

The norm of the gradient at the output is what flows back along the chain of layers:
where it shrinks or grows from layer to layer, gradients vanish or explode. It is there
for a layer without parameters as well, and does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphnn.draw.heat.measures import (
    KNOWN,
    NONE,
    ZERO,
    Reading,
    figure,
    gradient_norm,
    largest_value,
)
from graphnn.draw.heat.outputs import Outputs, blocks_of

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece, Pieces
    from graphnn.draw.view import View

TITLES = {
    "grad_norm": "norm of the gradient at the output",
    "value": "largest |value| of the output",
}
OF_PARAMETERS = "norm of the gradient of the parameters"


class Folds:
    """Measures gradients and values of closed scopes.

    A plan leaves gradients of parameters and no others: where there are only these,
    they are what all boxes are compared by, and those without parameters by nothing.

    Parameters
    ----------
    view : View
    pieces : Pieces
    nodes : mapping of str to sequence of node
        What each piece stands for, by its key.
    word : str
        What the picture is coloured by.

    Attributes
    ----------
    title : str
        What the scale says; nothing if no closed scope is measured.
    """

    def __init__(
        self,
        view: View,
        pieces: Pieces,
        nodes: Mapping[str, Sequence[Any]],
        word: str,
    ) -> None:
        self.word = word
        self.title = TITLES.get(word, "")
        folds = [piece for piece in pieces.all if piece.is_fold and self.title]
        if not folds:
            self.title, self._measured = "", {}
            return
        outputs = Outputs(view)
        self._measured = {
            fold.key: outputs.of_blocks(fold, nodes[fold.key]) for fold in folds
        }
        if word == "grad_norm" and not has_gradients(self._measured):
            parameters = {
                fold.key: parameters_of(blocks_of(fold, nodes[fold.key]))
                for fold in folds
            }
            if has_gradients(parameters):
                self._measured, self.title = parameters, OF_PARAMETERS

    def measures(self, piece: Piece) -> bool:
        """Tell a closed scope that is measured by its output."""
        return piece.key in self._measured

    def reading(self, piece: Piece) -> Reading:
        """Measure a closed scope; equal ones that are one box, taken together."""
        return self._reading_of(
            [node for block in self._measured[piece.key] for node in block]
        )

    def of_each(self, piece: Piece) -> str:
        """Say how far the gradients of equal blocks that are one box lie apart."""
        if piece.count == 1 or self.word != "grad_norm" or not self.measures(piece):
            return ""
        found = [self._reading_of(block) for block in self._measured[piece.key]]
        norms = [each.number for each in found if each.state in (KNOWN, ZERO)]
        if len(norms) < 2:
            return ""
        return f"of each {figure(min(norms))} … {figure(max(norms))}"

    def _reading_of(self, nodes: Sequence[Any]) -> Reading:
        if not nodes:
            return Reading(NONE)
        if self.word == "value":
            reading = largest_value(nodes)
            text = reading.text.replace("value", "output", 1)
            is_named = text.startswith(("output", "|output"))
            return reading._replace(text=text if is_named else f"output: {text}")
        reading = gradient_norm(nodes)
        if self.title != OF_PARAMETERS:
            return reading
        text = reading.text.replace("grad", "param grad", 1)
        return reading._replace(text=text)


def parameters_of(blocks: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """List the parameters of each block."""
    return [[node for node in block if node.kind == "parameter"] for block in blocks]


def has_gradients(measured: Mapping[str, Sequence[Sequence[Any]]]) -> bool:
    """Tell whether one of the nodes has a gradient."""
    return any(
        node.output_grad is not None
        for blocks in measured.values()
        for block in blocks
        for node in block
    )
