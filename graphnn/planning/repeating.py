"""A training step of a known kind of batch, with next to nothing around its calls.

For a small network the looks around a step would take longer than the step. What may
have changed since the last one ticks a clock; the rest is looked at here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import isfinite
from operator import is_
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.graph.changes import CHANGES
from graphnn.graph.watching import MONITORING, NOBODY, WATCHING, is_debugged
from graphnn.planning.failing import planned_record
from graphnn.planning.planned import PlannedPass, void

if TYPE_CHECKING:
    from graphnn.planning.plan import Plan

Step = Callable[[np.ndarray, np.ndarray], float | None]


def repeated(
    plan: Plan,
    planned: PlannedPass,
    is_unchanged: Callable[[], bool],
    layers: list[Any],
    containers: list[tuple[Any, Any]],
    checks: bool,
    update: Callable[[], None],
) -> Step:
    """Make the function that trains on a batch of features and targets.

    Parameters
    ----------
    plan : Plan
    planned : PlannedPass
        With two inputs, no hook that is called as a whole, and proved.
    is_unchanged : callable
        Looks whether what is trained is what it was; asked when the clock has gone on.
    layers : list of Layer
        May change without a tick.
    containers : list of (list or dict's values, copy)
        So may these; nodes are among them, whose ``==`` makes nodes.
    checks : bool
        Whether nothing is changed where the loss or a gradient is not finite.
    update : callable
        Lets the optimizer step.

    Returns
    -------
    callable
        Gives the loss; None where nothing was done: the step is to be looked at.
    """
    graph, looks, copy_to = plan.graph, WATCHING.get, np.copyto
    # where debuggers monitor, only the longer look tells
    traces = sys.gettrace if MONITORING is None else is_debugged
    next_states, unreached = planned.next_states, plan.unreached
    bound, states = planned.bound, planned.states
    lock, blocks = graph._lock, plan.gradient_blocks
    is_flat = all(block.ndim == 1 for block in blocks)
    (X_node, X_buffer), (y_node, y_buffer) = planned.inputs
    X_held, y_held = vars(X_node), vars(y_node)
    loss = planned.outputs[0]
    loss_held = vars(planned.targets[0])
    lent = [
        (vars(node), array)
        for node, array in zip(planned.wrt, planned.gradients, strict=True)
    ]
    seen, built = -1, list(layers)

    def step(X: np.ndarray, y: np.ndarray) -> float | None:
        nonlocal seen
        if type(X) is not np.ndarray or type(y) is not np.ndarray:
            return None  # the kind says that they look like ones
        if CHANGES.time != seen:
            now = CHANGES.time
            if not (is_unchanged() and plan.is_ready() and plan.knows(planned)):
                return None
            seen = now
        elif looks() is not NOBODY or traces():
            return None
        if layers != built:
            return None
        for container, kept in containers:
            if len(container) != len(kept) or not all(map(is_, container, kept)):
                return None
        with lock:
            if graph._holder is not None:
                return None  # a pass that was stepped and left, or another thread's
            copy_to(X_buffer, X)
            copy_to(y_buffer, y)
            for state, buffer in states:
                copy_to(buffer, state.value)
            graph._failure = None
            calls: Any = iter(bound)
            try:
                for function, arguments in calls:
                    function(*arguments)
            except BaseException as error:
                planned.undo()
                if isinstance(error, Exception):
                    return None  # the stepped pass says what is wrong, in its own terms
                place = len(bound) - calls.__length_hint__() - 1
                graph._failure = planned_record(planned, error, place)
                raise
            value: float = loss.item()
            if checks:
                if not isfinite(value):
                    return None
                for block in blocks:
                    if not (is_flat and isfinite(block.dot(block))) and (
                        not is_finite(block)
                    ):
                        return None
            if next_states:
                planned.advance()
            if graph._has_values:
                void(graph)
            graph.training = True
            X_held["output"], y_held["output"] = X_buffer, y_buffer
            loss_held["output"] = loss.copy()
            for held, array in lent:
                held["_lent_grad"] = array
            for parameter in unreached:
                parameter.grad = None
        update()  # a schedule of the user's may want to run a pass of its own
        return value

    return step


def is_finite(array: np.ndarray) -> bool:
    """Tell whether all numbers are finite."""
    return bool(np.isfinite(array).all())
