"""How busy others keep the machine: what a measurement has to be mistrusted for."""

from __future__ import annotations

import os
import time
from pathlib import Path

LIMIT = 0.12
"""What others may take of a core in an undisturbed turn, beyond the spare cores."""


class ForeignLoad:
    """Measure what other processes do while one is being timed.

    Only where there is a ``/proc``; elsewhere nothing is ever disturbed.

    Parameters
    ----------
    process : int
        The id of the process whose own work does not count.

    Attributes
    ----------
    cores : float
        How many cores the others kept busy, on average, once measured.
    """

    def __init__(self, process: int) -> None:
        self.process = process
        self.cores = 0.0

    def __enter__(self) -> ForeignLoad:
        self._start, self._foreign = time.perf_counter(), self._used()
        return self

    def __exit__(self, *error: object) -> None:
        elapsed = time.perf_counter() - self._start
        self.cores = max(0.0, (self._used() - self._foreign) / elapsed)

    def _used(self) -> float:
        """CPU seconds since the machine started, without those of the process."""
        try:
            first = Path("/proc/stat").read_text().split("\n", 1)[0]
            own = Path(f"/proc/{self.process}/stat").read_text()
        except OSError:
            return 0.0
        # user, nice, system, idle, iowait, irq, softirq, steal
        all_ticks = [int(ticks) for ticks in first.split()[1:9]]
        busy = sum(all_ticks) - all_ticks[3] - all_ticks[4]
        # The name of the program, in parentheses, may hold anything.
        fields = own.rpartition(")")[2].split()
        return (busy - int(fields[11]) - int(fields[12])) / os.sysconf("SC_CLK_TCK")
