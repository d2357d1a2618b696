"""The formula of one operation as a graph of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn.errors import ArgumentError, NotRunError
from graphnn.graph.expansion import expandable
from graphnn.graph.isolation import by_itself, undisturbed

if TYPE_CHECKING:
    from graphnn.graph import Graph


class FormulaGraph(NamedTuple):
    """What an operation computes, as a graph.

    Attributes
    ----------
    graph : Graph
    results : list of node
        The outputs.
    sources : dict of int to int
        By the id of a leaf, that of the node whose value it has.
    """

    graph: Graph
    results: list[Any]
    sources: dict[int, int]

    @property
    def is_composite(self) -> bool:
        """Whether it is made of more than one NumPy call."""
        return sum(node.kind == "operation" for node in self.graph.nodes) > 1


def formula_graph(node: Any) -> FormulaGraph:
    """Write the formula of one operation down as a graph, down to the NumPy calls.

    Raises
    ------
    ArgumentError
        Where it cannot be taken apart; it says why.
    NotRunError
        Before it has a value.
    """
    if node.output is None:
        raise NotRunError(
            f"{node.describe()} has no value yet: a formula is expanded as it computes",
            "Run graph.forward(...) first, or leave it out of expand=.",
        )
    if any(type(source.output) is tuple for source in node.inputs):
        raise cannot_expand(node, "it takes one of several outputs out of another")
    with undisturbed(node):
        answer = expandable(node)
    if not answer:
        raise cannot_expand(node, answer.reason)
    values = node.input_values or [source.output for source in node.inputs]
    with undisturbed(node):
        alone, whole = by_itself(node, values)
        parts = list(whole) if type(whole.output) is tuple else [whole]
        alone._result_ids = tuple([part.id for part in parts])
        graph = alone.expand(whole)
    leaves = [leaf for leaf in graph.nodes if leaf.kind != "operation"]
    sources: dict[int, int] = {}
    for own, source in zip(whole.inputs, node.inputs, strict=True):
        for leaf in leaves:
            # A hook is given constants as they are: what it makes of one is another.
            is_it = (
                leaf.output is own.output
                if own.kind == "constant"
                else graph.name_of(leaf) == alone.name_of(own)
            )
            if is_it and leaf.kind == own.kind:
                sources[leaf.id] = source.id
    return FormulaGraph(graph, list(graph.results), sources)


def cannot_expand(node: Any, reason: str) -> ArgumentError:
    """Build the exception for what cannot be taken apart."""
    return ArgumentError(
        f"{node.describe()} cannot be expanded: {reason}", "Leave it out of expand=."
    )
