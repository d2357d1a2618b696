"""Passes over a graph: feeds in, the engine's walk, values and gradients out.

A pass that fails leaves every value and gradient as it was before.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphnn import engine
from graphnn.engine import Step
from graphnn.errors import (
    ArgumentError,
    BusyError,
    FeedError,
    GradientError,
    GraphError,
    GraphnnError,
    NotRunError,
    did_you_mean,
)
from graphnn.graph.facts import (
    check_facts,
    check_mode,
    order_with_items,
    traced_facts,
)
from graphnn.graph.gradients import is_differentiable, no_gradient, output_gradient
from graphnn.graph.leaves import as_values
from graphnn.graph.node import Node
from graphnn.graph.states import advance_states
from graphnn.graph.watching import WATCHING

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

Hook = Callable[[Step], object]


class Handle:
    """What a hook is taken away with."""

    def __init__(self, hooks: list[Hook], hook: Hook) -> None:
        self._hooks, self._hook = hooks, hook
        self.alive = True

    @classmethod
    def adding(cls, hooks: list[Hook], function: Hook) -> Handle:
        """Add a hook; a wrapper of its own lets the same function be added twice."""

        def hook(step: Step) -> object:
            return function(step) if handle.alive else None

        handle = cls(hooks, hook)
        hooks.append(hook)
        return handle

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self.alive = False  # the lists of merged graphs may hold it as well
        self._hooks[:] = [hook for hook in self._hooks if hook is not self._hook]


class Hooks:
    """The functions that want to see each step of a graph's passes."""

    def __init__(self) -> None:
        self.forward: list[Hook] = []
        self.backward: list[Hook] = []
        self.nodes: dict[int, list[Hook]] = {}

    def add(self, hooks: list[Hook], function: Hook) -> Handle:
        """Add a hook to one of the lists."""
        return Handle.adding(hooks, function)

    def extend(self, other: Hooks) -> None:
        """Take over the hooks of a graph that was merged."""
        self.forward += other.forward
        self.backward += other.backward
        self.nodes |= other.nodes


class Holder:
    """The pass that holds a graph."""

    def __init__(self) -> None:
        self.thread = threading.current_thread()


@contextmanager
def holding(graph: Graph, *, takes_over: bool = True) -> Iterator[Holder]:
    """Let one pass at a time walk a graph.

    Within one thread a new pass takes over from one that was stepped and left (one that
    changes no value does not); from another thread it is refused.
    """
    holder = Holder()
    with graph._lock:
        other = graph._holder
        if other and other.thread is not holder.thread and other.thread.is_alive():
            raise BusyError(
                f"{graph!r} is held by a pass in thread {other.thread.name!r}",
                "One pass at a time: build a graph for each thread, or take turns.",
            )
        if other and not takes_over:
            holder = other
        graph._holder = holder
    try:
        yield holder
    finally:
        if graph._holder is holder and holder is not other:
            graph._holder = None


def check_held(graph: Graph, holder: Holder) -> None:
    """Stop a pass that was left half-way and overtaken by another."""
    if graph._holder is not holder:
        raise GraphError(
            f"another pass over {graph!r} has begun since this one was stepped",
            "Start this one again.",
        )


# -- forward ---------------------------------------------------------------------------
def forward(
    graph: Graph,
    feeds: Mapping[Any, Any] | None,
    target: Any,
    training: bool,
    named_feeds: Mapping[str, Any],
) -> Any:
    """Run a forward pass to its end and return the target's value."""
    check_settings(graph, target, training)
    if target is None and len(graph.results) > 1:
        target = graph.results
    several = isinstance(target, list | tuple)
    fed = checked_feeds(graph, feeds, named_feeds)  # a typing error in a name is first
    targets = [graph.sink()] if target is None else graph.find_all(target)
    driver = WATCHING.get().driver
    if driver is None:
        deque(_forward(graph, fed, targets, training), maxlen=0)
    else:
        driver.forward(graph, fed, targets, training)
    outputs = tuple([node.output for node in targets])
    return outputs if several else outputs[0]


