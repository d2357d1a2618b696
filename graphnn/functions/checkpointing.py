"""Trading time for memory: forgetting what a function computes on its way."""

from __future__ import annotations

from functools import wraps
from typing import Any

from graphnn.errors import GradientError
from graphnn.functions.recording import Function, Recording
from graphnn.functions.structures import mapped
from graphnn.graph.context import changed
from graphnn.graph.graph import Graph
from graphnn.graph.node import IDS, Node
from graphnn.graph.operation import Operation
from graphnn.ops.elementary import filled, slotted


def checkpoint(f: Function) -> Function:
    """Make `f` one node, which keeps its inputs and computes the rest again.

    A node of the graph keeps its value until the backward pass has used it. What `f`
    computes on its way is dropped at once and computed a second time in the backward
    pass, as in T. Chen et al., "Training deep nets with sublinear memory cost", 2016.

    Parameters
    ----------
    f : callable
        Written in NumPy; returns an array or a tuple of them. All that it needs a
        gradient for is passed to it: a node that it takes from outside is refused.

    Returns
    -------
    callable
        Of the same arguments as `f`; called on nodes it returns a node.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> @gn.checkpoint
    ... def block(x):
    ...     return np.tanh(np.exp(np.sin(x)))
    >>> y = block(gn.Input("x", value=[0.0, 1.0]))
    >>> y.name, len(y.graph)
    ('block', 2)
    >>> y.graph.backward(y, np.ones(2), wrt="x")
    >>> y.graph["x"].grad.round(3)
    array([0.42 , 0.048])
    """

    @wraps(f)
    def checkpointed(*arguments: Any, **keywords: Any) -> Any:
        inputs: list[Any] = []
        template = slotted(arguments, inputs)
        settings = slotted(keywords, inputs)
        if not inputs:
            return f(*arguments, **keywords)
        node = Checkpoint(checkpointed, template, settings)(*inputs)
        if type(node.output) is tuple:
            return tuple([node.item(i) for i in range(len(node.output))])
        return node

    return checkpointed


class Checkpoint(Operation):
    """A function as one operation, whose gradient runs it again.

    Parameters
    ----------
    function : callable
        As it is decorated, under the name by which a pickle finds it.
    template, settings
        Its arguments, with a slot for each input.
    """

    def __init__(
        self, function: Function, template: tuple[Any, ...], settings: dict[str, Any]
    ) -> None:
        self.function, self.template, self.settings = function, template, settings
        self._name = getattr(function, "__name__", "checkpoint")

    def _output(self) -> Any:
        if any(isinstance(value, Node) for value in self.input_values):
            return self._call(*self.input_values)
        mark = next(IDS)
        graph = Graph()
        graph.training = self.training
        with changed(graph=graph, scope=(), paused=False):
            result = self._call(*self.input_values)
            result = mapped(lambda part: self._array(part, mark), result)
        return tuple(result) if isinstance(result, list) else result

    def _call(self, *values: Any) -> Any:
        arguments = filled(self.template, values)
        function = getattr(self.function, "__wrapped__", self.function)
        return function(*arguments, **filled(self.settings, values))

    def _array(self, result: Any, mark: int) -> Any:
        """Take the value of a result; refuse one that rests on what was not passed."""
        if not isinstance(result, Node):
            return result
        graph = result._graph
        order: list[Any] = [result] if graph is None else graph.order(result)
        outside = [
            n
            for n in order
            if n.id < mark
            and (n.kind in ("input", "operation") or getattr(n, "trainable", False))
        ]
        if outside:
            raise GradientError(
                f"{self.describe()}: {self._name} uses {outside[0].name!r}, which is "
                "not among its arguments: its gradient would be lost",
                "Pass it to the function.",
            )
        return result.output

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        wanted = [i for i, needs in enumerate(self.needs_input_grad) if needs]
        recording = Recording(
            self._call, wanted, self.input_values, {}, training=self.training
        )
        found = dict(zip(wanted, recording.pull_back(output_grad), strict=True))
        return tuple([found.get(i) for i in range(len(self.input_values))])
