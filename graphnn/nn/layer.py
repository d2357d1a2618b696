"""The layer: a row of operations that is set up by its first input."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Self

import numpy as np

from graphnn.errors import ArgumentError, MissingHook, NotRunError, ShapeError
from graphnn.graph import Graph, Input, Node, Operation, Parameter, Source
from graphnn.graph.context import CONTEXT, changed, inside_layer
from graphnn.graph.leaves import as_values
from graphnn.graph.naming import snake_case
from graphnn.graph.nodelist import NodeList
from graphnn.graph.source import capture
from graphnn.nn.activations import as_activation


class Layer:
    """A layer of neurons.

    A subclass defines ``_setup_layer(input_)``, which is called once, with the first
    input, and fills ``self.operations`` with recipes.

    Parameters
    ----------
    neurons : int
        The number of outputs.

    Attributes
    ----------
    operations : list of Operation
        The recipes; after a forward pass, their bound copies.
    params, param_grads : list of ndarray
        The parameters' arrays, and their gradients of the last backward pass.
    parameters : list of Parameter
        The nodes.
    graph : Graph or None
        The graph of the layer's own :meth:`forward`.
    first : bool
        Whether the layer is still to be set up; setting it to True starts afresh.
    rng : numpy.random.Generator
        What initial weights are drawn from. A network gives each layer its own.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn import BiasAdd, Layer, Sigmoid, WeightMultiply
    >>> class MyDense(Layer):
    ...     def _setup_layer(self, input_):
    ...         W = np.full((input_.shape[1], self.neurons), 0.5)
    ...         B = np.zeros((1, self.neurons))
    ...         self.operations = [WeightMultiply(W), BiasAdd(B), Sigmoid()]
    >>> layer = MyDense(2)
    >>> layer.forward(np.array([[0.0, 0.0, 0.0]]))
    array([[0.5, 0.5]])
    >>> layer.backward(np.ones((1, 2)))
    array([[0.25, 0.25, 0.25]])
    >>> [gradient.shape for gradient in layer.param_grads]
    [(3, 2), (1, 2)]
    """

    integer_input: bool = False
    """Class attribute: True for a layer that looks integers up, and keeps them."""

    first: bool
    neurons: Any
    params: list[np.ndarray]
    param_grads: list[np.ndarray | None]
    operations: list[Operation]
    graph: Graph | None
    _name: str | None
    _ends: tuple[Node, Node] | None
    _own_ends: tuple[Node, Node] | None
    _rng: np.random.Generator | None
    _source: Source | None

    def __new__(cls, *arguments: Any, **settings: Any) -> Self:
        """Start empty; here, so that forgetting ``super().__init__()`` does no harm."""
        self = super().__new__(cls)
        self.first = True
        self.neurons = None
        self.params, self.param_grads, self.operations = [], [], []
        self.graph = None
        self._name = self._ends = self._own_ends = self._rng = None
        place = capture()
        self._source = None if place is None else Source(*place)
        return self

    def __init__(self, neurons: int) -> None:
        self.neurons = as_count(neurons, f"the neurons of {type(self).__name__}")

    # -- to be defined -----------------------------------------------------------------
    def _setup_layer(self, input_: Any) -> None:
        raise MissingHook(
            f"{type(self).__name__} does not define _setup_layer",
            "def _setup_layer(self, input_): fill self.operations, for input_.shape.",
        )

    # -- on arrays ---------------------------------------------------------------------
    def forward(self, input_: Any) -> np.ndarray:
        """Run the layer on a batch; the first batch sets it up.

        Parameters
        ----------
        input_ : array_like, shape (rows, features)

        Returns
        -------
        ndarray, shape (rows, neurons)
        """
        if isinstance(input_, Node):
            raise ArgumentError(
                f"{type(self).__name__}.forward takes an array, not a node",
                "Call the layer on the node: layer(node).",
            )
        array = as_values(input_, f"the input of {type(self).__name__}")
        if self._own_ends is None or self.first:
            graph = Graph()
            with changed(graph=graph, scope=(), paused=False):
                node = Input("input", value=array)
                output = self(node)
            self.graph, self._own_ends = graph, (node, output)
            return output.output  # type: ignore[no-any-return]
        start, end = self._own_ends
        assert_graph(self.graph).forward({start: array}, target=end)
        self._ends = self._own_ends
        return end.output  # type: ignore[no-any-return]

    def backward(self, output_grad: Any) -> np.ndarray | None:
        """Carry a gradient back through the layer.

        Parameters
        ----------
        output_grad : array_like, shape (rows, neurons)

        Returns
        -------
        ndarray, shape (rows, features)
            The input's gradient; None for an input of integers, which has none.
        """
        if self._own_ends is None or self.first:
            raise NotRunError(
                f"{type(self).__name__}.backward came before forward",
                "Run layer.forward(batch) first.",
            )
        start, end = self._own_ends
        differentiable = start.dtype.kind in "fc"
        assert_graph(self.graph).backward(
            end, output_grad, wrt=[start] if differentiable else None
        )
        self._param_grads()
        return start.grad if differentiable else None

    # -- on nodes ----------------------------------------------------------------------
    def __call__(self, node: Any) -> Any:
        """Add the layer's operations to a node's graph; calls share the weights.

        Parameters
        ----------
        node : Node

        Returns
        -------
        Operation
            The last of the operations.
        """
        if not isinstance(node, Node):
            node = Input("input", value=node)
        if self.first and node.output is None:
            raise ShapeError(
                f"{type(self).__name__} sets itself up by the shape of its input, and "
                f"{node.describe()} has no value yet",
                "Give its input a value: gn.Input('x', value=first_batch).",
            )
        before = self.set_up_state()
        added = node.graph.all_or_nothing() if node.graph else nullcontext()
        try:
            with added, inside_layer(self._scope_name(node), self._source):
                if self.first:
                    self._setup_layer(node)
                    self.operations = [as_operation(o, self) for o in self.operations]
                    self.first = False
                output = node
                bound = []
                for operation in self.operations:
                    output = operation(output)
                    bound.append(output)
        except BaseException:
            self.__dict__.update(before)  # the next call sets it up afresh
            raise
        self.operations = bound
        self._ends = (node, output)
        self._params()
        return output

    def set_up_state(self) -> dict[str, Any]:
        """Give what setting up changes, to go back to if it fails."""
        state = {key: self.__dict__[key] for key in ("first", "_name", "_ends")}
        return state | {"operations": list(self.operations), "params": self.params}

    def _scope_name(self, node: Node) -> str:
        """Choose the layer's scope: its name, else its class and a number."""
        if self._name is None:
            base = snake_case(type(self).__name__)
            graph = CONTEXT.get().graph or node.graph
            taken = set() if graph is None else {n.scope[:1] for n in graph.nodes}
            number = 1
            while (f"{base}_{number}",) in taken:
                number += 1
            self._name = f"{base}_{number}"
        return self._name

    # -- what the notebook's code reads ------------------------------------------------
    @property
    def input_(self) -> Any:
        """The batch of the last forward pass."""
        return None if self._ends is None else self._ends[0].output

    @property
    def output(self) -> Any:
        """The result of the last forward pass."""
        return None if self._ends is None else self._ends[1].output

    @property
    def name(self) -> str | None:
        """The layer's scope, such as ``dense_1``; None before it is set up."""
        return self._name

    @property
    def rng(self) -> np.random.Generator:
        """The generator that initial weights are drawn from."""
        if self._rng is None:
            self._rng = np.random.default_rng()
        return self._rng

    @rng.setter
    def rng(self, rng: np.random.Generator) -> None:
        self._rng = rng

    @property
    def parameters(self) -> NodeList:
        """The parameters of the operations, each once."""
        found: dict[int, Parameter] = {}
        for operation in self.operations:
            parameter = getattr(operation, "parameter", None)
            if isinstance(parameter, Parameter):
                found[parameter.id] = parameter
        return NodeList(found.values())

    def _params(self) -> None:
        self.params = [parameter.output for parameter in self.parameters]

    def _param_grads(self) -> None:
        self.param_grads = [parameter.grad for parameter in self.parameters]

    def __repr__(self) -> str:
        name = f" {self._name!r}" if self._name else ""
        return f"<{type(self).__name__}{name}: {self.neurons} neurons>"


def as_operation(operation: Any, layer: Layer) -> Operation:
    """Take what a user has put into ``operations``: recipes, classes, or names."""
    found = as_activation(operation)
    if found is None:
        raise ArgumentError(f"the operations of {layer!r} hold None")
    return found


def assert_graph(graph: Graph | None) -> Graph:
    """Give the graph of a layer that has been set up."""
    if graph is None:
        raise NotRunError("the layer has no graph yet", "Run forward first.")
    return graph


def as_count(value: Any, what: str) -> int:
    """Take a whole number of at least 1, of any integer type but bool.

    Raises
    ------
    ArgumentError
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise ArgumentError(f"{what}: a whole number is needed, not {value!r}")
    if value < 1:
        raise ArgumentError(f"{what}: at least 1 is needed, not {value!r}")
    return int(value)
