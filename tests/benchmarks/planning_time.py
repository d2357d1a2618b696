"""What planning costs: at most four stepped passes is the target, on the GPT of W6.

    python tests/benchmarks/planning_time.py [--rounds 9]

A round steps through forward and backward once and makes a plan of both, so that a slow
moment of the machine hits both.
"""

from __future__ import annotations

import argparse
import statistics
import time

from side_by_side.peers.graphnn import gpt_network
from side_by_side.workloads.language import gpt

TARGET = 4.0


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rounds", type=int, default=9)
    rounds = options.parse_args().rounds

    task = gpt()
    network = gpt_network(task)
    feeds, loss = network.prepare(task.X, task.y, training=True)
    graph, parameters = loss.graph, list(network.parameters)
    clock = time.perf_counter
    passes, plans = [], []
    for _ in range(rounds + 1):
        start = clock()
        graph.forward(feeds, target=loss, training=True)
        graph.backward(loss)
        middle = clock()
        plan = graph.plan(loss, gradients_of=parameters, training=True)
        plans.append(clock() - middle)
        passes.append(middle - start)
        plan.run(feeds)
    ratios = [
        plan / one for plan, one in zip(plans[1:], passes[1:], strict=True)
    ]  # without the first, which finds nothing in a cache
    print(f"a stepped pass  {statistics.median(passes[1:]) * 1000:7.1f} ms")
    print(f"planning        {statistics.median(plans[1:]) * 1000:7.1f} ms")
    ratio = statistics.median(ratios)
    verdict = "within" if ratio <= TARGET else "ABOVE"
    print(
        f"{ratio:.2f} passes [{min(ratios):.2f}–{max(ratios):.2f}]: {verdict} the "
        f"target of {TARGET:g} ({rounds} rounds)"
    )


if __name__ == "__main__":
    main()
