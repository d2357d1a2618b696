"""What a tape is made of: what was asked for, and what each step has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphnn.engine import Step

Key = tuple[str, int]
"""A step: its phase, and the id of its node."""


class Request(NamedTuple):
    """What a backward pass was asked for; see :meth:`Graph.backward`."""

    target: Any
    output_grad: Any = None
    wrt: Any = None
    accumulate: bool = False


@dataclass(slots=True)
class Record:
    """What one step changed."""

    step: Step
    before: dict[str, Any]
    """The node's pass state (see :func:`pass_state`) before the step."""

    after: dict[str, Any]
    sums: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    """By id, the gradient before and after the step."""

    states: list[tuple[Any, Any, Any]] = field(default_factory=list)
    """Each state with its value before and after: the last step of a forward pass."""

    grads: list[tuple[Any, Any, Any]] = field(default_factory=list)
    """Each parameter with its gradient before and after: the last step of all."""

    by_hand: bool = False
    """Whether a person was in the formula and may have changed what it made."""

    @property
    def key(self) -> Key:
        """The phase, and the node's id."""
        return self.step.phase, self.step.node.id
