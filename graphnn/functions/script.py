"""What a function did, written down: its operations in order, and a plan of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.binding import BINDING, bind_copy
from graphnn.graph.context import changed
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Input
from graphnn.graph.node import Node
from graphnn.graph.tracing import is_of_the_library

LONGEST = 20_000
"""How many operations a script may have."""

MOST_ARRAYS = 40
"""How many arrays may be fed: each is compared with each."""

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


class Unplanned(Exception):
    """A call that no script can tell from another."""


class Script:
    """The operations of a call, in order, and the plan that computes them.

    Attributes
    ----------
    steps : list of (type, settings, places)
        A place is the number of a node, ``(type, repr)`` of a number, or the number of
        an array as text.
    seen : list of (type, shape, dtype)
        Of the arguments and the nodes.
    argument_count, target : int
    buffers : list of ndarray
        Where the plan reads arrays.
    is_proved : bool
    failures : int
    """

    def __init__(self, steps: Any, seen: Any, argument_count: int, target: int) -> None:
        self.steps, self.seen = steps, seen
        self.argument_count, self.target = argument_count, target
        self.is_proved, self.failures = False, 0
        self.planned: Any = None
        self.arguments: list[Any] = []
        self.buffers: list[Any] = []

    def feed_argument(self, place: int, array: np.ndarray) -> None:
        """Copy an argument to where the plan reads it."""
        _, shape, dtype = self.seen[place]
        if array.shape != shape or array.dtype != dtype:
            raise Unplanned("an argument of another shape")
        np.copyto(self.arguments[place], array)

    def feed_constant(self, slot: int, array: np.ndarray) -> None:
        """Copy an array to where the plan reads it."""
        buffer = self.buffers[slot]
        if array.shape != buffer.shape or array.dtype != buffer.dtype:
            raise Unplanned("an array of another shape")
        if not array.flags.c_contiguous:
            raise Unplanned("an array of another layout")
        np.copyto(buffer, array)

    def agrees(self, recording: Any, given: list[Any]) -> bool | None:
        """Compare the plan with a recording; None where that is another script."""
        record = Record(recording)
        if (record.steps, record.seen) != (self.steps, self.seen):
            return None
        if record.target != self.target or len(record.arrays) != len(self.buffers):
            return None
        for place, node in enumerate(record.arguments):
            self.feed_argument(place, node.output)
        for slot, array in enumerate(record.arrays):
            self.feed_constant(slot, array)
        return alike(self.run(), given)

    def run(self) -> list[Any]:
        """Compute the value and the gradients."""
        planned = self.planned
        with np.errstate(**raising(np.geterr())):
            planned.make_calls()
        (value,) = planned.outputs
        found = [value.copy()[()]]
        for array, place in zip(
            planned.gradients, range(self.argument_count), strict=True
        ):
            if array is None:
                _, shape, dtype = self.seen[place]
                found.append(np.zeros(shape, dtype)[()])
            else:
                found.append(array.copy(order="K")[()])
        return found


class Record:
    """A recording, written down.

    Attributes
    ----------
    arguments, operations : list of node
    steps, seen, target
        See :class:`Script`.
    arrays : list of ndarray
        The constants' and parameters' values, by number.
    """

    def __init__(self, recording: Any) -> None:
        target, self.arguments = recording.result, recording.nodes
        graph = getattr(target, "_graph", None)
        if not isinstance(target, Node) or graph is None or recording.is_nested:
            raise Unplanned("no result of a graph of its own")
        order = graph._order([target.id])
        done = [node for node in order if node.kind == "operation"]
        self.operations = sorted(done, key=lambda node: node.id)
        made = [n for n in graph._nodes.values() if n.kind == "operation"]
        if not 0 < len(done) == len(made) <= LONGEST or graph._set_aside:
            raise Unplanned("operations that the result does not depend on")
        numbered = [*self.arguments, *self.operations]
        self.places: dict[int, Any] = {n.id: i for i, n in enumerate(numbered)}
        self.arrays: list[np.ndarray] = []
        for node in order:
            if node.id not in self.places:
                self.places[node.id] = self._place_of(node)
        for node in self.operations:
            check_step(node)
        self.steps = [
            (type(n), settings_of(n), [self.places[i] for i in n.input_ids])
            for n in self.operations
        ]
        self.seen = [(type(n), n.shape, n.dtype) for n in numbered]
        self.target = self.places[target.id]

    def _place_of(self, leaf: Any) -> Any:
        """Write a number down; number an array."""
        if leaf.kind not in ("constant", "parameter"):
            raise Unplanned("a leaf that is no constant")
        value = leaf.output
        if type(value) in (bool, int, float, complex):
            return (type(value), repr(value))
        for slot, other in enumerate(self.arrays):
            if other is value:
                return str(slot)
            if np.may_share_memory(value, other):
                raise Unplanned("two arrays of one memory")
        if len(self.arrays) == MOST_ARRAYS or not value.flags.c_contiguous:
            raise Unplanned("many arrays, or one of another layout")
        self.arrays.append(value)
        return str(len(self.arrays) - 1)


def script_of(recording: Any) -> Script:
    """Write a recording down, and plan it."""
    from graphnn.planning.planned import PlannedPass

    record, graph = Record(recording), Graph()
    with changed(graph=graph, scope=(), paused=False):
        inputs = [Input(value=node.output) for node in record.arguments]
        slots = [Input(value=array) for array in record.arrays]
        new: list[Any] = list(inputs)
        for node, (_, _, places) in zip(record.operations, record.steps, strict=True):
            given = [leaf_at(place, new, slots) for place in places]
            new.append(bind_copy(node, given))
    script = Script(record.steps, record.seen, len(inputs), record.target)
    planned = PlannedPass(graph, [new[record.target]], inputs, {}, False, fresh_places)
    if planned.wholes or planned.states:
        raise Unplanned("hooks that are called as a whole")
    at = {node.id: array for node, array in planned.inputs}
    script.arguments = [at.get(n.id, np.empty_like(n.output)) for n in inputs]
    script.buffers = [at[node.id] for node in slots]
    script.planned = planned
    for node in graph._nodes.values():  # what they hold is that call's
        if node.kind in ("input", "operation"):
            node.output = None
        if node.kind == "operation":
            node.input_values = ()
    return script


def leaf_at(place: Any, nodes: list[Any], slots: list[Any]) -> Any:
    """Give what stands at a place: a node, an array's input, or a number."""
    if type(place) is int:
        return nodes[place]
    if type(place) is str:
        return slots[int(place)]
    kind, text = place
    return text == "True" if kind is bool else kind(text)


