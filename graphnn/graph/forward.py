"""The forward pass: feeds in, the walk, values out.

A pass that fails leaves every value as it was before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn import engine
from graphnn.engine import Step
from graphnn.errors import ArgumentError
from graphnn.graph.facts import check_facts, check_mode, order_with_items, traced_facts
from graphnn.graph.failing import forward_record
from graphnn.graph.feeds import check_fed, checked_feeds
from graphnn.graph.holding import check_held, holding
from graphnn.graph.node import Node
from graphnn.graph.states import advance_states
from graphnn.graph.watching import WATCHING

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


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
        graph._failure, node = None, None
        values: dict[int, Any] = {}
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
        except BaseException as error:
            if graph._holder is holder:  # a pass that was overtaken changes nothing
                graph._failure = forward_record(error, order, values, node)
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
    graph.training, graph._has_values = training, True
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
