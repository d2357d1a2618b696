"""Throw-away copies: what is checked is moved about, and the original stays."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphnn import engine
from graphnn.graph import Graph, Node
from graphnn.graph.gradients import is_differentiable, no_gradient
from graphnn.graph.operation import Item
from graphnn.graph.states import kept_states

WIDER = {
    np.dtype(np.float16): np.dtype(np.float64),
    np.dtype(np.float32): np.dtype(np.float64),
    np.dtype(np.complex64): np.dtype(np.complex128),
}
"""What numbers are cast to, so that differences of them mean something."""


@dataclass
class Use:
    """One thing to check: targets in a graph.

    Attributes
    ----------
    targets : sequence of node
        Of one graph.
    training : bool
        The mode of the pass.
    """

    targets: Sequence[Any]
    training: bool = False

    @property
    def graph(self) -> Graph:
        """The graph of the targets."""
        graph: Graph = self.targets[0].graph
        return graph


class Twin:
    """A copy of a graph, to be run and moved.

    Parameters
    ----------
    use : Use
    wide : bool
        Cast the leaves of less than double precision up, and with them what the hooks
        compute.

    Attributes
    ----------
    graph : Graph
    asked : list of node
        The targets as they were given.
    targets : list of node
        Those that can have a gradient, with each of several outputs by itself.
    order : list of node
        What the targets need, in topological order; the copies.
    leaves : list of node
        The inputs and trainable parameters that a gradient can be had by.
    """

    def __init__(self, use: Use, *, wide: bool) -> None:
        memo: dict[int, Any] = {}
        if wide:
            widen(use.graph.nodes, memo)
        self.graph: Graph = copy.deepcopy(use.graph, memo)
        self.originals = memo.get(id(memo), [])  # alive, since their ids are keys
        copies = {node.id: memo[id(node)] for node in use.graph.nodes}
        self.targets = self.asked = [copies[target.id] for target in use.targets]
        part_ways(self.graph.order(self.targets))
        self.training = use.training
        self.run()
        self.targets = differentiable(self.asked)
        self.order = self.graph.order(self.targets)
        self.run()
        self.leaves = [
            node
            for node in self.order
            if node.kind in ("input", "parameter")
            and getattr(node, "trainable", True)
            and is_differentiable(node.output)
        ]

    def run(self) -> None:
        """Compute all values, with the same random numbers each time."""
        with kept_states(self.graph):
            self.graph.forward(target=self.targets, training=self.training)

    def operations(self) -> list[Any]:
        """List the operations, but for the parts of several outputs."""
        return [
            node
            for node in self.order
            if node.kind == "operation" and not isinstance(node, Item)
        ]

    def values_of(self, node: Any) -> tuple[Any, ...]:
        """Give what the inputs of a node hold."""
        return tuple([self.graph._nodes[i].output for i in node.input_ids])

    def downstream(self, leaf: Any) -> set[int]:
        """Find the ids of what changes with a leaf."""
        return engine.needed(self.order, [leaf.id])

    def outputs_when_moved(self, leaf: Any) -> Callable[[], tuple[Any, ...]]:
        """Give a function that runs what depends on a leaf, and returns the targets."""
        moved = self.downstream(leaf)
        still = {
            node.id: kept_apart(node.output, leaf.output)
            for node in self.order
            if node.id not in moved
        }
        still[leaf.id] = leaf.output

        def run() -> tuple[Any, ...]:
            values = dict(still)
            deque(engine.forward(self.order, values), maxlen=0)
            return tuple([values[target.id] for target in self.targets])

        return run


def kept_apart(value: Any, moving: Any) -> Any:
    """Copy a value that is a view of an array that is about to change in place."""
    if type(value) is tuple:
        return tuple([kept_apart(part, moving) for part in value])
    if isinstance(value, np.ndarray) and np.may_share_memory(value, moving):
        return value.copy(order="K")
    return value


def widen(nodes: Sequence[Node], memo: dict[int, Any]) -> None:
    """Let a deep copy find arrays of double precision in place of the leaves'."""
    kept = memo.setdefault(id(memo), [])
    for node in nodes:
        value = node.output
        if node.kind != "operation" and isinstance(value, np.ndarray):
            wider = WIDER.get(value.dtype)
            if wider is not None:
                memo[id(value)] = value.astype(wider)
                kept.append(value)


def part_ways(nodes: Sequence[Any]) -> None:
    """Give every input an array of its own: two may have been made from one."""
    seen: set[int] = set()
    for leaf in nodes:
        if leaf.kind == "operation" or not isinstance(leaf.output, np.ndarray):
            continue
        if leaf.kind == "input":
            leaf.output = leaf.output.copy(order="K")
        elif leaf.kind == "parameter" and id(leaf.output) in seen:
            leaf._value = leaf.output.copy(order="K")
        seen.add(id(leaf.output))


def draw_like(value: Any, rng: np.random.Generator) -> Any:
    """Draw a gradient for a value: both signs, not near 0.

    Zeros for integers, and for what is not finite: no slope can be measured there.
    """
    if type(value) is tuple:
        return tuple([draw_like(part, rng) for part in value])
    if not is_differentiable(value):
        return np.zeros(value.shape, value.dtype)
    drawn = signed(rng, value.shape)
    if value.dtype.kind == "c":
        drawn = drawn + 1j * signed(rng, value.shape)
    return np.where(np.isfinite(value), drawn, 0).astype(value.dtype)


def where_finite(value: Any, gradient: Any) -> Any:
    """Put 0 into the gradient of a value where the value is not finite."""
    if type(value) is tuple:
        return tuple(map(where_finite, value, gradient))
    if not is_differentiable(value) or np.all(np.isfinite(value)):
        return gradient
    return np.where(np.isfinite(value), gradient, 0).astype(gradient.dtype)


def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw numbers of both signs, from 0.5 to 1.5."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


def cast_like(drawn: Any, value: Any) -> Any:
    """Cast what was drawn for one value for another, of another precision."""
    return drawn.astype(value.dtype)


def differentiable(targets: Sequence[Any]) -> list[Any]:
    """List the values that have a gradient, of targets with one output or several.

    Raises
    ------
    GradientError
        If there is none.
    """
    parts = [
        part
        for target in targets
        for part in (list(target) if type(target.output) is tuple else [target])
    ]
    chosen = [part for part in parts if is_differentiable(part.output)]
    if not chosen:
        raise no_gradient(parts[0], parts[0].output)
    return chosen
