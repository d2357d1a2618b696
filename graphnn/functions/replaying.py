"""Gradients by plans: the function runs, but what it computes is left to a plan.

The function is called each time, for it may read what changes between calls. From the
third call of a kind on it runs on stand-ins that compute nothing: each operation is
compared with the *script*, which was written down when an earlier call computed. Where
all is as it was, a plan of the script computes; where anything else happens, the call
starts again and computes as the first did.
"""

from __future__ import annotations

import sys
import threading
import warnings
from typing import Any

import numpy as np

from graphnn.functions.recording import (
    Function,
    Recording,
    checked_positions,
    is_integer,
)
from graphnn.functions.script import (
    Script,
    holds_same_bits,
    script_of,
    settings_of,
)
from graphnn.functions.standing import Deviation, StandIn
from graphnn.functions.structures import is_structure, leaves, rebuilt
from graphnn.graph.context import CONTEXT, Context, changed
from graphnn.graph.leaves import as_values
from graphnn.graph.node import Node
from graphnn.graph.watching import NOBODY, WATCHING

LIMIT = 8
"""How many kinds of calls are kept: each has buffers of its own."""

ATTEMPTS = 2
"""How often a replay may deviate until its kind is computed as usual for good."""

SEEN, STEPPED = "seen", "stepped"

SURROUNDINGS = Context()


