"""How a stepper is edited: what if a value, or a gradient, were another."""

from __future__ import annotations

from typing import Any

from graphnn.debug.edits import Change
from graphnn.debug.moving import Moving


class Editing(Moving):
    """The edits of a :class:`Stepper`."""

    def set(self, node: Any, value: Any) -> None:
        """Let a node hold another value, and run again what depends on it.

        Everything then is as if the node had had that value from the start, whatever
        its formula says: the steps that have run and read it, or what was computed from
        it, run again; no other hook is called. Those ahead follow as they are reached.

        Parameters
        ----------
        node : node or str
            A leaf, or an operation that has run. A parameter's array is written into.
        value : array_like
            Of the node's shape (or broadcast to it) and a dtype that fits.

        Raises
        ------
        NotRunError
            If the node has no value yet.
        ShapeError, ArgumentError
            If the value does not fit.
        """
        self.settle()
        self.edits.set_value(self.graph.find(node), value)

    def set_grad(self, node: Any, gradient: Any) -> None:
        """Let a node have another gradient, and run again what depends on it.

        Whatever its consumers hand to the node, its gradient stays what is given here.

        Parameters
        ----------
        node : node or str
        gradient : array_like
            Of the node's shape (or broadcast to it) and a dtype that fits.
        """
        self.settle()
        self.edits.set_gradient(self.graph.find(node), gradient)

    @property
    def changes(self) -> list[Change]:
        """What is other than in the unedited run, up to where the stepper stands."""
        self.settle()
        return self.edits.changes()

    @property
    def edited(self) -> list[tuple[Any, str]]:
        """The nodes that were set, each with ``"value"`` or ``"grad"``."""
        return self.edits.made

    @property
    def reran(self) -> list[tuple[str, Any]]:
        """What the last edit has made run again: (phase, node), in that order."""
        return [(phase, n) for (phase, _), n in self.tape.world.reran.items()]

    def undo(self) -> None:
        """Take the last edit back."""
        self.settle()
        self.edits.undo()

    def reset(self) -> None:
        """Take all edits back."""
        self.settle()
        self.edits.reset()
