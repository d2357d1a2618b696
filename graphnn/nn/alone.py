"""A layer by itself: forward and backward on arrays, in a graph of its own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import ArgumentError, MissingHook, NotRunError
from graphnn.graph import Graph, Input, Node
from graphnn.graph.context import changed
from graphnn.graph.leaves import as_values
from graphnn.nn.assembly import Assembly, Collected, Structure, layers_in
from graphnn.nn.undoing import remains_kept


class Ends(NamedTuple):
    """Where a use of a layer begins and ends."""

    inputs: tuple[Any, ...]
    output: Any
    """A node, or a tuple of them."""


class Alone(Assembly):
    """What a layer does with arrays; see :class:`Layer`."""

    first: Any
    graph: Graph | None
    params: list[np.ndarray]
    _collected: Any
    _ends: Ends | None
    _own_ends: Ends | None
    _own_structure: Structure | None

    def __call__(self, *inputs: Any) -> Any:
        """Add the layer to a node's graph."""
        raise MissingHook(f"{type(self).__name__} does not define __call__")

    def forward(self, *inputs: Any, training: bool = False) -> Any:
        """Run the layer on a batch; the first batch sets it up.

        Parameters
        ----------
        *inputs : array_like, shape (rows, features)
            One, or as many as the layer takes.
        training : bool
            The mode of the pass.

        Returns
        -------
        ndarray, shape (rows, neurons)
            A tuple of them for a layer with several outputs.
        """
        arrays = [self._array(input_) for input_ in inputs]
        known = self._known()
        if known is None:
            graph = Graph()
            graph.training = training
            surroundings = changed(graph=graph, scope=(), paused=False)
            with remains_kept(self, graph), surroundings:
                starts = tuple([Input("input", value=array) for array in arrays])
                end = self(*starts)
            self.graph, self._own_ends = graph, self._ends
            self._own_structure = Structure(self)
            if not (training and graph.states):
                return value_of(end)
        else:
            graph, (starts, end) = known
        if len(arrays) != len(starts):
            raise ArgumentError(
                f"{type(self).__name__} was set up with {len(starts)} inputs, "
                f"{len(arrays)} given"
            )
        graph.forward(
            dict(zip(starts, arrays, strict=True)),
            target=list(end) if type(end) is tuple else end,
            training=training,
        )
        self._ends = self._own_ends
        return value_of(end)

    def _known(self) -> tuple[Graph, Ends] | None:
        """Give the layer's own graph; None before it is built, and if it is to be anew.

        As when one of the layers inside was replaced.
        """
        structure = self._own_structure
        if self.graph is None or self._own_ends is None or structure is None:
            return None
        if self.first or not structure.is_that_of(self):
            return None
        return self.graph, self._own_ends

    def _array(self, value: Any) -> np.ndarray:
        if isinstance(value, Node):
            raise ArgumentError(
                f"{type(self).__name__}.forward takes an array, not a node",
                "Call the layer on the node: layer(node).",
            )
        return as_values(value, f"the input of {type(self).__name__}")

    def backward(self, output_grad: Any) -> Any:
        """Carry a gradient back through the layer.

        Parameters
        ----------
        output_grad : array_like, shape (rows, neurons)
            For a layer with several outputs a tuple, None for one that has no part.

        Returns
        -------
        ndarray, shape (rows, features)
            The input's gradient; None for an input of integers, which has none. A tuple
            for a layer with several inputs.
        """
        known = self._known()
        if known is None:
            raise NotRunError(
                f"{type(self).__name__}.backward came before forward",
                "Run layer.forward(batch) first.",
            )
        graph, (starts, end) = known
        wrt = [start for start in starts if start.dtype.kind in "fc"]
        carry_back(graph, end, output_grad, type(self).__name__, wrt or None)
        self._param_grads()
        grads = tuple([start.grad if wrt else None for start in starts])
        return grads if len(grads) > 1 else grads[0]

    # -- the lists of the notebook -----------------------------------------------------
    @property
    def param_grads(self) -> list[np.ndarray | None]:
        """The gradients of the parameters in the last pass."""
        collected = self._collected
        if type(collected) is Collected:
            collected = collected.gradients()
        gradients: list[np.ndarray | None] = collected
        return gradients

    @param_grads.setter
    def param_grads(self, gradients: list[np.ndarray | None]) -> None:
        self._collected = gradients

    def _params(self) -> None:
        for layer in [self, *layers_in(self)]:
            layer.params = [parameter.output for parameter in layer.parameters]

    def _param_grads(self) -> None:
        for layer in [self, *layers_in(self)]:
            layer.param_grads = [parameter.grad for parameter in layer.parameters]


def value_of(output: Any) -> Any:
    """Give the array of a node, or the tuple of them."""
    if type(output) is tuple:
        return tuple([node.output for node in output])
    return output.output


def carry_back(
    graph: Graph, output: Any, gradients: Any, name: str, wrt: Any = None
) -> None:
    """Carry the gradient of an output back, or those of several: one pass for each.

    Raises
    ------
    ArgumentError
        If the gradients are not as many as the outputs, or all None.
    GradientError, ShapeError
        Everything is then as before the first pass.
    """
    if type(output) is not tuple:
        graph.backward(output, gradients, wrt=wrt)
        return
    if not isinstance(gradients, tuple | list) or len(gradients) != len(output):
        raise ArgumentError(
            f"{name} has {len(output)} outputs: backward takes a tuple of as many "
            "gradients, None for an output that has no part"
        )
    pairs = [p for p in zip(output, gradients, strict=True) if p[1] is not None]
    if not pairs:
        raise ArgumentError(f"{name}.backward was given no gradient")
    parameters: list[Any] = list(graph.parameters)
    before = [(parameter, parameter.grad) for parameter in parameters]
    records = graph._output_grads, graph._input_grads
    try:
        for number, (node, gradient) in enumerate(pairs):
            graph.backward(node, gradient, wrt=wrt, accumulate=number > 0)
    except BaseException:
        graph._output_grads, graph._input_grads = records
        for parameter, grad in before:
            parameter.grad = grad
        raise
