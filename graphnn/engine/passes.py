"""The two passes over a topological order.

Neither knows what it carries. *Stepped*, the frame of a node is the node itself and the
values are arrays. *Traced*, the frame is a throw-away copy of the operation and the
values are nodes, so the same walk writes the pass down as a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from graphnn.engine.hooks import DIFFERENTIABLE, call_input_grads, call_output
from graphnn.engine.node import Node

N = TypeVar("N", bound=Node)

NEEDS: dict[tuple[bool, ...], tuple[bool, ...]] = {}
"""One object for each answer to which gradients are needed."""


def itself(node: N) -> N:
    """Run the hooks on the node itself: the stepped pass."""
    return node


def forward(
    order: Iterable[N],
    values: dict[int, Any],
    frame_of: Callable[[N], N] = itself,
) -> Iterator[N]:
    """Compute the value of each node, inputs first.

    Parameters
    ----------
    order : iterable of node
        In topological order.
    values : dict of int to value
        By id. The caller puts in the leaves; the pass adds the rest.
    frame_of : callable
        Node to the object whose hooks run.

    Yields
    ------
    node
        Each operation, when it has run.
    """
    for node in order:
        if node.id in values:
            continue
        frame = frame_of(node)
        attributes = frame.__dict__  # no setting is changed: nobody needs to notice
        attributes["input_values"] = tuple([values[i] for i in node.input_ids])
        frame._clear_residuals()
        values[node.id] = attributes["output"] = call_output(frame)
        yield node


def reverse(
    order: Sequence[N],
    gradients: dict[int, Any],
    wanted: Container[int],
    frame_of: Callable[[N], N] = itself,
    handed_on: dict[int, tuple[Any, ...]] | None = None,
) -> Iterator[tuple[N, Any, tuple[Any, ...]]]:
    """Carry gradients from the outputs of each node to its inputs, consumers first.

    When a node's turn comes, all its consumers have had theirs, so its gradient is
    complete: a value used twice gets the sum of both uses [1]_.

    Parameters
    ----------
    order : sequence of node
        In topological order; walked from its end.
    gradients : dict of int to gradient
        By id. The caller seeds it with the gradient of the target; the sums land in it.
    wanted : container of int
        The ids whose gradient somebody needs (see :func:`needed`); the rest is skipped.
    frame_of : callable
        Node to the object whose hooks run.

    handed_on : dict of int to tuple, optional
        Gets the gradients that each node hands on, by id.

    Yields
    ------
    node, output_grad, input_grads
        Each operation, when its gradients have been handed on.

    References
    ----------
    .. [1] A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, §3.2.
    """
    is_wanted = wanted.__contains__
    if handed_on is None:
        handed_on = {}
    for node in reversed(order):
        node_id = node.id
        output_grad = gradients.get(node_id)
        input_ids = node.input_ids
        if output_grad is None or not input_ids or node_id not in wanted:
            continue
        frame = node if frame_of is itself else frame_of(node)
        if type(output_grad) is tuple:
            gradients[node_id] = output_grad = with_zeros(output_grad, frame.output)
        needs = tuple(map(is_wanted, input_ids))
        if frame.needs_input_grad is not (needs := NEEDS.setdefault(needs, needs)):
            frame.needs_input_grad = needs
        input_grads: tuple[Any, ...] = ()  # what the hook is about to return
        input_grads = handed_on[node_id] = call_input_grads(frame, output_grad)
        for input_id, input_grad in zip(input_ids, input_grads):  # noqa: B905 -- hot
            if input_grad is not None:
                sum_so_far = gradients.get(input_id)
                if sum_so_far is not None:
                    input_grad = add(sum_so_far, input_grad)
                gradients[input_id] = input_grad
        yield node, output_grad, input_grads


def needed(order: Iterable[Node], wrt: Iterable[int]) -> set[int]:
    """Find the nodes on a path from one of `wrt`: those that a gradient must pass.

    Masks, counts and positions end a path, as ``x > 0`` has no derivative; so does an
    operation that stops gradients.
    """
    found = set(wrt)
    for node in order:
        if not found.isdisjoint(node.input_ids):
            value = node.output
            if node.stops_gradient:
                continue
            if type(value) is tuple or value.dtype.kind in DIFFERENTIABLE:
                found.add(node.id)
    return found


def add(sum_so_far: Any, gradient: Any) -> Any:
    """Add two gradients into a new one; part by part for a node of several outputs."""
    if type(sum_so_far) is not tuple:
        total = sum_so_far + gradient
        return np.asarray(total) if isinstance(total, np.generic) else total  # 0-d
    return tuple(
        [
            b if a is None else a if b is None else a + b
            for a, b in zip(sum_so_far, gradient, strict=True)
        ]
    )


def with_zeros(parts: tuple[Any, ...], output: tuple[Any, ...]) -> tuple[Any, ...]:
    """Put zeros for those of several outputs that nothing used."""
    return tuple(
        [
            np.zeros(value.shape, value.dtype) if part is None else part
            for part, value in zip(parts, output, strict=True)
        ]
    )
