"""The process of one peer on one workload: it trains when it is told to.

    python -m side_by_side.worker PEER WORKLOAD [--short]

It answers with a line of JSON when it is ready, and with one for each line that comes
in: a number of seconds for which to run steps. Where something goes wrong, the answer
says what.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # NumPy is part of what a peer imports
    from side_by_side.arrays import Step


def main() -> None:
    """Serve until the input ends."""
    options = argparse.ArgumentParser()
    options.add_argument("peer")
    options.add_argument("workload")
    options.add_argument("--short", action="store_true")
    arguments = options.parse_args()

    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**fields: Any) -> None:
        print(json.dumps(fields), file=answers, flush=True)

    try:
        step, facts = prepare(arguments.peer, arguments.workload, arguments.short)
        answer(**facts)
        if step is None:
            return
        for line in sys.stdin:
            answer(**turn(step, float(line)))
    except Exception as error:
        answer(failed=": ".join([type(error).__name__, *str(error).splitlines()[:1]]))
        raise
    finally:
        answers.close()


def prepare(
    peer: str, workload: str, short: bool
) -> tuple[Step | None, dict[str, Any]]:
    """Make the step and run the first ones; tell what that cost, and their losses.

    Nothing and no facts where the peer has nothing written for the workload.
    """
    start = time.perf_counter()
    module = importlib.import_module(f"side_by_side.peers.{peer}")
    import_seconds, import_memory = time.perf_counter() - start, peak_memory()

    if workload not in module.STEPS:
        return None, {}

    from side_by_side.workloads import WORKLOADS  # part of nobody's import

    task = WORKLOADS[workload].make(short)
    start = time.perf_counter()
    step = module.STEPS[workload](task)
    losses = [step()]
    first_seconds = time.perf_counter() - start
    losses += [step() for _ in range(WORKLOADS[workload].checked - 1)]
    return step, {
        "losses": losses,
        "import_seconds": import_seconds,
        "import_memory": import_memory,
        "first_seconds": first_seconds,
    }


def turn(step: Step, seconds: float) -> dict[str, Any]:
    """Run steps for about so long; once at least.

    The lower quartile is what a step costs while nothing disturbs it.
    """
    clock = time.perf_counter
    times = []
    end = clock() + seconds
    while True:
        start = clock()
        step()
        now = clock()
        times.append(now - start)
        if now > end:
            break
    times.sort()
    return {"seconds": times[len(times) // 4], "memory": peak_memory()}


def peak_memory() -> float:
    """Return the most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Unlike ru_maxrss, it knows nothing of the process that started this one.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource  # not on Windows

    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main()
