"""What can be checked: how each kind of thing becomes targets in a graph."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.functions.structures import leaves
from graphnn.graph import Graph, Input, Node, Operation, ParamOperation
from graphnn.graph.context import changed
from graphnn.graph.leaves import as_values
from graphnn.graph.node import IDS
from graphnn.graph.source import Source, is_library
from graphnn.nn import Layer, NeuralNetwork
from graphnn.nn.batches import keeps_integers
from graphnn.testing import drawing
from graphnn.testing.twins import Use

KINDS = (
    "Give a node, a graph, an Operation, a layer, a network, or a function written in "
    "NumPy with arrays for it."
)


def uses_of(
    thing: Any,
    arrays: Sequence[Any],
    seed: int,
    training: bool,
    remarks: list[str],
) -> list[Use]:
    """Turn what :func:`graphnn.check_gradients` is given into targets of graphs.

    Raises
    ------
    ArgumentError
        For what cannot be checked.
    """
    rng = np.random.default_rng([seed, 3])
    given = [as_values(a, "an argument").copy(order="K") for a in arrays]
    if isinstance(thing, Graph):
        return [Use(targets_of_graph(thing, given), training)]
    if isinstance(thing, NeuralNetwork):
        return [Use([target_of_network(thing, given, rng, training)], training)]
    if isinstance(thing, Layer):
        return [Use(targets_of_layer(thing, given, rng, training), training)]
    if isinstance(thing, type) and issubclass(thing, Operation):
        thing = recipe_of(thing, rng)
    if isinstance(thing, Operation) and not (thing.id and not given):
        recipe = copy.deepcopy(thing._recipe())  # which leaves the recipe as it is
        return built_uses(Builder(recipe, training), given, rng, remarks)
    nodes = list(thing) if isinstance(thing, list | tuple) else [thing]
    if nodes and all(isinstance(node, Node) for node in nodes):
        return [Use(checked_targets(nodes, given), training)]
    if callable(thing) and not isinstance(thing, type):
        return built_uses(Builder(thing, training), given, rng, remarks)
    what = f"the class {thing.__name__}" if isinstance(thing, type) else repr(thing)
    raise ArgumentError(f"{what[:200]} has no gradients to check", KINDS)


# -- graphs, nodes, layers, networks ---------------------------------------------------
def targets_of_graph(graph: Graph, arrays: list[Any]) -> list[Any]:
    """Give a graph's sink; with arrays, of a copy whose inputs are fed."""
    targets = list(graph.results) or [graph.sink()]
    if not arrays:
        return targets
    names = [node.name for node in graph.nodes if node.kind == "input"]
    if len(arrays) != len(names):
        raise ArgumentError(
            f"{graph!r} has {len(names)} inputs ({', '.join(names)}), "
            f"{len(arrays)} arrays were given"
        )
    memo: dict[int, Any] = {}
    fed = copy.deepcopy(graph, memo)
    copies = [memo[id(target)] for target in targets]
    fed.forward(dict(zip(names, arrays, strict=True)), target=copies)
    return copies


def checked_targets(nodes: list[Any], arrays: list[Any]) -> list[Any]:
    """Check that nodes are operations of one graph."""
    if arrays:
        raise ArgumentError("arrays go with an operation, a function, or a graph")
    for node in nodes:
        if node.kind != "operation" or not node.id:
            raise ArgumentError(
                f"{node!r} computes nothing: there is no gradient to check",
                "Give the node that is computed from it, such as the loss.",
            )
        if node.graph is not nodes[0].graph and node not in nodes[0].graph:
            raise ArgumentError(f"{node!r} and {nodes[0]!r} are of two graphs")
    return nodes


def targets_of_layer(
    layer: Layer, arrays: list[Any], rng: Any, training: bool
) -> list[Any]:
    """Run a copy of a layer on a batch; one that was called already, as it is."""
    output: Any = None if layer._ends is None else layer._ends.output
    if arrays or output is None:
        if not arrays:
            arrays = [drawing.batch(rng, integers=keeps_integers(layer))]
        fresh = copy.deepcopy(layer)
        graph = Graph()
        graph.training = training
        with changed(graph=graph, scope=(), paused=False):
            output = fresh(*[Input("input", value=array) for array in arrays])
    return list(output) if type(output) is tuple else [output]


def target_of_network(
    network: NeuralNetwork, arrays: list[Any], rng: Any, training: bool
) -> Any:
    """Run a copy of a network on a batch: its loss, or without y its prediction."""
    if len(arrays) > 2:
        raise ArgumentError(f"a network takes X and y, {len(arrays)} arrays were given")
    if not arrays and network.graph is not None:
        return network.loss if network._targets else network._prediction
    fresh = copy.deepcopy(network)
    if not arrays:
        integers = keeps_integers(network.layers[0])
        arrays = [drawing.batch(rng, integers=integers)]
        shape = np.shape(fresh.forward(arrays[0], training=training))
        arrays.append(drawing.probabilities(rng, shape))
    if len(arrays) == 1:
        fresh.forward(arrays[0], training=training)
        return fresh._prediction
    fresh.forward_loss(*arrays, training=training)
    return fresh.loss


