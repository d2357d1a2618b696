"""Running an operation's hooks on nodes: what they compute is then written down.

The hook is the same that runs on arrays. It runs on a throw-away copy of the operation,
where ``self.input_``, ``self.output`` and ``self.param`` hold nodes, so each NumPy call
in it makes a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.errors import GradientError
from graphnn.graph.binding import BINDING, bind
from graphnn.graph.context import CONTEXT, Trace, changed
from graphnn.graph.leaves import Constant
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

Shapes = dict[int, tuple[int, ...]]


class Frame:
    """The engine's view of a node whose hooks run on nodes.

    Parameters
    ----------
    node : Operation
        Stays as it is.
    graph : Graph
        Where the traced nodes go.
    values : tuple
        What the hooks see as the inputs' values.
    output : node, tuple of node, or None
        What ``_input_grads`` sees as the output.
    """

    def __init__(self, node: Any, graph: Graph, values: Any, output: Any) -> None:
        self.id: int = node.id
        self.input_ids: tuple[int, ...] = node.input_ids
        self.node, self.graph = node, graph
        self.operation = throwaway(node)
        self.input_values, self.output = values, output
        self.needs_input_grad: tuple[bool, ...] = ()
        self.broadcasts: bool = node.broadcasts
        self.stops_gradient: bool = node.stops_gradient

    def trace_output(self) -> Any:
        """Run ``_output`` on the nodes."""
        self.operation.input_values = self.input_values
        return call_output(self.operation)

    _output = trace_output

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        """Run ``_input_grads`` on the nodes; where it cannot be traced, as a whole."""
        count = len(self.graph)
        try:
            return self.trace_input_grads(output_grad)
        except Exception as error:
            self.graph.keep_first(count)
            return self.as_a_whole(output_grad, error)

    def trace_input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        """Run ``_input_grads`` on the nodes."""
        if residuals(self.node):  # they were arrays: let the hook make them as nodes
            self.trace_output()
        self.operation.input_values = self.input_values
        self.operation.output = self.output
        self.operation.needs_input_grad = self.needs_input_grad
        return call_input_grads(self.operation, output_grad)

    def as_a_whole(self, output_grad: Any, error: Exception) -> tuple[Any, ...]:
        """Make one node that calls the hook with arrays."""
        parts = output_grad if type(output_grad) is tuple else (output_grad,)
        reason = str(error).partition("\n")[0] or type(error).__name__
        hook = InputGrads(self.node._recipe(), self.needs_input_grad, reason)
        whole = bind(hook, [*self.node.inputs, *parts])
        given = iter([whole.item(i) for i in range(len(whole.output))])
        return tuple([next(given) if needs else None for needs in whole.needs])

    def _clear_residuals(self) -> None:
        """Do nothing: a throw-away copy has none from an earlier pass."""

    def _failure(self, error: Exception) -> str | None:
        return None  # the operation's own is asked first

    def describe(self) -> str:
        """Name the node in a message."""
        return str(self.node.describe())


class InputGrads(Operation):
    """The gradients that an operation hands on, where its hook cannot be traced.

    Parameters
    ----------
    recipe : Operation
        Its hooks are called with arrays.
    needs : tuple of bool
        Which of its inputs' gradients are wanted.
    reason : str
        Why it cannot be traced.
    """

    def __init__(self, recipe: Any, needs: tuple[bool, ...], reason: str) -> None:
        self.recipe, self.needs, self.reason = recipe, needs, reason

    def _output(self) -> Any:
        count = len(self.needs)
        values, output_grad = self.input_values[:count], self.input_values[count:]
        frame = throwaway(self.recipe)
        frame.input_values = values
        frame.output = call_output(frame)
        frame.needs_input_grad = self.needs
        several = type(frame.output) is tuple
        grads = call_input_grads(frame, output_grad if several else output_grad[0])
        return tuple(
            [
                np.zeros_like(value) if gradient is None else gradient
                for value, gradient, needs in zip(
                    values, grads, self.needs, strict=True
                )
                if needs
            ]
        )

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        name = type(self.recipe).__name__
        raise GradientError(
            f"{self.describe()}: the gradient of {name} cannot be differentiated "
            f"again: {self.reason}",
            f"Write {name}'s hooks so that they can be traced: NumPy functions of the "
            "inputs, no change in place and no branch on a value.",
        )


def throwaway(node: Any) -> Any:
    """Copy an operation without what its passes left on it."""
    copy = object.__new__(type(node))
    left = residuals(node)
    copy.__dict__.update({k: v for k, v in vars(node).items() if k not in left})
    return copy


def residuals(node: Any) -> list[str]:
    """List the attributes that the hooks of a node have set."""
    if node.plain or not node.id:
        return []
    settings = node._settings
    return [k for k in vars(node) if k not in BINDING and k not in settings]


def traced_value(node: Any) -> Any:
    """Give what a hook sees as the value of an input: a node, if it can change."""
    if node.kind == "constant":
        return node.output
    if type(node.output) is tuple:
        return tuple([node.item(index) for index in range(len(node.output))])
    return node


def as_node(value: Any, graph: Graph) -> Any:
    """Take a value that a trace ended with as a node of the graph."""
    if not isinstance(value, Node):
        value = Constant(value)
        trace = CONTEXT.get().trace
        if trace:
            graph._traces[value.id] = trace
    if value._graph is None:
        graph.refer(value)
    return value


def input_shapes(graph: Graph) -> Shapes:
    """Note the shapes of a graph's inputs, which a hook may read as constants."""
    return {
        node.id: node.shape
        for node in graph._nodes.values()
        if node.kind == "input" and node.output is not None
    }


@contextmanager
def tracing(graph: Graph) -> Iterator[Callable[[Trace | None, tuple[str, ...]], None]]:
    """Send the nodes that are made in the block to a graph.

    Yields
    ------
    callable
        ``enter(trace, scope)``: what is made from here on is traced from there.
    """

    def enter(trace: Trace | None, scope: tuple[str, ...]) -> None:
        CONTEXT.set(CONTEXT.get()._replace(trace=trace, scope=scope))

    with changed(
        graph=graph, scope=(), paused=False, maker=None, made_at=None, trace=None
    ):
        yield enter


def own_name(node: Any) -> str:
    """Give the last part of a node's name: its scope is the rest."""
    name: str = node.name
    return name[sum(map(len, node.scope)) + len(node.scope) :]
