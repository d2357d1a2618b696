"""The figures as two Markdown tables, for a README."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from side_by_side.comparing import Ratio, find
from side_by_side.machine import sentence
from side_by_side.outcome import Outcome
from side_by_side.peers import OURS, PEERS
from side_by_side.rounds import Result
from side_by_side.tables import alone, figure, with_range
from side_by_side.workloads import WORKLOADS


def markdown(outcome: Outcome) -> str:
    """Write everybody's ratio to PyTorch, then graphnn in detail, then how.

    Parameters
    ----------
    outcome : Outcome
    """
    titles = [
        f"{workload.upper()} {WORKLOADS[workload].title}"
        for workload in outcome.results
    ]
    details = "; ".join(
        f"{workload.upper()}: {WORKLOADS[workload].details}"
        for workload in outcome.results
    )
    settings = outcome.settings
    parts = [
        "Time of a training step in multiples of PyTorch's (eager): below 1 is faster.",
        grid(["", *titles], ratio_rows(outcome)),
        "graphnn in detail; in parentheses PyTorch's figures.",
        grid(["graphnn", *titles], detail_rows(outcome)),
        f"{details}.",
        f"Medians of {settings.rounds} rounds in which the libraries took turns, "
        f"{settings.threads} threads each"
        f"{'; short form: some workloads are smaller' if settings.short else ''}. "
        f"{sentence(outcome.machine)}.",
    ]
    if any(one.disturbed for played in outcome.results.values() for one in played):
        parts.append("\\* Other processes disturbed at least one of its rounds.")
    return "\n\n".join(parts) + "\n"


def ratio_rows(outcome: Outcome) -> Iterable[list[str]]:
    """Give a row of ratios for each peer that has run."""
    for peer in PEERS:
        cells = []
        for results in outcome.results.values():
            result = find(peer, results)
            if result is None or result.missing:
                cells.append("")
                continue
            ratio = alone(Ratio.of(result, find("torch_eager", results)))
            cells.append(ratio + (r" \*" if result.disturbed else ""))
        if any(cells):
            name = PEERS[peer].title
            yield [bold(text) if peer in OURS else text for text in [name, *cells]]


def detail_rows(outcome: Outcome) -> Iterable[list[str]]:
    """Give a row for each thing that was measured of graphnn."""

    def row(
        title: str, cell: Callable[[Result, Result | None, Result | None], str]
    ) -> list[str]:
        cells = [title]
        for results in outcome.results.values():
            ours = find("graphnn", results)
            theirs = (find("torch_eager", results), find("numpy_out", results))
            missing = ours is None or ours.missing
            cells.append("" if missing or ours is None else cell(ours, *theirs))
        return cells

    def beside(show: Callable[[Result], str]) -> Callable[..., str]:
        def cell(ours: Result, torch: Result | None, _: Result | None) -> str:
            hers = "" if torch is None or torch.missing else f" ({show(torch)})"
            return show(ours) + hers

        return cell

    yield row("a step, ms", beside(lambda one: figure(one.milliseconds)))
    yield row("to PyTorch", lambda ours, torch, _: with_range(Ratio.of(ours, torch)))
    yield row("to NumPy, out=", lambda ours, _, out: with_range(Ratio.of(ours, out)))
    yield row("peak memory, MB", beside(lambda one: f"{one.memory:.0f}"))
    yield row("net of import, MB", beside(lambda one: f"{one.net_memory:.0f}"))
    yield row("import, s", beside(lambda one: f"{one.import_seconds:.2f}"))
    yield row("first step, s", beside(lambda one: f"{one.first_seconds:.3f}"))


def grid(head: list[str], rows: Iterable[list[str]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bold(text: str) -> str:
    """Make text bold; an empty cell stays empty."""
    return f"**{text}**" if text else ""
