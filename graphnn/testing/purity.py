"""Whether hooks are pure: the same again, and nothing changed that they were given.

Replay, stepping back in time, a traced gradient and a plan all rest on it.
"""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.graph.node import Node
from graphnn.graph.source import Source, is_library
from graphnn.testing.differences import largest

GRADIENTS = "the gradient hook"

AGAIN = (
    "{hook} gives other values when it runs again on the same arrays: it draws random "
    "numbers, or uses up something that it keeps. A hook is a function of its inputs."
)
BUFFER = (
    "{hook} returns the same array in each pass, so that the next pass overwrites the "
    "result of this one. Return a new array."
)
IN_PLACE = "{hook} changes {what} in place{where}. Make a new array: x = x + y."
SETTING = (
    "a hook changes self.{name}, which __init__ has set. What a hook keeps for "
    "the backward pass gets a name of its own, such as self.mask."
)
ALONE = (
    "{hook} gives another gradient for input {position} where it is the only one that "
    "is wanted (self.needs_input_grad)."
)


class Watched:
    """The hooks of a node, run on arrays again and again, and watched.

    Parameters
    ----------
    node : Operation
        Of a throw-away copy of a graph, with ``input_values``.
    needs : tuple of bool
        Which gradients are wanted; where none is, only ``_output`` runs.
    draw : callable
        Draws a gradient for an output.

    Attributes
    ----------
    output, output_grad, input_grads
        What the hooks returned, and were given, at first.
    troubles : list of str
        What is impure.
    comparable : bool
        Whether the hooks give the same each time, and change nothing on the way.
    """

    def __init__(
        self, node: Any, needs: tuple[bool, ...], draw: Callable[[Any], Any]
    ) -> None:
        self.node, self.needs = node, needs
        self.troubles: list[str] = []
        self.comparable = True
        self.arrays: list[tuple[str, np.ndarray, np.ndarray]] = []
        self.changes: set[tuple[str, str]] = set()
        self.settings = {
            name: copy.deepcopy(vars(node)[name])
            for name in sorted(node._settings)
            if not isinstance(vars(node)[name], Node)
        }
        for position, value in enumerate(node.input_values):
            self.watch(value, f"its input {position}")
        first = self.forward()
        self.output: Any = copied(first)
        self.output_grad: Any = None
        self.input_grads: tuple[Any, ...] = (None,) * len(needs)
        if any(needs):
            self.output_grad = draw(first)
            self.run_backward(first)
        again = self.forward()
        self.expect(same(again, self.output), AGAIN, "_output")
        self.expect(not self.overwritten(first, self.run_output), BUFFER, "_output")
        self.check_settings()

    def run_backward(self, output: Any) -> None:
        """Run the gradient hook twice after one forward pass, and after another."""
        self.watch(output, "self.output")
        self.watch(self.output_grad, "output_grad")
        first = self.backward()
        self.input_grads = copied(first)
        self.expect(same(self.backward(), self.input_grads), AGAIN, GRADIENTS)
        self.forward()
        self.expect(same(self.backward(), self.input_grads), AGAIN, GRADIENTS)
        self.expect(not self.overwritten(first, self.run_grads), BUFFER, GRADIENTS)
        if sum(self.needs) > 1 and not self.troubles:
            for position in np.flatnonzero(self.needs):
                needs = tuple([i == position for i in range(len(self.needs))])
                alone = self.backward(needs)[position]
                right = close(alone, self.input_grads[position])
                self.expect(right, ALONE, GRADIENTS, position)

    # -- running -----------------------------------------------------------------------
    def forward(self) -> Any:
        """Run ``_output``, and see what it has changed."""
        output = self.node.output = self.run_output()
        self.check("_output", self.run_output)
        return output

    def run_output(self) -> Any:
        """Run ``_output``."""
        self.node._clear_residuals()
        return call_output(self.node)

    def backward(self, needs: tuple[bool, ...] = ()) -> tuple[Any, ...]:
        """Run ``_input_grads``, and see what it has changed."""
        self.node.needs_input_grad = needs or self.needs
        input_grads = self.run_grads()
        self.check(GRADIENTS, self.run_grads)
        return input_grads

    def run_grads(self) -> tuple[Any, ...]:
        """Run ``_input_grads``."""
        return call_input_grads(self.node, self.output_grad)

    # -- watching ----------------------------------------------------------------------
    def expect(
        self, right: object, text: str, hook: str, position: object = None
    ) -> None:
        """Note a trouble, once."""
        trouble = text.format(hook=hook, position=position)
        if not right and trouble not in self.troubles:
            self.troubles.append(trouble)
            self.comparable = self.comparable and text == ALONE

    def watch(self, value: Any, what: str) -> None:
        """Remember what an array is before a hook gets it."""
        for part in value if type(value) is tuple else (value,):
            if isinstance(part, np.ndarray):
                self.arrays.append((what, part, part.copy(order="K")))

    def check(self, hook: str, run: Callable[[], object]) -> None:
        """Note the arrays that a hook has changed, and put them back."""
        changed = [entry for entry in self.arrays if not same(*entry[1:])]
        for what, array, kept in changed:
            if not array.flags.writeable:
                continue  # a view: what it is a view of is put back
            np.copyto(array, kept)
            self.comparable = False
            if (hook, what) not in self.changes:
                self.changes.add((hook, what))
                where = line_of_change(run, array)
                self.troubles.append(IN_PLACE.format(hook=hook, what=what, where=where))
                np.copyto(array, kept)

    def overwritten(self, value: Any, run: Callable[[], object]) -> bool:
        """Tell whether a run writes into what an earlier one returned."""
        if type(value) is tuple:
            return any(self.overwritten(part, run) for part in value)
        if not isinstance(value, np.ndarray):
            return False
        given = [array for _, array, _ in self.arrays if array is not value]
        if any(np.may_share_memory(value, array) for array in given):
            return False  # a hook may hand on what it was given
        if not value.flags.writeable:
            return False
        kept = value.copy(order="K")
        value[...] = 1 if np.all(kept == 0) else 0
        marked = value.copy(order="K")
        run()
        written = not same(value, marked)
        np.copyto(value, kept)
        return written

    def check_settings(self) -> None:
        """Note the settings that a hook has changed."""
        attributes = vars(self.node)
        for name, kept in self.settings.items():
            if name not in attributes or not same(attributes[name], kept):
                self.troubles.append(SETTING.format(name=name))


