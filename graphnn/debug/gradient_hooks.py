"""A gradient hook as a linear function of ``output_grad``: traced, or called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.engine.hooks import call_input_grads
from graphnn.graph.gradients import is_differentiable
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Input
from graphnn.graph.node import Node
from graphnn.graph.tracing import Frame, residuals, throwaway, tracing
from graphnn.testing.purity import copied

Element = tuple[int, ...]


class Derivative:
    """The derivatives of one element of an input's gradient by an ``output_grad``.

    Of a complex element these are two: of its real part and of its imaginary part, each
    the g of ``Re(g dz)``.

    Parameters
    ----------
    real : ndarray
        Flat.
    imag : ndarray or None

    Attributes
    ----------
    reaches : ndarray of bool
        Where they are not 0.
    """

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = real, imag
        self.reaches = real != 0
        if imag is not None:
            self.reaches |= imag != 0

    @property
    def finite(self) -> Any:
        """Where they are finite."""
        finite = np.isfinite(self.real)
        return finite if self.imag is None else finite & np.isfinite(self.imag)

    def put(self, place: int, derivative: Any) -> None:
        """Replace one that is not finite, of an operation that conjugates nothing."""
        self.real[place] = derivative
        if self.imag is not None:
            self.imag[place] = -1j * derivative

    def times(self, output_grad: Any, places: Any) -> Any:
        """Multiply with ``output_grad``, both at some places."""
        real, imag = self.real[places], self.imag
        if output_grad.dtype.kind != "c":
            whole = real if imag is None else real + 1j * imag[places]
            return wide(whole) * wide(output_grad)
        values = np.real(wide(real) * wide(output_grad))
        if imag is None:
            return values
        return values + 1j * np.real(wide(imag[places]) * wide(output_grad))

    def as_numbers(self, output_grad: Any, values: Any, places: Any) -> Any:
        """Give each as one number; where there is a conjugate, at this gradient."""
        real, imag = self.real[places], self.imag
        if imag is None:
            return real
        if output_grad.dtype.kind != "c":
            return real + 1j * imag[places]
        if np.allclose(imag[places], -1j * real, equal_nan=True):
            return real
        moved = output_grad != 0
        return np.where(moved, values / np.where(moved, output_grad, 1), real)


class TracedHook:
    """A gradient hook that ran on nodes: its results as a function of its gradient."""

    def __init__(
        self, node: Any, needs: tuple[bool, ...], output_grad: Any, several: bool
    ) -> None:
        self.graph = Graph()
        self.graph.training = node.training
        with tracing(self.graph):
            values = tuple(
                [
                    value if source.kind == "constant" else as_inputs(value)
                    for source, value in zip(
                        node.inputs, node.input_values, strict=True
                    )
                ]
            )
            frame = Frame(node, self.graph, values, as_inputs(node.output))
            frame.needs_input_grad = needs
            seeds = as_inputs(output_grad)
            self.results = frame.trace_input_grads(seeds)
        self.seeds = list(seeds) if several else [seeds]
        self.inputs = [n for n in self.graph.nodes if n.kind == "input"]

    def derivatives(self, position: int, element: Element) -> list[Derivative]:
        """Differentiate an element of the hook's result by its gradient."""
        result = self.results[position]
        real = self.gradients(result, element, 1.0)
        imag: list[Any] = [None] * len(real)
        if isinstance(result, Node) and result.dtype.kind == "c":
            imag = self.gradients(result, element, -1j)
        return [Derivative(*both) for both in zip(real, imag, strict=True)]

    def gradients(self, result: Any, element: Element, weight: Any) -> list[Any]:
        """Run back from an element of the hook's result."""
        if isinstance(result, Node):
            start = np.zeros(result.shape, result.dtype)
            start[element] = weight
            floats = [seed for seed in self.seeds if is_differentiable(seed.output)]
            self.graph.backward(result, start, wrt=floats)
            found = [seed.grad for seed in self.seeds]
        else:  # a constant does not depend on it
            found = [None] * len(self.seeds)
        return [
            np.zeros(seed.size) if gradient is None else gradient.reshape(-1)
            for seed, gradient in zip(self.seeds, found, strict=True)
        ]

    def reached(self, position: int, element: Element) -> list[Any]:
        """Find which elements of the gradient matter, whatever the values are."""
        result = self.results[position]
        found = [np.zeros(seed.size, bool) for seed in self.seeds]
        if not isinstance(result, Node):
            return found
        values = {node: node.output for node in self.inputs}
        for number, low in enumerate((0.5, 0.5, -1.5)):
            rng = np.random.default_rng(number)
            drawn = {node: draw(rng, value, low) for node, value in values.items()}
            try:
                self.graph.forward(drawn, target=result)
                slopes = self.gradients(result, element, 1.0)
            except Exception:  # such as a matrix that has no inverse
                continue
            for places, slope in zip(found, slopes, strict=True):
                places |= np.isfinite(slope) & (slope != 0)
        self.graph.forward(values, target=result)
        return found


class CalledHook:
    """A gradient hook that is called with arrays, on a throw-away copy of its node."""

    def __init__(self, node: Any, needs: tuple[bool, ...], several: bool) -> None:
        self.node, self.needs, self.several = node, needs, several
        self.frame: Any = None

    def __call__(self, flat: Sequence[Any], position: int, element: Element) -> Any:
        """Give an element of the gradient of an input for an ``output_grad``."""
        if self.frame is None:
            self.frame = unshared(self.node)
            self.frame.needs_input_grad = self.needs
        output = self.node.output if self.several else (self.node.output,)
        seeds = tuple(
            [one.reshape(part.shape) for one, part in zip(flat, output, strict=True)]
        )
        grads = call_input_grads(self.frame, seeds if self.several else seeds[0])
        gradient = grads[position]
        return 0.0 if gradient is None else part_of(gradient, element)

    def masked(
        self,
        weights: Sequence[Any],
        number: int,
        places: Any,
        position: int,
        element: Element,
    ) -> Any:
        """Call the hook with a gradient that is 0 but for some elements."""
        flat = [np.zeros_like(weight) for weight in weights]
        flat[number][places] = weights[number][places]
        return self(flat, position, element)


def unshared(node: Any) -> Any:
    """Copy an operation and what its last pass left: no hook can spoil that."""
    frame = throwaway(node)
    for name in residuals(node):
        frame.__dict__[name] = copied(vars(node)[name])
    frame.input_values = copied(node.input_values)
    frame.output = copied(node.output)
    return frame


def as_inputs(value: Any) -> Any:
    """Turn a value, or several, into inputs of the graph that is open."""
    if type(value) is tuple:
        return tuple([as_inputs(part) for part in value])
    return Input(value=value)


def part_of(gradient: Any, element: Element) -> Any:
    """Give the element of a gradient; of several, the first number says which."""
    if type(gradient) is tuple:
        return gradient[element[0]][element[1:]]
    return gradient[element]


def draw(rng: np.random.Generator, value: Any, low: float) -> Any:
    """Draw numbers in place of others; integers, and what is none, stay."""
    if not is_differentiable(value):
        return value
    drawn = rng.uniform(low, 1.5, value.shape)
    if value.dtype.kind == "c":
        drawn = drawn + 1j * rng.uniform(low, 1.5, value.shape)
    return drawn.astype(value.dtype)


def wide(array: Any) -> Any:
    """Give an array in double precision at least."""
    return array.astype(np.result_type(array.dtype, np.float64), copy=False)
