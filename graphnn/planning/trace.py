"""Writing down the NumPy calls of a pass: forward, states, and backward.

The walk is the engine's own, over frames in which the hooks run on traced arrays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphnn import engine
from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.graph.context import changed
from graphnn.graph.facts import check_facts, check_mode, order_with_items, traced_facts
from graphnn.graph.failing import shapes_of
from graphnn.graph.tracing import is_of_the_library, residuals, throwaway
from graphnn.planning.collecting import uncollected
from graphnn.planning.traced import Tape, Traced, Untraceable, as_array, error_handling
from graphnn.planning.whole import Whole

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Owner(NamedTuple):
    """Whose hook made a call."""

    node: Any
    """None for what no node does: the update of parameters."""

    phase: str
    """``"forward"``, ``"backward"``, ``"state"`` or ``"update"``."""


class Again(Exception):
    """A hook cannot be traced after its other hook was."""

    def __init__(self, node_id: int) -> None:
        super().__init__(node_id)
        self.node_id = node_id


class Trace:
    """The calls of one pass over a graph.

    Parameters
    ----------
    graph : Graph
    targets : list of node
    wrt : list of node
        Whose gradients are wanted; those of the first target.
    fed : mapping of int to ndarray
        The values of the inputs, by id.
    training : bool
    whole : set of int
        The ids of operations that are called as a whole; more may be found.

    Attributes
    ----------
    calls : list of Call
    leaves : list of (node, Traced)
        The inputs, parameters and states.
    outputs : list
        The targets' values: traced, or an array that depends on no leaf.
    gradients : list
        Those of `wrt`; None where none arrives.
    states : list of (State, Traced or ndarray)
        What the states are in the next pass.
    wholes : list of Whole
        What is called as a whole.
    untraced : dict of (int, str) to value
        What hooks gave that comes from no leaf: by node and phase.
    shapes : dict of int to (shape, dtype)
        Of the values of all nodes, by id.
    """

    @uncollected()
    def __init__(
        self,
        graph: Graph,
        targets: list[Any],
        wrt: list[Any],
        fed: Mapping[int, np.ndarray],
        training: bool,
        whole: set[int],
    ) -> None:
        self.graph, self.training, self.whole = graph, training, whole
        self.order = order_with_items(graph, [target.id for target in targets])
        self.traced_facts = traced_facts(graph, self.order) if graph._traces else []
        check_mode(self.traced_facts, training)
        mode = graph.training
        graph.training = training
        try:
            with changed(graph=graph, scope=(), paused=False, trace=None):
                while True:
                    try:
                        self._run(targets, wrt, fed)
                        break
                    except Again as again:
                        whole.add(again.node_id)
        finally:
            graph.training = mode

    def _run(
        self, targets: list[Any], wrt: list[Any], fed: Mapping[int, np.ndarray]
    ) -> None:
        self.tape = Tape()
        self.calls = self.tape.calls
        self.leaves: list[tuple[Any, Traced]] = []
        self.wholes: list[Whole] = []
        self.untraced: dict[tuple[int, str], Any] = {}
        self._values: dict[int, Any] = {}
        self._frames = {
            node.id: Frame(node, self)
            for node in self.order
            if node.kind == "operation"
        }
        for node in self.order:
            if node.kind != "operation":
                self._values[node.id] = self._leaf(node, fed)
        self._forward()
        self.states = self._next_states() if self.training else []
        self.outputs = [self._values[target.id] for target in targets]
        self.gradients = self._backward(targets[0], wrt) if wrt else []
        self.shapes = shapes_of({i: value_of(v) for i, v in self._values.items()})
        del self._frames, self._values

    def _leaf(self, node: Any, fed: Mapping[int, np.ndarray]) -> Any:
        """Let a leaf stand for its array; a constant is one."""
        if node.kind == "constant":
            return node.output
        if node.kind == "input":
            value = fed.get(node.id, node.output)
            value = np.array(value, order="C")
        else:
            value = node.value
        traced = self.tape.traced(value, None, None)
        self.leaves.append((node, traced))
        return traced

    def note_untraced(self, node_id: int, phase: str, given: Any) -> None:
        """Note the arrays among what a hook gave."""
        parts = given if type(given) is tuple else (given,)
        arrays = [part for part in parts if isinstance(part, np.ndarray)]
        if arrays:
            self.untraced[node_id, phase] = arrays

    def frame_of(self, node: Any) -> Any:
        """Give what the hooks of a node run in."""
        return self._frames[node.id]

    def _forward(self) -> None:
        walk = engine.forward(self.order, self._values, self.frame_of)
        if not self.traced_facts:
            deque(walk, maxlen=0)
        for node in walk:
            check_facts(self.graph, self.traced_facts, self._frames[node.id])

    def _next_states(self) -> list[tuple[Any, Any]]:
        """Ask each operation, in order, what its states are in the next pass."""
        states: dict[int, Any] = {}
        now: dict[int, Any] = {}
        for node in self.order:
            if node.kind == "operation" and node.states:
                for state in node.states:
                    now.setdefault(state.id, self._values[state.id])
                values = self._frames[node.id].next_states(
                    [now[state.id] for state in node.states]
                )
                for state, value in zip(node.states, values, strict=True):
                    own = state.value.dtype
                    value = value if value.dtype == own else value.astype(own)
                    now[state.id], states[state.id] = value, state
        return [(state, now[state_id]) for state_id, state in states.items()]

    def _backward(self, target: Any, wrt: list[Any]) -> list[Any]:
        """Walk back from the target; see the engine."""
        value = self._values[target.id]
        gradients: dict[int, Any] = {target.id: np.ones(value.shape, value.dtype)}
        order = self.graph._order([target.id])
        frames = [self._frames.get(node.id, node) for node in order]
        wanted = engine.needed(frames, [node.id for node in wrt])
        deque(engine.reverse(order, gradients, wanted, self.frame_of), maxlen=0)
        return [as_array(gradients.get(node.id)) for node in wrt]


def value_of(value: Any) -> Any:
    """Give the array of what was traced; a tuple of them for several."""
    if type(value) is tuple:
        return tuple(map(value_of, value))
    return value.value if type(value) is Traced else value


class Frame:
    """The engine's view of a node whose hooks run on traced arrays."""

    def __init__(self, node: Any, trace: Trace) -> None:
        self.id: int = node.id
        self.input_ids: tuple[int, ...] = node.input_ids
        self.node, self.trace, self.tape = node, trace, trace.tape
        self.operation = throwaway(node)
        self.input_values: tuple[Any, ...] = ()
        self.output: Any = None
        self.needs_input_grad: tuple[bool, ...] = ()
        self.broadcasts: bool = node.broadcasts
        self.stops_gradient: bool = node.stops_gradient

    # -- hooks -------------------------------------------------------------------------
    def _output(self) -> Any:
        """Run ``_output`` on traced arrays, or write it down as one call."""
        self.begin("forward")
        operation = self.operation
        operation.__dict__["input_values"] = self.input_values
        if self.is_whole:
            return self.as_a_whole()
        mark = len(self.tape.calls)
        try:
            output = arrays_of(operation._output())
            self.check_settings()
        except Exception:  # whatever a user's hook does with what is no array
            del self.tape.calls[mark:]
            self.trace.whole.add(self.id)
            self.operation = throwaway(self.node)
            return self.as_a_whole()
        self.trace.note_untraced(self.id, "forward", output)
        return output

    def begin(self, phase: str) -> None:
        """Note whose hook runs from here on, and how errors are handled before it."""
        self.tape.owner = Owner(self.node, phase)
        may_differ = self.is_whole or is_of_the_library(self.node)
        self.tape.errors = None if may_differ else error_handling()

    def as_a_whole(self) -> Any:
        """Write the hook down as one call; run it on arrays."""
        self.tape.errors = None
        whole = Whole(self.node)
        self.whole = whole
        self.trace.wholes.append(whole)

        def run(*values: Any) -> Any:
            frame = self.operation
            frame.__dict__["input_values"] = values
            frame.output = call_output(frame)
            return frame.output

        return self.tape.record(whole.output, self.input_values, {}, run)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        """Run ``_input_grads`` on traced arrays, or write it down as one call."""
        self.begin("backward")
        output_grad = arrays_of(output_grad)
        if self.is_whole:
            return self.grads_as_a_whole(output_grad)
        operation = self.operation
        operation.__dict__["output"] = self.output
        operation.__dict__["needs_input_grad"] = self.needs_input_grad
        try:
            input_grads = operation._input_grads(output_grad)
            self.check_settings()
        except Exception as error:
            raise Again(self.id) from error
        if not isinstance(input_grads, tuple | list):
            raise Again(self.id)
        input_grads = tuple([arrays_of(gradient) for gradient in input_grads])
        self.trace.note_untraced(self.id, "backward", input_grads)
        return input_grads

    def grads_as_a_whole(self, output_grad: Any) -> tuple[Any, ...]:
        """Write the hook down as one call; run it on arrays."""
        several = type(self.output) is tuple
        outputs = self.output if several else (self.output,)
        parts = output_grad if several else (output_grad,)
        count, needs = len(self.input_values), self.needs_input_grad
        operation = self.operation

        def run(*values: Any) -> tuple[Any, ...]:
            operation.__dict__["input_values"] = values[:count]
            operation.__dict__["needs_input_grad"] = needs
            given = values[count + len(outputs) :]
            grads = call_input_grads(operation, given if several else given[0])
            given_back[:] = [gradient is not None for gradient in grads]
            return tuple([gradient for gradient in grads if gradient is not None])

        given_back: list[bool] = []
        function = self.whole.input_grads(count, needs, several)
        arguments = (*self.input_values, *outputs, *parts)
        if not any(needs):
            return (None,) * count
        try:
            grads = iter(self.tape.record(function, arguments, {}, run))
        except Untraceable:
            if any(given_back) or not given_back:
                raise
            return (None,) * count  # no array: it has no gradients to give
        return tuple([next(grads) if there else None for there in given_back])

    def next_states(self, now: list[Any]) -> tuple[Any, ...]:
        """Run ``_next_states`` on traced arrays, or write it down as one call."""
        self.begin("state")
        if self.is_whole:
            arguments = (self.output, *now)
            if type(self.output) is tuple:
                arguments = (*self.output, *now)
            count = len(arguments) - len(now)

            def run(*values: Any) -> Any:
                return self.operation._next_states(*values[count:])

            function = self.whole.next_states(count)
            return tuple(self.tape.record(function, arguments, {}, run))
        try:
            values = self.operation._next_states(*now)
            self.check_settings()
        except Exception as error:
            raise Again(self.id) from error
        if type(values) is not tuple or len(values) != len(now):
            raise Again(self.id)
        return tuple([arrays_of(value) for value in values])

    # -- what becomes of them ----------------------------------------------------------
    @property
    def is_whole(self) -> bool:
        """Whether the hooks are called as they are."""
        return self.id in self.trace.whole

    def check_settings(self) -> None:
        """Refuse to trace what changes settings: its own, or how errors are handled."""
        node, operation, tape = self.node, self.operation, self.tape
        if tape.errors is not None:
            tape.check_errors()
            tape.errors = None  # the calls to come are the engine's
        if node.plain:
            return
        left = residuals(node)
        for name, value in vars(node).items():
            if name in PASS or name in left:
                continue
            if operation.__dict__.get(name) is not value:
                raise ChangedSetting(name)

    @property
    def shape(self) -> Any:
        """The shape of the output, as that of a node."""
        if type(self.output) is tuple:
            return tuple([part.shape for part in self.output])
        return np.shape(self.output)

    @property
    def dtype(self) -> Any:
        """The dtype of the output, as that of a node."""
        if type(self.output) is tuple:
            return tuple([part.dtype for part in self.output])
        return self.output.dtype

    def _clear_residuals(self) -> None:
        """Do nothing: the operation is a fresh copy."""

    def _failure(self, error: Exception) -> str | None:
        reason: str | None = self.node._failure(error)
        return reason

    def describe(self) -> str:
        """Name the node in a message."""
        return str(self.node.describe())


class ChangedSetting(Exception):
    """A hook has set an attribute that ``__init__`` had set."""


PASS = frozenset({"input_values", "output", "needs_input_grad", "_own_input"})


def arrays_of(value: Any) -> Any:
    """Take NumPy scalars as arrays of no axes, as the engine does."""
    if type(value) is Traced:  # nearly always
        return as_array(value)
    if type(value) is tuple:
        return tuple([arrays_of(part) for part in value])
    if isinstance(value, np.generic | bool | int | float | complex):
        return np.asarray(value)
    return as_array(value)
