"""Edit and go on: values and gradients that a person sets in the middle of a pass."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from graphnn.debug.snapshot import is_same
from graphnn.debug.tape import Tape
from graphnn.debug.worlds import depend_on_gradients, depend_on_value
from graphnn.errors import ArgumentError, GradientError, NotRunError, ShapeError
from graphnn.graph.backward import refuse_constant
from graphnn.graph.gradients import is_differentiable, no_gradient
from graphnn.graph.leaves import as_values
from graphnn.ops.arguments import is_number


class Change(NamedTuple):
    """What an edit has made another.

    Attributes
    ----------
    node : node
    what : {"value", "grad"}
    before, after : ndarray, tuple of ndarray, or None
        In the unedited run, and now; None where there is none.
    difference : float
        The largest absolute difference of two elements; NaN where one of them is NaN or
        there is nothing to compare with.
    """

    node: Any
    what: str
    before: Any
    after: Any
    difference: float

    def __repr__(self) -> str:
        return f"<Change {self.node.name} {self.what}: {self.difference:.3g} at most>"


class Edits:
    """The edits of a tape: a world for each, on top of the unedited one."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    @property
    def made(self) -> list[tuple[Any, str]]:
        """The nodes that were set, each with ``"value"`` or ``"grad"``."""
        return self.tape.world.edits

    def set_value(self, node: Any, value: Any) -> None:
        """Pin a value."""
        tape = self.tape
        old = self._value_of(node)
        value = fitted(node, old, value, "value")
        if node.kind == "parameter" and not node.value.flags.writeable:
            raise ArgumentError(
                f"{node.describe()}: its array is read-only",
                "A parameter's array is written into, so that its value is the new "
                "one: make it from a copy, gn.Parameter(array.copy()).",
            )
        tape.remember()
        stale = depend_on_value(tape.order, tape.backward.reachable, node.id)
        tape.enter(tape.world.with_value(node, value, stale))

    def set_gradient(self, node: Any, gradient: Any) -> None:
        """Pin a gradient."""
        tape = self.tape
        if tape.backward.request is None:
            raise GradientError(
                f"{node.describe()}: this pass goes forward only, it has no gradients",
                "Stepper(graph, feeds, target) steps through both passes.",
            )
        refuse_constant(node)
        value = self._value_of(node)
        if not is_differentiable(value):
            raise no_gradient(node, value)
        gradient = fitted(node, value, gradient, "gradient")
        tape.remember()
        stale = depend_on_gradients(tape.backward.reachable, {node.id})
        tape.enter(tape.world.with_gradient(node, gradient, stale))

    def _value_of(self, node: Any) -> Any:
        """Give the value that the node has in this pass, here or ahead."""
        tape = self.tape
        if node.id not in {needed.id for needed in tape.order}:
            raise ArgumentError(
                f"{node.describe()} is not part of this pass",
                "A pass computes what its target needs, and nothing else.",
            )
        if node.id in tape.values:
            return tape.values[node.id]
        for record in tape.records[tape.index :]:
            if record.key == ("forward", node.id):
                return record.step.output
        raise NotRunError(
            f"{node.describe()} has no value yet: its step is still to come",
            "Step to it first, then set it.",
        )

    # -- looking -----------------------------------------------------------------------
    def changes(self) -> list[Change]:
        """Compare with the unedited run, at the same index."""
        tape = self.tape
        if not self.made:
            return []
        arrays = [node.value for node, _ in self.made if node.kind == "parameter"]
        now = self._held(arrays)
        edited, index, tape.quiet = tape.world, tape.index, True
        try:
            # where a hook raises without the edits, that run ends in front of it
            with suppress(Exception):
                tape.enter(edited.unedited)
            before = self._held(arrays)
        finally:
            tape.quiet = False
            tape.enter(edited)
            tape.seek(index)  # the unedited run may be a shorter one
        return [
            change
            for key, (node, _) in (before | now).items()
            if (change := compare(node, key[1], before.get(key), now.get(key)))
        ]

    def _held(self, edited: list[np.ndarray]) -> dict[tuple[int, str], tuple[Any, Any]]:
        """Give the values and the gradients behind the index, in the order of the pass.

        The edited parameters' arrays are written into when the world changes; so what
        may be a view of one is copied.
        """
        tape = self.tape
        held: dict[tuple[int, str], tuple[Any, Any]] = {}
        for node in tape.order:
            value = tape.values.get(node.id)
            if value is not None:
                held[node.id, "value"] = node, own(value, edited)
        if tape.index > tape.forward_length:
            for node in reversed(tape.order):
                gradient = tape.backward.sums.get(node.id)
                if gradient is not None:
                    held[node.id, "grad"] = node, own(gradient, edited)
        return held

    # -- taking back -------------------------------------------------------------------
    def undo(self) -> None:
        """Leave the world of the last edit."""
        earlier = self.tape.world.earlier
        if earlier is not None:
            self.tape.enter(earlier)

    def reset(self) -> None:
        """Go back to the unedited world."""
        world = self.tape.world
        if world.earlier is not None:
            self.tape.enter(world.unedited)

    def notice(self) -> None:
        """Take what somebody has written into parameters' arrays for edits."""
        tape = self.tape
        written = []
        for node in tape.parameters:
            expected = tape.world.values.get(node.id, tape.leaf_values[node.id])
            if not is_same(node.value, expected):
                written.append((node, node.value.copy()))
        if not written:
            return
        tape.remember()
        world, stale = tape.world, set()
        for node, value in written:  # one edit each, run again in one go
            stale |= depend_on_value(tape.order, tape.backward.reachable, node.id)
            world = world.with_value(node, value, stale)
        world.stale = tape.world.had_run - world.known.keys()
        tape.enter(world)


