"""What a recurrence is given: sequences, their lengths, and where it starts."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.dispatch import checking
from graphnn.graph.operation import Operation
from graphnn.ops.indexing import is_node
from graphnn.ops.shaping import outputs_of
from graphnn.ops.splitting import Unstack, unstack


class InitialState(Operation):
    """Zeros, one row for each row of the input: what a recurrence starts from.

    Parameters
    ----------
    neurons : int

    Examples
    --------
    >>> import numpy as np
    >>> InitialState(2).forward(np.ones((3, 7, 5)))
    array([[0., 0.],
           [0., 0.],
           [0., 0.]])
    """

    arity = 1
    stops_gradient = True

    def __init__(self, neurons: int) -> None:
        self.neurons = neurons

    def _output(self) -> Any:
        kept = self.input_.dtype.kind == "f"
        dtype = self.input_.dtype if kept else np.dtype(np.float64)
        rows = self.input_.shape[:1]  # the recurrence refuses an x that has none
        return np.zeros((*rows, self.neurons), dtype)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (None,)


class TimeSteps(Unstack):
    """Sequences taken apart into time steps: an unrolled graph begins with it.

    Parameters
    ----------
    count : int
        How many steps there are; the graph after them is for as many.
    """

    def __init__(self, count: int) -> None:
        super().__init__(1, count)

    def _failure(self, error: Exception) -> str | None:
        if isinstance(error, ValueError) and np.ndim(self.input_) > 1:
            return (
                f"the graph is unrolled for {self.count} time steps, and the sequences "
                f"have {np.shape(self.input_)[1]}"
            )
        return super()._failure(error)


def time_steps(values: Any, count: int, name: str) -> tuple[Any, ...]:
    """List the time steps of sequences (rows, time, ...): views, or nodes of a node.

    The nodes are called ``name_0``, ``name_1``, …
    """
    if not is_node(values):
        return unstack(values, 1, count)  # type: ignore[no-any-return]
    steps = outputs_of(TimeSteps(count)(values), count)
    for t, step in enumerate(steps):
        step.name = f"{name}_{t}"
    return steps


def check_sequence(what: str, x: Any, features: int | None = None) -> None:
    """Refuse what is no batch of sequences, or has another number of features.

    Raises
    ------
    ShapeError, ArgumentError
    """
    shape = np.shape(x)
    if len(shape) != 3:
        fix = "A single sequence is a batch of one row: x[np.newaxis]."
        if len(shape) == 2:
            fix += (
                " One number a step is one feature: x[:, :, np.newaxis]. A recurrent "
                "layer before it has to give the whole sequence: return_sequences=True."
            )
        raise ShapeError(
            f"{what} takes sequences of shape (rows, time, features), not {shape}", fix
        )
    if shape[1] == 0:
        raise ShapeError(f"{what}: x has shape {shape}: there are no time steps")
    if features is not None and shape[2] != features:
        raise ShapeError(
            f"{what}: x has {shape[2]} features (shape {shape}), and the weight was "
            f"made for {features}",
            "The number of features is fixed by the first batch.",
        )
    if x.dtype.kind == "c":
        raise ArgumentError(f"{what} takes real numbers, not {x.dtype}")


def check_state(what: str, name: str, state: Any, x: Any, neurons: int) -> None:
    """Refuse an initial state that has not one row for each row of x.

    Raises
    ------
    ShapeError
    """
    shape = (x.shape[0], neurons)
    if np.shape(state) != shape:
        raise ShapeError(
            f"{what}: the initial state {name} has shape {np.shape(state)}, not "
            f"{shape}: (rows, neurons)",
            f"x has shape {x.shape}: each of its rows has a state of its own.",
        )


def check_lengths(what: str, lengths: Any, x: Any) -> None:
    """Refuse lengths that are not one whole number, up to the steps, for each row."""
    rows, steps = x.shape[:2]
    if lengths.shape != (rows,):
        raise ShapeError(
            f"{what}: lengths of shape {lengths.shape}, not {(rows,)}: one for each row"
        )
    if lengths.dtype.kind not in "iu":
        raise ArgumentError(
            f"{what}: lengths are whole numbers, not {lengths.dtype}",
            "Convert them: lengths.astype(int).",
        )
    values = lengths.output if is_node(lengths) else lengths
    check_within(values, steps, what)


@checking
def check_within(lengths: Any, steps: int, what: str) -> None:
    """Refuse lengths of more time steps than there are."""
    wrong = lengths[(lengths < 0) | (lengths > steps)]
    if wrong.size:
        raise ArgumentError(
            f"{what}: a length of {wrong[0]}, and x has {steps} time steps"
        )
