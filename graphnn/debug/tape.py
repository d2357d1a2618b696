"""A pass as a tape: run a step, take it back, play it again.

Each step that has run leaves a record of what it changed. Gradients are summed out of
place and values are replaced, never changed, so a record is a handful of references.
Taking a step back puts the earlier references in, playing it again the later ones: no
hook is called twice. What stays open is where a pass ends; so a backward pass may be
added to a tape that has run forward already.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn import engine
from graphnn.debug.snapshot import Snapshot, pass_state, put_leaf, put_state
from graphnn.debug.worlds import Key, Replay, World, likely_backward, reached_from
from graphnn.engine import Step
from graphnn.errors import GraphError
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
from graphnn.graph.holding import Holder, holding
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
    quiet : bool
        Whether nobody is told of the steps that run.
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
        self._places = {n.id: place for place, n in enumerate(self.forward_nodes)}
        self.gradient_nodes = likely_backward(graph, self.order, request)
        nodes: list[Any] = graph.nodes
        self.parameters = {n.id: n for n in nodes if n.kind == "parameter"}
        self.needed_parameters = [n for n in self.order if n.kind == "parameter"]
        self.states = [node for node in self.order if node.kind == "state"]
        self.leaves = [
            n for n in self.order if n.kind not in ("operation", "parameter")
        ]
        self.fed = [n for n in self.leaves if n.kind != "constant"]
        self.index, self.records, self.world = 0, [], World()
        self._plan_backward()
        self.ran: list[tuple[str, Any]] = []
        self.values: dict[int, Any] = {}
        self.traced: list[Any] = []
        self.gradients: dict[int, Any] = {}
        self.handed_on: dict[int, tuple[Any, ...]] = {}
        self.opening: Opening | None = None
        self.quiet = False
        self._inside = False  # of the backward pass: its gradients are the graph's
        self._done_at_once = False  # a backward pass that had nothing to do
        self._starts: dict[int, Any] = {}  # the gradients that it begins with
        self._shown = graph._output_grads, graph._input_grads
        self._grads = {n.id: n.grad for n in self.parameters.values()}
        self._adopt = adopt
        self._mark = Holder()
        self._mark.thread = threading.Thread()  # never started: it keeps nobody out
        self._holder: Holder | None = None
        self._overtaken = self._closed = False
        self._outside = self._gradients_of_graph()
        with self._moving(), self.snapshot.restored_if_it_fails():
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
        with self._moving():
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
        if self._overtaken:  # by a pass that somebody who was told of the step has run
            self.settle()
        return record

    def back(self) -> bool:
        """Take a step back; False at the beginning."""
        if self.index == 0:
            return False
        with self._moving():
            self.index -= 1
            self._undo(self.records[self.index])
        return True

    @contextmanager
    def _moving(self) -> Iterator[None]:
        """Hold the graph; leave a mark on it that any other pass takes away."""
        graph = self.graph
        if self._holder is not None and graph._holder is self._holder:
            raise GraphError(
                f"the stepper over {graph!r} is in the middle of a step",
                "What is called in a step, such as a hook, cannot move it.",
            )
        untouched = False
        try:
            with holding(graph) as self._holder:
                yield
                untouched = graph._holder is self._holder
                self._overtaken = not untouched
        finally:
            with graph._lock:
                if untouched and graph._holder is None:
                    graph._holder = self._mark

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
        self.settle()
        index, kept = self.index, self.world
        self.remember()
        self.seek(0)
        self.records, self.opening = [], None
        for node_id in kept.values.keys() | world.values.keys():
            if node_id in self.leaf_values:
                value = world.values.get(node_id, self.leaf_values[node_id])
                self.values[node_id] = put_leaf(self.graph._nodes[node_id], value)
        self.world = world  # now: until here an interrupt leaves the earlier one
        self._plan_backward()
        self.seek(index)

    def settle(self) -> None:
        """Put the graph back as it stands behind the index, if a pass has been by."""
        if self._closed:
            raise GraphError(
                f"the stepper over {self.graph!r} is closed",
                "gn.Stepper(graph, ...) begins a pass anew.",
            )
        if not self._is_marked():
            self._rebuild()

    def _is_marked(self) -> bool:
        """Tell, quickly, whether no pass has been over the graph or its leaves."""
        if self.graph._holder is not self._mark:
            return False
        return self.graph.training == self.training and self._leaves_are_as_left()

    def _leaves_are_as_left(self) -> bool:
        """Tell whether the leaves hold what they did; other graphs may share them."""
        values = self.values
        return all(leaf.output is values[leaf.id] for leaf in self.fed) and all(
            parameter.grad is self._grads.get(node_id)
            for node_id, parameter in self.parameters.items()
        )

    def is_as_left(self) -> bool:
        """Tell, looking at every node, whether nothing has been over the graph."""
        values = self.values
        return (
            self._is_marked()
            and self.graph._output_grads is self._shown[0]
            and all(node.output is values.get(node.id) for node in self.order)
        )

    def _rebuild(self) -> None:
        """Put the graph back, from what is on the tape."""
        taken = self.records[: self.index]
        with self._moving():
            self.graph.training = self.training
            pinned = self.world.values
            for leaf in self.leaves:
                value = pinned.get(leaf.id, self.leaf_values[leaf.id])
                self.values[leaf.id] = put_leaf(leaf, value)
            for node in self.forward_nodes:
                self.values.pop(node.id, None)
            self.blank()
            put_values([(s, pinned.get(s.id, value)) for s, value in self.state_values])
            self.gradients, self.handed_on = dict(self._starts), {}
            for record in taken:
                self._put_back(record)
            inside = self.index > len(self.forward_nodes) or self._done_at_once
            (self._enter_backward if inside else self._leave_backward)()
            for record in taken[-1:]:
                self._put_grads([(p, after) for p, _, after in record.grads])

    def begin_backward(self, request: Request) -> None:
        """Add a backward pass to a tape that has run forward."""
        self.seek(len(self.forward_nodes))
        self.snapshot = Snapshot(self.graph)  # what fails now leaves the forward pass
        self.request, self.opening = request, None
        self._outside = self._gradients_of_graph()
        self._open_backward()
        self._finish_at_once()

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
            self._finish_at_once()
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
                record.states = self._advance_states()
        return record

    def _advance_states(self) -> list[tuple[Any, Any, Any]]:
        before = [(state, state.value) for state in self.states]
        try:
            close_forward(self.order, self.training)
        except BaseException:
            put_values(before)
            raise
        return [(state, value, state.value) for state, value in before]

    def _run_backward(self, node: Any) -> Record:
        opening, gradients = self._opened(), self.gradients
        known = self.world.known.get(("backward", node.id))
        replay = Replay(known, node) if known is not None else None
        ids = dict.fromkeys((node.id, *node.input_ids))
        entered = not self._inside
        if entered:
            self._enter_backward()
        sums = {node_id: gradients.get(node_id) for node_id in ids}
        grads: list[tuple[Any, Any, Any]] = []
        # somebody may have called the operation on something else since
        put_state(node, self.records[self._places[node.id]].after)
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
                self._show(node.id, ids)
                if not replay:
                    self._tell(step)
                self._drop_what_no_gradient_reaches()
                if self.index + 1 == len(self):
                    ids |= dict.fromkeys([leaf.id for leaf in opening.leaves])
                    sums = {i: sums.get(i, gradients.get(i)) for i in ids}
                    record.grads = grads = self._complete()
                    if not replay:
                        done = len(self.handed_on)
                        call_leaf_hooks(self.graph, opening.leaves, gradients, done)
        except BaseException:
            self.handed_on.pop(node.id, None)
            self._put_sums(sums)
            self._put_grads([(parameter, earlier) for parameter, earlier, _ in grads])
            self._show(node.id, ids)
            if entered:
                self._leave_backward()
            raise
        record.sums = {i: (sums[i], gradients.get(i)) for i in ids}
        self._show(node.id, ids)
        self._put_grads([(parameter, after) for parameter, _, after in grads])
        return record

    def _tell(self, step: Step) -> None:
        """Call the hooks and the watchers, as a plain pass does."""
        self.ran.append((step.phase, step.node))
        key = step.phase, step.node.id
        if key in self.world.stale:
            self.world.reran[key] = step.node
        if self.quiet:
            return
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
        self.gradients, self.handed_on = opening.gradients | self.world.gradients, {}
        self._starts = dict(self.gradients)
        self.gradient_nodes = [
            node
            for node in reversed(opening.order)
            if node.input_ids and node.id in opening.wanted
        ]
        self._plan_backward()
        self.opening = opening

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

    def _finish_at_once(self) -> None:
        """Complete a backward pass that has no step to take."""
        if self.backward_nodes or self._inside:
            return
        self._enter_backward()
        grads = self._complete()
        self._shown[0].update(self.gradients)
        self._put_grads([(parameter, after) for parameter, _, after in grads])
        self._done_at_once = True

    def _gradients_of_graph(self) -> tuple[Any, Any, list[tuple[Any, Any]]]:
        graph = self.graph
        grads = [(parameter, parameter.grad) for parameter in self.parameters.values()]
        return graph._output_grads, graph._input_grads, grads

    def _enter_backward(self) -> None:
        """Let the graph's gradients be those of this pass.

        The graph shows copies: an operation that somebody calls on something else
        leaves a gradient there, which must not come into the sums.
        """
        graph = self.graph
        self._shown = dict(self.gradients), dict(self.handed_on)
        graph._output_grads, graph._input_grads = self._shown
        sums = self.gradients
        self._put_grads([(p, sums.get(i)) for i, p in self.parameters.items()])
        self._inside = True

    def _leave_backward(self) -> None:
        """Let the graph's gradients be those of before the pass."""
        graph = self.graph
        output_grads, input_grads, grads = self._outside
        self._shown = dict(output_grads), dict(input_grads)
        graph._output_grads, graph._input_grads = self._shown
        self._put_grads(grads)
        self._inside = self._done_at_once = False

    def void_gradients(self) -> None:
        """Let no gradient be there before the backward pass, from now on."""
        self._outside = {}, {}, [(p, None) for p in self.parameters.values()]
        if not self._inside:
            self._leave_backward()

    # -- back and again ----------------------------------------------------------------
    def _undo(self, record: Record) -> None:
        node = record.step.node
        put_state(node, record.before)
        put_values([(state, value) for state, value, _ in record.states])
        if record.step.phase == "forward":
            if self._inside:  # of a pass that had nothing to do
                self._leave_backward()
            self.values.pop(node.id, None)
            return
        self.handed_on.pop(node.id, None)
        self._put_sums({i: before for i, (before, _) in record.sums.items()})
        self._put_grads([(parameter, before) for parameter, before, _ in record.grads])
        self._show(node.id, record.sums)
        if self.index == len(self.forward_nodes):
            self._leave_backward()

    def _redo(self, record: Record) -> None:
        node = record.step.node
        if record.step.phase == "backward" and not self._inside:
            self._enter_backward()
        self._put_back(record)
        if record.step.phase == "backward":
            self._show(node.id, record.sums)
            self._put_grads([(p, after) for p, _, after in record.grads])

    def _put_back(self, record: Record) -> None:
        """Let a step have been taken; what the graph shows of gradients comes after."""
        step = record.step
        put_state(step.node, record.after)
        put_values([(state, value) for state, _, value in record.states])
        self._put_sums({i: after for i, (_, after) in record.sums.items()})
        if step.phase == "forward":
            self.values[step.node.id] = step.output
        else:
            self.handed_on[step.node.id] = step.input_grads or ()

    def _put_sums(self, sums: Mapping[int, Any]) -> None:
        for node_id, gradient in sums.items():
            put_item(self.gradients, node_id, gradient)

    def _put_grads(self, grads: Iterable[tuple[Any, Any]]) -> None:
        for parameter, gradient in grads:
            parameter.grad = self._grads[parameter.id] = gradient

    def _show(self, node_id: int, sums: Iterable[int]) -> None:
        """Let the graph show what a node has handed on, and some of the sums so far."""
        output_grads, input_grads = self._shown
        put_item(input_grads, node_id, self.handed_on.get(node_id))
        for summed_id in sums:
            gradient = self.gradients.get(summed_id)
            put_item(output_grads, summed_id, gradient)
            parameter = self.parameters.get(summed_id)
            if parameter is not None:
                parameter.grad = self._grads[summed_id] = gradient

    # -- leaving -----------------------------------------------------------------------
    def close(self) -> None:
        """Leave the graph as it was before; a second time does nothing."""
        if self._closed:
            return
        self.snapshot.restore()
        self._closed = True
        with self.graph._lock:
            if self.graph._holder is self._mark:
                self.graph._holder = None


def put_item(items: dict[int, Any], key: int, value: Any) -> None:
    """Put a value into a dict; None: take it out."""
    if value is None:
        items.pop(key, None)
    else:
        items[key] = value


def put_values(values: Iterable[tuple[Any, Any]]) -> None:
    """Let states have these values."""
    for state, value in values:
        state._value = value
