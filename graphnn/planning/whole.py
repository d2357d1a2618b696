"""Operations that a plan calls through their hooks, because these cannot be traced.

A hook that draws random numbers, changes its own settings, or branches on a value is
run as it stands, on the node itself, as in a stepped pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from graphnn.engine.hooks import call_input_grads, call_output

F = TypeVar("F", bound=Callable[..., Any])


def called_again(function: F) -> F:
    """Mark what may give another thing each time, also for the same arguments."""
    function.is_called_again = True  # type: ignore[attr-defined]
    return function


class Whole:
    """The hooks of one node, as functions of arrays.

    The arrays lie in buffers, which the next pass writes over; so what the node holds
    is taken off it again when the pass is over, see :meth:`leave`.
    """

    def __init__(self, node: Any) -> None:
        self.node = node

    @called_again
    def output(self, *values: Any) -> Any:
        """Compute the output; a residual stays on the node, for its gradients."""
        node = self.node
        node.__dict__["input_values"] = values
        node._clear_residuals()
        node.__dict__["output"] = output = call_output(node)
        return output

    def input_grads(
        self, count: int, needs: tuple[bool, ...], several: bool
    ) -> Callable[..., Any]:
        """Make the function of `count` input values, the outputs and their gradients.

        It gives those gradients that there are.
        """
        node = self.node

        def input_grads(*values: Any) -> tuple[Any, ...]:
            node.__dict__["input_values"] = values[:count]
            node.__dict__["needs_input_grad"] = needs
            given = values[count:]
            given = given[len(given) // 2 :]
            grads = call_input_grads(node, given if several else given[0])
            return tuple([gradient for gradient in grads if gradient is not None])

        return called_again(input_grads)

    def next_states(self, count: int) -> Callable[..., Any]:
        """Make the function that tells states; `count` values go before them."""
        node = self.node

        def next_states(*values: Any) -> Any:
            return tuple(node._next_states(*values[count:]))

        return called_again(next_states)

    def leave(self) -> None:
        """Let go of what lies in the plan's buffers."""
        self.node.__dict__["input_values"] = ()
        self.node.__dict__["output"] = None
        self.node._clear_residuals()
