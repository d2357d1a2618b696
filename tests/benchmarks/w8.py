"""100,000 tiny nodes: build + forward + backward, graphnn beside PyTorch eager.

    python tests/benchmarks/w8.py [--nodes 100000] [--rounds 9]

A random graph over values of shape (4,): each even node adds or multiplies two of
the last thousand tanh nodes, each odd node is the tanh of the one before; the loss is
the sum of the last. The two libraries live in processes of their own and take turns, so
drift of the machine hits both. Without PyTorch, graphnn is timed alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

LEAVES, WINDOW, SIZE, THREADS = 100, 1000, 4, 2
ADD, MULTIPLY = 0, 1


class Recipe(NamedTuple):
    """The graph as data: what each pair of nodes does, and to which earlier values."""

    leaves: list[npt.NDArray[np.float32]]
    pairs: list[tuple[int, int, int]]
    """(ADD or MULTIPLY, left, right): positions in leaves, then in the tanh nodes."""


def recipe(nodes: int) -> Recipe:
    """Draw the graph; the same one for every library and in every run."""
    rng = np.random.default_rng(8)
    kinds = rng.integers(0, 2, nodes // 2).tolist()
    draws = rng.random((nodes // 2, 2)).tolist()
    pairs = []
    for index, (kind, (left, right)) in enumerate(zip(kinds, draws, strict=True)):
        known = LEAVES + index
        first = max(0, known - WINDOW)
        width = known - first
        pairs.append((kind, first + int(left * width), first + int(right * width)))
    leaves = [rng.standard_normal(SIZE).astype(np.float32) for _ in range(LEAVES)]
    return Recipe(leaves, pairs)


def graphnn_step(task: Recipe) -> Callable[[], float]:
    """One build + forward + backward in graphnn."""
    import graphnn as gn

    def step() -> float:
        values: list[Any] = [gn.Parameter(leaf) for leaf in task.leaves]
        for kind, left, right in task.pairs:
            a, b = values[left], values[right]
            values.append(np.tanh(a + b if kind == ADD else a * b))
        loss = np.sum(values[-1])
        loss.backward()
        return float(loss.output)

    return step


def torch_step(task: Recipe) -> Callable[[], float]:
    """One build + forward + backward in PyTorch."""
    import torch

    torch.set_num_threads(THREADS)

    def step() -> float:
        leaves = map(torch.from_numpy, task.leaves)
        values = [leaf.clone().requires_grad_() for leaf in leaves]
        for kind, left, right in task.pairs:
            a, b = values[left], values[right]
            values.append(torch.tanh(a + b if kind == ADD else a * b))
        loss = values[-1].sum()
        loss.backward()
        return float(loss.detach())

    return step


STEPS = {"graphnn": graphnn_step, "torch": torch_step}


def work(library: str, nodes: int) -> None:
    """Be the process of one library: one timed step for each line that comes in."""
    step = STEPS[library](recipe(nodes))
    step()
    print(json.dumps("ready"), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        loss = step()  # the graph is freed before the clock stops
        print(json.dumps([time.perf_counter() - start, loss]), flush=True)


class Worker:
    """The other end of :func:`work`."""

    def __init__(self, library: str, nodes: int) -> None:
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", library, "--nodes", str(nodes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **dict.fromkeys(names, str(THREADS))},
        )
        self.receive()

    def receive(self) -> Any:
        """Read one answer."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise SystemExit(f"a worker died: {self.process.args!r}")
        return json.loads(line)

    def turn(self) -> tuple[float, float]:
        """Run one step: seconds and loss."""
        if self.process.stdin is not None:
            self.process.stdin.write("step\n")
            self.process.stdin.flush()
        seconds, loss = self.receive()
        return seconds, loss

    def stop(self) -> None:
        """Let the process end."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


def compare(nodes: int, rounds: int) -> None:
    """Play the rounds and print what came out."""
    libraries = ["graphnn"]
    if importlib.util.find_spec("torch"):
        libraries.append("torch")
    # One after the other: the warm-up of one must not disturb that of the next.
    workers = {library: Worker(library, nodes) for library in libraries}
    seconds: dict[str, list[float]] = {library: [] for library in libraries}
    losses: dict[str, float] = {}
    for _ in range(rounds):
        for library, worker in workers.items():
            time.sleep(0.06)  # the spinning threads of the one before go to sleep
            took, losses[library] = worker.turn()
            seconds[library].append(took)
    for worker in workers.values():
        worker.stop()

    print(f"{nodes} nodes, {rounds} rounds, build + forward + backward")
    for library, times in seconds.items():
        print(
            f"{library:<8} median {statistics.median(times) * 1000:7.0f} ms   range "
            f"{min(times) * 1000:.0f}–{max(times) * 1000:.0f} ms   "
            f"loss {losses[library]:.7g}"
        )
    if "torch" not in seconds:
        print("PyTorch is not installed: nothing to compare with.")
        return
    ratios = [a / b for a, b in zip(seconds["graphnn"], seconds["torch"], strict=True)]
    print(
        f"graphnn / torch: median {statistics.median(ratios):.2f}, "
        f"range {min(ratios):.2f}–{max(ratios):.2f} (below 1: graphnn is faster)"
    )
    if not np.isclose(losses["graphnn"], losses["torch"], rtol=1e-4, atol=0):
        raise SystemExit("The losses differ: this was not the same work.")


def main() -> None:
    """Read the arguments."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--nodes", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--worker", choices=STEPS, help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.worker:
        work(arguments.worker, arguments.nodes)
    else:
        compare(arguments.nodes, arguments.rounds)


if __name__ == "__main__":
    main()
