"""Training steps by plan: forward, backward and update without anything around them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.nn.network import NeuralNetwork
from graphnn.planning.kinds import is_large
from graphnn.planning.plan import TRAINABLE, Attempt, Plan
from graphnn.planning.planned import PlannedPass, void
from graphnn.planning.repeating import Step, is_finite, repeated
from graphnn.train.flat import FlatUpdate

TRAIN_BATCH = NeuralNetwork.train_batch

Kind = tuple[tuple[int, ...], Any, tuple[int, ...], Any]


class PlannedSteps:
    """The plan of a trainer's steps, made anew when the network's graph is another one.

    Parameters
    ----------
    network : NeuralNetwork
    optimizer : Optimizer
        Anything with ``step()``.
    checks : bool
        Whether a loss or a gradient that is not finite ends a step before anything is
        changed.

    Attributes
    ----------
    plan : Plan or None
    known : dict
        For kinds of batches that came often enough: what trains on one, or gives None
        where it has changed nothing and the step is to be looked at.
    """

    def __init__(self, network: NeuralNetwork, optimizer: Any, checks: bool) -> None:
        self.network, self.optimizer, self.checks = network, optimizer, checks
        self.plan: Plan | None = None
        self._attempt = Attempt(None, None)
        self.known: dict[Kind, Step] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave the plan behind: a copy makes its own."""
        return vars(self) | {
            "plan": None,
            "known": {},
            "_attempt": Attempt(None, None),
        }

    def current_plan(self) -> Plan | None:
        """Give the plan for the network's graph; None before there is one."""
        network, plan = self.network, self.plan
        if network.graph is None or network._loss_node is None:
            return None
        if getattr(network.train_batch, "__func__", None) is not TRAIN_BATCH:
            return None  # a way of its own to train on a batch
        if (
            plan is None
            or plan.graph is not network.graph
            or plan.targets[0] is not network.loss
        ):
            self.known.clear()
            plan = self.plan = Plan(
                network.graph, network.loss, TRAINABLE, self.optimizer, True
            )
        return plan

    def step(self, X: Any, y: Any) -> float | None:
        """Train on a batch by plan; None where it is to be stepped."""
        feeds, _ = self.network.prepare(X, y, training=True)
        plan = self.current_plan()
        if plan is None:
            self._attempt = Attempt(None, None)
            return None
        values = {node.id: array for node, array in feeds.items()}
        self._attempt = plan.attempt(values, self.is_accepted)
        planned = self._attempt.planned
        if planned is None:
            return None
        self.remember(X, y, planned)
        return self.finish(planned)

    def train_stepped(self, X: Any, y: Any) -> float:
        """Run forward and backward stepped, after :meth:`step` gave None."""
        network = self.network
        if self.plan is None:
            return network.train_batch(X, y)
        feeds, loss = network.prepare(X, y, training=True)
        network._train_stepped(feeds)
        network._collect()
        self._attempt.settle()
        return float(loss.output)

    def let_go(self) -> None:
        """Take large values off the nodes after a stepped pass, as a plan does.

        The update needs memory, too; and the next step, by plan, needs theirs.
        """
        plan = self.plan
        if plan is not None and plan.is_ready() and is_large(plan.graph):
            (loss,) = plan.targets
            value = loss.output
            void(plan.graph)
            loss.__dict__["output"] = value

    def finish(self, planned: PlannedPass) -> float:
        """Update the parameters; give the loss."""
        loss = float(planned.outputs[0])
        if self.plan is not None:
            counted(self.optimizer, self.plan.update)
        self.network._collect()
        return loss

    def remember(self, X: Any, y: Any, planned: PlannedPass) -> None:
        """Let the next batch of the same kind be quick."""
        network, plan = self.network, self.plan
        if type(X) is not np.ndarray or type(y) is not np.ndarray or plan is None:
            return
        structure: Any = network._structure
        buffers = [buffer for _, buffer in planned.inputs]
        if planned.wholes or [b.dtype for b in buffers] != [X.dtype, y.dtype]:
            return
        flat = plan.updating
        if not isinstance(flat, FlatUpdate) or planned.outputs[0].dtype.kind != "f":
            return
        self.known[X.shape, X.dtype, y.shape, y.dtype] = repeated(
            plan,
            planned,
            self._is_unchanged,
            network.layers,
            structure.containers,
            self.checks,
            flat.run,
        )

    def _is_unchanged(self) -> bool:
        """Tell whether the network is as it was built; let layers show gradients."""
        plan, network = self.plan, self.network
        if plan is None or plan is not self.current_plan():
            return False
        network._collect()
        return network._is_as_built()

    def is_accepted(self, planned: PlannedPass) -> bool:
        """Tell whether loss and gradients are finite, where that is asked for."""
        if not self.checks:
            return True
        if not math.isfinite(planned.outputs[0]):
            return False
        blocks = [] if self.plan is None else self.plan.gradient_blocks
        return all(map(is_finite, blocks))


def counted(optimizer: Any, step: Callable[[], None]) -> None:
    """Let an optimizer step, and count that: a ``step()`` of one's own need not."""
    count = getattr(optimizer, "step_count", None)
    step()
    if count is not None and optimizer.step_count == count:
        optimizer.step_count += 1
