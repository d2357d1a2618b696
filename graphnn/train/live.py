"""What an optimizer remembers, while a plan updates it in flat arrays.

Whoever reads the optimizer's records sees the truth: they look into the flat arrays.
Once a step was made in another way, the records are others, and a plan that goes on
takes their contents over first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.train.updating import FRESH, Record


class LiveRecord:
    """A :class:`~graphnn.train.updating.Record` that goes on with the plan.

    Attributes
    ----------
    states : dict of str to ndarray
        Views into the flat arrays.
    """

    __slots__ = ("block", "states")

    def __init__(self, block: Block, states: dict[str, np.ndarray]) -> None:
        self.block, self.states = block, states

    @property
    def updates(self) -> int:
        """How often the parameter was updated."""
        return self.block.updates

    def __reduce__(self) -> Any:
        return Record, (self.updates, self.states)


class LiveBlocks(list["Block"]):
    """The blocks whose records an optimizer has; a copy of the optimizer has none."""

    def __reduce__(self) -> Any:
        return LiveBlocks, ()

    def end(self) -> None:
        """Note that somebody else has written records."""
        for block in self:
            block.is_live = False
        self.clear()


class Block:
    """The states of parameters that were updated equally often.

    Parameters
    ----------
    group : Optimizer
    records : dict of Parameter to Record
        Those of the optimizer.
    views : dict of Parameter to dict of str to ndarray
        Where the states of each parameter are to lie.

    Attributes
    ----------
    updates : int
    is_live : bool
        Whether the optimizer's records are those of the block.
    """

    def __init__(
        self,
        optimizer: Any,
        group: Any,
        views: dict[Any, dict[str, np.ndarray]],
        updates: int,
    ) -> None:
        self.optimizer, self.group, self.views = optimizer, group, views
        self.updates, self.is_live = updates, False

    def load(self) -> bool:
        """Copy the states of the records; False where these do not go together."""
        records = [self.optimizer._records.get(p, FRESH) for p in self.views]
        if any(record.updates != records[0].updates for record in records):
            return False
        loaded = []
        for (parameter, views), record in zip(self.views.items(), records, strict=True):
            states = states_of(self.group, parameter, record)
            for name, view in views.items():
                state = states[name]
                if state.shape != view.shape or state.dtype != view.dtype:
                    return False
                loaded.append((view, state))
        for view, state in loaded:
            np.copyto(view, state)
        self.updates = records[0].updates
        return True

    def enter(self) -> None:
        """Let the optimizer have the records of the block."""
        blocks = self.optimizer._blocks
        for other in [other for other in blocks if not other.is_apart(self)]:
            other.is_live = False
            blocks.remove(other)
        blocks.append(self)
        self.is_live = True
        for parameter, views in self.views.items():
            self.optimizer._records[parameter] = LiveRecord(self, views)

    def is_apart(self, other: Block) -> bool:
        """Tell whether two blocks have no parameter in common."""
        return self.views.keys().isdisjoint(other.views)


def states_of(group: Any, parameter: Any, record: Any) -> dict[str, np.ndarray]:
    """Give the states of a parameter before its next update."""
    return {
        name: record.states[name]
        if name in record.states
        else group.initial_state(name, parameter.value)
        for name in group.state_names
    }
