"""The formula of one operation as a small graph, to be stepped through."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.debug.hook_lines import trace_lines
from graphnn.debug.single import output_gradient_of, values_at_hand
from graphnn.errors import ArgumentError, NotRunError
from graphnn.graph.binding import bind
from graphnn.graph.expansion import expandable
from graphnn.graph.gradients import is_differentiable
from graphnn.graph.graph import Graph
from graphnn.graph.isolation import by_itself
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation
from graphnn.graph.tracing import own_name, tracing
from graphnn.graph.watching import unwatched
from graphnn.testing.purity import copied


class Expanded(NamedTuple):
    """The formula of an operation.

    Attributes
    ----------
    graph : Graph
        Over inputs that are called as those of the operation, parameters included.
    target : node
        Its value is that of the operation, to the bit.
    output_grad : ndarray, tuple of (ndarray or None), or None
        What a backward pass from the target starts with.
    """

    graph: Graph
    target: Any
    output_grad: Any

    @property
    def wrt(self) -> list[Any]:
        """The inputs that a gradient can be had by."""
        return [
            leaf
            for leaf in self.graph.nodes
            if leaf.kind == "input" and is_differentiable(leaf.output)
        ]


def expand_node(node: Any, output_grad: Any = None) -> Expanded:
    """Write the formula of one operation down as a graph of its own.

    Parameters
    ----------
    node : Operation
        One that has a value, and is made of several NumPy calls; ``node.expandable``
        tells.
    output_grad : array_like, optional
        Default: the gradient that has reached the node in the last pass.

    Returns
    -------
    Expanded
        ``graph, target, output_grad``. A forward pass over the graph, in the mode
        ``graph.training``, gives the node's output; a backward pass gives its gradients
        to rounding, since it follows the parts and not the operation's own gradient
        formula. An input that the operation has twice gets both gradients.

    Raises
    ------
    ArgumentError
        Where the node cannot be taken apart; it says why.
    NotRunError
        Before it has a value.

    Notes
    -----
    The node and its graph stay as they are; the new graph has arrays of its own. What a
    user's own formula calls carries the line of the formula; what one of the library
    does, that of its use.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[0.0, 1.0])
    >>> class Softplus(gn.Operation):
    ...     def _output(self):
    ...         return np.log(1.0 + np.exp(self.input_))
    >>> graph, target, output_grad = expand_node(Softplus()(x), [1.0, 1.0])
    >>> [node.name for node in graph.order(target) if node.kind != "constant"]
    ['x', 'softplus/exp', 'softplus/add', 'softplus/log']
    >>> graph.backward(target, output_grad, wrt="x")
    >>> graph["x"].grad.round(3)
    array([0.5  , 0.731])
    """
    check_expandable(node)
    values = values_at_hand(node)
    if output_grad is None:
        output_grad = copied(node.output_grad)
    if output_grad is not None:
        output_grad = with_nones(output_gradient_of(node, output_grad))
    with unwatched(), np.errstate(all="ignore"):
        graph, whole = by_itself(node, copied(values))
        trace_lines(graph, whole)
        several = type(whole.output) is tuple
        parts = list(whole) if several else [whole]
        graph._result_ids = tuple([part.id for part in parts])
        expanded = graph.expand(whole)
        results = list(expanded.results)
        target = together(node, expanded, results) if several else results[0]
    expanded._result_ids = (target.id,)
    return Expanded(expanded, target, output_grad)


def with_nones(output_grad: Any) -> Any:
    """Leave out the gradients of integers, with which a pass cannot start."""
    if type(output_grad) is not tuple:
        return output_grad
    return tuple([part if is_differentiable(part) else None for part in output_grad])


def check_expandable(node: Any) -> None:
    """Refuse what cannot be taken apart."""
    if not isinstance(node, Node) or node.kind != "operation" or not node.id:
        raise ArgumentError(
            f"{node!r:.80} computes nothing: there is no formula to expand",
            "Give an operation of a graph; graph[name] finds it.",
        )
    if node.output is None:
        raise NotRunError(
            f"{node.describe()} has no value yet: a formula is expanded as it computes",
            "Run graph.forward(...) first, or step so far.",
        )
    with unwatched(), np.errstate(all="ignore"):
        answer = expandable(node)
    if not answer:
        raise ArgumentError(
            f"{node.describe()} cannot be expanded: {answer.reason}",
            "Step over it, or stop in its hooks with a debugger.",
        )


def together(node: Any, graph: Graph, results: list[Any]) -> Any:
    """Join several results in one node, from which a backward pass can start."""
    recipe = Together()
    recipe._name = own_name(node, node.graph)
    with tracing(graph):
        target = bind(recipe, results, scope=node.scope)
    target._source = node._source
    return target


class Together(Operation):
    """Several values as the outputs of one operation."""

    def _output(self) -> Any:
        return tuple(self.input_values)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return tuple(output_grad)