def fitted(node: Any, old: Any, new: Any, what: str) -> Any:
    """Give a new value the shape and the dtype of the old one, or refuse it.

    Raises
    ------
    ArgumentError, ShapeError
    """
    named = f"the new {what} of {node.describe()}"
    if type(old) is tuple:
        if not isinstance(new, tuple | list) or len(new) != len(old):
            raise ArgumentError(
                f"{named} is a tuple of {len(old)}: the node has that many outputs"
            )
        parts = zip(old, new, strict=True)
        return tuple([fitted(node, one, other, what) for one, other in parts])
    if not isinstance(old, np.ndarray):  # a Python number stays one
        if not is_number(new) or isinstance(new, complex) > isinstance(old, complex):
            raise ArgumentError(f"{named} is a number, as {old!r} is, not {new!r}")
        return type(old)(new)
    array = as_values(new, named)
    if array.dtype != old.dtype and not np.can_cast(
        array.dtype, old.dtype, "same_kind"
    ):
        raise ArgumentError(f"{named} has dtype {array.dtype}, the old one {old.dtype}")
    try:
        return np.array(np.broadcast_to(array, old.shape), dtype=old.dtype)
    except ValueError:
        raise ShapeError(
            f"{named} has shape {array.shape}, the old one {old.shape}"
        ) from None


def own(value: Any, arrays: list[np.ndarray]) -> Any:
    """Copy what may share memory with one of the arrays."""
    if type(value) is tuple:
        return tuple([own(part, arrays) for part in value])
    if any(np.may_share_memory(value, array) for array in arrays):
        return np.array(value)
    return value


def compare(
    node: Any,
    what: str,
    before: tuple[Any, Any] | None,
    now: tuple[Any, Any] | None,
) -> Change | None:
    """Compare what a node held and holds; None where it is the same, bit for bit."""
    if before is None or now is None:
        one, other = before and before[1], now and now[1]
        return Change(node, what, one, other, float("nan"))
    one, other = before[1], now[1]
    if one is other:
        return None
    pairs = [
        (np.asarray(old), np.asarray(new))
        for old, new in zip(parts(one), parts(other), strict=True)
    ]
    if all(is_same(old, new) for old, new in pairs):
        return None
    with np.errstate(all="ignore"):
        differences = [np.abs(new * 1.0 - old) for old, new in pairs if new.size]
        largest = max(float(np.max(difference)) for difference in differences)
    return Change(node, what, one, other, largest)


def parts(value: Any) -> list[Any]:
    """Give the arrays of a value or a gradient; a part that nothing reached is 0."""
    several = value if type(value) is tuple else (value,)
    return [0.0 if part is None else part for part in several]
