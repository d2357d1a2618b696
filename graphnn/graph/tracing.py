"""Running an operation's hooks on nodes: what they compute is then written down.

The hook is the same that runs on arrays. It runs on a throw-away copy of the operation,
where ``self.input_``, ``self.output`` and ``self.param`` hold nodes, so each NumPy call
in it makes a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.errors import GradientError, ImpureHook
from graphnn.graph.binding import BINDING, bind
from graphnn.graph.context import CONTEXT, Facts, Trace, changed
from graphnn.graph.leaves import Constant
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


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
        mark = self.graph.mark()
        trace = CONTEXT.get().trace
        mode = trace and trace.facts.training
        try:
            return self.trace_input_grads(output_grad)
        except ImpureHook:
            raise
        except Exception as error:
            self.graph.forget_since(mark)
            if trace:
                trace.facts.training = mode
            return self.as_a_whole(output_grad, reason_of(error))

    def trace_input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        """Run ``_input_grads`` on the nodes."""
        self.trace_residuals()
        self.operation.input_values = self.input_values
        self.operation.output = self.output
        self.operation.needs_input_grad = self.needs_input_grad
        return call_input_grads(self.operation, output_grad)

    def trace_residuals(self) -> None:
        """Let ``_output`` leave nodes where it has left arrays for ``_input_grads``.

        An attribute that ``__init__`` has set and ``_output`` sets again looks like a
        setting, so the hooks of a user's operation are run to see.
        """
        left = bool(residuals(self.node))
        if not left and (self.node.plain or is_of_the_library(self.node)):
            return
        mark = self.graph.mark()
        try:
            output = self.trace_output()
        except Exception:  # a hook may fail on nodes as it likes
            if left:
                raise
            self.graph.forget_since(mark)  # it need not be traced: nothing is left
            self.operation = throwaway(self.node)
            return
        check_pure(self.node, output)

    def as_a_whole(self, output_grad: Any, reason: str) -> tuple[Any, ...]:
        """Make one node that calls the hook with arrays."""
        parts = output_grad if type(output_grad) is tuple else (output_grad,)
        again = throwaway(self.node)
        with changed(trace=None):
            check_pure(self.node, call_output(again))
        hook = InputGrads(again, self.needs_input_grad, reason)
        hook._graph = self.graph  # whose mode it reads, also while it is bound
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
        frame._graph = self._graph  # whose mode it reads
        frame.input_values = values
        with changed(trace=None):  # on arrays: nothing that it reads is kept
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


def check_pure(node: Any, again: Any) -> None:
    """Refuse an operation that computes something else the second time."""
    for part, before in zip(
        again if type(again) is tuple else (again,),
        node.output if type(node.output) is tuple else (node.output,),
        strict=True,
    ):
        value = part.output if isinstance(part, Node) else np.asarray(part)
        if value.shape != before.shape or not np.allclose(
            value, before, rtol=1e-5, atol=1e-8, equal_nan=True
        ):
            raise ImpureHook(
                f"{node.describe()}: {type(node).__name__}._output gives other values "
                "when it runs again",
                "A hook depends on nothing but its inputs: draw random numbers outside "
                "of it. If a parameter was changed, run graph.forward(...) first.",
            )


def reason_of(error: Exception) -> str:
    """Give the headline of an exception."""
    return str(error).partition("\n")[0] or type(error).__name__


def is_of_the_library(node: Any) -> bool:
    """Tell our own operations, whose settings stay as they are, from a user's."""
    return type(node).__module__.partition(".")[0] == __name__.partition(".")[0]


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
    if value._graph is None:
        graph.refer(value)
    return value


def facts_of(nodes: Iterable[Any]) -> Facts:
    """Note the shapes and dtypes of values, which a hook may read as constants."""
    facts = Facts()
    facts.shapes = {
        node.id: (node.shape, node.dtype) for node in nodes if node.kind != "constant"
    }
    return facts


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


def own_name(node: Any, graph: Graph) -> str:
    """Give the last part of a node's name: its scope is the rest."""
    name = graph.name_of(node)
    return name[sum(map(len, node.scope)) + len(node.scope) :]