def forward_steps(
    graph: Graph,
    feeds: Mapping[Any, Any] | None,
    target: Any,
    training: bool,
    named_feeds: Mapping[str, Any],
) -> Iterator[Step]:
    """Run a forward pass step by step."""
    check_settings(graph, target, training)
    fed = checked_feeds(graph, feeds, named_feeds)
    targets = [graph.sink()] if target is None else graph.find_all(target)
    walk = _forward(graph, fed, targets, training)
    for index, node in enumerate(walk):
        yield forward_step(index, node)


def check_settings(graph: Graph, target: Any, training: Any) -> None:
    """Refuse what was meant as a feed of an input called like a setting."""
    for name, value, is_setting in [
        ("target", target, not isinstance(target, np.ndarray | np.generic | float)),
        ("training", training, isinstance(training, bool | np.bool)),
    ]:
        if not is_setting:
            raise ArgumentError(
                f"{name}={value!r:.60} is no setting of a forward pass: {name}= says "
                + ("what to compute" if name == "target" else "True or False"),
                f"An input called {name!r} is fed in a dict: "
                f"graph.forward({{{name!r}: array}}).",
            )


def forward_step(index: int, node: Any) -> Step:
    """Describe the step that a node just took."""
    return Step(index, "forward", node, node.input_values, node.output)


def _forward(
    graph: Graph,
    fed: list[tuple[Node, np.ndarray]],
    targets: list[Node],
    training: bool,
) -> Iterator[Any]:
    order = order_with_items(graph, [node.id for node in targets])
    was_training = graph.training
    with holding(graph) as holder:
        before = [(node, dict(vars(node))) for node, _ in fed]
        before += [
            (n, dict(vars(n))) for n in order if n.kind in ("operation", "state")
        ]
        try:
            values, traced = open_forward(graph, order, fed, training)
            watchers = WATCHING.get().watchers
            for watcher in watchers:
                watcher.begin(graph, "forward", order)
            hooks = graph._hooks.forward
            for index, node in enumerate(engine.forward(order, values)):
                if traced:
                    check_facts(graph, traced, node)
                for hook in list(hooks):
                    hook(forward_step(index, node))
                for watcher in watchers:
                    watcher.step(forward_step(index, node))
                yield node
                check_held(graph, holder)
            close_forward(order, training)
        except GeneratorExit:  # left half-way by whoever stepped it: what ran has run
            raise
        except BaseException:
            if graph._holder is holder:  # a pass that was overtaken changes nothing
                graph.training = was_training
                for node, state in before:
                    vars(node).clear()
                    vars(node).update(state)
            raise


def open_forward(
    graph: Graph,
    order: list[Any],
    fed: list[tuple[Node, np.ndarray]],
    training: bool,
) -> tuple[dict[int, Any], list[Any]]:
    """Put the feeds in; give the values of the leaves, and what traces rely on."""
    graph.training = training
    for node, array in fed:
        node.output = array
    check_fed([node for node in order if node.kind == "input"])
    traced = traced_facts(graph, order) if graph._traces else []
    check_mode(traced, training)
    values: dict[int, Any] = {}
    for node in order:
        if node.kind == "operation":
            continue
        if node.kind == "state":
            node.start_pass()
        values[node.id] = node.output
        check_facts(graph, traced, node)
    return values, traced


def close_forward(order: list[Any], training: bool) -> None:
    """Let the states go on; only now: a pass that is left half-way moves none."""
    if training:
        for node in order:
            if node.kind == "operation" and node.states:
                advance_states(node)


