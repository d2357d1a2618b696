"""Where the numbers of a formula lie, and the calls that compute them there."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.planning.lowering import Bound, lowered
from graphnn.planning.trace import Owner
from graphnn.planning.traced import Call, Slot, Traced
from graphnn.train.formula import Formula, Place, reads
from graphnn.train.layout import Segment


class Placed:
    """A formula on flat arrays.

    Calls that read or write the parameter run once for each parameter, on its own
    array; all others once, on the flat arrays.

    Parameters
    ----------
    formula : Formula
    parameters : list of ndarray
        The arrays of the parameters.
    segments : list of Segment
        Where each parameter's numbers lie in the flat arrays.
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
    scalars : list of (int, ndarray)
        Where the scalars are read from: their number, and an array of no axes.
    """

    def __init__(
        self,
        formula: Formula,
        parameters: list[np.ndarray],
        segments: list[Segment],
        gradient: np.ndarray,
        states: list[np.ndarray],
    ) -> None:
        self.formula, self.parameters, self.segments = formula, parameters, segments
        self.bound: list[Bound] = []
        self.made_for: list[Call] = []
        self._scalars: dict[tuple[int, Any], np.ndarray] = {}
        self._flat: dict[Traced, np.ndarray] = {formula.gradient: gradient}
        self._flat.update(zip(formula.states, states, strict=True))
        self._free: list[np.ndarray] = []
        self._temporary: set[Traced] = set()
        self._last = last_reads(formula)
        homes = self._homes()
        olds = [formula.parameter, *formula.states]
        copied = [
            (result, old)
            for result, old in zip(formula.results, olds, strict=True)
            if result is not old and result not in homes
        ]
        for result, _ in copied:
            self._last[result] = len(formula.calls)
        for place, call in enumerate(formula.calls):
            self._make(call, place, homes)
        for result, old in copied:
            self._copy(result, old)

    @property
    def scalars(self) -> list[tuple[int, np.ndarray]]:
        """Where the scalars are read from."""
        return [(number, array) for (number, _), array in self._scalars.items()]

    def _homes(self) -> dict[Traced, Traced]:
        """Find the results that can be made where the old value lies.

        Nobody reads the old one afterwards.
        """
        formula, homes = self.formula, {}
        olds = [formula.parameter, *formula.states]
        place_of = {call.results[0]: at for at, call in enumerate(formula.calls)}
        for result, old in zip(formula.results, olds, strict=True):
            if result is old or result.dtype != old.dtype:
                continue
            if self._last.get(old, -1) > place_of[result]:
                continue
            if old is formula.parameter and result in self._last:
                continue  # others read it, from a flat array
            homes[result] = old
        return homes

    def _make(self, call: Call, place: int, homes: dict[Traced, Traced]) -> None:
        """Find memory for the result of a call, and bind it."""
        formula, (result,) = self.formula, call.results
        dying = {each for each in call.inputs if self._last.get(each) == place}
        home = homes.get(result)
        if home is not None and home is not formula.parameter:
            self._flat[result] = self._flat[home]
        elif home is None:
            self._flat[result] = self._memory(result, dying)
            self._temporary.add(result)
        if home is formula.parameter or reads(call, formula.parameter):
            for number, array in enumerate(self.parameters):
                self._bind(call, array, self.segments[number])
        else:
            self._bind(call, None, None)
        for each in dying & self._temporary:
            self._free.append(self._flat[each])

    def _memory(self, result: Traced, dying: set[Traced]) -> np.ndarray:
        """Find a flat array: that of an operand that nobody reads any more, or another.

        A result may lie where an operand does: number by number it is read first.
        """
        for each in dying & self._temporary:
            array = self._flat[each]
            if array.dtype == result.dtype:
                self._temporary.remove(each)
                return array
        for place, array in enumerate(self._free):
            if array.dtype == result.dtype:
                return self._free.pop(place)
        return np.empty(self.segments[-1].stop, result.dtype)

    def _bind(
        self, call: Call, parameter: np.ndarray | None, segment: Segment | None
    ) -> None:
        """Bind a call to the flat arrays, or to the parts that are one parameter's."""

        def array_of(traced: Traced) -> np.ndarray:
            if traced not in self._flat:
                return parameter  # type: ignore[return-value]
            flat = self._flat[traced]
            return flat if segment is None else segment.of(flat)

        arrays = [array_of(each) for each in call.inputs]
        out = array_of(call.results[0])
        for bound in lowered(self._with_scalars(call), arrays, [out]):
            self.bound.append(bound)
            self.made_for.append(call)

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

    def _copy(self, result: Traced, old: Traced) -> None:
        """Copy a result to where the old value lies."""
        call = Call(np.copyto, (Slot(0),), {}, [result], Owner(None, "update"))
        flat = self._flat[result]
        if old is self.formula.parameter:
            for array, segment in zip(self.parameters, self.segments, strict=True):
                self.bound.append((np.copyto, (array, segment.of(flat))))
                self.made_for.append(call)
        else:
            self.bound.append((np.copyto, (self._flat[old], flat)))
            self.made_for.append(call)


def last_reads(formula: Formula) -> dict[Traced, int]:
    """Find the last call that reads each value; results that are copied are kept."""
    last: dict[Traced, int] = {}
    for place, call in enumerate(formula.calls):
        for each in call.inputs:
            last[each] = place
    return last
