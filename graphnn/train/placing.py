"""Where the numbers of a formula lie, and the calls that compute them there."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.planning.lowering import Bound, lowered
from graphnn.planning.trace import Owner
from graphnn.planning.traced import Call, Slot, Traced
from graphnn.train.formula import Formula, Place, reads
from graphnn.train.layout import Piece, Share


class Placed:
    """A formula on flat arrays, a piece of them at a time.

    Calls that read or write the parameter run once for each parameter, on its own
    array; all others once, on the flat arrays.

    Parameters
    ----------
    formula : Formula
    pieces : list of Piece
    gradient : ndarray
        The flat gradient; it is only read.
    states : list of ndarray
        The flat states, which are written in place.

    Attributes
    ----------
    bound : list of (callable, tuple)
        What to run.
    made_for : list of Call
        The call that each of `bound` belongs to.
    """

    def __init__(
        self,
        formula: Formula,
        pieces: list[Piece],
        gradient: np.ndarray,
        states: list[np.ndarray],
    ) -> None:
        self.formula = formula
        self.bound: list[Bound] = []
        self.made_for: list[Call] = []
        self._scalars: dict[tuple[int, Any], np.ndarray] = {}
        self._calls = list(map(self._with_scalars, formula.calls))
        self._size = max(piece.stop - piece.start for piece in pieces)
        self._flat: dict[Traced, np.ndarray] = {formula.gradient: gradient}
        self._flat.update(zip(formula.states, states, strict=True))
        self._passing: dict[Traced, np.ndarray] = {}
        self._last = last_reads(formula)
        self._place()
        for piece in pieces:
            for call in self._calls:
                self._bind(call, piece)

    @property
    def scalars(self) -> list[tuple[int, np.ndarray]]:
        """Where the scalars are read from: their numbers, and arrays of no axes."""
        return [(number, array) for (number, _), array in self._scalars.items()]

    def _with_scalars(self, call: Call) -> Call:
        """Put arrays of no axes in the places of scalars; they are filled each step."""
        if not any(type(each) is Place for each in call.arguments):
            return call
        (dtype,) = {each.dtype for each in call.inputs if each.dtype.kind == "f"}
        arguments = [
            self._scalars.setdefault((each.number, dtype), np.zeros((), dtype))
            if type(each) is Place
            else each
            for each in call.arguments
        ]
        made = Call(call.function, tuple(arguments), {}, call.inputs, call.owner)
        made.results = call.results
        return made

    # -- where values lie --------------------------------------------------------------
    def _place(self) -> None:
        """Find memory for each value; what cannot be made in its place is copied."""
        formula = self.formula
        olds = [formula.parameter, *formula.states]
        self._home = self._homes(olds)
        for result, old in zip(formula.results, olds, strict=True):
            if result is not old and result not in self._home:
                call = Call(COPY, (Slot(0),), {}, [result], Owner(None, "update"))
                call.results.append(old)
                self._calls.append(call)
                self._last[result] = len(self._calls)
        free: list[np.ndarray] = []
        for place, call in enumerate(formula.calls):
            dying = [
                each
                for each in dict.fromkeys(call.inputs)
                if self._last[each] == place and each in self._passing
            ]
            (result,) = call.results
            home = self._home.get(result)
            if home is None:
                self._passing[result] = self._memory(result, dying, free)
            elif home is not formula.parameter:
                self._flat[result] = self._flat[home]
            free += [self._passing[each] for each in dying]

    def _homes(self, olds: list[Traced]) -> dict[Traced, Traced]:
        """Find the results that can be made where the old value lies.

        Nobody reads the old one afterwards.
        """
        homes: dict[Traced, Traced] = {}
        place_of = {call.results[0]: at for at, call in enumerate(self.formula.calls)}
        for result, old in zip(self.formula.results, olds, strict=True):
            if result is old or result.dtype != old.dtype:
                continue
            if self._last.get(old, -1) > place_of[result]:
                continue
            if old is self.formula.parameter and result in self._last:
                continue  # others read it, from a flat array
            homes[result] = old
        return homes

    def _memory(
        self, result: Traced, dying: list[Traced], free: list[np.ndarray]
    ) -> np.ndarray:
        """Find memory: that of an operand that nobody reads any more, or another.

        A result may lie where an operand does: number by number it is read first.
        """
        for place, each in enumerate(dying):
            if each.dtype == result.dtype:
                return self._passing[dying.pop(place)]
        for place, array in enumerate(free):
            if array.dtype == result.dtype:
                return free.pop(place)
        return np.empty(self._size, result.dtype)

    # -- binding -----------------------------------------------------------------------
    def _bind(self, call: Call, piece: Piece) -> None:
        """Bind a call to a piece of the flat arrays, or to each parameter's share."""
        parameter = self.formula.parameter
        (result,) = call.results
        if not reads(call, parameter) and (
            result is not parameter and self._home.get(result) is not parameter
        ):
            whole = Share(NOTHING, piece.start, piece.stop, None)
            self._bind_to(call, piece, whole)
            return
        for share in piece.shares:
            self._bind_to(call, piece, share)

    def _bind_to(self, call: Call, piece: Piece, share: Share) -> None:
        arrays = [self._array(each, piece, share) for each in call.inputs]
        out = self._array(call.results[0], piece, share)
        if call.function is COPY:
            bounds: list[Bound] = [(np.copyto, (out, *arrays))]
        else:
            bounds = lowered(call, arrays, [out])
        self.bound += bounds
        self.made_for += [call] * len(bounds)

    def _array(self, value: Traced, piece: Piece, share: Share) -> np.ndarray:
        """Give the array that holds what a piece, or a share of it, has of a value."""
        flat, first = self._passing.get(value), piece.start
        if flat is None:
            flat, first = self._flat.get(value), 0
        if flat is None:
            return share.array
        part = flat[share.start - first : share.stop - first]
        return part if share.segment is None else share.segment.shaped(part)


COPY = np.copyto
NOTHING = np.empty(0)


def last_reads(formula: Formula) -> dict[Traced, int]:
    """Find the last call that reads each value; results that are copied are kept."""
    last: dict[Traced, int] = {}
    for place, call in enumerate(formula.calls):
        for each in call.inputs:
            last[each] = place
    return last
