"""Two peers on one workload, turn by turn: for trying whether a change pays.

    python tests/benchmarks/duel.py w1 [--peers graphnn,numpy_out] [--for 20]

Prints the ratio of the first to the second: below 1 the first is faster.
"""

from __future__ import annotations

import argparse
import statistics
import time

from side_by_side.contestant import Contestant
from side_by_side.peers import PEERS
from side_by_side.workloads import WORKLOADS


def main() -> None:
    """Read the arguments and play."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("workload", choices=WORKLOADS)
    options.add_argument("--peers", default="graphnn,numpy_out", help=", ".join(PEERS))
    options.add_argument("--for", dest="length", type=float, default=20)
    options.add_argument("--seconds", type=float, default=0.2, help="of a turn")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--tries", type=int, default=3, help="while others disturb")
    options.add_argument("--short", action="store_true")
    arguments = options.parse_args()

    one, other = arguments.peers.split(",")
    first, second = (
        Contestant(
            peer, arguments.workload, threads=arguments.threads, short=arguments.short
        )
        for peer in (one, other)
    )
    print(f"first losses: {one} {first.losses}, {other} {second.losses}")
    ratios, mine, theirs = [], [], []
    end = time.monotonic() + arguments.length
    while time.monotonic() < end:
        mine.append(first.turn(arguments.seconds, arguments.tries).seconds)
        theirs.append(second.turn(arguments.seconds, arguments.tries).seconds)
        ratios.append(mine[-1] / theirs[-1])
    first.stop()
    second.stop()
    print(
        f"{arguments.workload} {one} {statistics.median(mine) * 1000:.4f} ms, "
        f"{other} {statistics.median(theirs) * 1000:.4f} ms, ratio "
        f"{statistics.median(ratios):.3f} [{min(ratios):.3f}–{max(ratios):.3f}], "
        f"{len(ratios)} rounds"
    )


if __name__ == "__main__":
    main()
