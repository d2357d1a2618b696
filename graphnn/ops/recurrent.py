"""What recurrent operations share: the walk over the time steps, and back through them.

A recurrence carries a state from one time step to the next. Its cell, which computes
one step, is written once: on arrays it runs inside one node, on nodes it unrolls into a
graph of all steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphnn.errors import MissingHook
from graphnn.graph.context import scope
from graphnn.graph.operation import Operation
from graphnn.ops.indexing import is_node
from graphnn.ops.recurrent_inputs import (
    check_lengths,
    check_sequence,
    check_state,
    time_steps,
)


class Arguments(NamedTuple):
    """The inputs of a recurrence, sorted."""

    x: Any
    before: tuple[Any, ...]
    """The state that it starts from."""

    weights: tuple[Any, ...]
    lengths: Any


class Recurrence(Operation):
    """A sequence in, the hidden states of its time steps out.

    The inputs are ``x``, of shape (rows, time, features); the parts of the initial
    state, of shape (rows, neurons); the weight (features, gates * neurons), the
    recurrent weight (neurons, gates * neurons), and the biases, if any; and, with
    `masked`, the number of valid steps of each row, of shape (rows,).

    Parameters
    ----------
    return_sequences : bool
        Give the hidden state of each step, of shape (rows, time, neurons), not only the
        last one, of shape (rows, neurons).
    return_state : bool
        Give also the state at the end, part by part: the output is a tuple.
    reverse : bool
        Go from the last time step to the first. What the sequence holds at a time is
        then the state after the steps from the end up to that time.
    masked : bool
        The last input holds the lengths of the rows. Behind its length a row keeps its
        state, gives zeros, and gets no gradient.

    Notes
    -----
    The gradient is backpropagation through time: P. Werbos, "Backpropagation through
    time: what it does and how to do it", Proc. IEEE 78 (10), 1990.
    """

    carries: ClassVar[tuple[str, ...]] = ("h",)
    """Class attribute: the names of the parts of the state."""

    gates: ClassVar[int] = 1
    """Class attribute: how many pre-activations a neuron has."""

    def __init__(
        self,
        return_sequences: bool = False,
        return_state: bool = False,
        reverse: bool = False,
        masked: bool = False,
    ) -> None:
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.reverse = reverse
        self.masked = masked

    # -- to be defined: one time step --------------------------------------------------
    def _step(
        self, x: Any, before: tuple[Any, ...], weights: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Compute a time step.

        Returns
        -------
        after : tuple
            The new state.
        saved : tuple
            What the gradient needs.
        """
        raise MissingHook(f"{type(self).__name__} does not define _step")

    def _step_grads(
        self, after_grads: tuple[Any, ...], step: Step, weights: tuple[Any, ...]
    ) -> tuple[Any, Any, tuple[Any, ...]]:
        """Carry the gradient of the new state back through a time step.

        Returns
        -------
        input_sums_grad, recurrent_sums_grad
            Of ``x @ weight``, and of ``h @ recurrent_weight``.
        before_grads : tuple
            Of the old state.
        """
        raise MissingHook(f"{type(self).__name__} does not define _step_grads")

    def _bias_grads(self, input_sums_grad: Any, recurrent_sums_grad: Any) -> list[Any]:
        """Sum up what reaches the biases, from the gradients of all steps."""
        return [np.sum(input_sums_grad, axis=0)]

    # -- all time steps ----------------------------------------------------------------
    def _output(self) -> Any:
        output, self.steps = self.run(*self.input_values)
        return output

    def run(self, *inputs: Any) -> tuple[Any, list[Step]]:
        """Go through the time steps: on arrays, or on nodes, which unrolls the graph.

        Parameters
        ----------
        *inputs : ndarray or node
            See the class.

        Returns
        -------
        output
            See `return_sequences` and `return_state`.
        steps : list of Step
            What each time step started from and left, in the order of time.
        """
        x, before, weights, _ = arguments = self._sorted(inputs)
        self._check(arguments)
        count = x.shape[1]
        valid = self._valid(arguments)
        if valid is not None:
            x = np.where(valid, x, 0.0)
        parts = time_steps(x, count, "x")
        is_valid = None if valid is None else time_steps(valid, count, "valid")
        outputs: list[Any] = [None] * count
        steps: list[Any] = [None] * count
        times = self._times(count)
        for t in times:
            with scope(f"step_{t}"):
                after, saved = self._step(parts[t], before, weights)
                steps[t] = Step(before, saved)
                outputs[t] = after[0]
                if is_valid is not None:
                    if self.return_sequences:
                        outputs[t] = np.where(is_valid[t], after[0], 0.0)
                    used = self._used(is_last=t == times[-1])
                    kept = chosen(is_valid[t], after[:used], before[:used])
                    after = (*kept, *after[used:])
                before = after
        output = np.stack(outputs, axis=1) if self.return_sequences else before[0]
        return (output, *before) if self.return_state else output, steps

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        x, before, weights, _ = arguments = self._sorted(self.input_values)
        count = x.shape[1]
        valid = self._valid(arguments)
        is_valid = None if valid is None else time_steps(valid, count, "valid")
        sequence_grad, grads = self._received(output_grad, before)
        input_sums: list[Any] = [None] * count
        recurrent_sums: list[Any] = [None] * count
        for t in reversed(self._times(count)):
            after_grads = grads
            if sequence_grad is not None:
                after_grads = (grads[0] + sequence_grad[t], *grads[1:])
            if is_valid is not None:
                zeros = (0.0,) * len(grads)
                kept = chosen(is_valid[t], zeros, grads)
                after_grads = chosen(is_valid[t], after_grads, zeros)
            input_sums[t], recurrent_sums[t], grads = self._step_grads(
                after_grads, self.steps[t], weights
            )
            if is_valid is not None:
                grads = tuple([a + b for a, b in zip(grads, kept, strict=True)])
        if valid is not None:
            x = np.where(valid, x, 0.0)
        weight_grads = self._weight_grads(x, weights, input_sums, recurrent_sums)
        return (*weight_grads[:1], *grads, *weight_grads[1:], *[None] * self.masked)

    def _received(
        self, output_grad: Any, before: tuple[Any, ...]
    ) -> tuple[Any, tuple[Any, ...]]:
        """Tell the gradients of the steps from that of the state at the end."""
        if self.return_state:
            output_grad, *grads = output_grad
        else:
            grads = [np.zeros(part.shape, part.dtype) for part in before]
        if self.return_sequences:
            return time_steps(output_grad, len(self.steps), "output_grad"), tuple(grads)
        return None, (grads[0] + output_grad, *grads[1:])

    def _weight_grads(
        self,
        x: Any,
        weights: tuple[Any, ...],
        input_sums: Sequence[Any],
        recurrent_sums: Sequence[Any],
    ) -> list[Any]:
        """Give the gradients of x and of the weights: one product for all steps."""
        needs = self.needs_input_grad
        first = 1 + len(self.carries)
        flat = rows_of(np.stack(input_sums, axis=1))
        same = recurrent_sums[0] is input_sums[0]
        recurrent = flat if same else rows_of(np.stack(recurrent_sums, axis=1))
        x_grad = weight_grad = recurrent_grad = None
        if needs[0]:
            x_grad = np.reshape(flat @ weights[0].T, x.shape)
        if needs[first]:
            weight_grad = rows_of(x).T @ flat
        if needs[first + 1]:
            hidden = np.stack([step.before[0] for step in self.steps], axis=1)
            recurrent_grad = rows_of(hidden).T @ recurrent
        biases: list[Any] = [None] * (len(weights) - 2)
        if any(needs[first + 2 : first + 4]):
            sums = self._bias_grads(flat, recurrent)
            biases = [
                np.reshape(total, np.shape(bias))
                for total, bias in zip(sums, weights[2:], strict=True)
            ]
        return [x_grad, weight_grad, recurrent_grad, *biases]

    # -- helpers -----------------------------------------------------------------------
    def _times(self, count: int) -> range:
        """List the time steps in the order in which they are computed."""
        return range(count - 1, -1, -1) if self.reverse else range(count)

    def _used(self, *, is_last: bool) -> int:
        """Count the parts of a step's state that anything is made of."""
        if is_last and not self.return_state:
            return 0 if self.return_sequences else 1
        return len(self.carries)

    def _sorted(self, inputs: tuple[Any, ...]) -> Arguments:
        """Sort the inputs."""
        parts = len(self.carries)
        lengths = None
        if self.masked:
            *inputs, lengths = inputs  # type: ignore[assignment]
        x, rest = inputs[0], tuple(inputs[1:])
        return Arguments(x, rest[:parts], rest[parts:], lengths)

    def _valid(self, arguments: Arguments) -> Any:
        """Tell a row's steps from those behind its end: (rows, time, 1)."""
        if arguments.lengths is None:
            return None
        times = np.arange(arguments.x.shape[1])
        return np.expand_dims(arguments.lengths, (1, 2)) > np.expand_dims(times, 1)

    def _check(self, arguments: Arguments) -> None:
        """Refuse shapes that do not fit."""
        x, before, weights, lengths = arguments
        check_sequence(self.describe(), x, weights[0].shape[0])
        for name, part in zip(self.carries, before, strict=True):
            check_state(self.describe(), name, part, x, weights[1].shape[0])
        if lengths is not None:
            check_lengths(self.describe(), lengths, x)


class Step(NamedTuple):
    """What a time step started from, and what it left for its gradient."""

    before: tuple[Any, ...]
    saved: tuple[Any, ...]


def chosen(
    condition: Any, yes: tuple[Any, ...], no: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Choose between two states, row by row."""
    return tuple([np.where(condition, a, b) for a, b in zip(yes, no, strict=True)])


def rows_of(values: Any) -> Any:
    """Put the steps of all rows one below the other."""
    return np.reshape(values, (-1, values.shape[-1]))


def applied(activation: type[Operation], value: Any) -> Any:
    """Run an activation on an array; make its node, on a node."""
    recipe = activation()
    if is_node(value):
        return recipe(value)
    recipe.input_values = (value,)
    return recipe._output()


def named(name: str, value: Any) -> Any:
    """Give what a node computes its name in the formulas; an array has none."""
    if is_node(value):
        value.name = name
    return value