def line_of_change(run: Callable[[], object], array: np.ndarray) -> str:
    """Find the line that writes into an array, by forbidding it."""
    array.flags.writeable = False
    try:
        run()
    except ValueError as error:  # "... is read-only"
        frames = traceback.extract_tb(error.__traceback__)
        for frame in reversed(frames):
            if not is_library(frame.filename):
                place = Source(frame.filename, frame.lineno or 0, frame.name)
                return f" ({place})"
    finally:
        array.flags.writeable = True
    return ""


def copied(value: Any) -> Any:
    """Copy an array, or a tuple of them."""
    if type(value) is tuple:
        return tuple([copied(part) for part in value])
    return value.copy(order="K") if isinstance(value, np.ndarray) else value


def same(one: Any, other: Any) -> bool:
    """Compare to the bit: arrays, containers, generators, objects by attributes."""
    if one is other or isinstance(one, Node) or callable(one):
        return True  # a function is what it is, a node is watched by itself
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return same_array(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.random.Generator):
        return same(one.bit_generator.state, other.bit_generator.state)
    if isinstance(one, float | complex | np.inexact) and one != one:
        return bool(other != other)
    equality: Any = type(one).__eq__
    if equality is object.__eq__:  # which is identity, and this is a copy
        return same(getattr(one, "__dict__", {}), getattr(other, "__dict__", {}))
    return bool(np.all(one == other))


def same_array(one: np.ndarray, other: np.ndarray) -> bool:
    """Compare arrays to the bit: -0.0 is not 0.0, but any NaN is NaN.

    Which of its many bit patterns comes of two NaN depends on their order.
    """
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.hasobject:
        return all(map(same, one.flat, other.flat))
    if one.dtype.char in "gG":  # long doubles have bytes that mean nothing
        return bool(np.array_equal(one, other, equal_nan=True))
    if one.flags.c_contiguous and other.flags.c_contiguous and one.itemsize % 8 == 0:
        left, right = [array.reshape(-1).view(np.uint64) for array in (one, other)]
        if np.array_equal(left, right):  # without copies
            return True
    elif one.tobytes() == other.tobytes():
        return True
    if one.dtype.kind not in "fc":
        return False
    numbers = ~np.isnan(one)
    return np.array_equal(numbers, ~np.isnan(other)) and (
        one[numbers].tobytes() == other[numbers].tobytes()
    )


def close(one: Any, other: Any) -> bool:
    """Compare gradients that may have been computed in another order.

    NaN and infinities are alike where they are at the same places.
    """
    if one is None or other is None:
        return one is other
    unit = float(np.finfo(other.dtype).eps)
    atol = 100 * unit * largest(other)
    return bool(np.allclose(one, other, rtol=1e3 * unit, atol=atol, equal_nan=True))
