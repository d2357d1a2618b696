"""The layer: what is set up by its first input, a row of operations or of layers."""

from __future__ import annotations

import math
from contextlib import ExitStack
from types import FunctionType
from typing import Any, NamedTuple, Self

import numpy as np

from graphnn.errors import ArgumentError, MissingHook, NotRunError, ShapeError
from graphnn.graph import Graph, Input, Node, Source
from graphnn.graph.context import CONTEXT, changed, inside_layer
from graphnn.graph.leaves import as_values
from graphnn.graph.naming import snake_case
from graphnn.graph.source import capture
from graphnn.nn.activations import as_activation
from graphnn.nn.assembly import Assembly, restore, seed_layers, set_up_state

CO_VARARGS = 0x04
"""The flag of code that takes ``*arguments``, see Python's ``inspect``."""


class Ends(NamedTuple):
    """Where a use of a layer begins and ends."""

    inputs: tuple[Any, ...]
    output: Any
    """A node, or a tuple of them."""


class Layer(Assembly):
    """A layer of a network.

    A subclass defines ``_setup_layer(input_)``, which is called once, with the first
    input. It makes the parameters and fills ``self.operations`` with recipes (or with
    layers), which then run one after the other. A layer that is more than a row defines
    ``_connect(input_)`` as well, which is called each time and returns the output.

    Parameters
    ----------
    neurons : int, optional
        The number of outputs, for a layer that has a choice.

    Attributes
    ----------
    operations : list of Operation
        The recipes; after a forward pass, their bound copies.
    params, param_grads : list of ndarray
        The parameters' arrays, and their gradients of the last backward pass.
    parameters : list of Parameter
        The nodes: those of the operations, those that are attributes of the layer, and
        those of the layers inside it.
    states : list of State
        What the layer carries from one training pass to the next.
    sublayers : list of Layer
        The layers inside it: attributes, or in lists, tuples and dicts of them.
    trainable : bool
        False freezes all parameters.
    name : str or None
        The layer's scope, such as ``dense_1``.
    graph : Graph or None
        The graph of the layer's own :meth:`forward`.
    first : bool
        Whether the layer is still to be set up; setting it to True starts afresh.
    rng : numpy.random.Generator
        What initial weights are drawn from. A network gives each layer its own.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
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

    A layer of layers, with two inputs:

    >>> class Compare(Layer):
    ...     def __init__(self, neurons):
    ...         self.shared, self.head = gn.Dense(neurons, "tanh"), gn.Dense(1)
    ...
    ...     def _connect(self, one, other):
    ...         return self.head(np.abs(self.shared(one) - self.shared(other)))
    >>> compare = Compare(4)
    >>> compare.forward(np.ones((2, 3)), np.zeros((2, 3))).shape
    (2, 1)
    >>> [parameter.name for parameter in compare.parameters]
    ['compare_1/dense_1/weight', 'compare_1/dense_1/bias', \
'compare_1/dense_2/weight', 'compare_1/dense_2/bias']
    """

    integer_input: bool = False
    """Class attribute: True for a layer that looks integers up, and keeps them."""

    first: bool
    neurons: Any
    params: list[np.ndarray]
    param_grads: list[np.ndarray | None]
    operations: list[Any]
    graph: Graph | None
    _name: str | None
    _ends: Ends | None
    _own_ends: Ends | None
    _rng: np.random.Generator | None
    _source: Source | None
    _trainable: bool

    def __new__(cls, *arguments: Any, **settings: Any) -> Self:
        """Start empty; here, so that forgetting ``super().__init__()`` does no harm."""
        self = super().__new__(cls)
        self.first = True
        self.neurons = None
        self.params, self.param_grads, self.operations = [], [], []
        self.graph = None
        self._name = self._ends = self._own_ends = self._rng = None
        self._trainable = True
        place = capture()
        self._source = None if place is None else Source(*place)
        return self

    def __init__(self, neurons: Any = ...) -> None:
        if neurons is not ...:  # None would be a mistake
            self.neurons = as_count(neurons, f"the neurons of {type(self).__name__}")

    # -- to be defined -----------------------------------------------------------------
    def _setup_layer(self, *inputs: Any) -> None:
        if type(self)._connect is Layer._connect:
            raise MissingHook(
                f"{type(self).__name__} does not define _setup_layer",
                "def _setup_layer(self, input_): fill self.operations, for "
                "input_.shape.",
            )

    def _connect(self, *inputs: Any) -> Any:
        """Add the layer to the graph: by default, each of the operations in turn."""
        value: Any = inputs if len(inputs) > 1 else inputs[0]
        bound = []
        for part in self.operations:
            value = part(*value) if isinstance(value, tuple) else part(value)
            bound.append(part if isinstance(part, Layer) else value)
        self.operations = bound
        return value

    # -- on arrays ---------------------------------------------------------------------
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
        if self._own_ends is None or self.first:
            graph = Graph()
            graph.training = training
            with changed(graph=graph, scope=(), paused=False):
                output = self(*[Input("input", value=array) for array in arrays])
            self.graph, self._own_ends = graph, self._ends
            if not (training and graph.states):
                return value_of(output)
        starts, end = self._own_ends or Ends((), None)
        if len(arrays) != len(starts):
            raise ArgumentError(
                f"{type(self).__name__} was set up with {len(starts)} inputs, "
                f"{len(arrays)} given"
            )
        assert_graph(self.graph).forward(
            dict(zip(starts, arrays, strict=True)),
            target=list(end) if type(end) is tuple else end,
            training=training,
        )
        self._ends = self._own_ends
        return value_of(end)

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
        if self._own_ends is None or self.first:
            raise NotRunError(
                f"{type(self).__name__}.backward came before forward",
                "Run layer.forward(batch) first.",
            )
        starts, end = self._own_ends
        wrt = [start for start in starts if start.dtype.kind in "fc"]
        for number, (node, gradient) in enumerate(self._seeds(end, output_grad)):
            assert_graph(self.graph).backward(
                node, gradient, wrt=wrt or None, accumulate=number > 0
            )
        self._param_grads()
        grads = tuple([start.grad if wrt else None for start in starts])
        return grads if len(grads) > 1 else grads[0]

    def _seeds(self, end: Any, output_grad: Any) -> list[tuple[Any, Any]]:
        """Pair the outputs with their gradients."""
        if type(end) is not tuple:
            return [(end, output_grad)]
        if not isinstance(output_grad, tuple | list) or len(output_grad) != len(end):
            raise ArgumentError(
                f"{type(self).__name__} has {len(end)} outputs: backward takes a tuple "
                "of as many gradients, None for an output that has no part"
            )
        seeds = [
            (node, gradient)
            for node, gradient in zip(end, output_grad, strict=True)
            if gradient is not None
        ]
        if not seeds:
            raise ArgumentError(f"{type(self).__name__}.backward was given no gradient")
        return seeds

    # -- on nodes ----------------------------------------------------------------------
    def __call__(self, *inputs: Any) -> Any:
        """Add the layer to a node's graph; calls share the weights.

        Parameters
        ----------
        *inputs : Node
            Arrays become inputs of the graph.

        Returns
        -------
        Operation
            The last of the operations; a tuple for a layer with several outputs.
        """
        check_number(self, len(inputs))
        nodes = [
            node if isinstance(node, Node) else Input("input", value=node)
            for node in inputs
        ]
        for node in nodes:
            if self.first and node.output is None:
                raise ShapeError(
                    f"{type(self).__name__} sets itself up by the shape of its input, "
                    f"and {node.describe()} has no value yet",
                    "Give its input a value: gn.Input('x', value=first_batch).",
                )
        before = set_up_state([self])
        graphs = {id(n.graph): n.graph for n in nodes if n.graph is not None}
        try:
            with ExitStack() as stack:
                for graph in graphs.values():
                    stack.enter_context(graph.all_or_nothing())
                with inside_layer(self._scope_name(nodes), self._source):
                    if self.first:
                        self._set_up(nodes)
                    output = self._connect(*nodes)
                    check_output(self, output)
        except BaseException:
            restore(before)  # the next call sets it up afresh
            raise
        self._ends = Ends(tuple(nodes), output)
        self._params()
        return output

    def _set_up(self, nodes: list[Any]) -> None:
        self._setup_layer(*nodes)
        self.operations = [as_part(part, self) for part in self.operations]
        seed_layers(self.sublayers, lambda: self.rng)
        self.first = False
        if not self._trainable:
            self.trainable = False

    def _scope_name(self, nodes: list[Any]) -> str:
        """Choose the layer's scope: its name, else its class and a number."""
        if self._name is None:
            base = snake_case(type(self).__name__)
            context = CONTEXT.get()
            graph, outer = context.graph or nodes[0].graph, context.scope
            depth = len(outer)
            taken = {
                node.scope[depth]
                for node in (() if graph is None else graph.nodes)
                if node.scope[:depth] == outer and len(node.scope) > depth
            }
            number = 1
            while f"{base}_{number}" in taken:
                number += 1
            self._name = f"{base}_{number}"
        return self._name

    # -- what the notebook's code reads ------------------------------------------------
    @property
    def input_(self) -> Any:
        """The batch of the last forward pass; a tuple for several inputs."""
        if self._ends is None:
            return None
        values = tuple([node.output for node in self._ends.inputs])
        return values if len(values) > 1 else values[0]

    @property
    def output(self) -> Any:
        """The result of the last forward pass."""
        return None if self._ends is None else value_of(self._ends.output)

    @property
    def name(self) -> str | None:
        """The layer's scope, such as ``dense_1``; None before it is set up."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"a layer's name is a text, not {name!r}")
        if not self.first:
            raise ArgumentError(
                f"{self!r} has its name already",
                "Name a layer before its first batch: the name is in its graph.",
            )
        self._name = name

    @property
    def rng(self) -> np.random.Generator:
        """The generator that initial weights are drawn from."""
        if self._rng is None:
            self._rng = np.random.default_rng()
        return self._rng

    @rng.setter
    def rng(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _params(self) -> None:
        self.params = [parameter.output for parameter in self.parameters]
        for layer in self.sublayers:
            layer._params()

    def _param_grads(self) -> None:
        self.param_grads = [parameter.grad for parameter in self.parameters]
        for layer in self.sublayers:
            layer._param_grads()

    def __repr__(self) -> str:
        name = f" {self._name!r}" if self._name else ""
        neurons = "" if self.neurons is None else f": {self.neurons} neurons"
        return f"<{type(self).__name__}{name}{neurons}>"


# -- checks ----------------------------------------------------------------------------
def as_part(part: Any, layer: Layer) -> Any:
    """Take what a user has put into ``operations``: recipes, classes, names, layers."""
    if isinstance(part, Layer):
        return part
    found = as_activation(part)
    if found is None:
        raise ArgumentError(f"the operations of {layer!r} hold None")
    return found


def check_output(layer: Layer, output: Any) -> None:
    """Refuse what is no node, such as a forgotten return."""
    parts = output if type(output) is tuple else (output,)
    if not parts or not all(isinstance(part, Node) for part in parts):
        raise ArgumentError(
            f"{type(layer).__name__}._connect returned {output!r:.60}, not a node",
            "Return the last node, or a tuple of nodes for several outputs.",
        )


def check_number(layer: Layer, given: int) -> None:
    """Refuse more or fewer inputs than the layer's own methods take."""
    least, most = 1, math.inf
    for method in (layer._setup_layer, layer._connect):
        function = getattr(method, "__func__", None)
        if isinstance(function, FunctionType):
            code = function.__code__
            count = code.co_argcount - 1  # the first is self
            least = max(least, count - len(function.__defaults__ or ()))
            if not code.co_flags & CO_VARARGS:
                most = min(most, count)
    if not least <= given <= most:
        wanted = f"{least}" if most == least else f"{least} or more"
        if least < most < math.inf:
            wanted = f"{least} to {most}"
        plural = "" if wanted == "1" else "s"
        raise ArgumentError(
            f"{type(layer).__name__} takes {wanted} input{plural}, {given} given"
        )


def value_of(output: Any) -> Any:
    """Give the array of a node, or the tuple of them."""
    if type(output) is tuple:
        return tuple([node.output for node in output])
    return output.output


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
