"""How states go on: what an operation carries from one training pass to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graphnn.engine.hooks import explain
from graphnn.errors import GradientError, GraphnnError

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


def advance_states(node: Any) -> None:
    """Ask an operation that has run what its states are in the next pass.

    One that shares a state with another goes on from where that has left it.

    Raises
    ------
    GradientError
        If the hook does not return an array for each state, of the state's shape and
        of a dtype that fits.
    """
    states = node.states
    try:
        values = node._next_states(*[state.value for state in states])
    except Exception as error:
        explain(node, "_next_states", error)
    if type(values) is not tuple or len(values) != len(states):
        raise GradientError(
            f"{node.describe()}: {type(node).__name__}._next_states returned "
            f"{values!r:.60}, not a tuple of {len(states)}",
            "One value for each of self.states.",
        )
    for state, value in zip(states, values, strict=True):
        try:
            state.value = value
        except GraphnnError as error:
            raise GradientError(
                f"{node.describe()}: {type(node).__name__}._next_states returned what "
                f"cannot be a state's value: {error}"
            ) from error


@contextmanager
def kept_states(graph: Graph) -> Iterator[None]:
    """Let passes in the block leave every state as it was.

    A pass that is run again in the same way then gives the same numbers.
    """
    states: list[Any] = list(graph.states)
    before = [(state, state.value) for state in states]
    try:
        yield
    finally:
        for state, value in before:
            state.value = value


@contextmanager
def unchanged_if_it_fails(graph: Graph) -> Iterator[None]:
    """Let a block of passes that fails leave every value as it was."""
    before = [(node, dict(vars(node))) for node in graph.nodes]
    training = graph.training
    try:
        yield
    except BaseException:
        graph.training = training
        for node, attributes in before:
            vars(node).clear()
            vars(node).update(attributes)
        raise