def checked_feeds(
    graph: Graph, feeds: Mapping[Any, Any] | None, named_feeds: Mapping[str, Any]
) -> list[tuple[Node, np.ndarray]]:
    """Find the inputs that are fed and check what they get, before anything changes."""
    if feeds is not None and not isinstance(feeds, Mapping):
        raise FeedError(
            f"feeds is a {type(feeds).__name__}, not a dict",
            "Feed by node or by name: graph.forward({x: array}) or forward(x=array).",
        )
    fed: dict[int, tuple[Node, np.ndarray]] = {}
    for key, value in [*(feeds or {}).items(), *named_feeds.items()]:
        node = fed_node(graph, key)
        if node.id in fed:
            raise FeedError(f"input {node.name!r} is fed twice")
        try:
            array = as_values(value, f"the feed of {node.name!r}")
            # a copy: what a caller does with his array later must not change a value
            # that a backward pass still needs
            fed[node.id] = (node, array.copy() if array is value else array)
        except GraphnnError as error:
            raise FeedError(str(error)) from error
    return list(fed.values())


def fed_node(graph: Graph, key: Any) -> Node:
    """Find the input that a key of the feeds means."""
    if isinstance(key, Node) and key.kind == "input" and key in graph:
        return key  # nearly always; names are looked up for what is left
    inputs = [node for node in graph.nodes if node.kind == "input"]
    names = [node.name for node in inputs]
    if isinstance(key, str):
        if key in names:
            return inputs[names.index(key)]
        if key not in graph._names.ids:
            raise FeedError(f"{graph!r} has no input {key!r}", did_you_mean(key, names))
        key = graph[key]
    if not isinstance(key, Node):
        raise FeedError(f"a feed's key is a node or a name, not {type(key).__name__}")
    if key not in graph:
        raise FeedError(f"{key!r} is not in {graph!r}", did_you_mean(key.name, names))
    if key.kind != "input":
        raise FeedError(
            f"{key.describe()} is no input: only inputs are fed",
            did_you_mean(key.name, names),
        )
    return key


def check_fed(inputs: list[Node]) -> None:
    """Refuse to run before every input that is needed has a value."""
    missing = [node.name for node in inputs if node.output is None]
    if missing:
        raise FeedError(
            f"no value was ever fed to {', '.join(map(repr, missing))}",
            f"graph.forward({missing[0].rpartition('/')[2]}=array), "
            "or gn.Input(name, value=array).",
        )


# -- backward --------------------------------------------------------------------------
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
    order, parameters, leaves, gradients, wanted = opening
    input_grads: dict[int, tuple[Any, ...]] = {}
    before = [(parameter, parameter.grad) for parameter in parameters]
    records = graph._output_grads, graph._input_grads
    hooks = graph._hooks
    with holding(graph) as holder:
        try:
            for parameter in parameters:
                parameter.grad = None
            graph._output_grads, graph._input_grads = gradients, input_grads
            watchers = WATCHING.get().watchers
            for watcher in watchers:
                watcher.begin(graph, "backward", order)
            walk = engine.reverse(order, gradients, wanted, handed_on=input_grads)
            if not (steps or hooks.backward or hooks.nodes or watchers):
                deque(walk, maxlen=0)  # nobody is looking
            for index, (done, gradient, handed_on) in enumerate(walk):
                step = backward_step(index, done, gradient, handed_on, gradients)
                for hook in [*hooks.backward, *hooks.nodes.get(done.id, ())]:
                    hook(step)
                for watcher in watchers:
                    watcher.step(step)
                yield step
                check_held(graph, holder)
            earlier = earlier_gradients(records[0], before) if accumulate else {}
            keep_gradients(parameters, leaves, gradients, earlier)
        except GeneratorExit:
            raise
        except BaseException:
            if graph._holder is holder:
                graph._output_grads, graph._input_grads = records
                for parameter, grad in before:
                    parameter.grad = grad
            raise
        call_leaf_hooks(graph, leaves, gradients, len(input_grads))


class Opening(NamedTuple):
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


def call_leaf_hooks(
    graph: Graph, leaves: list[Any], gradients: Mapping[int, Any], index: int
) -> None:
    """Call the hooks of the leaves, whose gradients are complete."""
    for number, leaf in enumerate(leaves, start=index):
        if gradients.get(leaf.id) is not None:
            for hook in leaf_hooks(graph, leaf):
                hook(leaf_step(number, leaf, gradients[leaf.id]))


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
