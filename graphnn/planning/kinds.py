"""Which kinds of batches there are: stepped the first time, planned from the second on.

A kind is what a trace belongs to: shapes and dtypes. The first time a plan is run on
new numbers the pass is stepped as well, and the two have to agree to the bit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from graphnn.planning.planned import CannotPlan, PlannedPass

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

LIMIT = 8
"""How many kinds are kept: each has buffers of its own."""

logger = logging.getLogger("graphnn")


class Kinds:
    """The planned passes for one task over a graph.

    Parameters
    ----------
    graph : Graph
    make : callable
        Plans the pass for arrays, given in the order of the graph's inputs.
    """

    def __init__(self, graph: Graph, make: Callable[[], PlannedPass]) -> None:
        self.graph, self.make = graph, make
        self.last: PlannedPass | None = None
        self._version = graph._version
        self._entries: dict[Hashable, PlannedPass | str] = {}

    def __len__(self) -> int:
        return sum(isinstance(entry, PlannedPass) for entry in self._entries.values())

    def find(self, key: Hashable) -> PlannedPass | None:
        """Give the planned pass for a kind; None where it is to be stepped.

        The second time a kind is asked for, it is planned.
        """
        if self._version != self.graph._version:
            self.forget()
        entry = self._entries.pop(key, None)
        if isinstance(entry, PlannedPass):
            self._entries[key] = self.last = entry  # the last used is the last to go
            return entry
        if len(self._entries) >= LIMIT:
            self._entries.pop(next(iter(self._entries)))
        self._entries[key] = entry or "seen"
        if entry == "seen":
            return self.plan(key)
        return None

    def plan(self, key: Hashable) -> PlannedPass | None:
        """Plan a kind now; None where it cannot be."""
        try:
            self._entries[key] = self.last = self.make()
        except CannotPlan as reason:
            self.give_up(key, str(reason))
            return None
        return self.last

    def give_up(self, key: Hashable, reason: str) -> None:
        """Step a kind from now on."""
        self._entries[key] = "stepped"
        logger.warning("%s; it is stepped from now on", reason)

    def forget(self) -> None:
        """Plan anew: the graph has changed."""
        self._entries.clear()
        self.last, self._version = None, self.graph._version

    def run(
        self, key: Hashable, arrays: list[Any], step: Callable[[], None]
    ) -> PlannedPass | None:
        """Run the pass for a kind, planned or stepped.

        Parameters
        ----------
        key : hashable
        arrays : list of ndarray
            For the inputs, as :attr:`PlannedPass.inputs` has them.
        step : callable
            Runs the stepped pass, backward included.

        Returns
        -------
        PlannedPass or None
            What has run; None after a stepped pass.
        """
        planned = self.find(key)
        if planned is None:
            step()
            return None
        if planned.is_proved or planned.wholes:
            planned.run(arrays)
            return planned
        try:
            planned.run(arrays)
            given = planned.copies()
        except Exception:  # the stepped pass says what is wrong, in its own terms
            step()
            self.give_up(key, f"a plan of {self.graph!r} failed where the pass did not")
            return None
        step()
        if planned.agrees(given):
            planned.is_proved = True
        else:
            self.give_up(
                key,
                f"a plan of {self.graph!r} gave other numbers than the stepped pass: a "
                "hook depends on more than its inputs",
            )
        return None
