"""Calling a function on nodes, and pulling gradients back through what it did."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphnn import engine
from graphnn.engine.hooks import NUMERIC
from graphnn.errors import ArgumentError, GradientError
from graphnn.functions.structures import (
    is_structure,
    leaves,
    leaves_like,
    mapped,
    names,
    rebuilt,
)
from graphnn.graph.context import CONTEXT, changed
from graphnn.graph.gradients import is_differentiable, output_gradient
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Input, as_values
from graphnn.graph.node import IDS, Node
from graphnn.ops.activations import Linear

Function = Callable[..., Any]


class Recording:
    """One call of a function, with some of its arguments as nodes.

    Parameters
    ----------
    function : callable
    argnums : int or sequence of int
        Which of the positional arguments to differentiate by.
    arguments, keywords
        What to call it with.
    training : bool
        The mode of the pass.

    Attributes
    ----------
    result : node, array, or structure of them
        What the function returned.
    is_nested : bool
        Whether the result depends on nodes from outside, as it does where a derivative
        is taken of a derivative. Gradients are nodes then, else arrays.
    """

    def __init__(
        self,
        function: Function,
        argnums: int | Sequence[int],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        *,
        training: bool = False,
    ) -> None:
        self.name = getattr(function, "__name__", type(function).__name__)
        positions = checked_positions(argnums, len(arguments), self.name)
        called = argument_names(function, len(arguments))
        mark = next(IDS)
        self.is_paused = CONTEXT.get().paused
        graph = Graph()
        graph.training = training
        with changed(graph=graph, scope=(), paused=False):
            given = list(arguments)
            for position in positions:
                given[position] = self.as_nodes(given[position], called[position])
            chosen = [given[position] for position in positions]
            self.chosen: Any = chosen[0] if is_integer(argnums) else tuple(chosen)
            self.result = function(*given, **keywords)
        check_result(self.result, self.name)
        self.nodes: list[Any] = leaves(self.chosen)
        self.is_nested = any(is_from_before(r, mark) for r in leaves(self.result))

    def as_nodes(self, argument: Any, name: str) -> Any:
        """Make a node of each leaf of an argument."""
        named = zip(leaves(argument), names(argument, name), strict=True)
        return rebuilt(argument, iter([self.as_node(*each) for each in named]))

    def as_node(self, value: Any, name: str) -> Any:
        """Make a node of an argument that nothing else refers to."""
        if isinstance(value, Node) and not self.is_paused:
            return Linear()(value)  # what f does with the node itself is no use of it
        if isinstance(value, Node):
            value = value.output  # a look that leaves no trace in the node's graph
        array = as_values(value, f"the argument {name!r} of {self.name}")
        if array.dtype.kind in "iu" and not isinstance(value, np.ndarray | np.generic):
            array = array.astype(np.float64)  # 3 means 3.0
        if not is_differentiable(array):
            raise GradientError(
                f"the argument {name!r} of {self.name} holds {array.dtype} values, by "
                "which there is no derivative",
                "Pass floating-point numbers (array.astype(float)), or name other "
                "arguments with argnums=.",
            )
        # a copy: a product may be asked for when the caller's array has changed
        return Input(name, value=array.copy() if array is value else array)

    def check_number(self, what: str) -> None:
        """Check that the result is one real number."""
        result = self.result
        if is_structure(result):
            raise GradientError(
                f"{what}: {self.name} returned a {type(result).__name__}, not a number",
                "Return one number: a sum of parts, as a loss is.",
            )
        shape = np.shape(result)
        if np.size(result) != 1:
            raise GradientError(
                f"{what}: {self.name} returned shape {shape}, not one number",
                "Reduce it (np.sum, np.mean), or use gn.jacobian or "
                "gn.elementwise_grad.",
            )
        if np.result_type(result).kind == "c":
            raise GradientError(
                f"{what}: {self.name} returned a complex number, which has no gradient",
                "Return a real one, such as np.real(z) or np.abs(z)**2; "
                "gn.make_vjp and gn.make_jvp take complex results.",
            )

    def value(self) -> Any:
        """Give the result to the caller: nodes where nested, else arrays, numbers."""
        return mapped(self.one_value, self.result)

    def one_value(self, result: Any) -> Any:
        """Give one leaf of the result to the caller."""
        if self.is_nested or not isinstance(result, Node):
            return result
        return as_returned(result.output)

    def structured(self, gradients: list[Any]) -> Any:
        """Give gradients the structure of the chosen arguments."""
        return rebuilt(self.chosen, iter(gradients))

    def pull_back(self, output_grad: Any = None) -> list[Any]:
        """Give the gradients of the result by the leaves of the chosen arguments.

        Parameters
        ----------
        output_grad : array_like or node, or structure of them, optional
            The gradient by the result, of its shape and structure; 1 for one number.
        """
        output_grads = leaves_like(self.result, output_grad)
        return self.pulled_back(leaves(self.result), output_grads)

    def pulled_back(
        self, targets: list[Any], output_grads: list[Any], by: list[Any] | None = None
    ) -> list[Any]:
        """Pull the gradients of several targets back to the same nodes; add them up.

        Of several, those that hold whole numbers or truths have nothing to add.
        """
        if len(targets) > 1:
            pairs = list(zip(targets, output_grads, strict=True))
            pairs = [p for p in pairs if is_differentiable(value_of(p[0]))] or pairs
            targets, output_grads = map(list, zip(*pairs, strict=True))
        by_target = [
            self.gradients(target, self.nodes if by is None else by, output_grad)
            for target, output_grad in zip(targets, output_grads, strict=True)
        ]
        return [sum(rest, first) for first, *rest in zip(*by_target, strict=True)]

    def gradients(self, target: Any, by: list[Any], output_grad: Any) -> list[Any]:
        """Give the gradients of one target: nodes where nested, else arrays."""
        if self.is_nested or isinstance(output_grad, Node):
            return gradient_nodes(target, by, output_grad)
        return gradient_arrays(target, by, output_grad)


def value_of(result: Any) -> Any:
    """Give the value of a node, or a value as an array."""
    return result.output if isinstance(result, Node) else np.asarray(result)


def gradient_nodes(target: Any, by: list[Any], output_grad: Any = None) -> list[Any]:
    """Write the reverse pass down."""
    if not isinstance(target, Node) or target._graph is None:
        return [np.zeros(node.shape, node.dtype) for node in by]
    graph: Any = target._graph
    reached = [node for node in by if node in graph]
    with changed(paused=False):
        found = iter(graph.gradient(target, reached, output_grad))
    return [
        next(found) if node in graph else np.zeros(node.shape, node.dtype)
        for node in by
    ]


def gradient_arrays(target: Any, by: list[Any], output_grad: Any = None) -> list[Any]:
    """Run the reverse pass, without a trace on the graph or on its parameters."""
    gradients: dict[int, Any] = {}
    if isinstance(target, Node) and target._graph is not None:
        gradients[target.id] = output_gradient(target, output_grad)
        order = target._graph._order([target.id])
        wanted = engine.needed(order, [node.id for node in by])
        deque(engine.reverse(order, gradients, wanted), maxlen=0)
    return [
        np.zeros(node.shape, node.dtype)[()]
        if gradients.get(node.id) is None
        else as_returned(gradients[node.id].copy(order="K"))
        for node in by
    ]


def as_returned(array: Any) -> Any:
    """Return a number for a 0-d array, as NumPy's functions do."""
    return mapped(lambda part: part[()], array)


