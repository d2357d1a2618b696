"""The backward part of a tape: its gradients, and what the graph shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphnn.debug.records import Request
from graphnn.debug.worlds import likely_backward, reached_from
from graphnn.errors import NotRunError
from graphnn.graph.backward import (
    Opening,
    earlier_gradients,
    keep_gradients,
    open_backward,
)

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Gradients:
    """The gradients of a backward pass that can be taken back.

    Outside of the backward pass the graph shows the gradients of before it, or none,
    where those are hidden. Inside, it shows copies of the dicts here: an operation that
    somebody calls on something else leaves a gradient there, which must not come into
    the sums.

    Attributes
    ----------
    request : Request or None
        None where there is no backward pass.
    sums : dict of int to gradient
        By id, the sum of what has reached a node so far.
    handed_on : dict of int to tuple
        By id, what a node has handed on to its inputs.
    pinned : mapping of int to gradient
        By id, what stays as it is, whatever arrives.
    nodes : list of node
        Those of the pass, as planned.
    reachable : list of node
        All on a path to what gets a gradient, in the order of the backward pass.
    opening : Opening or None
        None before the pass is opened: for that, its target needs a value.
    inside : bool
        Whether the graph shows the gradients of this pass.
    done_at_once : bool
        Whether it is complete without a step: it had nothing to do.
    """

    def __init__(
        self, graph: Graph, order: Sequence[Any], request: Request | None
    ) -> None:
        self.graph, self.request = graph, request
        nodes: list[Any] = graph.nodes
        self.parameters = {n.id: n for n in nodes if n.kind == "parameter"}
        self.reachable = likely_backward(graph, order, request)
        self.nodes: list[Any] = []
        self.sums: dict[int, Any] = {}
        self.handed_on: dict[int, tuple[Any, ...]] = {}
        self.pinned: Mapping[int, Any] = {}
        self.opening: Opening | None = None
        self.inside = self.done_at_once = False
        self._starts: dict[int, Any] = {}  # the gradients that the pass begins with
        self.shown = graph._output_grads, graph._input_grads
        self._grads = {n.id: n.grad for n in self.parameters.values()}
        self._outside = self._of_graph()
        self._hidden = False
        self.plan()

    def _of_graph(self) -> tuple[Any, Any, list[tuple[Any, Any]]]:
        graph = self.graph
        grads = [(parameter, parameter.grad) for parameter in self.parameters.values()]
        return graph._output_grads, graph._input_grads, grads

    # -- before the first step ---------------------------------------------------------
    def ask(self, request: Request) -> None:
        """Begin a pass after the forward pass that has run."""
        self.request, self.opening = request, None
        self._outside = self._of_graph()
        self.open()

    def open(self) -> None:
        """Find out what the pass is to do, where there is one."""
        request = self.request
        if request is None:
            return
        opening = open_backward(
            self.graph, request.target, request.output_grad, request.wrt
        )
        self.sums, self.handed_on = opening.gradients | dict(self.pinned), {}
        self._starts = dict(self.sums)
        self.reachable = [
            node
            for node in reversed(opening.order)
            if node.input_ids and node.id in opening.wanted
        ]
        self.plan()
        self.opening = opening

    def plan(self) -> None:
        """Plan the steps to the nodes that a gradient may reach."""
        if self.request is None:
            self.nodes = []
            return
        starts = {self.request.target.id, *self.pinned}
        self.nodes = reached_from(starts, self.reachable)

    def repin(self, pinned: Mapping[int, Any]) -> None:
        """Pin other gradients, before the pass."""
        self.pinned, self.opening = pinned, None
        self.plan()

    def hide_earlier(self) -> None:
        """Show no gradient before the pass, from now on: none is of this pass."""
        self._hidden = True
        if not self.inside:
            self.leave()

    def show_earlier(self) -> None:
        """Let the graph have its gradients again: no backward pass has begun yet."""
        self._hidden = False
        if not self.inside:
            self.leave()

    # -- in the pass -------------------------------------------------------------------
    def opened(self) -> Opening:
        """Give what the pass is to do.

        Raises
        ------
        NotRunError
            Before it was opened.
        """
        if self.opening is None:
            raise NotRunError("the backward pass has not been opened yet")
        return self.opening

    def enter(self) -> None:
        """Let the graph show the gradients of this pass."""
        graph, sums = self.graph, self.sums
        self.shown = dict(sums), dict(self.handed_on)
        graph._output_grads, graph._input_grads = self.shown
        self.put_grads([(p, sums.get(i)) for i, p in self.parameters.items()])
        self.inside = True

    def leave(self) -> None:
        """Let the graph show the gradients of before the pass, if any."""
        graph = self.graph
        output_grads, input_grads, grads = self._outside
        if self._hidden:
            output_grads, input_grads = {}, {}
            grads = [(parameter, None) for parameter, _ in grads]
        self.shown = dict(output_grads), dict(input_grads)
        graph._output_grads, graph._input_grads = self.shown
        self.put_grads(grads)
        self.inside = self.done_at_once = False

    def rewind(self) -> None:
        """Be as at the beginning of the pass."""
        self.sums, self.handed_on = dict(self._starts), {}

    def keep_pinned(self, node_ids: Iterable[int]) -> None:
        """Let gradients that are pinned be what they are, whatever has arrived."""
        for node_id in node_ids:
            if node_id in self.pinned:
                self.sums[node_id] = self.pinned[node_id]

    def drop_unreached(self, place: int) -> None:
        """Let the next node of the plan be one that has a gradient to hand on."""
        nodes = self.nodes
        while place < len(nodes) and self.sums.get(nodes[place].id) is None:
            del nodes[place]

    def complete(self) -> list[tuple[Any, Any, Any]]:
        """Hand the gradients over; give each parameter's before and after."""
        opening, request = self.opened(), self.request
        earlier: dict[int, Any] = {}
        if request is not None and request.accumulate:
            output_grads, _, grads = self._outside
            earlier = earlier_gradients(output_grads, grads)
        before = [(p, p.grad) for p in self.parameters.values()]
        keep_gradients(opening.parameters, opening.leaves, self.sums, earlier)
        return [(p, grad, p.grad) for p, grad in before]

    def finish_at_once(self) -> None:
        """Complete a pass that has no step to take."""
        if self.nodes or self.inside:
            return
        self.enter()
        grads = self.complete()
        self.shown[0].update(self.sums)
        self.put_grads([(parameter, after) for parameter, _, after in grads])
        self.done_at_once = True

    # -- what is shown -----------------------------------------------------------------
    def put_sums(self, sums: Mapping[int, Any]) -> None:
        """Let some of the sums be these; None: there is none."""
        for node_id, gradient in sums.items():
            put_item(self.sums, node_id, gradient)

    def put_grads(self, grads: Iterable[tuple[Any, Any]]) -> None:
        """Let parameters show these gradients."""
        for parameter, gradient in grads:
            parameter.grad = self._grads[parameter.id] = gradient

    def show(self, node_id: int, sums: Iterable[int]) -> None:
        """Let the graph show what a node has handed on, and some of the sums so far."""
        output_grads, input_grads = self.shown
        put_item(input_grads, node_id, self.handed_on.get(node_id))
        for summed_id in sums:
            gradient = self.sums.get(summed_id)
            put_item(output_grads, summed_id, gradient)
            parameter = self.parameters.get(summed_id)
            if parameter is not None:
                parameter.grad = self._grads[summed_id] = gradient

    def parameters_are_as_left(self) -> bool:
        """Tell whether each parameter shows the gradient that it was given here."""
        return all(
            parameter.grad is self._grads.get(node_id)
            for node_id, parameter in self.parameters.items()
        )


def put_item(items: dict[int, Any], key: int, value: Any) -> None:
    """Put a value into a dict; None: take it out."""
    if value is None:
        items.pop(key, None)
    else:
        items[key] = value
