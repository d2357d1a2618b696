"""What `import graphnn` costs beyond `import numpy`: at most 0.1 s is the target.

    python tests/benchmarks/import_time.py [--runs 15]

Each import is timed in a process of its own; the two take turns, so that a slow moment
of the machine hits both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

TARGET = 0.1
TIMED = """
import time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def seconds(module: str) -> float:
    """Time one import in a fresh process."""
    command = [sys.executable, "-c", TIMED.format(module=module)]
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--runs", type=int, default=15)
    runs = options.parse_args().runs

    for module in ("numpy", "graphnn"):  # once unmeasured: the files come from the disk
        seconds(module)
    times = [(seconds("numpy"), seconds("graphnn")) for _ in range(runs)]
    extra = [graphnn - numpy for numpy, graphnn in times]
    for name, figures in (
        ("numpy", [numpy for numpy, _ in times]),
        ("graphnn", [graphnn for _, graphnn in times]),
        ("difference", extra),
    ):
        print(
            f"{name:<11} median {statistics.median(figures) * 1000:6.1f} ms   "
            f"range {min(figures) * 1000:.1f}–{max(figures) * 1000:.1f} ms"
        )
    verdict = "within" if statistics.median(extra) <= TARGET else "ABOVE"
    print(f"{verdict} the target of {TARGET * 1000:.0f} ms ({runs} runs)")


if __name__ == "__main__":
    main()