def is_from_before(result: Any, mark: int) -> bool:
    """Tell whether a result depends on nodes that were made before."""
    if not isinstance(result, Node) or result._graph is None:
        return isinstance(result, Node) and result.id < mark
    return any(
        node.id < mark and node.kind in ("input", "operation")
        for node in result._graph._order([result.id])
    )


def check_result(result: Any, name: str) -> None:
    """Refuse a result that is no number, array, or node."""
    for part in leaves(result):
        if isinstance(part, Node):
            continue
        kind = type(part).__name__
        if part is None:
            raise GradientError(f"{name} returned None", "Is a return missing?")
        if np.asarray(part).dtype.kind not in NUMERIC:
            raise GradientError(
                f"{name} returned a {kind}, not a number or an array",
                "Return what depends on the arguments: one number, or arrays.",
            )


def is_integer(value: Any) -> bool:
    """Tell an integer from a sequence of them."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def check_arguments(function: Any, argnums: Any) -> None:
    """Refuse what is no function, and argnums that are no positions."""
    if not callable(function):
        raise ArgumentError(
            f"{type(function).__name__} is no function: a derivative is one of a "
            "function"
        )
    numbers = list(argnums) if isinstance(argnums, tuple | list) else [argnums]
    if not numbers or not all(is_integer(number) for number in numbers):
        raise ArgumentError(
            f"argnums is {argnums!r}: an integer or a tuple of them is needed"
        )


def checked_positions(argnums: Any, count: int, name: str) -> list[int]:
    """Give the positions that `argnums` names, counted from 0."""
    numbers = [argnums] if is_integer(argnums) else list(argnums)
    for number in numbers:
        if not -count <= number < count:
            raise ArgumentError(
                f"argnums={argnums!r}, but {name} was called with {count} positional "
                "arguments",
                "Arguments are counted from 0; keyword arguments are not counted.",
            )
    return [int(number) % count for number in numbers]


def argument_names(function: Function, count: int) -> list[str]:
    """Name the positional arguments as the function's signature does."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function written in C
        parameters = []
    named = [p.name for p in parameters if p.kind in (0, 1)]
    return [*named, *[f"x{i}" for i in range(len(named), count)]][:count]
