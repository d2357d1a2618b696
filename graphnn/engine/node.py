"""What the engine knows of a node: nothing but this."""

from __future__ import annotations

from typing import Any, Protocol


class Node(Protocol):
    """The members that the walk reads, sets and calls."""

    id: int
    """Increasing over the life of the process: a node is numbered after its inputs."""

    input_ids: tuple[int, ...]
    """The nodes whose outputs are this one's inputs; empty for a leaf."""

    input_values: tuple[Any, ...]
    """What the inputs hold in this pass."""

    output: Any
    """The value: an array (a node, in a trace), a tuple of them, None when unknown."""

    needs_input_grad: tuple[bool, ...]
    """For each input, whether anybody has asked for its gradient."""

    broadcasts: bool
    """Whether gradients are summed back to their inputs' shapes by the walk."""

    stackable: bool
    """Whether the gradient hooks compute the same bits on the arrays of many such
    nodes, stacked along a new first axis: they call for nothing but additions,
    subtractions, products, quotients, roots and signs, element by element."""

    stops_gradient: bool
    """Whether nothing behind the node is to get a gradient through it."""

    def _output(self) -> Any:
        """Compute the output from ``input_values``."""

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        """Compute the gradient of each input from that of the output."""

    def _clear_residuals(self) -> None:
        """Forget what the hooks of an earlier pass left on the node."""

    def _failure(self, error: Exception) -> str | None:
        """Say in the user's terms why ``_output`` failed, where that is known."""

    def describe(self) -> str:
        """Name the node in a message: name, class, the user's line."""
