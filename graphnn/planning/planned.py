"""One kind of batch, planned: the same calls as the stepped pass, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.errors import GraphnnError
from graphnn.planning.failing import planned_record
from graphnn.planning.program import Binding, Memory
from graphnn.planning.purity import traced_purely
from graphnn.planning.trace import Trace
from graphnn.planning.traced import Traced

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

GradientPlaces = Callable[[list[Any]], list[Any]]
"""From the gradients as the trace has them, to the arrays where they are to lie."""


class CannotPlan(GraphnnError):
    """A pass that a plan would not repeat to the bit; it is stepped instead."""


class PlannedPass:
    """A forward pass, and a backward pass where gradients are wanted, as bound calls.

    Parameters
    ----------
    graph : Graph
    targets, wrt : list of node
        What is computed, and whose gradients; those of the first target.
    fed : mapping of int to ndarray
        The values of the inputs, by id; others have their last value.
    training : bool
    gradient_places : callable
        Told what the gradients look like, it gives the array for each.

    Attributes
    ----------
    bound : list of (callable, tuple)
        What runs.
    outputs : list of ndarray
        Where the targets' values lie.
    gradients : list of (ndarray or None)
        Where the gradients of `wrt` lie.
    states : list of (State, ndarray)
        Those that the pass reads, and where.
    next_states : list of (State, ndarray)
        Those that it changes, and where the new values lie.
    memory : Memory
    is_proved : bool
        Whether it has agreed with a stepped pass on other numbers than it was made for.

    Raises
    ------
    CannotPlan
        If the bound calls do not give the bits that the hooks gave.
    """

    def __init__(
        self,
        graph: Graph,
        targets: list[Any],
        wrt: list[Any],
        fed: Mapping[int, np.ndarray],
        training: bool,
        gradient_places: GradientPlaces,
    ) -> None:
        self.graph, self.training = graph, training
        self.is_proved = False
        self._fed: list[tuple[Any, Any]] = []

        def make(whole: set[int]) -> Trace:
            return Trace(graph, targets, wrt, fed, training, whole)

        # what no hook asks for, so that one is seen that asks for something
        with np.errstate(all="call", call=unheard):
            trace = traced_purely(make)
        self.order, self.shapes = trace.order, trace.shapes
        self.targets, self.wrt, self.wholes = targets, wrt, trace.wholes
        self.gradients = gradient_places([array_of(each) for each in trace.gradients])
        places = [(traced, leaf_array(node, traced)) for node, traced in trace.leaves]
        at: dict[int, np.ndarray] = {
            node.id: array
            for (node, _), (_, array) in zip(trace.leaves, places, strict=True)
        }
        self.inputs = [(n, at[n.id]) for n, _ in trace.leaves if n.kind == "input"]
        self.states = [(n, at[n.id]) for n, _ in trace.leaves if n.kind == "state"]
        pairs = list(zip(trace.gradients, self.gradients, strict=True))
        places += [(value, array) for value, array in pairs if type(value) is Traced]
        kept = [*trace.outputs, *[value for _, value in trace.states]]
        binding = Binding(
            trace.calls, [each for each in kept if type(each) is Traced], places
        )
        self.bound, self.made_for = binding.bound, binding.made_for
        self.made_at_once = binding.made_at_once
        for value, array in pairs:
            if isinstance(value, np.ndarray):  # the same in each pass
                self.bound.append((np.copyto, (array, value)))
                self.made_for.append(None)
        self.outputs = [binding.place_of(value) for value in trace.outputs]
        self.next_states = [
            (state, binding.place_of(value)) for state, value in trace.states
        ]
        self.memory: Memory = binding.memory
        self.arrays = binding.arrays
        found = self._traced(trace)
        for call in trace.calls:  # before the buffers are written to for the first time
            for result in call.results:
                result.value = hollow(result.value)
        self._prove(found)
        binding.release()

    def _traced(self, trace: Trace) -> list[Any]:
        """List what the trace has computed, in the order of :meth:`copies`."""
        states = [value for _, value in trace.states]
        return [array_of(v) for v in (*trace.outputs, *trace.gradients, *states)]

    def _prove(self, traced: list[Any]) -> None:
        """Run the calls on what was traced: they have to give the same bits."""
        if self.wholes:
            return  # a hook that does another thing each time would do it once more
        with np.errstate(all="ignore"):
            for function, arguments in self.bound:
                function(*arguments)
        given = [*self.outputs, *self.gradients, *[a for _, a in self.next_states]]
        for value, array in zip(traced, given, strict=True):
            if array is not None and not same_bits(value, array):
                raise CannotPlan(
                    f"a plan of {self.graph!r} gives other bits than the stepped pass"
                )

    def run(self, values: Mapping[int, Any]) -> None:
        """Make the calls, for the values of the inputs, by id; others keep theirs.

        States, nodes and parameters stay as they are: see :meth:`advance`,
        :meth:`leave`.
        """
        self._fed = [(n, values.get(n.id, n.output)) for n, _ in self.inputs]
        for (_, buffer), (_, array) in zip(self.inputs, self._fed, strict=True):
            np.copyto(buffer, array)
        self.make_calls()

    def make_calls(self) -> None:
        """Make the calls; the inputs lie in their buffers."""
        before: Any = ()
        if self.wholes:
            before = [(whole.node, dict(vars(whole.node))) for whole in self.wholes]
        was_training = self.graph.training
        self.graph.training = self.training  # hooks that are called may ask
        self.graph._failure = None
        for state, buffer in self.states:
            np.copyto(buffer, state.value)
        calls: Any = iter(self.bound)
        try:
            for function, arguments in calls:
                function(*arguments)
        except BaseException as error:
            place = len(self.bound) - calls.__length_hint__() - 1
            self._explain(error, place)
            self.graph._failure = planned_record(self, error, place)
            self.undo(before)
            self.graph.training = was_training
            raise

    def undo(self, before: Iterable[tuple[Any, dict[str, Any]]] = ()) -> None:
        """Leave the nodes as if nothing had run."""
        for node, attributes in before:
            vars(node).clear()
            vars(node).update(attributes)
        for node, array in zip(self.wrt, self.gradients, strict=True):
            if array is not None and vars(node).get("_lent_grad") is array:
                node.grad = None  # it has been written over

    def _explain(self, error: BaseException, place: int) -> None:
        """Say which node's call has failed."""
        call = self.made_for[place]
        if call is None or call.owner is None or call.owner.node is None:
            return
        node, phase = call.owner
        shapes = ", ".join([str(np.shape(each.value)) for each in call.inputs])
        name = getattr(call.function, "__name__", type(call.function).__name__)
        error.add_note(
            f"in a plan, {phase} of {node.describe()}: {name} of {shapes or 'numbers'}"
        )

    def copies(self) -> list[Any]:
        """Copy what the pass gives: outputs, gradients, states."""
        states = [array for _, array in self.next_states]
        given = [*self.outputs, *self.gradients, *states]
        return [None if array is None else array.copy() for array in given]

    def agrees(self, given: list[Any]) -> bool:
        """Compare :meth:`copies` with what a stepped pass has left on the nodes."""
        if self.wholes:
            return True
        left = [target.output for target in self.targets]
        left += [node.grad for node in self.wrt]
        left += [state.value for state, _ in self.next_states]
        return all(
            one is other
            or (one is not None and other is not None and same_bits(one, other))
            for one, other in zip(given, left, strict=True)
        )

    def advance(self) -> None:
        """Let the states go on to the next pass."""
        for state, array in self.next_states:
            state.value = array

    def leave(self) -> None:
        """Show what a plan keeps on the nodes, and take off them what is past."""
        graph = self.graph
        for node, array in self._fed or self.inputs:
            node.__dict__["output"] = array
        self._fed = []
        if graph._has_values:
            void(graph)
        graph.training = self.training
        for whole in self.wholes:
            whole.leave()
        for node, array in zip(self.targets, self.outputs, strict=True):
            if node.kind == "operation":
                node.__dict__["output"] = array.copy()


