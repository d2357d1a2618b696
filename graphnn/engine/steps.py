"""One step of a pass, as it is shown to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from graphnn.engine.brief import brief


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One operation, just after its hook ran.

    Attributes
    ----------
    index : int
        Position in the pass, from 0.
    phase : {"forward", "backward"}
    node : Operation
    inputs : tuple of ndarray
        The values of the node's inputs.
    output : ndarray
        The node's value; a tuple of them for an operation with several outputs.
    output_grad : ndarray or None
        The gradient that flowed in; None in a forward pass.
    input_grads : tuple of (ndarray or None), or None
        The gradients that flowed out, one for each input; None in a forward pass.
    accumulated : tuple of (ndarray or None), or None
        For each input, the sum of all that has reached it so far in this pass, this
        step included; None in a forward pass.
    """

    index: int
    phase: Literal["forward", "backward"]
    node: Any
    inputs: tuple[Any, ...]
    output: Any
    output_grad: Any = None
    input_grads: tuple[Any, ...] | None = None
    accumulated: tuple[Any, ...] | None = None

    def __repr__(self) -> str:
        try:  # it never raises, as that of a node: debuggers call it
            made, what = brief(self.output), f"{self.index} {self.phase}"
            name = self.node.name[:60]
            text = f"<Step {what} {type(self.node).__name__} {name!r}: {made}"
            if self.output_grad is not None:
                text += f", output_grad {brief(self.output_grad)}"
            return text + ">"
        except Exception:
            return "<Step, half built>"
