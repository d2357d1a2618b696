"""One operation of a graph by itself, with hooks that run and leave nothing behind."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.context import changed
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Constant, Input, State
from graphnn.graph.tracing import own_name, tracing
from graphnn.graph.watching import unwatched


def by_itself(node: Any, values: Sequence[Any]) -> tuple[Graph, Any]:
    """Bind a copy of an operation to inputs that are called as its own.

    Parameters
    ----------
    node : Operation
        It stays as it is, and so does its graph.
    values : sequence of array or tuple of array
        Of its inputs; they are not copied.

    Returns
    -------
    Graph
        With a leaf for each of the different inputs.
    Operation
        The copy, which has computed.
    """
    graph = Graph()
    graph.training = node.graph.training
    recipe = node._recipe()
    recipe._name = own_name(node, node.graph)
    leaves: dict[int, Any] = {}
    with tracing(graph):
        for source, value in zip(node.inputs, values, strict=True):
            if source.id not in leaves:
                leaves[source.id] = leaf_of(source, node.graph, value)
        inputs = [leaves[source.id] for source in node.inputs]
        whole = bind(recipe, inputs, scope=node.scope)
    whole._source = node._source
    return graph, whole


def leaf_of(source: Any, graph: Graph, value: Any) -> Any:
    """Make a leaf that is called as an input of the operation."""
    if source.kind == "constant":
        return Constant(value)
    name = graph.name_of(source)
    is_state = source.kind == "state"
    leaf: Any = State(value, name) if is_state else Input(name, value)
    leaf._source = source._source
    return leaf


@contextmanager
def undisturbed(node: Any) -> Iterator[None]:
    """Run hooks of an operation so that nobody hears of it, and nothing is left.

    Random numbers that they draw are drawn again by the next pass; floating-point
    errors and warnings are quiet.
    """
    generators = [
        each for each in vars(node).values() if isinstance(each, np.random.Generator)
    ]
    states = [each.bit_generator.state for each in generators]
    of_numpy = np.random.get_state()  # noqa: NPY002  a user's hook may draw from it
    try:
        with (
            unwatched(),
            changed(trace=None, paused=False),
            np.errstate(all="ignore"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(of_numpy)  # noqa: NPY002
        for each, state in zip(generators, states, strict=True):
            each.bit_generator.state = state
