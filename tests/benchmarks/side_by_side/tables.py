"""The figures as text: a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from side_by_side.comparing import REFERENCES, Ratio, disagreeing, find
from side_by_side.peers import PEERS
from side_by_side.rounds import Result
from side_by_side.workloads import WORKLOADS


def table(results: Sequence[Result]) -> str:
    """Write what the peers have shown on one workload, at most 100 columns wide.

    Parameters
    ----------
    results : sequence of Result
        All of one workload.
    """
    workload = results[0].workload
    lines = [
        f"{workload.upper()}  {WORKLOADS[workload].title}: "
        f"{WORKLOADS[workload].details}",
        f"{'':21} {'to PyTorch':>19} {'to NumPy out=':>14} {'ms':>9} {'MB':>6}"
        f" {'net':>5} {'import s':>9} {'first s':>8}",
    ]
    for result in results:
        title = PEERS[result.peer].title
        if result.missing:
            lines.append(f"{title:21} left out: {result.missing}"[:100])
            continue
        to_torch, to_numpy = (
            Ratio.of(result, find(reference, results)) for reference in REFERENCES
        )
        lines.append(
            f"{title:21} {with_range(to_torch):>19} {alone(to_numpy):>14}"
            f" {figure(result.milliseconds):>9} {result.memory:6.0f}"
            f" {result.net_memory:5.0f} {result.import_seconds:9.2f}"
            f" {result.first_seconds:8.3f}{' *' if result.disturbed else ''}"
        )
    if any(result.disturbed for result in results):
        lines.append("* disturbed: other processes were at work in every try of a turn")
    for result in disagreeing(results):
        losses = ", ".join(f"{loss:.7g}" for loss in result.losses)
        lines.append(
            f"{PEERS[result.peer].title} did other work: its first losses are {losses}"
        )
    return "\n".join(lines)


def with_range(ratio: Ratio | None) -> str:
    """Write a ratio and how far the rounds lie apart: ``0.51 [0.49–0.55]``."""
    if ratio is None:
        return "–"
    low, high = figure(ratio.low), figure(ratio.high)
    return f"{figure(ratio.median)} [{low}–{high}]"


def alone(ratio: Ratio | None) -> str:
    """Write the median ratio."""
    return "–" if ratio is None else figure(ratio.median)


def figure(number: float) -> str:
    """Write a number with three digits that count, at most three after the point."""
    decimals = 3 if number < 1 else 2 if number < 100 else 0
    return f"{number:,.{decimals}f}"