class Replays:
    """The calls of one function, by kind, for one derivative.

    Parameters
    ----------
    function : callable
    argnums : int or sequence of int
    what : str
        The derivative's name, for messages.
    """

    def __init__(self, function: Function, argnums: Any, what: str) -> None:
        self.function, self.argnums, self.what = function, argnums, what
        self._lock = threading.Lock()
        self._kinds: dict[Any, Any] = {}

    def value_and_gradient(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[Any, Any]:
        """Give the function's value and gradient, of the structure of the arguments."""
        key = self._key(arguments, keywords)
        # one call at a time has the buffers; another computes as usual
        if key is None or not self._lock.acquire(blocking=False):
            _, given = self._recorded(arguments, keywords)
            return given
        try:
            return self._of_kind(key, arguments, keywords)
        finally:
            self._lock.release()

    def _of_kind(self, key: Any, arguments: Any, keywords: Any) -> tuple[Any, Any]:
        """Replay a call, if its kind has a script; else record it."""
        kind = self._kinds.pop(key, None)
        if len(self._kinds) >= LIMIT:
            self._kinds.pop(next(iter(self._kinds)))
        self._kinds[key] = kind or SEEN
        if isinstance(kind, Script) and kind.is_proved:
            found = self._replayed(kind, arguments, keywords)
            if found is not None:
                return self._given(found, arguments)
            self._count_failure(key, kind)
        recording, given = self._recorded(arguments, keywords)
        if kind == SEEN:
            try:
                self._kinds[key] = script_of(recording)
            except Exception:  # whatever cannot be planned is computed as before
                self._kinds[key] = STEPPED
        elif isinstance(kind, Script) and not kind.is_proved:
            self._prove(key, kind, recording, given)
        return given

    def _count_failure(self, key: Any, script: Script) -> None:
        """Record a kind for good that has deviated often enough."""
        script.failures += 1
        if script.failures >= ATTEMPTS:
            self._kinds[key] = STEPPED

    def _prove(self, key: Any, script: Script, recording: Any, given: Any) -> None:
        """Compare the plan with a recording, without another call of the function."""
        value, gradients = given
        try:
            agrees = script.agrees(recording, [value, *leaves(gradients)])
        except Exception:  # what the recording has warned of, say
            agrees = None
        if agrees:
            script.is_proved = True
        elif agrees is None:
            self._count_failure(key, script)
        else:
            self._kinds[key] = STEPPED

    def _recorded(
        self, arguments: Any, keywords: Any
    ) -> tuple[Recording, tuple[Any, Any]]:
        """Compute as the first call does."""
        recording = Recording(self.function, self.argnums, arguments, keywords)
        recording.check_number(self.what)
        gradients = recording.structured(recording.pull_back())
        return recording, (recording.value(), gradients)

    def _positions(self, arguments: Any) -> list[int]:
        """Give the positions of the chosen arguments."""
        return checked_positions(self.argnums, len(arguments), self.what)

    def _key(self, arguments: Any, keywords: Any) -> Any:
        """Name the kind of a call; None where it is to be recorded."""
        if CONTEXT.get() != SURROUNDINGS or WATCHING.get() is not NOBODY:
            return None
        try:
            positions = self._positions(arguments)
            if len(set(positions)) < len(positions):
                return None
            key = (tuple(map(layout, [*arguments, *keywords.values()])), *keywords)
            hash(key)
        except Exception:  # the recording says what is wrong with them
            return None
        return None if any(map(has_node, [*arguments, *keywords.values()])) else key

    def _replayed(self, script: Script, arguments: Any, keywords: Any) -> Any:
        """Give value and gradients by the plan; None where the call deviates."""
        replay = Replay(script)
        try:
            given = list(arguments)
            for position in self._positions(arguments):
                given[position] = replay.stand_ins(given[position])
            with changed(paused=replay):
                result = self.function(*given, **keywords)
            del given
            replay.finish(result)
            del result
            replay.check_forgotten()
            replay.check_surroundings()
            return script.run()
        except Exception:  # the recording raises it, if it is the function's own
            return None
        finally:
            replay.forget()

    def _given(self, found: list[Any], arguments: Any) -> tuple[Any, Any]:
        """Give the gradients the structure of the chosen arguments."""
        chosen = [arguments[position] for position in self._positions(arguments)]
        structure = chosen[0] if is_integer(self.argnums) else tuple(chosen)
        value, *gradients = found
        return value, rebuilt(structure, iter(gradients))


class Replay:
    """One call of a function on stand-ins, compared with the script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.nodes: list[Any] = []
        self.fed: dict[int, Any] = {}
        self.count = self.arguments = 0
        self.has_deviated = False
        self.errors, self.filters = np.geterr(), warnings.filters
        self.number_of_filters = len(warnings.filters)

    def deviate(self, what: str) -> Deviation:
        """Give up, also where the function catches what is raised."""
        self.has_deviated = True
        return Deviation(what)

    def stand_ins(self, argument: Any) -> Any:
        """Copy an argument into the plan's buffers; put stand-ins in its place."""
        return rebuilt(
            argument, iter([self._argument(leaf) for leaf in leaves(argument)])
        )

    def _argument(self, value: Any) -> StandIn:
        place, self.arguments = self.arguments, self.arguments + 1
        array = as_values(value, "an argument")
        if array.dtype.kind in "iu" and not isinstance(value, np.ndarray | np.generic):
            array = array.astype(np.float64)
        self.script.feed_argument(place, array)
        return self._stand_in(place)

    def _stand_in(self, place: int) -> StandIn:
        node = StandIn(self, place, *self.script.seen[place])
        self.nodes.append(node)
        return node

    def check_surroundings(self) -> None:
        """Give up where warnings and errors are treated in another way."""
        if (
            np.geterr() != self.errors
            or warnings.filters is not self.filters
            or len(warnings.filters) != self.number_of_filters
        ):
            raise self.deviate("another treatment of warnings")

    def bind(self, recipe: Any, inputs: Any) -> StandIn:
        """Compare an operation with the script, in the place of binding it."""
        script, number = self.script, self.count
        if self.has_deviated or number >= len(script.steps):
            raise self.deviate("more operations")
        kind, settings, places = script.steps[number]
        self.count += 1
        self.has_deviated = True  # until all fits, whatever is raised and caught
        inputs = list(inputs)
        if type(recipe) is not kind or len(inputs) != len(places):
            raise self.deviate("another operation")
        if settings != settings_of(recipe):
            raise self.deviate("other settings")
        self.check_surroundings()
        for given, place in zip(inputs, places, strict=True):
            if type(given) is StandIn:
                if given.replay is not self or given.place != place:
                    raise self.deviate("another input")
            else:
                self._leaf(given, place)
        self.has_deviated = False
        return self._stand_in(script.argument_count + number)

    def _leaf(self, given: Any, place: Any) -> None:
        """Compare a number; take an array as a feed."""
        if isinstance(given, Node):
            if given.kind not in ("constant", "parameter"):
                raise self.deviate("a node from outside")
            given = given.output
        if type(given) in (bool, int, float, complex):
            if place != (type(given), repr(given)):
                raise self.deviate("another number")
            return
        if type(place) is not str:
            raise self.deviate("an array in another place")
        slot = int(place)
        array = as_values(given, "a constant")
        before = self.fed.get(slot)
        if before is None:
            if any(np.may_share_memory(array, other) for other in self.fed.values()):
                raise self.deviate("one array in the place of two")
            self.script.feed_constant(slot, array)
            self.fed[slot] = array
        elif before is not array:
            raise self.deviate("two arrays in the place of one")

    def finish(self, result: Any) -> None:
        """Give up where the end is another, or what was fed has changed since."""
        script = self.script
        if self.has_deviated or self.count != len(script.steps):
            raise self.deviate("fewer operations")
        if type(result) is not StandIn or result.replay is not self:
            raise self.deviate("another result")
        if result.place != script.target:
            raise self.deviate("another result")
        for slot, array in self.fed.items():
            if not holds_same_bits(array, script.buffers[slot]):
                raise self.deviate("an array that was changed in place")

    def forget(self) -> None:
        """Let go of the nodes and arrays."""
        self.nodes, self.fed = [], {}

    def check_forgotten(self) -> None:
        """Give up where the function has kept a node, whose value may be asked for."""
        nodes, self.nodes = self.nodes, []
        while nodes:
            node = nodes.pop()
            if sys.getrefcount(node) > 2:
                raise self.deviate("a node that is kept")


def layout(value: Any) -> Any:
    """Describe structure, shapes and dtypes; plain settings are as they are."""
    if is_structure(value):
        keys = tuple(value) if type(value) is dict else None
        return (type(value), keys, tuple(map(layout, leaves_of(value))))
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        raise TypeError("a subclass of arrays")
    if isinstance(value, np.ndarray | np.generic):
        return (type(value), value.shape, value.dtype)
    if isinstance(value, list):
        return (list, np.shape(value), np.asarray(value).dtype)
    return type(value)


def leaves_of(value: Any) -> Any:
    """List the parts of a structure."""
    return value.values() if type(value) is dict else value


def has_node(value: Any) -> bool:
    """Tell whether a node is among the leaves of an argument."""
    return any(isinstance(leaf, Node) for leaf in leaves(value))
