"""graphnn over a graph that is built once and planned, where others build anew."""

from __future__ import annotations

from side_by_side.arrays import Step, Steps
from side_by_side.peers.graphnn import built
from side_by_side.workloads.random_graph import Recipe


def random_graph(task: Recipe) -> Step:
    """W8, without the building."""
    loss = built(task)
    plan = loss.graph.plan(loss, gradients_of=loss.graph.parameters)
    return lambda: float(plan.run())


STEPS: Steps = {"w8": random_graph}
