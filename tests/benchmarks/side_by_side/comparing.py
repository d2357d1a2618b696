"""Ratios between peers, and whether there may be one at all."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from side_by_side.peers import PEERS
from side_by_side.rounds import Result

REFERENCES = ("torch_eager", "numpy_out")
"""What everybody is compared with."""


@dataclass(frozen=True)
class Ratio:
    """How many times as long one takes as the other; below 1 it is faster."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, one: Result, other: Result | None) -> Ratio | None:
        """Compare round by round.

        Returns
        -------
        Ratio or None
            None where one of them has not run, or where their losses disagree: then
            they have not done the same work.
        """
        if other is None or one.missing or other.missing or not agree(one, other):
            return None
        pairs = zip(one.seconds, other.seconds, strict=True)
        ratios = [mine / theirs for mine, theirs in pairs]
        return cls(statistics.median(ratios), min(ratios), max(ratios))


def agree(one: Result, other: Result) -> bool:
    """Tell whether the first losses are the same, but for rounding.

    What has no loss, such as the matrix products alone, agrees with everything.
    """
    if not (PEERS[one.peer].trains and PEERS[other.peer].trains):
        return True
    pairs = zip(one.losses, other.losses, strict=True)
    return all(math.isclose(a, b, rel_tol=1e-4) for a, b in pairs)


def find(peer: str, results: Sequence[Result]) -> Result | None:
    """Find the result of a peer."""
    return next((result for result in results if result.peer == peer), None)


def disagreeing(results: Sequence[Result]) -> list[Result]:
    """Find those whose losses are not those of the first one that has any.

    NumPy written by hand is that one, where it has run.
    """
    ran = [result for result in results if not result.missing]
    trained = [result for result in ran if PEERS[result.peer].trains]
    plain = find("numpy_plain", trained)
    judge = trained[0] if plain is None and trained else plain
    return [] if judge is None else [one for one in ran if not agree(one, judge)]
