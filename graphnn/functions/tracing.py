"""Writing down what a plain NumPy function does."""

from __future__ import annotations

from functools import wraps
from typing import Any

from graphnn.functions.recording import Function, argument_names, check_result
from graphnn.functions.structures import leaves, names, rebuilt
from graphnn.graph.binding import meet
from graphnn.graph.context import changed
from graphnn.graph.failing import note_removed
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Input
from graphnn.graph.node import Node
from graphnn.graph.remains import remains_of
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
        :class:`~graphnn.Graph`, whose ``results`` are what `f` returned. Where `f`
        raises, its attribute ``failure`` is a :class:`~graphnn.graph.failures.Failure`:
        ``traced.failure.draw()`` shows how far it has come.

    Notes
    -----
    What `f` reads as a plain number, such as ``len(x)`` or ``x.shape[0]``, is one in
    the graph: fed an array of another shape, it computes with the old number. An
    argument that `f` needs as a whole number, such as an axis, is no input: bind it
    with :func:`functools.partial`.

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
        vars(traced)["failure"] = None
        with changed(graph=graph, scope=(), paused=False):
            called = argument_names(f, len(arguments))
            given = [as_inputs(*pair) for pair in zip(arguments, called, strict=True)]
            named = {name: as_inputs(value, name) for name, value in keywords.items()}
            try:
                result = f(*given, **named)
                check_result(result, getattr(f, "__name__", "f"))
            except BaseException as error:
                note_removed(graph, error, [])
                vars(traced)["failure"] = remains_of(graph).failure
                raise
            graph = graph._survivor() or graph
            for part in leaves(result):
                if isinstance(part, Node) and part._graph not in (None, graph):
                    graph = meet(graph, part._graph)  # a node from outside, as it is
            results = [as_node(part, graph) for part in leaves(result)]
        graph._result_ids = tuple([node.id for node in results])
        return graph

    vars(traced)["failure"] = None
    return traced


def as_inputs(argument: Any, name: str) -> Any:
    """Make an input of each number and array in an argument."""
    named = zip(leaves(argument), names(argument, name), strict=True)
    return rebuilt(argument, iter([as_input(*each) for each in named]))


def as_input(value: Any, name: str) -> Any:
    """Make an input of a number or an array; leave nodes, flags and texts alone."""
    is_setting = value is None or isinstance(value, Node | bool | str | bytes)
    if is_setting or callable(value):
        return value
    return Input(name, value=value)