# -- operations and functions ----------------------------------------------------------
class Builder:
    """What is called on nodes: an operation's recipe, or a function.

    Parameters
    ----------
    function : Operation or callable
    """

    def __init__(self, function: Any, training: bool) -> None:
        self.function, self.training = function, training
        is_operation = isinstance(function, Operation)
        self.name = (
            type(function).__name__
            if is_operation
            else getattr(function, "__name__", type(function).__name__)
        )
        self.counts, self.names = (
            counts_of_operation(function) if is_operation else parameters_of(function)
        )
        self.param = (
            function.parameter.value.shape
            if isinstance(function, ParamOperation) and function.parameter is not None
            else None
        )

    def build(self, arrays: Sequence[Any]) -> Use:
        """Call it on inputs that hold the arrays."""
        mark = next(IDS)
        graph = Graph()
        graph.training = self.training
        with changed(graph=graph, scope=(), paused=False):
            inputs = [self.input(i, len(arrays), a) for i, a in enumerate(arrays)]
            result = self.function(*inputs)
        targets = leaves(result)
        for target in targets:
            if not isinstance(target, Node):
                raise ArgumentError(
                    f"{self.name} returned a {type(target).__name__}, not a node",
                    "Does it leave the graph, with np.array(...) or .output?",
                )
        if isinstance(self.function, Operation):
            targets[0]._source = line_of_class(type(self.function))
        if any(node.id < mark and node.graph is not None for node in graph.nodes):
            targets = self.taken_out(graph, targets, mark)
        return Use(targets, self.training)

    def input(self, position: int, count: int, array: Any) -> Input:
        """Make an input that holds an array in the layout that it has."""
        names = self.names
        default = "x" if count == 1 else f"x{position}"
        name = names[position] if position < len(names) else default
        node = Input(name, value=array)
        node.output = array
        return node

    def taken_out(self, graph: Graph, targets: list[Any], mark: int) -> list[Any]:
        """Copy a graph that the function has built on, and take its nodes out again."""
        memo: dict[int, Any] = {}
        copy.deepcopy(graph, memo)
        graph.remove([node.id for node in graph.nodes if node.id > mark])
        return [memo[id(target)] for target in targets]


def line_of_class(cls: type[Operation]) -> Source | None:
    """Find where the hooks of an operation of the user's are written."""
    code = getattr(cls._output, "__code__", None)
    if code is None or is_library(code.co_filename):
        return None
    return Source(code.co_filename, code.co_firstlineno, "_output")


def counts_of_operation(operation: Operation) -> tuple[list[int], list[str]]:
    """List how many inputs an operation may have."""
    if operation.arity is not None:
        return [operation.arity], []
    several = type(operation)._input_grads is not Operation._input_grads
    return ([1, 2, 3] if several else [1]), []


def parameters_of(function: Any) -> tuple[list[int], list[str]]:
    """Count and name the arguments that a function needs."""
    if isinstance(function, np.ufunc):
        return [function.nin], []
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C: it does not tell
        return [1, 2], []
    positional = [
        p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    needed = [p for p in positional if p.default is p.empty]
    if not needed and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return [1, 2], []
    return [len(needed)], [p.name for p in positional]


def built_uses(
    builder: Builder, arrays: list[Any], rng: Any, remarks: list[str]
) -> list[Use]:
    """Use an operation or a function on the given arrays, or on drawn ones."""
    if arrays:
        return [builder.build(arrays)]
    if builder.counts == [0]:
        raise ArgumentError(
            f"{builder.name} takes no arguments: there is nothing to differentiate by",
            "Call it, and check what it returns.",
        )
    fitting = drawing.Fitting(builder.build, builder.name, rng)
    return fitting.uses(drawing.shapes(builder.counts, builder.param), remarks)


def recipe_of(cls: type[Operation], rng: Any) -> Operation:
    """Make an operation of a class that needs no argument, or only a parameter."""
    signature = inspect.signature(cls)
    try:
        signature.bind()
    except TypeError:
        pass
    else:
        return cls()
    make: Callable[..., Operation] = cls
    if issubclass(cls, ParamOperation):
        for shape in ((4, 5), (1, 4), (4,)):
            try:
                recipe = make(drawing.numbers(rng, shape))
                copy.deepcopy(recipe).forward(drawing.numbers(rng, (drawing.ROWS, 4)))
            except (TypeError, ValueError, IndexError, AssertionError):
                continue  # the next may fit
            return recipe
    raise ArgumentError(
        f"{cls.__name__} cannot be made without arguments",
        f"Give a recipe: check_gradients({cls.__name__}(...)).",
    )
