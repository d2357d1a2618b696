"""Writing down what a plain NumPy function does."""

from __future__ import annotations

from functools import wraps
from typing import Any

from graphnn.functions.recording import Function, argument_names
from graphnn.functions.structures import is_structure, leaves, rebuilt
from graphnn.graph.context import changed
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Input
from graphnn.graph.node import Node
from graphnn.graph.tracing import as_node


def trace(f: Function) -> Function:
    """Make the function that gives the graph of `f`.

    Parameters
    ----------
    f : callable
        Written in NumPy.

    Returns
    -------
    callable
        Of the same arguments as `f`. Numbers and arrays among them become inputs, named
        as in the signature of `f`; nodes are used as they are. It returns the
        :class:`~graphnn.Graph`, whose ``results`` are what `f` returned.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> def parabola(x, shift):
    ...     return np.sum((x - shift) ** 2)
    >>> graph = gn.trace(parabola)(np.array([1.0, 2.0]), 1.0)
    >>> [node.name for node in graph.order()]
    ['x', 'shift', 'subtract', 'constant', 'power', 'sum']
    >>> float(graph.forward(shift=3.0))
    5.0
    """

    @wraps(f)
    def traced(*arguments: Any, **keywords: Any) -> Graph:
        graph = Graph()
        with changed(graph=graph, scope=(), paused=False):
            names = argument_names(f, len(arguments))
            given = [as_inputs(*pair) for pair in zip(arguments, names, strict=True)]
            named = {name: as_inputs(value, name) for name, value in keywords.items()}
            result = f(*given, **named)
            graph = graph._survivor() or graph
            results = [as_node(part, graph) for part in leaves(result)]
        graph._result_ids = tuple([node.id for node in results])
        return graph

    return traced


def as_inputs(argument: Any, name: str) -> Any:
    """Make an input of each number and array in an argument."""
    parts = leaves(argument)
    several = is_structure(argument)
    names = [f"{name}_{i}" for i in range(len(parts))] if several else [name]
    made = [as_input(*pair) for pair in zip(parts, names, strict=True)]
    return rebuilt(argument, iter(made))


def as_input(value: Any, name: str) -> Any:
    """Make an input of a number or an array; leave nodes, flags and texts alone."""
    is_setting = value is None or isinstance(value, Node | bool | str | bytes)
    if is_setting or callable(value):
        return value
    return Input(name, value=value)