def unheard(error: str, flag: int) -> None:
    """Do nothing about a floating-point error."""


def void(graph: Graph) -> None:
    """Take the values of a stepped pass off the nodes: they are those of another."""
    for node in graph._nodes.values():
        if node.kind == "operation":
            attributes = node.__dict__
            if node.output is not None:
                graph._seen[node.id] = (node.shape, node.dtype)
            attributes["output"], attributes["input_values"] = None, ()
            node._clear_residuals()
    graph._output_grads, graph._input_grads = {}, {}
    graph._has_values = False


def leaf_array(node: Any, traced: Traced) -> np.ndarray:
    """Give the array in which a leaf lies: a parameter's own, a buffer for others."""
    if node.kind == "state":
        return np.array(traced.value)
    array: np.ndarray = traced.value
    return array


def hollow(value: Any) -> Any:
    """Keep shape and dtype of a traced value, and let go of its memory."""
    if type(value) is not np.ndarray or value.nbytes < 64:
        return value
    return np.broadcast_to(np.zeros((), value.dtype), value.shape)


def array_of(value: Any) -> Any:
    """Give the array of a traced value, or what is one."""
    return np.asarray(value.value) if type(value) is Traced else value


WORDS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
"""Integers of as many bytes."""


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Compare two arrays to the bit, but for the bits of NaN.

    Which of its operands' NaN a sum hands on, its sign with it, NumPy leaves open.
    """
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    word = WORDS.get(one.dtype.itemsize)
    if word is None:
        if one.tobytes() == other.tobytes():
            return True
    elif np.array_equal(one.view(word), other.view(word)):
        return True  # seen without a copy: gradients may be large
    if one.dtype.kind not in "fc":
        return False
    parts = [(one.real, other.real), (one.imag, other.imag)]
    return all(
        np.array_equal(np.isnan(a), np.isnan(b))
        and a[~np.isnan(a)].tobytes() == b[~np.isnan(b)].tobytes()
        for a, b in parts
    )
