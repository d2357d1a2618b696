"""A pass as a tape: run a step, take it back, play it again.

Each step that has run leaves a record of what it changed. Gradients are summed out of
place and values are replaced, never changed, so a record is a handful of references.
Taking a step back puts the earlier references in, playing it again the later ones: no
hook is called twice. What stays open is where a pass ends; so a backward pass may be
added to a tape that has run forward already.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graphnn import engine
from graphnn.debug.gradients import Gradients
from graphnn.debug.hold import Hold
from graphnn.debug.records import Record, Request
from graphnn.debug.snapshot import Snapshot, pass_state, put_leaf, put_state
from graphnn.debug.worlds import Replay, World
from graphnn.engine import Step
from graphnn.graph.backward import backward_step, call_leaf_hooks
from graphnn.graph.facts import check_facts, order_with_items
from graphnn.graph.failing import backward_record, forward_progress, shapes_of
from graphnn.graph.forward import close_forward, forward_step, open_forward
from graphnn.graph.watching import WATCHING

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


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
        self.graph, self.targets, self.training = graph, targets, training
        self.hold = Hold(graph)
        self._failure_before = graph._failure
        self.order = order_with_items(graph, [node.id for node in targets])
        self.snapshot = Snapshot(graph, [node for node, _ in fed])
        self.forward_nodes = [n for n in self.order if n.kind == "operation"]
        self._places = {n.id: place for place, n in enumerate(self.forward_nodes)}
        self.parameters = [n for n in self.order if n.kind == "parameter"]
        self.states = [node for node in self.order if node.kind == "state"]
        self.leaves = [
            n for n in self.order if n.kind not in ("operation", "parameter")
        ]
        self.fed = [n for n in self.leaves if n.kind != "constant"]
        self.backward = Gradients(graph, self.order, request)
        self.index, self.records, self.world = 0, [], World()
        self.values: dict[int, Any] = {}
        self.traced: list[Any] = []
        self.quiet = self._rerunning = False
        self._adopt = adopt
        with self.hold.moving(), self.snapshot.restored_if_it_fails():
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
        return len(self.forward_nodes) + len(self.backward.nodes)

    @property
    def forward_length(self) -> int:
        """How many steps are forward."""
        return len(self.forward_nodes)

    def planned(self, index: int) -> tuple[str, Any]:
        """Give the phase and the node of a step, also of one that is still ahead."""
        if index < len(self.forward_nodes):
            return "forward", self.forward_nodes[index]
        return "backward", self.backward.nodes[index - len(self.forward_nodes)]

    def next(self) -> Record | None:
        """Take the next step; None at the end."""
        with self.hold.moving():
            self.graph.training, self.graph._failure = self.training, None
            if self.index < len(self.records):
                record = self.records[self.index]
                self._redo(record)
            else:
                try:
                    run = self._run()
                except BaseException as error:
                    self._note_failure(error)
                    raise
                if run is None:
                    return None
                record = run
                self.records.append(record)
            self.index += 1
        # somebody who was told of the step may have run another pass
        if self.hold.overtaken:
            self.settle()
        return record

    def back(self) -> bool:
        """Take a step back; False at the beginning."""
        if self.index == 0:
            return False
        with self.hold.moving():
            self.graph._failure = None
            self.index -= 1
            record = self.records[self.index]
            self._undo(record)
            if record.by_hand:  # the formula itself runs when one comes here again
                del self.records[self.index :]
        return True

    def seek(self, index: int) -> None:
        """Go to an index; to the end, where the pass ends before it."""
        while self.index > index:
            self.back()
        while self.index < index and self.next():
            pass

    def remember(self) -> None:
        """Let the world know the steps that have run, by their formulas alone."""
        self.world.had_run |= {record.key for record in self.records}
        for record in self.records:
            if record.by_hand:
                return
            self.world.known[record.key] = record

    def enter(self, world: World) -> None:
        """Go on in another world: the same steps, with other values pinned."""
        self.settle()
        index, kept = self.index, self.world
        self.remember()
        self.seek(0)
        self.records = []
        for node_id in kept.values.keys() | world.values.keys():
            if node_id in self.leaf_values:
                value = world.values.get(node_id, self.leaf_values[node_id])
                self.values[node_id] = put_leaf(self.graph._nodes[node_id], value)
        self.world = world  # now: until here an interrupt leaves the earlier one
        self.backward.repin(world.gradients)
        self._rerunning = True
        try:
            self.seek(index)
        finally:
            self._rerunning = False

    def settle(self) -> None:
        """Put the graph back as it stands behind the index, if a pass has been by."""
        self.hold.check_open()
        if not self._is_marked():
            self._rebuild()

    def _is_marked(self) -> bool:
        """Tell, quickly, whether no pass has been over the graph or its leaves."""
        return (
            self.hold.is_marked
            and self.graph.training == self.training
            and all(leaf.output is self.values[leaf.id] for leaf in self.fed)
            and self.backward.parameters_are_as_left()  # other graphs may share them
        )

    def is_as_left(self) -> bool:
        """Tell, looking at every node, whether nothing has been over the graph."""
        values = self.values
        return (
            self._is_marked()
            and self.graph._output_grads is self.backward.shown[0]
            and all(node.output is values.get(node.id) for node in self.order)
        )

    def _rebuild(self) -> None:
        """Put the graph back, from what is on the tape."""
        taken = self.records[: self.index]
        with self.hold.moving():
            self.graph.training = self.training
            pinned = self.world.values
            for leaf in self.leaves:
                value = pinned.get(leaf.id, self.leaf_values[leaf.id])
                self.values[leaf.id] = put_leaf(leaf, value)
            for node in self.forward_nodes:
                self.values.pop(node.id, None)
            self.blank()
            put_values([(s, pinned.get(s.id, value)) for s, value in self.state_values])
            self.backward.rewind()
            for record in taken:
                self._put_back(record)
            inside = self.index > len(self.forward_nodes) or self.backward.done_at_once
            (self.backward.enter if inside else self.backward.leave)()
            for record in taken[-1:]:
                self.backward.put_grads([(p, after) for p, _, after in record.grads])

    def begin_backward(self, request: Request) -> None:
        """Add a backward pass to a tape that has run forward."""
        self.seek(len(self.forward_nodes))
        self.snapshot = Snapshot(self.graph)  # what fails now leaves the forward pass
        self.backward.ask(request)
        self.backward.finish_at_once()

    # -- running a step ----------------------------------------------------------------
    def _run(self) -> Record | None:
        if self.index < len(self.forward_nodes):
            return self._run_forward(self.forward_nodes[self.index])
        if self.backward.request is None:
            return None
        if self.backward.opening is None:
            self.backward.open()
        place = self.index - len(self.forward_nodes)
        if place == len(self.backward.nodes):
            self.backward.finish_at_once()
            return None
        return self._run_backward(self.backward.nodes[place])

    def _note_failure(self, error: BaseException) -> None:
        """Let the graph remember how far the pass has come."""
        graph, index, count = self.graph, self.index, len(self.forward_nodes)
        if index < count:
            node, places = self.forward_nodes[index], self._places
            graph._failure = forward_progress(
                error,
                self.order,
                lambda node_id: places[node_id] < index,
                node,
                shapes_of(self.values),
            )
        elif (opening := self.backward.opening) is not None:
            ahead = self.backward.nodes[index - count :]
            returned = set(self.backward.handed_on)
            graph._failure = backward_record(
                error,
                opening.order,
                opening.wanted,
                returned,
                next(iter(ahead), None),
                self.backward.sums,
                self.backward.handed_on,
            )

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
        backward, place = self.backward, self.index - len(self.forward_nodes)
        opening, gradients = backward.opened(), backward.sums
        known = self.world.known.get(("backward", node.id))
        replay = Replay(known, node) if known is not None else None
        ids = dict.fromkeys((node.id, *node.input_ids))
        entered = not backward.inside
        if entered:
            backward.enter()
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
                    handed_on=backward.handed_on,
                    **({"frame_of": replay} if replay else {}),
                )
                for _, output_grad, input_grads in walk:
                    backward.keep_pinned(node.input_ids)
                    step = backward_step(
                        self.index, node, output_grad, input_grads, gradients
                    )
                if replay:
                    put_state(node, replay.record.after)
                record = Record(step, before, pass_state(node))
                backward.show(node.id, ids)
                if not replay:
                    self._tell(step)
                backward.drop_unreached(place + 1)
                if self.index + 1 == len(self):
                    ids |= dict.fromkeys([leaf.id for leaf in opening.leaves])
                    sums = {i: sums.get(i, gradients.get(i)) for i in ids}
                    record.grads = grads = backward.complete()
                    if not replay:
                        done = len(backward.handed_on)
                        call_leaf_hooks(self.graph, opening.leaves, gradients, done)
        except BaseException:
            backward.handed_on.pop(node.id, None)
            backward.put_sums(sums)
            backward.put_grads(
                [(parameter, earlier) for parameter, earlier, _ in grads]
            )
            backward.show(node.id, ids)
            if entered:
                backward.leave()
            raise
        record.sums = {i: (sums[i], gradients.get(i)) for i in ids}
        backward.show(node.id, ids)
        backward.put_grads([(parameter, after) for parameter, _, after in grads])
        return record

    def _tell(self, step: Step) -> None:
        """Call the hooks and the watchers, as a plain pass does."""
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
        if self._rerunning:
            return  # what somebody has edited is no news to a guard
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

    # -- back and again ----------------------------------------------------------------
    def _undo(self, record: Record) -> None:
        node, backward = record.step.node, self.backward
        put_state(node, record.before)
        put_values([(state, value) for state, value, _ in record.states])
        if record.step.phase == "forward":
            if backward.inside:  # of a pass that had nothing to do
                backward.leave()
            self.values.pop(node.id, None)
            return
        backward.handed_on.pop(node.id, None)
        backward.put_sums({i: before for i, (before, _) in record.sums.items()})
        backward.put_grads(
            [(parameter, before) for parameter, before, _ in record.grads]
        )
        backward.show(node.id, record.sums)
        if self.index == len(self.forward_nodes):
            backward.leave()

    def _redo(self, record: Record) -> None:
        node, backward = record.step.node, self.backward
        if record.step.phase == "backward" and not backward.inside:
            backward.enter()
        self._put_back(record)
        if record.step.phase == "backward":
            backward.show(node.id, record.sums)
            backward.put_grads([(p, after) for p, _, after in record.grads])

    def _put_back(self, record: Record) -> None:
        """Let a step have been taken; what the graph shows of gradients comes after."""
        step, backward = record.step, self.backward
        put_state(step.node, record.after)
        put_values([(state, value) for state, _, value in record.states])
        backward.put_sums({i: after for i, (_, after) in record.sums.items()})
        if step.phase == "forward":
            self.values[step.node.id] = step.output
        else:
            backward.handed_on[step.node.id] = step.input_grads or ()

    # -- leaving -----------------------------------------------------------------------
    def close(self) -> None:
        """Leave the graph as it was before; a second time does nothing."""
        if not self.hold.closed:
            self.snapshot.restore()
            self.graph._failure = self._failure_before
            self.hold.close()


def put_values(values: Iterable[tuple[Any, Any]]) -> None:
    """Let states have these values."""
    for state, value in values:
        state._value = value
