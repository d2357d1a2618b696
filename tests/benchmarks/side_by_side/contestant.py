"""A peer in a process of its own, seen from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from side_by_side.load import LIMIT, ForeignLoad

FOLDER = Path(__file__).resolve().parents[1]
REPOSITORY = FOLDER.parents[1]
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
REST = 0.06  # seconds in which the spinning threads of the one before go to sleep


class Failed(Exception):
    """A peer's process has ended before its time; what it said."""


class Absent(Exception):
    """A peer has nothing written for the workload."""


class Turn(NamedTuple):
    """What one turn has shown."""

    seconds: float
    """For a step: the lower quartile."""
    memory: float
    """The most that the process has had so far, in MB."""
    foreign: float
    """How many cores others kept busy meanwhile."""
    disturbed: bool
    """Whether that is so much that the figure is worth less."""


class Contestant:
    """Start a peer on a workload, and let it run its first steps.

    Parameters
    ----------
    peer, workload : str
    threads : int
        For its matrix products, and for whatever else it does in parallel.
    short : bool
        Take the short task.

    Raises
    ------
    Absent, Failed
    """

    def __init__(
        self, peer: str, workload: str, *, threads: int = 2, short: bool = False
    ) -> None:
        spare = max(0, (os.cpu_count() or 1) - threads)
        self._tolerated = LIMIT + spare
        command = [sys.executable, "-m", "side_by_side.worker", peer, workload]
        self.process = subprocess.Popen(
            [*command, "--short"] if short else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(threads),
        )
        facts = self._receive()
        if not facts:
            self.stop()
            raise Absent
        self.losses: list[float] = facts["losses"]
        self.import_seconds: float = facts["import_seconds"]
        self.import_memory: float = facts["import_memory"]
        self.first_seconds: float = facts["first_seconds"]

    def turn(self, seconds: float, tries: int) -> Turn:
        """Let it run for about so long, again while others disturb it.

        Returns
        -------
        Turn
            The first undisturbed one; after so many tries the least disturbed.
        """
        turns = []
        for _ in range(tries):
            time.sleep(REST)
            with ForeignLoad(self.process.pid) as load:
                facts = self._ask(seconds)
            disturbed = load.cores >= self._tolerated
            turns.append(Turn(facts["seconds"], facts["memory"], load.cores, disturbed))
            if not disturbed:
                break
        return min(turns, key=lambda turn: turn.foreign)

    def stop(self) -> None:
        """Let the process end."""
        assert self.process.stdin
        assert self.process.stdout
        with suppress(BrokenPipeError):  # it has died with a question unread
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _ask(self, seconds: float) -> Any:
        assert self.process.stdin
        with suppress(BrokenPipeError):  # it has died; there will be no answer either
            self.process.stdin.write(f"{seconds}\n")
            self.process.stdin.flush()
        return self._receive()

    def _receive(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        facts = json.loads(line) if line else {}
        if line and "failed" not in facts:
            return facts
        self.stop()
        raise Failed(facts.get("failed", f"exit status {self.process.returncode}"))


def environment(threads: int) -> dict[str, str]:
    """Make the environment of a worker."""
    settings = dict.fromkeys(THREADS, str(threads))
    known = os.environ.get("PYTHONPATH")
    path = [str(FOLDER), str(REPOSITORY), *([known] if known else [])]
    return {**os.environ, **settings, "PYTHONPATH": os.pathsep.join(path)}
