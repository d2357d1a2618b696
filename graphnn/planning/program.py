"""A trace bound to buffers: what a plan runs for one kind of batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from graphnn.planning.collecting import uncollected
from graphnn.planning.groups import Step, grouped
from graphnn.planning.joined import JOINING, Part, is_among, missing, parts_of
from graphnn.planning.lifetimes import last_uses
from graphnn.planning.lowering import Bound, lowered, workspace
from graphnn.planning.simplify import PRODUCTS, shares_now, simplified
from graphnn.planning.storage import WASTE, Storage, extent_of
from graphnn.planning.traced import Call, Traced, filled

Places = Iterable[tuple[Traced, np.ndarray]]
"""Where a value is to lie, for those that lie outside of the plan's own memory."""


class Memory(NamedTuple):
    """Bytes that the values of a plan take, and would take if none shared memory."""

    bytes: int
    without_reuse: int

    def __repr__(self) -> str:
        return (
            f"Memory({bytes_text(self.bytes)}, {bytes_text(self.without_reuse)} "
            "without reuse)"
        )

    @property
    def saved(self) -> float:
        """The share that reuse saves, from 0 to 1."""
        return 1.0 - self.bytes / self.without_reuse if self.without_reuse else 0.0


def bytes_text(count: int) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> bytes_text(64), bytes_text(12_400), bytes_text(52_000_000)
    ('64 bytes', '12.4 kB', '52.0 MB')
    """
    if count < 1000:
        return f"{count} bytes"
    number = float(count)
    for unit in ("kB", "MB"):
        number /= 1000
        if number < 999.95:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} GB"


class Binding:
    """Decides where each value lies, and binds each call to these places.

    Parameters
    ----------
    calls : list of Call
    kept : list of Traced
        What has to be there when all calls are made.
    places : list of (Traced, ndarray), or mapping
        The leaves' arrays; then where results are wanted.
    is_grouped : bool
        Whether tiny calls of one kind may run as one, where there are many.

    Attributes
    ----------
    bound : list of (callable, tuple)
        What to run.
    made_for : list of Call
        The call that each of `bound` belongs to; the first, for one that makes several.
    made_at_once : dict of int to int
        How many calls one makes, by its place in `bound`, where it makes several.
    arrays : dict of Traced to ndarray
        Where every value lies.
    """

    @uncollected()
    def __init__(
        self,
        calls: list[Call],
        kept: Iterable[Traced],
        places: Places | Mapping[Traced, np.ndarray],
        is_grouped: bool = True,
    ) -> None:
        before = {  # bases, which a simpler list of calls will have others of
            id(call): [value.base for value in call.inputs]
            for call in calls
            if call.function in PRODUCTS
        }
        kept = list(kept)
        pairs = list(places.items() if isinstance(places, Mapping) else places)
        calls, self.now = simplified(calls, [*kept, *[value for value, _ in pairs]])
        self.bound: list[Bound] = []
        self.made_for: list[Call | None] = []
        self.made_at_once: dict[int, int] = {}
        self.storage = Storage()
        self.arrays: dict[Traced, np.ndarray] = {}
        self._pieces: dict[Traced, list[int]] = {}  # by the value whose memory it is
        read = map(self.now, [*kept, *[value for value, _ in pairs]])
        self._rows = grouped(calls, read) if is_grouped else None
        steps: Sequence[Call | Step] = calls if self._rows is None else self._rows.steps
        self._steps = steps
        self._last = last_uses(steps)
        if self._rows is not None:
            self.arrays.update(self._rows.lay(self.storage))
        wanted = self._placed(pairs)
        self._parts: dict[Traced, Part] = {}
        if self._rows is None:
            self._parts = parts_of(calls, self._is_free)
            self._last = last_uses(steps, self._parts)
        for value in [*map(self.now, kept), *self._wanted]:
            self._last[value.base] = len(steps)
        dying: dict[int, list[Traced]] = {}
        for base, place in self._last.items():
            dying.setdefault(place, []).append(base)
        for place, call in enumerate(steps):
            if isinstance(call, Step):
                self._make_at_once(call)
            elif call.is_view:
                self._look(call)
            else:
                self._make(call, place, shares_now(call, before.get(id(call))))
            for base in dying.get(place, ()):
                for piece in self._pieces.pop(base, ()):
                    self.storage.give_back(piece)
        for array, value in wanted:
            self._bind(None, (np.copyto, (array, self.arrays[value])))

    @property
    def memory(self) -> Memory:
        """How much memory the values take."""
        return Memory(self.storage.size, self.storage.without_reuse)

    def place_of(self, value: Any) -> Any:
        """Give the array in which a value lies; an array lies in itself."""
        return self.arrays[self.now(value)] if type(value) is Traced else value

    def release(self) -> None:
        """Let go of calls that are made by others; nothing can be bound any more.

        Of those that run as one the first is named in messages; from the others' links
        to their inputs hangs everything else that was traced.
        """
        for step in self._steps:
            for call in step.calls[1:] if isinstance(step, Step) else ():
                call.inputs = []
        for tape in {traced.tape for traced in self.arrays}:
            tape.calls = []

    # -- where values lie --------------------------------------------------------------
    def _placed(
        self, places: list[tuple[Traced, np.ndarray]]
    ) -> list[tuple[np.ndarray, Traced]]:
        """Put leaves in their places, and results that can be made in theirs.

        Returns
        -------
        list of (ndarray, Traced)
            What has to be copied to its place at the end.
        """
        copied = []
        self._home: dict[Traced, np.ndarray] = {}
        self._wanted: list[Traced] = []
        for traced, array in places:
            value = self.now(traced)
            if traced.call is None and traced not in self.arrays:
                self.arrays[traced] = array
                continue
            self._wanted.append(value)
            base = value.base
            is_row = self._rows is not None and base in self._rows
            home = None
            if base.call is not None and base not in self._home and not is_row:
                home = home_of(value, array)
            if home is None:
                copied.append((array, value))
            else:
                self._home[base] = home
        return copied

    def _is_free(self, value: Traced) -> bool:
        """Tell a value that one call makes, and that may lie anywhere."""
        call = value.call
        return call is not None and len(call.results) == 1 and value not in self._home

    def _look(self, call: Call) -> None:
        """Look at the memory of an operand in the way that the call does."""
        arrays = [self.arrays[each] for each in call.inputs]
        given = call.function(
            *filled(call.arguments, arrays), **filled(call.settings, arrays)
        )
        parts = given if call.is_several else (given,)
        for result, array in zip(call.results, flat(parts), strict=True):
            self.arrays[result] = array

    def _make(self, call: Call, place: int, is_apart: bool) -> None:
        """Find memory for what a call gives, and bind it."""
        arrays = [self.arrays[each] for each in call.inputs]
        pieces: list[int] = []
        if is_apart:  # two values were equal, but not the same: BLAS is to see two
            piece = self.storage.take(extent_of(call.inputs[1].value))
            twin = self.storage.array(piece, call.inputs[1].value)
            self._bind(call, (np.copyto, (twin, arrays[1])))
            arrays[1] = twin
            pieces.append(piece)
        outs = [self._memory(call, result, place, arrays) for result in call.results]
        for result, out in zip(call.results, outs, strict=True):
            self.arrays[result] = out
        work = workspace(call, arrays)
        if work is not None:
            pieces.append(self.storage.take(extent_of(work)))
            work = self.storage.array(pieces[-1], work)
        bound = lowered(call, arrays, outs, work)
        if call.function in JOINING and is_among(arrays, outs[0]):
            bound = missing(call, outs[0], self.arrays)
        for each in bound:
            self._bind(call, each)
        for piece in pieces:
            self.storage.give_back(piece)

    def _make_at_once(self, step: Step) -> None:
        """Bind what makes many calls by one."""
        first = step.calls[0] if step.calls else None
        for each in step.bind(self.arrays):
            if len(step.calls) > 1:
                self.made_at_once[len(self.bound)] = len(step.calls)
            self._bind(first, each)

    def _memory(
        self, call: Call, result: Traced, place: int, arrays: list[np.ndarray]
    ) -> np.ndarray:
        """Find memory for a value: its place, that of an operand, or a fresh piece."""
        result.base = result
        home = self._home.get(result)
        if home is not None:
            return home
        if result in self._parts:
            whole, start = self._parts[result]
            result.base = whole
            self.storage.do_without(extent_of(result.value))
            return self.storage.array(self._piece_of(whole), result.value, start)
        if type(call.function) is np.ufunc and call.function.signature is None:
            for operand, array in zip(call.inputs, arrays, strict=True):
                if self._may_be_overwritten(operand, array, result, place, call):
                    self._pieces[result] = self._pieces.pop(operand.base)
                    self.storage.do_without(extent_of(result.value))
                    return array
        self._last.setdefault(result, place)
        return self.storage.array(self._piece_of(result), result.value)

    def _piece_of(self, value: Traced) -> int:
        """Find memory for a value, where none of its parts has asked for it before."""
        if value not in self._pieces:
            self._pieces[value] = [self.storage.take(extent_of(value.value))]
        (piece,) = self._pieces[value]
        return piece

    def _may_be_overwritten(
        self,
        operand: Traced,
        array: np.ndarray,
        result: Traced,
        place: int,
        call: Call,
    ) -> bool:
        """Tell whether a ufunc may write its result over an operand.

        Nobody reads the operand later, it looks the same as the result, and no other
        operand looks at its memory in another way.
        """
        base, value = operand.base, np.asarray(result.value)
        pieces = self._pieces.get(base)
        if pieces is None or len(pieces) != 1 or self._last[base] != place:
            return False
        if len(call.results) > 1 or call.settings or not array.flags.writeable:
            return False
        if (array.shape, array.strides, array.dtype) != (
            value.shape,
            value.strides,
            value.dtype,
        ):
            return False
        if self.storage.pieces[pieces[0]].nbytes > WASTE * max(array.nbytes, 64):
            return False
        return all(
            other.base is not base or same_look(self.arrays[other], array)
            for other in call.inputs
        )

    def _bind(self, call: Call | None, bound: Bound) -> None:
        self.bound.append(bound)
        self.made_for.append(call)


def home_of(value: Traced, array: np.ndarray) -> np.ndarray | None:
    """Find where to make what a value looks at, so that the value lies in an array."""
    one, whole = np.asarray(value.value), np.asarray(value.base.value)
    if one.shape != array.shape or one.dtype != array.dtype:
        return None
    if value.base is value:
        return array if one.strides == array.strides else None
    is_all = one.size == whole.size and one.dtype == whole.dtype
    in_order = [each.flags.c_contiguous for each in (one, whole, array)]
    return array.reshape(whole.shape) if is_all and all(in_order) else None


def same_look(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell two arrays that are the same elements in the same places."""
    return (
        one.shape == other.shape
        and one.strides == other.strides
        and one.dtype == other.dtype
        and one.__array_interface__["data"] == other.__array_interface__["data"]
    )


def flat(parts: Iterable[Any]) -> list[Any]:
    """List the arrays in nested tuples."""
    return [
        each
        for part in parts
        for each in (flat(part) if isinstance(part, tuple | list) else (part,))
    ]
