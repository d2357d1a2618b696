"""Which kinds of batches there are: stepped at first, planned when they come again.

A kind is what a trace belongs to: shapes and dtypes. Where operations of the user's own
are in it, the pass is stepped as well when a plan runs for the first time, and the two
have to agree to the bit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from graphnn.planning.lowering import Misfit
from graphnn.planning.planned import CannotPlan, PlannedPass, void
from graphnn.planning.purity import is_suspect

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

LIMIT = 8
"""How many kinds are kept: each has buffers of its own."""

SEEN, FAILED, STEPPED = "seen", "failed", "stepped"
"""What there is of a kind without a plan: the last is stepped for good."""

LARGE = 1 << 23
"""Bytes of values that are not kept while a pass is traced."""

logger = logging.getLogger("graphnn")


Values = Mapping[int, Any]
"""The arrays of the inputs, by id."""


class Kinds:
    """The planned passes for one task over a graph.

    Parameters
    ----------
    graph : Graph
    make : callable
        Plans the pass for the values of inputs.
    """

    def __init__(self, graph: Graph, make: Callable[[Values], PlannedPass]) -> None:
        self.graph, self.make = graph, make
        self.last: PlannedPass | None = None
        self._version = graph._version
        self._entries: dict[Hashable, PlannedPass | str] = {}

    def __len__(self) -> int:
        return sum(isinstance(entry, PlannedPass) for entry in self._entries.values())

    def find(self, values: Values) -> PlannedPass | None:
        """Give the planned pass for these values; None where it is to be stepped.

        The second time a kind is asked for, it is planned. Where there are operations
        of the user's own it is stepped once more: the first run of the plan is to be on
        other numbers than it was traced with.
        """
        if self._version != self.graph._version:
            self.forget()
        key = key_of(values)
        entry = self._entries.pop(key, None)
        if isinstance(entry, PlannedPass):
            self._entries[key] = self.last = entry  # the last used is the last to go
            return entry
        self._read_gradients()
        if len(self._entries) >= LIMIT:
            self._entries.pop(next(iter(self._entries)))
        self._entries[key] = entry or SEEN
        if entry not in (SEEN, FAILED):
            return None
        let_go(self.graph)
        planned = self.plan(values)
        return planned if planned is not None and planned.is_proved else None

    def knows(self, planned: PlannedPass) -> bool:
        """Tell whether a planned pass still holds."""
        return (
            planned.is_proved
            and (
                planned is self.last
                or any(planned is entry for entry in self._entries.values())
            )
            and self._version == self.graph._version
        )

    def _read_gradients(self) -> None:
        """Have the parameters keep gradients that lie where the next ones will."""
        parameters: list[Any] = list(self.graph.parameters)
        for parameter in parameters:
            _ = parameter.grad

    def plan(self, values: Values) -> PlannedPass | None:
        """Plan a kind now; None where it cannot be."""
        try:
            made = self.make(values)
        except CannotPlan as reason:
            self.give_up(values, str(reason))
            return None
        except Exception as error:  # the stepped pass says it, if the values are wrong
            key = key_of(values)
            if self._entries.get(key) == FAILED:  # it is not the values
                self.give_up(values, f"no plan of {self.graph!r} can be made: {error}")
            else:
                self._entries[key] = FAILED
            return None
        made.is_proved = not (made.wholes or any(map(is_suspect, made.order)))
        self._entries[key_of(values)] = self.last = made
        return made

    def give_up(self, values: Values, reason: str) -> None:
        """Step a kind from now on."""
        self._entries[key_of(values)] = STEPPED
        logger.warning("%s; it is stepped from now on", reason)

    def forget(self) -> None:
        """Plan anew: the graph has changed."""
        self._entries.clear()
        self.last, self._version = None, self.graph._version

    def run(self, values: Values) -> tuple[PlannedPass | None, Trial | None]:
        """Run the planned pass for these values, if there is one.

        Returns
        -------
        PlannedPass or None
            What has run. Without one the pass has to be stepped.
        Trial or None
            To be told when the stepped pass is done.
        """
        planned = self.find(values)
        if planned is None:
            return None, None
        if planned.is_proved or planned.wholes:
            try:
                planned.run(values)
            except Misfit as misfit:  # a value decides the shape of another
                reason = f"a plan of {self.graph!r} belongs to other shapes: {misfit}"
                self.give_up(values, reason)
                return None, None
            return planned, None
        self._read_gradients()
        try:
            planned.run(values)
        except Exception:  # the stepped pass says what is wrong, in its own terms
            self.give_up(values, f"a plan of {self.graph!r} has failed")
            return None, None
        return None, Trial(self, planned, values)


class Trial:
    """A plan's first run on new numbers, to be compared with the stepped pass."""

    def __init__(self, kinds: Kinds, planned: PlannedPass, values: Values) -> None:
        self.kinds, self.planned, self.values = kinds, planned, values
        self.given = planned.copies()

    def settle(self) -> None:
        """Trust the plan from now on, or never: the stepped pass is done."""
        if self.planned.agrees(self.given):
            self.planned.is_proved = True
            return
        self.kinds.give_up(
            self.values,
            f"a plan of {self.kinds.graph!r} gave other numbers than the stepped pass: "
            "a hook depends on more than its inputs",
        )


def is_large(graph: Graph) -> bool:
    """Tell whether the values on the nodes take more memory than one can overlook."""
    if not graph._has_values:
        return False
    values = [node.output for node in graph._nodes.values()]
    return sum([getattr(value, "nbytes", 0) for value in values]) > LARGE


def let_go(graph: Graph) -> None:
    """Take off a graph what the pass before has left, if it takes much memory.

    The pass that is about to run leaves its own.
    """
    if is_large(graph):
        void(graph)
    parameters: list[Any] = list(graph.parameters)
    gradients = [parameter.grad for parameter in parameters]
    if sum([gradient.nbytes for gradient in gradients if gradient is not None]) > LARGE:
        for parameter in parameters:
            parameter.grad = None


def key_of(values: Values) -> Hashable:
    """Name the kind: shapes and dtypes."""
    return tuple([(value.shape, value.dtype) for value in values.values()])
