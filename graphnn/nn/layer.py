"""The layer: what is set up by its first input, a row of operations or of layers."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import chain, count
from typing import Any, ClassVar, Self

import numpy as np

from graphnn.errors import ArgumentError, MissingHook
from graphnn.graph import Graph, Input, Node, Parameter, Source, State
from graphnn.graph.changes import CHANGES
from graphnn.graph.context import CONTEXT, inside_layer
from graphnn.graph.naming import snake_case
from graphnn.graph.node import IDS
from graphnn.graph.source import capture
from graphnn.nn.alone import Ends, value_of
from graphnn.nn.assembly import layers_in, seed_layers
from graphnn.nn.checking import (
    as_count,
    as_generator,
    as_part,
    check_kept,
    check_keywords,
    check_number,
    check_output,
    check_shared,
    check_values,
)
from graphnn.nn.shown_layer import ShownLayer
from graphnn.nn.undoing import noted_if_it_fails, undone_if_it_fails

__all__ = ["Layer", "as_count"]


class Layer(ShownLayer):
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
        Whether the layer is still to be set up; setting it to True starts afresh, with
        the layers inside it.
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

    is_part: ClassVar[bool] = True

    neurons: Any
    operations: list[Any]
    _first: bool
    _name: str | None
    _rng: np.random.Generator | None
    _source: Source | None

    def __new__(cls, *arguments: Any, **settings: Any) -> Self:
        """Start empty; here, so that forgetting ``super().__init__()`` does no harm."""
        if settings:
            check_keywords(cls, settings)
        self = super().__new__(cls)
        self._first = True
        self.neurons = None
        self.params, self.param_grads, self.operations = [], [], []
        self.graph = self._ends = self._own_ends = self._own_structure = None
        self._name = self._rng = None
        self._trainable = True
        place = capture()
        self._source = None if place is None else Source(*place)
        return self

    def __init__(self, neurons: Any = ...) -> None:
        if neurons is not ...:  # None would be a mistake
            self.neurons = as_count(neurons, f"the neurons of {type(self).__name__}")

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, np.ndarray | np.generic | list | int | float):
            kept = vars(self).get(name)
            if isinstance(kept, Parameter | State):
                raise ArgumentError(
                    f"{self!r}: {name} is a {kept.kind}, which an array cannot replace",
                    f"Write into it: layer.{name}.value = array. Or give another one: "
                    f"layer.{name} = gn.{type(kept).__name__}(array).",
                )
        super().__setattr__(name, value)
        CHANGES.tick()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        CHANGES.tick()

    # -- to be defined -----------------------------------------------------------------
    def _setup_layer(self, *inputs: Any) -> None:
        if type(self)._connect is Layer._connect:
            raise MissingHook(
                f"{type(self).__name__} does not define _setup_layer",
                "def _setup_layer(self, input_): fill self.operations, for "
                "input_.shape; or def _connect(self, input_): return the output, made "
                "of the node by layers and NumPy.",
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
        with ExitStack() as stack:
            stack.enter_context(undone_if_it_fails([self]))
            graph = CONTEXT.get().graph
            if graph is not None:
                stack.enter_context(graph.all_or_nothing())
            nodes = [
                node if isinstance(node, Node) else Input("input", value=node)
                for node in inputs
            ]
            check_values(self, nodes)
            for one in {id(node.graph): node.graph for node in nodes}.values():
                if one is not None and one is not graph:
                    stack.enter_context(one.all_or_nothing())
                graph = graph or one
            size, since = 0 if graph is None else len(graph), next(IDS)
            name = self._scope_name(graph)
            stack.enter_context(noted_if_it_fails(self, name, graph, nodes))
            with inside_layer(name, self._source):
                before = None if self.first else layers_in(self)
                if self.first:
                    self._set_up(nodes)
                output = self._connect(*nodes)
                check_output(self, output)
            check_kept(self, [] if graph is None else graph._latest(size), since)
            if before is not None:
                check_shared(self, before, since)
        self._ends = Ends(tuple(nodes), output)
        self.params = [parameter.output for parameter in self.parameters]
        return output

    def _set_up(self, nodes: list[Any]) -> None:
        self._setup_layer(*nodes)
        self.operations = [as_part(part, self) for part in self.operations]
        seed_layers(self.sublayers, lambda: self.rng)
        self._first = False
        if not self._trainable:
            self.trainable = False

    def _scope_name(self, graph: Graph | None) -> str:
        """Choose the layer's scope: its name, else its class and a number.

        Where another layer of the graph has it, the younger one gets a number.
        """
        outer = CONTEXT.get().scope
        depth = len(outer)
        layers: Any = {} if graph is None else graph.layers
        nodes = () if graph is None or self._name else graph._nodes.values()
        taken = {
            node.scope[depth]
            for node in nodes
            if len(node.scope) > depth and node.scope[:depth] == outer
        }
        base = self._name or snake_case(type(self).__name__)
        names = (f"{base}_{number}" for number in count(2 if self._name else 1))
        for name in chain([self._name] if self._name else [], names):
            if name not in taken and layers.get((*outer, name), self) is self:
                break
        layers[(*outer, name)] = self
        if self.first:
            self._name = name
        return name

    # -- what the notebook's code reads ------------------------------------------------
    @property
    def first(self) -> bool:
        """Whether the layer is still to be set up.

        Setting it to True lets it start afresh with the next batch: the layer, and
        those inside it, are set up again, with new weights.
        """
        return self._first

    @first.setter
    def first(self, first: bool) -> None:
        self._first = bool(first)
        if first:
            for layer in layers_in(self):
                layer._first = True

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
        """The layer's scope, such as ``dense_1``; None before it is set up.

        A layer may be named before. In a graph where another layer has the name, the
        scope of the younger gets a number.
        """
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
        self._rng = as_generator(rng, "rng")

    def __repr__(self) -> str:
        name = f" {self._name!r}" if self._name else ""
        neurons = "" if self.neurons is None else f": {self.neurons} neurons"
        return f"<{type(self).__name__}{name}{neurons}>"
