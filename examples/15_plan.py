"""A training step as a flat list of NumPy calls: read it, draw it, time it.

    python examples/15_plan.py [folder for the picture]

Every step of a training makes the same NumPy calls, on arrays of the same shapes. A
plan writes them down once, over buffers that are used again and again. It leaves the
same numbers as the walk over the graph, bit for bit, and saves all that is around the
calls. The README's third picture is the one that this program draws.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.data import digits

ROUNDS, STEPS = 10, 20


class Bend(gn.Operation):
    """An activation of one's own; that it will be planned need not concern it."""

    def _output(self) -> np.ndarray:
        return self.input_ / (1.0 + np.abs(self.input_))

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return output_grad / (1.0 + np.abs(self.input_)) ** 2


def small() -> tuple[gn.NeuralNetwork, np.ndarray, np.ndarray]:
    """Make two layers, and a batch for them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(16, 8)).astype(np.float32)
    y = np.sin(X.sum(axis=1, keepdims=True))
    layers = [gn.Dense(16, Bend()), gn.Dense(1)]
    return gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1), X, y


def larger() -> tuple[gn.NeuralNetwork, np.ndarray, np.ndarray]:
    """Make a network for handwritten digits, and a batch of them."""
    X, y = digits()
    layers = [gn.Dense(64, "relu"), gn.Dropout(0.2), gn.Dense(64, "relu"), gn.Dense(10)]
    network = gn.NeuralNetwork(layers, gn.SoftmaxCrossEntropy(), seed=1)
    return network, (X[:128] / 16).astype(np.float32), y[:128]


def stepped(
    network: gn.NeuralNetwork, X: np.ndarray, y: np.ndarray
) -> Callable[[], object]:
    """Train by a walk over the graph: node by node, as a debugger sees it."""
    graph, optimizer = network.graph, gn.SGD(0.05, parameters=network.parameters)

    def step() -> None:
        graph.forward({"input": X, "target": y}, target=network.loss, training=True)
        graph.backward(network.loss)
        optimizer.step()

    return step


def race(make: Callable[[], tuple[gn.NeuralNetwork, np.ndarray, np.ndarray]]) -> None:
    """Train two equal networks, one by a plan, turn by turn; compare bits and times."""
    (one, X, y), (other, _, _) = make(), make()
    for network in (one, other):
        network.train_batch(X, y)  # the first batch builds the graph
    plan = one.graph.plan(one.loss, optimizer=gn.SGD(0.05))
    step = stepped(other, X, y)
    times: dict[str, list[float]] = {"planned": [], "stepped": []}
    for _ in range(ROUNDS):
        for name, run in [("planned", plan.run), ("stepped", step)]:
            start = time.perf_counter()
            for _ in range(STEPS):
                run()
            times[name].append((time.perf_counter() - start) / STEPS)
    fast, slow = (statistics.median(times[name]) * 1e6 for name in times)
    pairs = zip(one.params(), other.params(), strict=True)
    same = all(a.tobytes() == b.tobytes() for a, b in pairs)
    print(f"  after {ROUNDS * STEPS} steps all parameters are the same bits: {same}")
    print(f"  a step takes {fast:.0f} µs by the plan, {slow:.0f} µs by the walk")
    print(f"  what it computes lies in {plan.memory}")


def main(folder: Path) -> None:
    """Read a plan, draw it, compare it with the walk."""
    network, X, y = small()
    network.train_batch(X, y)
    graph, parameters = network.graph, network.parameters
    plan = graph.plan(network.loss, gradients_of=parameters, training=True)
    print(plan.source())
    plan.draw(folder / "plan.svg")

    print("--- The same numbers, sooner: two layers, 16 rows\n")
    race(small)
    print("\n--- Three layers and dropout, 128 digits\n")
    race(larger)
    print(f"\nDrawn: {folder / 'plan.svg'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
