"""The backward pass: from the gradient of a target to those of the leaves.

A pass that fails leaves every gradient as it was before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphnn import engine
from graphnn.engine import Step
from graphnn.errors import GradientError, NotRunError
from graphnn.graph.failing import backward_record, walk
from graphnn.graph.gradients import is_differentiable, no_gradient, output_gradient
from graphnn.graph.holding import check_held, holding
from graphnn.graph.hooks import Hook
from graphnn.graph.members import Gradients
from graphnn.graph.node import Node
from graphnn.graph.watching import WATCHING, is_debugged

if TYPE_CHECKING:
    from graphnn.engine.groups import Run
    from graphnn.graph.graph import Graph


def backward(
    graph: Graph, target: Any, output_grad: Any, wrt: Any, accumulate: bool
) -> None:
    """Run a backward pass to its end."""
    driver = WATCHING.get().driver
    if driver is not None:
        node = graph.sink() if target is None else graph.find(target)
        driver.backward(graph, node, output_grad, wrt, accumulate)
        return
    deque(_backward(graph, target, output_grad, wrt, accumulate, False), maxlen=0)


def backward_steps(
    graph: Graph, target: Any, output_grad: Any, wrt: Any, accumulate: bool
) -> Iterator[Step]:
    """Run a backward pass step by step."""
    return _backward(graph, target, output_grad, wrt, accumulate, True)


def _backward(
    graph: Graph,
    target: Any,
    output_grad: Any,
    wrt: Any,
    accumulate: bool,
    steps: bool,
) -> Iterator[Step]:
    node = graph.sink() if target is None else graph.find(target)
    opening = open_backward(graph, node, output_grad, wrt)
    order, parameters, leaves = opening.order, opening.parameters, opening.leaves
    gradients, wanted = opening.gradients, opening.wanted
    input_grads: dict[int, tuple[Any, ...]] = {}
    before = [(parameter, parameter.grad) for parameter in parameters]
    record = graph._gradients
    hooks = graph._hooks
    done: Any = None
    runs: list[Run] = []
    with holding(graph) as holder:
        graph._failure = None
        try:
            for parameter in parameters:
                parameter.grad = None
            graph._gradients = Gradients(gradients, input_grads)
            watchers = WATCHING.get().watchers
            for watcher in watchers:
                watcher.begin(graph, "backward", order)
            nobody_looks = not (steps or hooks.backward or hooks.nodes or watchers)
            rest: Sequence[Any] = order
            if nobody_looks and not is_debugged():
                rest, graph._gradients.unpublished = engine.reverse_long_runs(
                    order, gradients, wanted, input_grads, runs
                )
            steps_back = engine.reverse(rest, gradients, wanted, handed_on=input_grads)
            if nobody_looks:
                deque(steps_back, maxlen=0)
            for index, (done, gradient, handed_on) in enumerate(steps_back):
                step = backward_step(index, done, gradient, handed_on, gradients)
                for hook in [*hooks.backward, *hooks.nodes.get(done.id, ())]:
                    hook(step)
                for watcher in watchers:
                    watcher.step(step)
                yield step
                check_held(graph, holder)
            if any(leaf.input_ids for leaf in leaves):
                graph._gradients.published()  # they may be among the runs
            earlier = {}
            if accumulate:
                earlier = earlier_gradients(record.published().outputs, before)
            keep_gradients(parameters, leaves, gradients, earlier)
        except GeneratorExit:
            raise
        except BaseException as error:
            if graph._holder is holder:
                returned = returned_ids(input_grads, runs)
                for run in runs:
                    run.publish(gradients, input_grads)
                graph._failure = backward_record(
                    error, order, wanted, returned, done, gradients, input_grads
                )
                graph._gradients = record
                for parameter, grad in before:
                    parameter.grad = grad
            raise
        count = len(input_grads) + sum(map(len, graph._gradients.unpublished))
        try:
            call_leaf_hooks(graph, leaves, gradients, count)
        except BaseException as error:
            if graph._holder is holder:
                returned = returned_ids(input_grads, runs)
                graph._gradients.published()
                graph._failure = backward_record(
                    error, order, wanted, returned, None, gradients, input_grads
                )
            raise


def returned_ids(input_grads: Mapping[int, Any], runs: Sequence[Run] = ()) -> set[int]:
    """Give the ids of the operations that have handed their gradients on."""
    found = set(input_grads)
    for run in runs:
        found.update(run.rows.ids[: len(run)].tolist())
    return found


@dataclass(slots=True)
class Opening:
    """What a backward pass begins with."""

    order: list[Any]
    parameters: list[Any]
    leaves: list[Any]
    """What gets a gradient."""

    gradients: dict[int, Any]
    """By id: that of the target."""

    wanted: set[int]
    """The ids whose gradient somebody needs."""


def open_backward(graph: Graph, target: Any, output_grad: Any, wrt: Any) -> Opening:
    """Find out what a backward pass is to do, before anything changes."""
    if target.output is None:
        raise NotRunError(
            f"{target.describe()} has no value yet: backward came before forward",
            "Run graph.forward(...) first.",
        )
    order = graph._order([target.id])
    for node in order:
        if node.output is None:
            raise NotRunError(
                f"{node.describe()} has no value for a backward pass from "
                f"{graph.name_of(target)}",
                "Run graph.forward(...) first: a planned pass keeps no values but "
                "those of its targets.",
            )
    parameters: list[Any] = [n for n in graph._nodes.values() if n.kind == "parameter"]
    leaves = wanted_leaves(parameters, [] if wrt is None else graph.find_all(wrt))
    gradients: dict[int, Any] = {target.id: output_gradient(target, output_grad)}
    wanted = engine.needed(order, [leaf.id for leaf in leaves])
    return Opening(order, parameters, leaves, gradients, wanted)


def earlier_gradients(
    output_grads: Mapping[int, Any], before: list[tuple[Any, Any]]
) -> dict[int, Any]:
    """Give the gradients of earlier passes, by id, which a pass is to add to."""
    return {**output_grads, **{parameter.id: grad for parameter, grad in before}}


def backward_step(
    index: int,
    node: Any,
    output_grad: Any,
    input_grads: tuple[Any, ...],
    gradients: Mapping[int, Any],
) -> Step:
    """Describe the step that a node just took."""
    return Step(
        index,
        "backward",
        node,
        node.input_values,
        node.output,
        output_grad,
        input_grads,
        tuple([gradients.get(input_id) for input_id in node.input_ids]),
    )


@walk
def call_leaf_hooks(
    graph: Graph, leaves: list[Any], gradients: Mapping[int, Any], index: int
) -> None:
    """Call the hooks of the leaves, whose gradients are complete."""
    for number, node in enumerate(leaves, start=index):
        if gradients.get(node.id) is not None:
            for hook in leaf_hooks(graph, node):
                hook(leaf_step(number, node, gradients[node.id]))


def leaf_step(index: int, leaf: Node, gradient: Any) -> Step:
    """Describe a leaf whose gradient is complete."""
    return Step(index, "backward", leaf, (), leaf.output, gradient, (), ())


def leaf_hooks(graph: Graph, leaf: Any) -> list[Hook]:
    """Give the hooks of a leaf; those of an operation were called on its turn."""
    if leaf.kind == "operation":
        return []
    return [*graph._hooks.nodes.get(leaf.id, ()), *vars(leaf).get("_hooks", ())]


def wanted_leaves(parameters: list[Any], wrt: list[Any]) -> list[Any]:
    """List what gets a gradient: the trainable parameters, and `wrt`."""
    for node in wrt:
        refuse_constant(node)
        if node.output is not None and not is_differentiable(node.output):
            raise no_gradient(node, node.output)
    trainable = [parameter for parameter in parameters if parameter.trainable]
    return list({node.id: node for node in [*trainable, *wrt]}.values())


def refuse_constant(node: Any) -> None:
    """Refuse to differentiate by what is fixed."""
    if node.kind in ("constant", "state"):
        raise GradientError(
            f"{node.describe()} is a {node.kind}: there is no gradient by it",
            "Make it an input, gn.Input(value=array), or a gn.Parameter.",
        )


def keep_gradients(
    parameters: list[Any],
    leaves: list[Any],
    gradients: dict[int, Any],
    earlier: Mapping[int, Any],
) -> None:
    """Hand the complete gradients over: each an array of its own.

    An addition passes one array on to both its inputs, a product may hand on one of
    its values; whoever clips a gradient in place must change nothing else.
    """
    for leaf in leaves:
        gradient, before = gradients.get(leaf.id), earlier.get(leaf.id)
        if gradient is None and before is not None:
            gradients[leaf.id] = before  # this pass has not come by
        if gradient is None or type(gradient) is tuple:
            continue
        gradients[leaf.id] = (
            gradient.copy(order="K")
            if before is None
            else engine.passes.add(before, gradient)
        )
    for parameter in parameters:
        parameter.grad = gradients.get(parameter.id, earlier.get(parameter.id))
