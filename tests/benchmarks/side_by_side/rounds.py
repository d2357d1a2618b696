"""Rounds A B C A B C …: whatever drifts meanwhile hits all peers alike."""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from side_by_side.contestant import Absent, Contestant, Failed
from side_by_side.peers import PEERS


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    rounds: int = 9
    seconds: float = 0.2
    """The length of a turn; one step at least."""
    threads: int = 2
    short: bool = False
    tries: int = 8
    """How often a turn is played at most, while others disturb it; half as often where
    the turn before has waited in vain."""


@dataclass
class Result:
    """What one peer has shown on one workload."""

    peer: str
    workload: str
    seconds: list[float] = field(default_factory=list)
    """For a step, in each round."""
    foreign: list[float] = field(default_factory=list)
    """How many cores others kept busy, in each round."""
    disturbed: bool = False
    """Whether a round could not be played while the machine was quiet."""
    losses: list[float] = field(default_factory=list)
    memory: float = 0.0
    """The peak, in MB."""
    import_memory: float = 0.0
    """The peak when all was imported, in MB."""
    import_seconds: float = 0.0
    first_seconds: float = 0.0
    """What making the step and running it once took."""
    missing: str = ""
    """Why there is nothing to see; empty where there is something."""

    @property
    def milliseconds(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.seconds) * 1000

    @property
    def net_memory(self) -> float:
        """What training took beyond importing, in MB."""
        return self.memory - self.import_memory


def play(
    workload: str,
    peers: Iterable[str],
    settings: Settings,
    progress: Callable[[str], None] = lambda peer: None,
) -> list[Result]:
    """Play all rounds of one workload.

    Parameters
    ----------
    workload : str
    peers : iterable of str
        Those that have nothing written for the workload are left out.
    settings : Settings
    progress : callable, optional
        Told the peer before each of its turns.

    Returns
    -------
    list of Result
        In the order of the peers.
    """
    results: list[Result] = []
    running: dict[str, Contestant] = {}
    try:
        # One after the other: nobody compiles while another one starts.
        for peer in peers:
            progress(peer)
            result = Result(peer, workload)
            try:
                running[peer] = start(result, settings)
            except Absent:
                continue
            except Failed as failure:
                result.missing = str(failure)
            results.append(result)
        tries = settings.tries
        for _ in range(settings.rounds):
            for result in results:
                if result.missing:
                    continue
                progress(result.peer)
                try:
                    turn = running[result.peer].turn(settings.seconds, tries)
                except Failed as failure:
                    result.missing = str(failure)
                    continue
                # On a machine that is never quiet it would last for hours.
                tries = max(1, tries // 2) if turn.disturbed else settings.tries
                result.seconds.append(turn.seconds)
                result.foreign.append(turn.foreign)
                result.disturbed |= turn.disturbed
                result.memory = turn.memory
    finally:
        for contestant in running.values():
            contestant.stop()
    return results


def start(result: Result, settings: Settings) -> Contestant:
    """Start a peer and note what its start has shown."""
    needs = PEERS[result.peer].needs
    if importlib.util.find_spec(needs) is None:
        raise Failed(f"{needs} is not installed")
    contestant = Contestant(
        result.peer,
        result.workload,
        threads=settings.threads,
        short=settings.short,
    )
    result.losses = contestant.losses if PEERS[result.peer].trains else []
    result.import_seconds = contestant.import_seconds
    result.import_memory = contestant.import_memory
    result.first_seconds = contestant.first_seconds
    return contestant
