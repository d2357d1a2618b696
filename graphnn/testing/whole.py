"""The whole gradient: from the target to each leaf, through the graph."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from graphnn import engine
from graphnn.errors import GraphnnError
from graphnn.graph.gradients import is_differentiable
from graphnn.graph.tracing import tracing
from graphnn.testing.differences import Differences, largest
from graphnn.testing.nodes import all_finite
from graphnn.testing.report import GradientRow
from graphnn.testing.settings import Settings
from graphnn.testing.twins import Twin, draw_like, where_finite


class WholeCheck:
    """The check of the gradients of all targets by each leaf.

    Parameters
    ----------
    twin : Twin
        The copy of double precision: rounding is a matter of single nodes.
    """

    def __init__(self, twin: Twin, settings: Settings) -> None:
        self.twin, self.settings = twin, settings
        self.rows: list[GradientRow] = []
        self.rng = np.random.default_rng([settings.seed, 1])
        twin.run()
        fed = [n for n in twin.order if n.kind in ("input", "parameter", "state")]
        self.finite = all_finite(tuple([leaf.output for leaf in fed]))
        self.seeds = [draw_like(target.output, self.rng) for target in twin.targets]
        self.dtypes = [a.dtype for a in parts_of([n.output for n in twin.order])]

    def run(self, *, traceable: bool) -> list[GradientRow]:
        """Check the first order, and the second where all hooks can be traced."""
        try:
            self.first_order()
            if self.settings.order == 2 and traceable:
                self.second_order()
        except GraphnnError as error:
            self.add(self.twin.targets[0], 1, None, str(error))
        return self.rows

    def first_order(self) -> None:
        """Compare the gradients of a backward pass with differences of the targets."""
        gradients = self.by_leaf = self.backward()
        for rank, leaf in enumerate(self.twin.leaves):
            self.twin.run()
            run = self.twin.outputs_when_moved(leaf)
            self.compare(leaf, 1, rank, run, self.seeds, gradients)

    def backward(self) -> list[Any]:
        """Run the backward passes, and give the gradients of the leaves."""
        graph, leaves = self.twin.graph, self.twin.leaves
        for number, (target, seed) in enumerate(
            zip(self.twin.targets, self.seeds, strict=True)
        ):
            graph.backward(target, seed, wrt=leaves, accumulate=number > 0)
        return self.gradients()

    def gradients(self) -> list[Any]:
        """Give the gradients of the leaves, and note the size of those on the way."""
        found = parts_of(self.twin.graph._output_grads.values())
        self.summed = max([largest(gradient) for gradient in found], default=0.0)
        return [gradient_of(leaf) for leaf in self.twin.leaves]

    def second_order(self) -> None:
        """Compare the gradients of the gradient graph with differences of gradients."""
        graph, leaves = self.twin.graph, self.twin.leaves
        if not leaves:
            return
        weights = [
            where_finite(gradient, draw_like(leaf.output, self.rng))
            for leaf, gradient in zip(leaves, self.by_leaf, strict=True)
        ]
        self.twin.run()
        with tracing(graph):
            total = sum_of(self.twin.targets, self.seeds)
            total = sum_of(graph.gradient(total, leaves), weights)
        graph.backward(total, wrt=leaves)
        gradients = self.gradients()
        for rank, leaf in enumerate(leaves):
            self.twin.run()
            run = self.gradients_when_moved(leaf)
            self.compare(leaf, 2, rank, run, weights, gradients)

    def gradients_when_moved(self, leaf: Any) -> Any:
        """Give a function that returns the gradients of all leaves."""
        twin = self.twin
        forward = twin.outputs_when_moved(leaf)
        wanted = engine.needed(twin.order, [leaf.id for leaf in twin.leaves])

        def run() -> tuple[Any, ...]:
            forward()
            gradients: dict[int, Any] = {}
            for target, seed in zip(twin.targets, self.seeds, strict=True):
                earlier = gradients.get(target.id)
                gradients[target.id] = (
                    seed if earlier is None else engine.passes.add(earlier, seed)
                )
            deque(engine.reverse(twin.order, gradients, wanted), maxlen=0)
            return tuple(
                [
                    zeros_like(leaf)
                    if gradients.get(leaf.id) is None
                    else gradients[leaf.id]
                    for leaf in twin.leaves
                ]
            )

        return run

    def compare(
        self,
        leaf: Any,
        order: int,
        rank: int,
        run: Any,
        weights: Any,
        gradients: list[Any],
    ) -> None:
        """Compare one leaf's gradient, and add a row."""
        differences = Differences(run, weights, self.settings.eps)
        comparer = self.settings.comparer(rank, self.dtypes, self.summed)
        found = comparer.compare(
            differences, leaf.output, gradients[rank], finite=self.finite
        )
        self.add(leaf, order, found)

    def add(self, leaf: Any, order: int, comparison: Any, reason: str = "") -> None:
        """Add a row."""
        targets = self.twin.asked
        self.rows.append(
            GradientRow(
                ", ".join(target.name for target in targets),
                type(targets[0]).__name__,
                str(targets[0].source or ""),
                leaf.name,
                order,
                True,
                leaf.shape,
                leaf.dtype,
                (),
                comparison,
                reason,
            )
        )


def parts_of(values: Any) -> list[Any]:
    """List arrays, and those of a tuple, that can have a gradient."""
    return [
        part
        for value in values
        for part in (value if type(value) is tuple else (value,))
        if is_differentiable(part)
    ]


def sum_of(nodes: Any, weights: Any) -> Any:
    """Make one number of several nodes."""
    terms = [np.sum(n * w) for n, w in zip(nodes, weights, strict=True)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def gradient_of(leaf: Any) -> Any:
    """Give a copy of a leaf's gradient; zeros where none came."""
    return zeros_like(leaf) if leaf.grad is None else leaf.grad.copy()


def zeros_like(leaf: Any) -> Any:
    """Give zeros of a leaf's shape and dtype."""
    return np.zeros(leaf.shape, leaf.dtype)
