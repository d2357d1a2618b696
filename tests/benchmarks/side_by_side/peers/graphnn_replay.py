"""graphnn over a graph that is built once and then run again, where others rebuild."""

from __future__ import annotations

from side_by_side.arrays import Step, Steps
from side_by_side.peers.graphnn import built
from side_by_side.workloads.random_graph import Recipe


def random_graph(task: Recipe) -> Step:
    """W8, without the building."""
    loss, _ = built(task)

    def step() -> float:
        loss.graph.forward(target=loss)
        loss.backward()
        return float(loss.output)

    return step


STEPS: Steps = {"w8": random_graph}
