"""A pass as a tape: run a step, take it back, play it again.

Each step that has run leaves a record of what it changed. Gradients are summed out of
place and values are replaced, never changed, so a record is a handful of references.
Taking a step back puts the earlier references in, playing it again the later ones: no
hook is called twice. What stays open is where a pass ends; so a backward pass may be
added to a tape that has run forward already.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn import engine
from graphnn.debug.snapshot import Snapshot, pass_state, put_leaf, put_state
from graphnn.debug.worlds import Key, Replay, World, likely_backward, reached_from
from graphnn.engine import Step
from graphnn.graph.backward import (
    Opening,
    backward_step,
    call_leaf_hooks,
    earlier_gradients,
    keep_gradients,
    open_backward,
)
from graphnn.graph.facts import check_facts, order_with_items
from graphnn.graph.forward import close_forward, forward_step, open_forward
from graphnn.graph.holding import holding
from graphnn.graph.watching import WATCHING

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


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

    @property
    def key(self) -> Key:
        """The phase, and the node's id."""
        return self.step.phase, self.step.node.id


class Tape:
    """The steps of a forward pass, and of a backward pass that follows.

    Parameters
    ----------
    graph : Graph
    fed : list of (Input, ndarray)
        Checked feeds.
    targets : list of node
    training : bool
    request : Request, optional
        The backward pass.
    adopt : bool
        Take the forward pass that has run already for the first part of the tape.

    Attributes
    ----------
    index : int
        How many steps have run; the graph stands behind that many.
    records : list of Record
        Of the steps that have run, those ahead of the index too.
    ran : list of (phase, node)
        Every step whose hook was called, in that order.
    """

    def __init__(
        self,
        graph: Graph,
        fed: list[tuple[Any, Any]],
        targets: list[Any],
        training: bool,
        request: Request | None = None,
        *,
        adopt: bool = False,
    ) -> None:
        self.graph, self.targets = graph, targets
        self.training, self.request = training, request
        self.order = order_with_items(graph, [node.id for node in targets])
        self.snapshot = Snapshot(graph, [node for node, _ in fed])
        self.forward_nodes = [n for n in self.order if n.kind == "operation"]
        self.gradient_nodes = likely_backward(graph, self.order, request)
        nodes: list[Any] = graph.nodes
        self.parameters = {n.id: n for n in nodes if n.kind == "parameter"}
        self.states = [node for node in self.order if node.kind == "state"]
        self.index, self.records, self.world = 0, [], World()
        self._plan_backward()
        self.ran: list[tuple[str, Any]] = []
        self.values: dict[int, Any] = {}
        self.traced: list[Any] = []
        self.gradients: dict[int, Any] = {}
        self.handed_on: dict[int, tuple[Any, ...]] = {}
        self.opening: Opening | None = None
        self._inside = False  # of the backward pass: its gradients are the graph's
        self._adopt = adopt
        self._outside = self._gradients_of_graph()
        with holding(graph), self.snapshot.restored_if_it_fails():
            if adopt:
                self._adopt_forward()
            else:
                opened = open_forward(graph, self.order, fed, training)
                self.values, self.traced = opened
            self.leaf_values = {
                node_id: self.snapshot.parameters.get(node_id, value)
                for node_id, value in self.values.items()
            }
            self.state_values = [(state, state.value) for state in self.states]
            self.blank()
        if adopt:
            self.seek(len(self.forward_nodes))

    records: list[Record]
    backward_nodes: list[Any]
    """The nodes of the backward pass, as planned."""

    gradient_nodes: list[Any]
    """All on a path to what gets a gradient, in the order of the backward pass."""

    def _adopt_forward(self) -> None:
        for node in self.order:
            if node.kind != "operation":
                self.values[node.id] = node.output
                continue
            state = pass_state(node)
            step = forward_step(0, node)
            self.world.known["forward", node.id] = Record(step, state, state)

    def blank(self) -> None:
        """Let nothing have run: what is ahead holds None."""
        for node in self.forward_nodes:
            node._clear_residuals()
            state = pass_state(node)
            for name in ("output", "input_values", "needs_input_grad"):
                state.pop(name, None)
            put_state(node, state)

    # -- moving ------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.forward_nodes) + len(self.backward_nodes)

    @property
    def forward_length(self) -> int:
        """How many steps are forward."""
        return len(self.forward_nodes)

    def planned(self, index: int) -> tuple[str, Any]:
        """Give the phase and the node of a step, also of one that is still ahead."""
        if index < len(self.forward_nodes):
            return "forward", self.forward_nodes[index]
        return "backward", self.backward_nodes[index - len(self.forward_nodes)]

    def next(self) -> Record | None:
        """Take the next step; None at the end."""
        with holding(self.graph):
            self.graph.training = self.training
            if self.index < len(self.records):
                record = self.records[self.index]
                self._redo(record)
            else:
                run = self._run()
                if run is None:
                    return None
                record = run
                self.records.append(record)
            self.index += 1
            return record

    def back(self) -> bool:
        """Take a step back; False at the beginning."""
        if self.index == 0:
            return False
        with holding(self.graph):
            self.index -= 1
            self._undo(self.records[self.index])
        return True

    def seek(self, index: int) -> None:
        """Go to an index; to the end, where the pass ends before it."""
        while self.index > index:
            self.back()
        while self.index < index and self.next():
            pass

    def remember(self) -> None:
        """Let the world know the steps that have run."""
        self.world.known |= {record.key: record for record in self.records}

    def enter(self, world: World) -> None:
        """Go on in another world: the same steps, with other values pinned."""
        index, kept = self.index, self.world
        self.remember()
        self.seek(0)
        self.records, self.opening = [], None
        self.world = world
        self._plan_backward()
        for node_id in kept.values.keys() | world.values.keys():
            if node_id in self.leaf_values:
                value = world.values.get(node_id, self.leaf_values[node_id])
                self.values[node_id] = put_leaf(self.graph._nodes[node_id], value)
        self.seek(index)

    def settle(self) -> None:
        """Put the graph back as it stands behind the index, if a pass has been by."""
        if self.is_as_left():
            return
        with holding(self.graph):
            self.graph.training = self.training
            for node in self.order:
                if node.kind not in ("operation", "parameter"):
                    put_leaf(node, self.values[node.id])
            self.blank()
            for state, value in self.state_values:
                state._value = value
            for record in self.records[: self.index]:
                put_state(record.step.node, record.after)
                for state, _, value in record.states:
                    state._value = value
            inside, self._inside = self._inside, False
            (self._enter_backward if inside else self._leave_backward)()
            for record in self.records[: self.index]:
                for parameter, _, gradient in record.grads:
                    parameter.grad = gradient

    def is_as_left(self) -> bool:
        """Tell whether no other pass has been over the graph since."""
        outputs = dict(self.values)
        gradients = self.gradients if self._inside else self._outside[0]
        return self.graph._output_grads is gradients and all(
            node.output is outputs.get(node.id) for node in self.order
        )

    def begin_backward(self, request: Request) -> None:
        """Add a backward pass to a tape that has run forward."""
        self.seek(len(self.forward_nodes))
        self.snapshot = Snapshot(self.graph)  # what fails now leaves the forward pass
        self.request, self.opening = request, None
        self._outside = self._gradients_of_graph()
        self._open_backward()

    # -- running a step ----------------------------------------------------------------
    def _run(self) -> Record | None:
        if self.index < len(self.forward_nodes):
            return self._run_forward(self.forward_nodes[self.index])
        if self.request is None:
            return None
        if self.opening is None:
            self._open_backward()
        place = self.index - len(self.forward_nodes)
        if place == len(self.backward_nodes):
            if not self._inside:  # a pass that has nothing to do is complete at once
                self._enter_backward()
                self._complete()
            return None
        return self._run_backward(self.backward_nodes[place])

    def _run_forward(self, node: Any) -> Record:
        known = self.world.known.get(("forward", node.id))
        with self._undone_if_it_fails(node) as before:
            if known is not None:
                put_state(node, known.after)
                self.values[node.id] = node.output
            else:
                deque(engine.forward([node], self.values), maxlen=0)
                if self.traced:
                    check_facts(self.graph, self.traced, node)
            if node.id in self.world.values:
                node.output = self.values[node.id] = self.world.values[node.id]
            step = forward_step(self.index, node)
            record = Record(step, before, pass_state(node))
            if known is None:
                self._tell(step)
            if self.index == len(self.forward_nodes) - 1 and not self._adopt:
                values = [state.value for state in self.states]
                close_forward(self.order, self.training)
                record.states = [
                    (state, value, state.value)
                    for state, value in zip(self.states, values, strict=True)
                ]
        return record

    def _run_backward(self, node: Any) -> Record:
        opening, gradients = self._opened(), self.gradients
        known = self.world.known.get(("backward", node.id))
        replay = Replay(known, node) if known is not None else None
        ids = {node.id, *node.input_ids}
        entered = not self._inside
        if entered:
            self._enter_backward()
        sums = {node_id: gradients.get(node_id) for node_id in ids}
        try:
            with self._undone_if_it_fails(node) as before:
                walk = engine.reverse(
                    [node],
                    gradients,
                    opening.wanted,
                    handed_on=self.handed_on,
                    **({"frame_of": replay} if replay else {}),
                )
                for _, output_grad, input_grads in walk:
                    self._pin(node.input_ids)
                    step = backward_step(
                        self.index, node, output_grad, input_grads, gradients
                    )
                if replay:
                    put_state(node, replay.record.after)
                record = Record(step, before, pass_state(node))
                if not replay:
                    self._tell(step)
                self._drop_what_no_gradient_reaches()
                if self.index + 1 == len(self):
                    ids |= {leaf.id for leaf in opening.leaves}
                    sums = {i: sums.get(i, gradients.get(i)) for i in ids}
                    record.grads = self._complete()
                    if not replay:
                        done = len(self.handed_on)
                        call_leaf_hooks(self.graph, opening.leaves, gradients, done)
        except BaseException:
            self.handed_on.pop(node.id, None)
            self._put_gradients(sums)
            if entered:
                self._leave_backward()
            raise
        record.sums = {i: (sums[i], gradients.get(i)) for i in ids}
        self._show_sums({i: after for i, (_, after) in record.sums.items()})
        return record

    def _tell(self, step: Step) -> None:
        """Call the hooks and the watchers, as a plain pass does."""
        self.ran.append((step.phase, step.node))
        key = step.phase, step.node.id
        if key in self.world.stale:
            self.world.reran[key] = step.node
        hooks = self.graph._hooks
        if step.phase == "forward":
            wanted = list(hooks.forward)
        else:
            wanted = [*hooks.backward, *hooks.nodes.get(step.node.id, ())]
        for hook in wanted:
            hook(step)
        for watcher in WATCHING.get().watchers:
            watcher.step(step)

    @contextmanager
    def _undone_if_it_fails(self, node: Any) -> Iterator[dict[str, Any]]:
        before = pass_state(node)
        try:
            yield before
        except BaseException:
            put_state(node, before)
            if self.index < len(self.forward_nodes):
                self.values.pop(node.id, None)
            raise

    # -- the backward pass as a whole --------------------------------------------------
    def _open_backward(self) -> None:
        request = self.request
        if request is None:
            return
        opening = open_backward(
            self.graph, request.target, request.output_grad, request.wrt
        )
        self.opening, self.gradients, self.handed_on = opening, opening.gradients, {}
        self.gradients |= self.world.gradients
        self.gradient_nodes = [
            node
            for node in reversed(opening.order)
            if node.input_ids and node.id in opening.wanted
        ]
        self._plan_backward()

    def _plan_backward(self) -> None:
        """Plan the steps to the nodes that a gradient may reach."""
        if self.request is None:
            self.backward_nodes = []
            return
        starts = {self.request.target.id, *self.world.gradients}
        self.backward_nodes = reached_from(starts, self.gradient_nodes)

    def _opened(self) -> Opening:
        assert self.opening is not None  # for the type checker
        return self.opening

    def _drop_what_no_gradient_reaches(self) -> None:
        """Let the next node of the plan be one that has a gradient to hand on."""
        place = self.index + 1 - len(self.forward_nodes)
        nodes = self.backward_nodes
        while place < len(nodes) and self.gradients.get(nodes[place].id) is None:
            del nodes[place]

    def _pin(self, node_ids: tuple[int, ...]) -> None:
        """Keep a gradient that was set as it is, whatever arrives."""
        for node_id in node_ids:
            if node_id in self.world.gradients:
                self.gradients[node_id] = self.world.gradients[node_id]

    def _complete(self) -> list[tuple[Any, Any, Any]]:
        """Hand the gradients over; give each parameter's before and after."""
        opening, request = self._opened(), self.request
        earlier: dict[int, Any] = {}
        if request is not None and request.accumulate:
            output_grads, _, grads = self._outside
            earlier = earlier_gradients(output_grads, grads)
        before = [(p, p.grad) for p in self.parameters.values()]
        keep_gradients(opening.parameters, opening.leaves, self.gradients, earlier)
        return [(p, grad, p.grad) for p, grad in before]

    def _gradients_of_graph(self) -> tuple[Any, Any, list[tuple[Any, Any]]]:
        graph = self.graph
        grads = [(parameter, parameter.grad) for parameter in self.parameters.values()]
        return graph._output_grads, graph._input_grads, grads

    def _enter_backward(self) -> None:
        """Let the graph's gradients be those of this pass."""
        graph = self.graph
        graph._output_grads, graph._input_grads = self.gradients, self.handed_on
        for node_id, parameter in self.parameters.items():
            parameter.grad = self.gradients.get(node_id)
        self._inside = True

    def _leave_backward(self) -> None:
        """Let the graph's gradients be those of before the pass."""
        self.graph._output_grads, self.graph._input_grads, grads = self._outside
        for parameter, gradient in grads:
            parameter.grad = gradient
        self._inside = False

    def void_gradients(self) -> None:
        """Let no gradient be there before the backward pass, from now on."""
        self._outside = {}, {}, [(p, None) for p in self.parameters.values()]
        if not self._inside:
            self._leave_backward()

    # -- back and again ----------------------------------------------------------------
    def _undo(self, record: Record) -> None:
        node = record.step.node
        put_state(node, record.before)
        for state, value, _ in record.states:
            state._value = value
        if record.step.phase == "forward":
            if self._inside:  # of a pass that had nothing to do
                self._leave_backward()
            self.values.pop(node.id, None)
            return
        self.handed_on.pop(node.id, None)
        sums = {i: before for i, (before, _) in record.sums.items()}
        self._put_gradients(sums)
        self._show_sums(sums)
        for parameter, gradient, _ in record.grads:
            parameter.grad = gradient
        if self.index == len(self.forward_nodes):
            self._leave_backward()

    def _redo(self, record: Record) -> None:
        node = record.step.node
        if record.step.phase == "backward" and not self._inside:
            self._enter_backward()
        put_state(node, record.after)
        for state, _, value in record.states:
            state._value = value
        if record.step.phase == "forward":
            self.values[node.id] = node.output
            return
        self.handed_on[node.id] = record.step.input_grads or ()
        sums = {i: after for i, (_, after) in record.sums.items()}
        self._put_gradients(sums)
        self._show_sums(sums)
        for parameter, _, gradient in record.grads:
            parameter.grad = gradient

    def _put_gradients(self, sums: dict[int, Any]) -> None:
        for node_id, gradient in sums.items():
            if gradient is None:
                self.gradients.pop(node_id, None)
            else:
                self.gradients[node_id] = gradient

    def _show_sums(self, sums: dict[int, Any]) -> None:
        """Let each parameter show what has reached it so far."""
        for node_id, gradient in sums.items():
            if node_id in self.parameters:
                self.parameters[node_id].grad = gradient
