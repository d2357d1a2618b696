"""What elementary operations share: each stands for one NumPy function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphnn.errors import MissingHook
from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation
from graphnn.graph.quick import maker_of_one, maker_of_two


class Elementary(Operation):
    """An operation that is one call of a NumPy function.

    Attributes
    ----------
    function : callable
        Class attribute: the NumPy function.
    """

    function: ClassVar[Any]


class Elementwise(Elementary):
    """A ufunc, or what is like one: broadcasts; the engine sums the gradients back.

    A subclass without settings (``plain``) is what its function makes of nodes. One
    whose gradients are made of additions, subtractions, products, quotients, roots and
    signs alone is ``stackable``: the engine may ask once for the gradients of many such
    nodes, whose values are stacked.
    """

    broadcasts = True
    plain = True

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "function" in vars(cls) and cls.plain:
            cls.arity = getattr(cls.function, "nin", cls.arity)
            implements(cls.function)(maker_of_nodes(cls))

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, ValueError) and "broadcast" in str(error):
            shapes = " and ".join(str(np.shape(value)) for value in self.input_values)
            return f"shapes {shapes} do not broadcast"
        return None


class Unary(Elementwise):
    """An elementwise function of one input."""

    arity = 1

    def _output(self) -> Any:
        return self.function(self.input_values[0])

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (self._input_grad(output_grad),)


class Binary(Elementwise):
    """An elementwise function of two inputs; computes only the gradients asked for."""

    arity = 2

    def _output(self) -> Any:
        left, right = self.input_values
        return self.function(left, right)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        left, right = self.needs_input_grad
        return (
            self._left_grad(output_grad) if left else None,
            self._right_grad(output_grad) if right else None,
        )

    def _left_grad(self, output_grad: Any) -> Any:
        raise MissingHook(f"{type(self).__name__} does not define _left_grad")

    def _right_grad(self, output_grad: Any) -> Any:
        raise MissingHook(f"{type(self).__name__} does not define _right_grad")


class WithoutGradient(Elementwise):
    """A function that is constant almost everywhere, or whose values are truths."""

    def _output(self) -> Any:
        return self.function(*self.input_values)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (None,) * len(self.input_values)


def maker_of_nodes(kind: Any) -> Callable[..., Any]:
    """Give the function that makes the nodes of a plain elementwise operation."""
    if kind._output in (Unary._output, Binary._output, WithoutGradient._output):
        if kind.arity == 1:
            return maker_of_one(kind)
        if kind.arity == 2:
            return maker_of_two(kind)

    def make(*inputs: Any) -> Any:
        return bind(kind(), inputs)

    return make


class Slot(NamedTuple):
    """The place of an input among the arguments of a function."""

    position: int


def slotted(arguments: Any, inputs: list[Any]) -> Any:
    """Put a slot for each node in (nested) arguments, and the nodes into a list."""
    if isinstance(arguments, Node):
        inputs.append(arguments)
        return Slot(len(inputs) - 1)
    if isinstance(arguments, dict):
        return {key: slotted(value, inputs) for key, value in arguments.items()}
    if type(arguments) in (list, tuple):
        return type(arguments)([slotted(value, inputs) for value in arguments])
    return arguments


def filled(template: Any, values: tuple[Any, ...]) -> Any:
    """Put the values of the inputs where the slots are."""
    if isinstance(template, Slot):
        return values[template.position]
    if isinstance(template, dict):
        return {key: filled(value, values) for key, value in template.items()}
    if type(template) in (list, tuple):
        return type(template)([filled(value, values) for value in template])
    return template