def fresh_places(found: list[Any]) -> list[Any]:
    """Make the arrays where gradients are to lie."""
    return [None if like is None else np.empty_like(like) for like in found]


def check_step(node: Any) -> None:
    """Refuse what may be another thing each time."""
    if not is_of_the_library(node) or node.states or type(node.output) is tuple:
        raise Unplanned(f"{type(node).__name__} is not written down")


def settings_of(node: Any) -> Any:
    """Write the settings of an operation down, so that equal ones are equal."""
    names = node._settings if node.id and not node.plain else vars(node)
    return {n: written(vars(node)[n]) for n in names if n not in BINDING}


def written(value: Any) -> Any:
    """Write a setting down: numbers by type and digits, arrays by their bits."""
    if type(value) in PLAIN:
        return (type(value), repr(value))
    if type(value) in (tuple, list):
        return (type(value), tuple(map(written, value)))
    if type(value) is dict:
        return (dict, tuple([(written(k), written(v)) for k, v in value.items()]))
    if type(value) is slice:
        return (slice, written((value.start, value.stop, value.step)))
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.hasobject:
            raise Unplanned("objects among the settings")
        return (type(value), value.shape, value.dtype, value.strides, value.tobytes())
    if isinstance(value, np.dtype | type | np.ufunc):
        return value
    raise Unplanned(f"a {type(value).__name__} among the settings")


def holds_same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Compare two arrays to the bit."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if (
        one.flags.c_contiguous
        and other.flags.c_contiguous
        and one.itemsize in (1, 2, 4, 8)
    ):
        as_bits = f"i{one.itemsize}"
        return np.array_equal(
            one.reshape(-1).view(as_bits), other.reshape(-1).view(as_bits)
        )
    return one.tobytes() == other.tobytes()


def raising(errors: Any) -> Any:
    """Have floating-point errors raised that are to be warned of: at their own line."""
    return {k: "ignore" if how == "ignore" else "raise" for k, how in errors.items()}


def alike(ones: list[Any], others: list[Any]) -> bool:
    """Compare results to the bit, with their types and how they lie in memory."""
    return len(ones) == len(others) and all(
        type(one) is type(other)
        and one.strides == other.strides
        and holds_same_bits(np.asarray(one), np.asarray(other))
        for one, other in zip(ones, others, strict=True)
    )
