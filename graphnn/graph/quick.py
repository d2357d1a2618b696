"""The short way to a node, for a function of one or two nodes that have values.

Most nodes are made so: by an operator or a ufunc, of nodes of one graph, with nobody
watching. Once the function has computed, nothing can go wrong any more, and a node
takes about a microsecond. Whatever is different goes the long way, through
:func:`graphnn.graph.binding.bind`, of which this is a special case.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.context import CONTEXT
from graphnn.graph.node import IDS, Node
from graphnn.graph.source import KNOWN_LINES, capture
from graphnn.graph.watching import NOBODY, WATCHING


def maker_of_one(kind: Any) -> Callable[[Any], Any]:
    """Give what makes nodes of a class that computes ``function`` of one input.

    Parameters
    ----------
    kind : type
        A plain operation.

    Returns
    -------
    callable
        From the input to the node. The user's line is two calls away at the nearest.
    """
    function = kind.function

    def make(x: Any) -> Any:
        context = CONTEXT.get()
        graph, scope, paused, _, _, _, trace = context
        its_graph = x._graph if isinstance(x, Node) else None
        if (
            its_graph is None
            or (graph is not None and graph is not its_graph)
            or paused
            or trace
            or its_graph._set_aside
            or (value := x.output) is None
            or WATCHING.get() is not NOBODY
        ):
            return bind(kind(), (x,))
        try:
            caller = sys._getframe(2)
            output = function(value)
        except Exception:
            output = None  # it will fail again, where that is explained
        if type(output) is not np.ndarray:
            if not isinstance(output, np.generic):
                return bind(kind(), (x,))
            output = np.asarray(output)
        node = kind()
        node.input_ids = (x.id,)
        node.input_values = (value,)
        node.output = output
        if scope:
            node.scope = scope
        known = KNOWN_LINES.get(caller.f_lasti)
        if known is None or known[0] is not caller.f_code:
            node._source = capture(context.maker, context.made_at, depth=2)
        else:
            node._source = known[1]
        node._graph = its_graph
        node.id = node_id = next(IDS)
        its_graph._nodes[node_id] = node
        return node

    return with_own_code(make)


def maker_of_two(kind: Any) -> Callable[[Any, Any], Any]:
    """Give what makes nodes of a class that computes ``function`` of two inputs.

    See :func:`maker_of_one`.
    """
    function = kind.function

    def make(left: Any, right: Any) -> Any:
        context = CONTEXT.get()
        graph, scope, paused, _, _, _, trace = context
        its_graph = other = None
        if isinstance(left, Node) and isinstance(right, Node):
            its_graph, other = left._graph, right._graph
            if its_graph is None:
                its_graph = other
            elif other is not its_graph and other is not None:
                its_graph = None  # two graphs meet
        if (
            its_graph is None
            or (graph is not None and graph is not its_graph)
            or paused
            or trace
            or its_graph._set_aside
            or (value := left.output) is None
            or (second := right.output) is None
            or WATCHING.get() is not NOBODY
        ):
            return bind(kind(), (left, right))
        try:
            caller = sys._getframe(2)
            output = function(value, second)
        except Exception:
            output = None
        if type(output) is not np.ndarray:
            if not isinstance(output, np.generic):
                return bind(kind(), (left, right))
            output = np.asarray(output)
        node = kind()
        node.input_ids = (left.id, right.id)
        node.input_values = (value, second)
        node.output = output
        if scope:
            node.scope = scope
        known = KNOWN_LINES.get(caller.f_lasti)
        if known is None or known[0] is not caller.f_code:
            node._source = capture(context.maker, context.made_at, depth=2)
        else:
            node._source = known[1]
        nodes = its_graph._nodes
        if other is None:  # a leaf that belongs to no graph
            nodes.setdefault(right.id, right)
        elif left._graph is None:
            nodes.setdefault(left.id, left)
        node._graph = its_graph
        node.id = node_id = next(IDS)
        nodes[node_id] = node
        return node

    return with_own_code(make)


def with_own_code(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function a code object of its own, which closures otherwise share.

    CPython fits the instructions of a code object to the types that it has met (PEP
    659): where that is always the same class, its attributes are set in half the time.
    """
    function.__code__ = function.__code__.replace()
    return function
